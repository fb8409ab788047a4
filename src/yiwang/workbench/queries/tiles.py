"""Case tiles 案件瓦片: open cases of an actor's scope as vector tiles, clustered in the database."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Count, F, FloatField, Min, QuerySet, TextField, Value
from django.db.models.functions import Cast, Floor

from ...cases.public import OPEN_STATES, Case, CaseFilter, visible_to
from ...kernel.actor import Actor
from ...kernel.errors import NotFound
from ...orgs.public import area_index
from ...places.public import TILE_EXTENT, encode_tile

LAYER = "cases"
MAX_ZOOM = 20
#: Newest cases that one tile looks at; beyond it the tile is a sample of the newest.
ROW_CAP = 20_000
LIST_CAP = 50
#: Cells along one side of a tile; from `FINE_ZOOM` on they are so small that single cases stand apart.
CELLS, FINE_CELLS, FINE_ZOOM = 8, 64, 16


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east, north in degrees (WGS84)."""

    west: float
    south: float
    east: float
    north: float


def tile_box(z: int, x: int, y: int) -> Box:
    """The box of a tile of the usual web scheme.

    Raises:
        NotFound: no such tile.
    """
    side = 1 << z
    if not (0 <= z <= MAX_ZOOM and 0 <= x < side and 0 <= y < side):
        raise NotFound("没有这张瓦片。", code="workbench.no_such_tile")

    def latitude(row: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / side))))

    return Box(x / side * 360 - 180, latitude(y + 1), (x + 1) / side * 360 - 180, latitude(y))


def cases_in(actor: Actor, wanted: CaseFilter, box: Box, at: datetime) -> QuerySet[Case]:
    """Cases of the scope inside a box; open ones unless the filter names states."""
    found = visible_to(actor).filter(
        lon__gte=box.west,
        lon__lt=box.east,
        lat__gte=box.south,
        lat__lt=box.north,
        state__in=wanted.states or OPEN_STATES,
    )
    if wanted.matter_class is not None:
        found = found.filter(matter_class=wanted.matter_class)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.unit is not None:
        found = found.filter(host=wanted.unit)
    if wanted.overdue:
        found = found.filter(state="handling", due_at__lt=at)
    if wanted.area is not None:
        found = found.filter(community__in=area_index().communities_under(wanted.area))
    return found


def case_tile(actor: Actor, wanted: CaseFilter, z: int, x: int, y: int, *, at: datetime) -> bytes:
    """One tile: a feature a cell with `count`, `lon`, `lat`, and `id` where the cell holds a single case."""
    box = tile_box(z, x, y)
    newest = cases_in(actor, wanted, box, at).order_by("-created_at").values("pk")[:ROW_CAP]
    cells = FINE_CELLS if z >= FINE_ZOOM else CELLS

    def cell(column: str, low: float, high: float) -> Floor:
        return Floor(
            (F(column) - Value(low, FloatField())) / Value((high - low) / cells, FloatField()),
            output_field=FloatField(),
        )

    grouped = (
        Case.objects.filter(pk__in=newest)
        .annotate(column=cell("lon", box.west, box.east), row=cell("lat", box.south, box.north))
        .order_by()
        .values("column", "row")
        .annotate(
            count=Count("id"),
            x=Avg("lon"),
            y=Avg("lat"),
            one=Min(Cast("id", TextField())),
        )
    )
    features = [
        {
            "geometry": f"POINT({_across(row['x'], z, x)} {_down(row['y'], z, y)})",
            "properties": {
                "count": row["count"],
                "lon": row["x"],
                "lat": row["y"],
                **({"id": row["one"]} if row["count"] == 1 else {}),
            },
        }
        for row in grouped
    ]
    return encode_tile([{"name": LAYER, "features": features}])


def _across(lon: float, z: int, x: int) -> int:
    return round(((lon + 180) / 360 * (1 << z) - x) * TILE_EXTENT)


def _down(lat: float, z: int, y: int) -> int:
    mercator = math.asinh(math.tan(math.radians(lat)))
    return round(((1 - mercator / math.pi) / 2 * (1 << z) - y) * TILE_EXTENT)
