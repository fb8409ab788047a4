"""Verbs of `whistles`: one function is one business act in one transaction."""
