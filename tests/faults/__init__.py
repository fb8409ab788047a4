"""Faults: what was acknowledged survives the death of any process; nothing is half done or left over."""
