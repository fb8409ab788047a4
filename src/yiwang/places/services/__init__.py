"""Services of `places`: loading boundaries, a generated city, parts and addresses."""

from .addresses import record_address
from .extents import create_extent_city
from .importing import AreaCounts, import_areas
from .nanjing import load_nanjing_boundaries
from .parts import create_part, move_part

__all__ = [
    "AreaCounts",
    "create_extent_city",
    "create_part",
    "import_areas",
    "load_nanjing_boundaries",
    "move_part",
    "record_address",
]
