"""Faults: what was acknowledged survives the death of any process; nothing is half done, nothing left over."""
