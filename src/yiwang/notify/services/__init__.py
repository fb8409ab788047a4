"""Verbs of `notify`: set gateways and templates, queue, send, send again, forget."""
