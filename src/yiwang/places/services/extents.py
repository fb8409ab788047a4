"""A city over an extent 生成城市: areas of all levels with boundaries, where no real ones are at hand."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import invalid
from ...ledger.public import Act, acting
from ...orgs.public import AreaRow, load_divisions
from ..permissions import demand_import
from ..queries.boundaries import day_of
from ..rules.extents import Extent, GeneratedArea, generate_grid
from .writing import (
    Origin,
    area_keys,
    boundaries_changed,
    is_loaded,
    open_layers,
    shapes_digest,
    write_boundaries,
)


def create_extent_city(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    name: str,
    extent: Extent,
    rows: int,
    cols: int,
    valid_from: date | None = None,
) -> UUID:
    """Create a city whose areas are plain blocks over an extent 生成城市; returns the key of the city.

    Grids, communities (3 x 3 grids), streets and districts, all flagged illustrative. Running it again with
    the same arguments adds nothing.

    Args:
        extent: west, south, east, north in WGS84 degrees.
        rows, cols: number of grids from north to south and from west to east.
        valid_from: first day; by default the day of `at`.

    Raises:
        Refused: without `places.import` and `orgs.edit` everywhere.
        Invalid: for an empty extent or too many cells.
    """
    demand_import(actor)
    try:
        areas = generate_grid(extent, rows, cols, code=code, name=name)
    except ValueError as error:
        raise invalid("extent", extent, "范围应为西、南、东、北，且网格数在 1 至 100000 之间。") from error
    with acting(actor=actor, at=at) as act:
        return _load(act, areas, Origin(f"generated {code}", valid_from or day_of(at), illustrative=True))


def _load(act: Act, areas: list[GeneratedArea], origin: Origin) -> UUID:
    layers = open_layers()
    listed = [AreaRow(area.code, area.name, area.kind, area.parent_code) for area in areas]
    load_divisions(
        actor=act.actor, at=act.at, rows=listed, source=origin.source, valid_from=origin.valid_from
    )
    keys = area_keys([area.code for area in areas], origin.valid_from)
    written = 0
    for kind in dict.fromkeys(area.kind for area in areas):
        shapes = {area.code: area.shape for area in areas if area.kind == kind}
        if not is_loaded(layers[kind], shapes_digest(shapes)):
            write_boundaries(act, layers[kind], shapes, keys, origin=origin)
            written += len(shapes)
    if written:
        boundaries_changed(act)
    return keys[areas[0].code]
