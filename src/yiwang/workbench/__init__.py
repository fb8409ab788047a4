"""Workbench 工作台: the pages of operators, handlers and residents. Owns no table."""
