"""Queries 查询: what the pages show, composed from the reads of the apps below."""
