"""CAP alerts 预警: reading, checking and placing messages of OASIS CAP 1.1 and 1.2."""
