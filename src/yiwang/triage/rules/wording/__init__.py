"""Wording of a report 措辞: urgency and request kind by named rules that a lawyer can read."""
