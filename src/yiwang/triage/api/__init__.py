"""The API of triage."""
