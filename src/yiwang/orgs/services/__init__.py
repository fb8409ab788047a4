"""Services of `orgs`: areas, units, posts, the people in them, rosters."""

from .areas import add_area, close_area, rename_area
from .closing import close_areas
from .divisions import LoadCounts, load_divisions
from .duty import remove_duty, roster_duty, swap_duty
from .holding_load import HoldingCounts, load_holdings
from .holdings import assign_post, deputise, end_holding, hand_over
from .links import cancel_link, link_areas, link_many, unlink_areas
from .posts import close_post, open_post, save_post_kind
from .shipped_kinds import ShippedDifference, adopt_shipped_kind, load_post_kinds, shipped_difference
from .standard import (
    NANJING_EDITION,
    nanjing_divisions,
    nanjing_links,
    nanjing_zone_units,
    office_templates,
)
from .ties import tie_leader, untie_leader
from .units import close_unit, create_street_office, create_unit, load_units, rename_unit

__all__ = [
    "NANJING_EDITION",
    "HoldingCounts",
    "LoadCounts",
    "ShippedDifference",
    "add_area",
    "adopt_shipped_kind",
    "assign_post",
    "cancel_link",
    "close_area",
    "close_areas",
    "close_post",
    "close_unit",
    "create_street_office",
    "create_unit",
    "deputise",
    "end_holding",
    "hand_over",
    "link_areas",
    "link_many",
    "load_divisions",
    "load_holdings",
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
    "shipped_difference",
    "swap_duty",
    "tie_leader",
    "unlink_areas",
    "untie_leader",
]
