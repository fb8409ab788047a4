"""Tables of triage, a module a stage."""
