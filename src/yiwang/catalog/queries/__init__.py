"""Reads of the catalog 事项查询."""
