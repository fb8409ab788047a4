"""Reads of `places`: boundaries in force, locators, vector tiles, parts and addresses."""
