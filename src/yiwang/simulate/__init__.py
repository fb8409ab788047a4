"""Simulate 推演: plays city life through the real services. Owns no table."""
