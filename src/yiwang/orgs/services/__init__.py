"""Services of `orgs`: areas, units, posts, the people in them, rosters."""

from .areas import add_area, close_area, link_areas, rename_area, tie_leader, unlink_areas, untie_leader
from .divisions import LoadCounts, load_divisions
from .duty import remove_duty, roster_duty
from .holdings import assign_post, deputise, end_holding, hand_over
from .posts import close_post, open_post, save_post_kind
from .standard import (
    NANJING_EDITION,
    load_post_kinds,
    nanjing_divisions,
    nanjing_links,
    nanjing_zone_units,
    office_templates,
)
from .units import close_unit, create_street_office, create_unit, load_units, rename_unit

__all__ = [
    "NANJING_EDITION",
    "LoadCounts",
    "add_area",
    "assign_post",
    "close_area",
    "close_post",
    "close_unit",
    "create_street_office",
    "create_unit",
    "deputise",
    "end_holding",
    "hand_over",
    "link_areas",
    "load_divisions",
    "load_post_kinds",
    "load_units",
    "nanjing_divisions",
    "nanjing_links",
    "nanjing_zone_units",
    "office_templates",
    "open_post",
    "remove_duty",
    "rename_area",
    "rename_unit",
    "roster_duty",
    "save_post_kind",
    "tie_leader",
    "unlink_areas",
    "untie_leader",
]
