"""Business acts of triage, a module a stage."""
