"""Kernel 内核: plain Python that every floor may use; no Django, no clock, no settings."""
