"""Workbench 工作台: the pages of operators, handlers and residents.

It owns no table and no root entity: every page reads through the queries and acts through the services of
the apps below.
"""
