"""Services of `places`: loading boundaries, a generated city, parts and addresses."""

from .address_tables import import_addresses
from .addresses import change_address, record_address, restore_address, retire_address
from .checking import AreaCounts
from .extents import create_extent_city
from .importing import import_areas
from .nanjing import load_nanjing_boundaries
from .part_tables import import_parts
from .parts import change_part, create_part, move_part, restore_part, retire_part

__all__ = [
    "AreaCounts",
    "change_address",
    "change_part",
    "create_extent_city",
    "create_part",
    "import_addresses",
    "import_areas",
    "import_parts",
    "load_nanjing_boundaries",
    "move_part",
    "record_address",
    "restore_address",
    "restore_part",
    "retire_address",
    "retire_part",
]
