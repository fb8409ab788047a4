"""Tables of `orgs`: areas, units, posts and the people in them."""

from .areas import Area, AreaLink, AreaTie, BulkLoad
from .posts import DutyRoster, Holding, Post, PostKind
from .units import Unit

__all__ = [
    "Area",
    "AreaLink",
    "AreaTie",
    "BulkLoad",
    "DutyRoster",
    "Holding",
    "Post",
    "PostKind",
    "Unit",
]
