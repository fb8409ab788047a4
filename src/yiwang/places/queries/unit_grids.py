"""Unit grids 单元网格: which cell a point lies in, for a city of several hundred thousand.

Cells are read by district when one is first asked for, and the least used districts make room for others:
the whole of what is kept stays within `MOST_BYTES`, however large the city is.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np
import shapely
from django.db.models import F, QuerySet
from numpy.typing import ArrayLike, NDArray

from ...kernel.raster import NOWHERE, Raster
from ...orgs.public import area_index
from ..models import Boundary, UnitGrid
from ..rules.coverage import Shapes, shapes_of
from ..rules.layers import UNIT_GRID
from .boundaries import StandingBoundary, day_of, in_force
from .locators import Ingredient, layer_days, place_locator

#: What all cells in memory may take together.
MOST_BYTES = 200 << 20
#: Measured: a polygon of a cell with its index, its code, and what the build leaves behind.
_BYTES_A_CELL = 1_800
#: Raster cells a unit grid: few, as a cell is a simple polygon and memory is scarcer than points a second.
_RASTER_CELLS_EACH = 32
_RASTER_BYTES_A_CELL = 500
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class _District:
    """The cells of one district, ready for look-ups."""

    codes: NDArray[np.bytes_]
    raster: Raster

    @property
    def nbytes(self) -> int:
        return self.raster.nbytes + _BYTES_A_CELL * len(self.codes)


_kept: OrderedDict[tuple[Ingredient, UUID], _District] = OrderedDict()
_building = threading.Lock()


def unit_grid_of(lon: float, lat: float, *, at: datetime | None = None) -> str | None:
    """The code of the unit grid 单元网格 around a point (WGS84 degrees) on the day of `at`, or None.

    With the instant an old case was located at, it answers by the cells of that day.
    """
    return unit_grids_of([lon], [lat], at=at)[0]


def unit_grids_of(lons: ArrayLike, lats: ArrayLike, *, at: datetime | None = None) -> list[str | None]:
    """The codes of the unit grids of many points 批量定位单元网格, None where there is none.

    Args:
        lons, lats: WGS84 degrees, arrays of one dimension.
    """
    x, y = np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)
    found: list[str | None] = [None] * len(x)
    history = layer_days().get(UNIT_GRID)
    day = day_of(at)
    made_of = history.ingredient(day) if history else None
    if made_of is None:
        return found
    for district, points in _by_district(x, y, at).items():
        cells = _district(made_of, district, day)
        hits = cells.raster.locate(x[points], y[points])
        for point, hit in zip(points.tolist(), hits.tolist(), strict=True):
            if hit != NOWHERE:
                found[point] = cells.codes[hit].decode()
    return found


def _by_district(
    x: NDArray[np.float64], y: NDArray[np.float64], at: datetime | None
) -> dict[UUID, NDArray[np.int64]]:
    """Positions of the points in each district."""
    places, index = place_locator(at), area_index()
    hits = places.locate(x, y)
    members: dict[UUID, list[NDArray[np.int64]]] = {}
    for number in np.unique(hits[hits >= 0]).tolist():
        district = index.chain(places.areas[number]).district_id
        if district is not None:
            members.setdefault(district, []).append(np.flatnonzero(hits == number))
    return {key: np.concatenate(parts) for key, parts in members.items()}


def _district(made_of: Ingredient, district: UUID, day: date) -> _District:
    key = (made_of, district)
    with _building:
        found = _kept.get(key)
        if found is None:
            communities = area_index(day).communities_under(district)
            rows = UnitGrid.objects.filter(in_force(day), community_id__in=communities)
            _make_room(rows.count() * (_BYTES_A_CELL + _RASTER_BYTES_A_CELL))
            found = _kept[key] = _build(rows)
        _kept.move_to_end(key)
        return found


def _make_room(wanted: int) -> None:
    while _kept and sum(each.nbytes for each in _kept.values()) + wanted > MOST_BYTES:
        _kept.popitem(last=False)


def _build(rows: QuerySet[UnitGrid]) -> _District:
    codes: list[bytes] = []
    shapes: list[NDArray[np.object_]] = []
    binary: list[bytes] = []
    for code, geometry in rows.order_by("code").values_list("code", "geometry").iterator(_BATCH):
        codes.append(code.encode())
        binary.append(bytes(geometry))
        if len(binary) == _BATCH:
            shapes.append(shapely.from_wkb(binary))
            binary.clear()
    shapes.append(shapely.from_wkb(np.array(binary, dtype=object)))
    whole = np.concatenate(shapes)
    return _District(np.array(codes, dtype="S15"), Raster(whole, most_cells=_most_cells(len(whole))))


def _most_cells(cells: int) -> int:
    return max(cells * _RASTER_CELLS_EACH, 1 << 12)


def standing_cells(day: date, communities: Iterable[UUID]) -> list[StandingBoundary]:
    """The cells of some communities in force on a day, by code; their code is their name, too."""
    rows = UnitGrid.objects.filter(in_force(day), community_id__in=list(communities)).order_by("code")
    found = rows.values_list(
        "id", "id", "code", F("code"), "community_id", "geometry", "loaded_by__illustrative"
    )
    return [StandingBoundary(*row) for row in found]


def cells_near(box: tuple[float, float, float, float], day: date) -> tuple[list[StandingBoundary], Shapes]:
    """Cells that reach into a box (west, south, east, north), by the communities that do."""
    west, south, east, north = box
    near = Boundary.objects.filter(
        in_force(day), layer__code="community", west__lte=east, east__gte=west, south__lte=north,
        north__gte=south,
    )  # fmt: skip
    rows = standing_cells(day, near.values_list("area_id", flat=True))
    shapes = shapes_of(shapely.from_wkb([bytes(row.geometry) for row in rows]) if rows else [])
    hit = np.flatnonzero(shapely.intersects(shapely.box(*box), shapes))
    return [rows[number] for number in hit.tolist()], shapes[hit]
