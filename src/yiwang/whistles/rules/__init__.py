"""Rules 规则 of whistles: pure decisions on values."""
