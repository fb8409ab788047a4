"""The door of `places`; everything else in the package is private."""

from ..kernel.coordinates import from_wgs84, to_wgs84
from ..kernel.grid_codes import grid_code, part_code, read_grid_code, read_part_code, unit_grid_code
from .enums import PartStatus, PositionPrecision
from .errors import AreasRefused, LaterVersion, NoSuchLayer
from .models import Address, Boundary, BoundaryVersion, Layer, Part, UnitGrid
from .queries.boundaries import boundary_of, extent_of
from .queries.locators import Place, locate, locator, place_locator, place_of
from .queries.maps import DrawnLayer, city_extent, drawn_layers
from .queries.parts import (
    AddressFilter,
    PartFilter,
    address_for,
    addresses_like,
    addresses_page,
    part_by_code,
    part_classes,
    part_for,
    parts_by_codes,
    parts_in,
    parts_page,
    standing_addresses,
)
from .queries.tiles import area_tile
from .queries.unit_grids import unit_grid_of, unit_grids_of
from .rules.layers import PUBLIC_LAYERS
from .rules.locator import Locator
from .rules.tables import RowProblem, TableCounts
from .rules.tiles import EXTENT as TILE_EXTENT
from .rules.tiles import encode_tile, tile_bounds, tile_of
from .services import (
    AreaCounts,
    change_address,
    change_part,
    create_extent_city,
    create_part,
    import_addresses,
    import_areas,
    import_parts,
    load_nanjing_boundaries,
    move_part,
    record_address,
    restore_address,
    restore_part,
    retire_address,
    retire_part,
)

__all__ = [
    "PUBLIC_LAYERS",
    "TILE_EXTENT",
    "Address",
    "AddressFilter",
    "AreaCounts",
    "AreasRefused",
    "Boundary",
    "BoundaryVersion",
    "DrawnLayer",
    "LaterVersion",
    "Layer",
    "Locator",
    "NoSuchLayer",
    "Part",
    "PartFilter",
    "PartStatus",
    "Place",
    "PositionPrecision",
    "RowProblem",
    "TableCounts",
    "UnitGrid",
    "address_for",
    "addresses_like",
    "addresses_page",
    "area_tile",
    "boundary_of",
    "change_address",
    "change_part",
    "city_extent",
    "create_extent_city",
    "create_part",
    "drawn_layers",
    "encode_tile",
    "extent_of",
    "from_wgs84",
    "grid_code",
    "import_addresses",
    "import_areas",
    "import_parts",
    "load_nanjing_boundaries",
    "locate",
    "locator",
    "move_part",
    "part_by_code",
    "part_classes",
    "part_code",
    "part_for",
    "parts_by_codes",
    "parts_in",
    "parts_page",
    "place_locator",
    "place_of",
    "read_grid_code",
    "read_part_code",
    "record_address",
    "restore_address",
    "restore_part",
    "retire_address",
    "retire_part",
    "standing_addresses",
    "tile_bounds",
    "tile_of",
    "to_wgs84",
    "unit_grid_code",
    "unit_grid_of",
    "unit_grids_of",
]
