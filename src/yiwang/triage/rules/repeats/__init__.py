"""Repeats 重复: whether two reports tell of one problem; pure, arrays in, arrays out."""
