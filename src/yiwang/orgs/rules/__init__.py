"""Decisions of `orgs` on plain values: what an area covers, which posts exclude one another, deputies."""
