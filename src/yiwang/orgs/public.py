"""The door of `orgs`; everything else in the package is private."""

from .enums import AreaKind, AreaStyle, AreaTree, GrantScope, HoldingKind, TieKind, UnitKind
from .grants import actor_for_token, held_posts, resolve_actor
from .models import Area, AreaLink, AreaTie, DutyRoster, Holding, Post, PostKind, Unit
from .queries import (
    Duty,
    PostKindNode,
    PostNode,
    area_index,
    holdings_of_post,
    legal_chain,
    on_duty,
    post_index,
    post_kinds,
    post_label,
    ties_of,
    unit_index,
)
from .rules.areas import NO_CHAIN, AreaIndex, AreaNode, Chain
from .rules.units import UnitIndex, UnitNode

__all__ = [
    "NO_CHAIN",
    "Area",
    "AreaIndex",
    "AreaKind",
    "AreaLink",
    "AreaNode",
    "AreaStyle",
    "AreaTie",
    "AreaTree",
    "Chain",
    "Duty",
    "DutyRoster",
    "GrantScope",
    "Holding",
    "HoldingKind",
    "Post",
    "PostKind",
    "PostKindNode",
    "PostNode",
    "TieKind",
    "Unit",
    "UnitIndex",
    "UnitKind",
    "UnitNode",
    "actor_for_token",
    "area_index",
    "held_posts",
    "holdings_of_post",
    "legal_chain",
    "on_duty",
    "post_index",
    "post_kinds",
    "post_label",
    "resolve_actor",
    "ties_of",
    "unit_index",
]
