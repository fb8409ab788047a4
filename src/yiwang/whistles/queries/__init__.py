"""Reads of `whistles`, limited to what the actor may see."""
