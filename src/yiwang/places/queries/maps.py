"""Maps 地图: which boundary layers there are to draw, and whether they are illustrative."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max, Min

from ...ledger.public import VersionedCache
from ..models import Boundary
from ..rules.layers import STANDARD_LAYERS
from .boundaries import day_of, in_force
from .locators import layer_days
from .tiles import drawing_key

Extent = tuple[float, float, float, float]
_DAYS_KEPT = 4
_extents: VersionedCache[dict[date, Extent | None]] = VersionedCache("boundaries", dict)


@dataclass(frozen=True, slots=True)
class DrawnLayer:
    """One boundary layer to draw 可显示图层.

    Attributes:
        code: identifier, also the layer's name inside its tiles.
        tiles: address pattern of its vector tiles, with `{z}/{x}/{y}`.
        illustrative: whether any of its boundaries is illustrative (示意): the map must say so.
        least_zoom: zoom from which tiles hold anything.
    """

    code: str
    name: str
    tiles: str
    illustrative: bool
    least_zoom: int


def drawn_layers(at: datetime | None = None) -> list[DrawnLayer]:
    """Layers with boundaries in force on the day of `at`, the widest first."""
    day, known = day_of(at), layer_days()
    flags = {spec.code: known[spec.code].flags(day) for spec in STANDARD_LAYERS if spec.code in known}
    return [
        DrawnLayer(
            spec.code, spec.name, tiles_address(spec.code, at), True in flags[spec.code], spec.least_zoom
        )
        for spec in STANDARD_LAYERS
        if flags.get(spec.code)
    ]


def tiles_address(layer: str, at: datetime | None = None) -> str:
    """Address pattern of a layer's tiles; its `v` changes when the boundaries do."""
    key = drawing_key(layer, at)
    version = f"?v={key[1][-12:]}-{key[2]:%Y%m%d}" if key else ""
    return f"/tiles/areas/{layer}/{{z}}/{{x}}/{{y}}.mvt{version}"


def city_extent(at: datetime | None = None) -> Extent | None:
    """West, south, east, north of the first city's boundary, or of everything where no city is drawn."""
    day, kept = day_of(at), _extents.get()
    if day not in kept:
        if len(kept) >= _DAYS_KEPT:
            kept.clear()
        kept[day] = _read_extent(day)
    return kept[day]


def _read_extent(day: date) -> Extent | None:
    standing = Boundary.objects.filter(in_force(day))
    city = standing.filter(layer__code="city").order_by("area__code").first()
    if city is not None:
        return city.west, city.south, city.east, city.north
    found = standing.aggregate(west=Min("west"), south=Min("south"), east=Max("east"), north=Max("north"))
    if found["west"] is None:
        return None
    return found["west"], found["south"], found["east"], found["north"]
