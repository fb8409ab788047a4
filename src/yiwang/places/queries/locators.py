"""Locators 定位: built from the boundaries of a day, kept while nothing changes.

The versioned cache `boundaries` holds only which layers change on which days. Rasters are built when they
are first asked for (about a second for 12,000 grids) and kept, a few at a time, by what they were made of,
so that a load into one layer does not throw the others away.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from ...ledger.public import VersionedCache
from ...orgs.public import area_index
from ..models import Boundary, BoundaryVersion, Layer, UnitGrid
from ..rules.coverage import shapes_of
from ..rules.layers import PLACE_LAYERS
from ..rules.locator import Locator
from .boundaries import StandingBoundary, day_of, standing_boundaries

_KEPT = 4
#: Name under which `place_of` keeps its locator: every part of the city in the finest layer it has.
PLACES = "places"

#: What a locator is made of: layer, its newest load, the day its boundaries last changed.
Ingredient = tuple[str, str, date]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a point lies 位置: the areas around it, from the district to the grid; None where unknown."""

    district_id: UUID | None
    street_id: UUID | None
    community_id: UUID | None
    grid_id: UUID | None


@dataclass(frozen=True, slots=True)
class LayerDays:
    """A layer's history 图层沿革.

    Attributes:
        newest: key of its newest load.
        days: the days on which its boundaries change, ordered.
        periods: every (first day, end or None, illustrative) that occurs among its boundaries.
    """

    code: str
    wins_over: str
    newest: str
    days: tuple[date, ...]
    periods: tuple[tuple[date, date | None, bool], ...]

    def flags(self, day: date) -> set[bool]:
        """Which values `illustrative` has among the boundaries in force on a day; empty when none is."""
        return {flag for start, end, flag in self.periods if start <= day and (end is None or day < end)}

    def ingredient(self, day: date) -> Ingredient | None:
        """What stands on a day, as a key; None before the first boundary."""
        position = bisect_right(self.days, day)
        return (self.code, self.newest, self.days[position - 1]) if position else None


def _read_days() -> dict[str, LayerDays]:
    rows = Boundary.objects.values_list("layer_id", "valid_from", "valid_to", "illustrative").distinct()
    periods: dict[UUID, list[tuple[date, date | None, bool]]] = {}
    for layer_id, start, end, flag in rows:
        periods.setdefault(layer_id, []).append((start, end, flag))
    cells = UnitGrid.objects.values_list(
        "loaded_by__layer_id", "valid_from", "valid_to", "loaded_by__illustrative"
    )
    for layer_id, start, end, flag in cells.distinct():
        periods.setdefault(layer_id, []).append((start, end, flag))
    newest = dict(BoundaryVersion.objects.order_by("at", "id").values_list("layer_id", "id"))
    found = {}
    for key, code, wins in Layer.objects.values_list("id", "code", "wins_over"):
        spans = tuple(periods.get(key, ()))
        days = {start for start, _, _ in spans} | {end for _, end, _ in spans if end is not None}
        found[code] = LayerDays(code, wins, str(newest.get(key, "")), tuple(sorted(days)), spans)
    return found


_days: VersionedCache[dict[str, LayerDays]] = VersionedCache("boundaries", _read_days)
_kept: OrderedDict[tuple[str, tuple[Ingredient, ...]], Locator] = OrderedDict()
_building = threading.Lock()


def layer_days() -> dict[str, LayerDays]:
    """History of every layer, from the versioned cache `boundaries`."""
    return _days.get()


def locator(layer: str = "grid", at: datetime | None = None) -> Locator:
    """The locator 定位器 of a layer and of the layers cut out of it, as they stood on the day of `at`.

    `locator("grid", at)` answers with 专属网格 before 综合网格. Before the first boundary it is empty.
    """
    known, day = layer_days(), day_of(at)
    stack = [
        *(d for d in known.values() if d.wins_over == layer),
        *([known[layer]] if layer in known else []),
    ]
    return _locator(layer, [d.ingredient(day) for d in stack], day)


def place_locator(at: datetime | None = None) -> Locator:
    """The locator of places 位置定位器: grids, and where part of a city has none, the next larger areas."""
    known, day = layer_days(), day_of(at)
    fine = [d for d in known.values() if d.wins_over == PLACE_LAYERS[0]]
    stack = [*fine, *(known[code] for code in PLACE_LAYERS if code in known)]
    return _locator(PLACES, [d.ingredient(day) for d in stack], day)


def _locator(name: str, wanted: list[Ingredient | None], day: date) -> Locator:
    made_of = tuple(ingredient for ingredient in wanted if ingredient is not None)
    key = (name, made_of)
    found = _kept.get(key)
    if found is not None:
        return found
    with _building:
        found = _kept.get(key)
        if found is None:
            layers = [code for code, _, _ in made_of]
            found = _kept[key] = _build(layers, day, bare_only=name == PLACES)
            while len(_kept) > _KEPT:
                _kept.popitem(last=False)
    return found


def _build(layers: list[str], day: date, *, bare_only: bool) -> Locator:
    """One locator over several layers; with `bare_only`, larger areas only where no smaller one is drawn."""
    rows: list[StandingBoundary] = []
    groups: list[int] = []
    covered: set[UUID] = set()
    for group, layer in enumerate(layers):
        standing = standing_boundaries(layer, day)
        if bare_only:
            standing = [row for row in standing if row.area_id not in covered]
            covered |= _above(standing)
        rows += standing
        groups += [group] * len(standing)
    shapes = shapes_of(shapely.from_wkb([bytes(row.geometry) for row in rows]) if rows else [])
    return Locator([row.area_id for row in rows], shapes, groups)


def _above(rows: list[StandingBoundary]) -> set[UUID]:
    """Every area above the areas of these boundaries."""
    nodes = area_index().by_id
    found: set[UUID] = set()
    for row in rows:
        parent = row.parent_id
        while parent is not None and parent not in found:
            found.add(parent)
            parent = nodes[parent].parent_id if parent in nodes else None
    return found


def locate(
    lons: ArrayLike, lats: ArrayLike, *, layer: str = "grid", at: datetime | None = None
) -> NDArray[np.int32]:
    """Positions in `locator(layer, at).areas` of many points 批量定位, -1 where there is none.

    Args:
        lons, lats: WGS84 degrees, arrays of one dimension.
        at: the instant whose boundaries hold; by default now.
    """
    return locator(layer, at).locate(lons, lats)


def place_of(lon: float, lat: float, *, at: datetime | None = None) -> Place | None:
    """The place 位置 of one point (WGS84 degrees) by the boundaries of its day, or None outside all."""
    area_id = place_locator(at).area_at(lon, lat)
    if area_id is None:
        return None
    chain = area_index().chain(area_id)
    return Place(chain.district_id, chain.street_id, chain.community_id, chain.grid_id)
