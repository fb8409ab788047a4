"""Orgs 区划机构岗位: areas and their two trees, units, posts and what they permit, people in posts, rosters.

Root entities: Area, Unit, Post.
"""
