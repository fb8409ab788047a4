"""A small city on a square of 0.04 degrees, and files of its areas, for the tests of `places`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import shapely

from yiwang.kernel.actor import Actor, system_actor
from yiwang.orgs.public import AreaRow, area_index, load_divisions
from yiwang.places.public import AreaCounts, import_areas

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
DAY = date(2026, 2, 13)
LATER = AT + timedelta(days=30)
ACTOR: Actor = system_actor("test", "places.import", "places.maintain", "orgs.edit")

WEST, SOUTH = 118.70, 32.00
STREET = "320199001"
#: Two communities: the western and the eastern half of the street.
COMMUNITIES = ("320199001001", "320199001002")
ROWS = [
    AreaRow("320100", "宁州市", "city"),
    AreaRow("320199", "示例区", "district", "320100"),
    AreaRow(STREET, "示例街道", "street", "320199"),
    AreaRow(COMMUNITIES[0], "西社区", "community", STREET),
    AreaRow(COMMUNITIES[1], "东社区", "community", STREET),
]


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box in hundredths of a degree from the city's corner, vertices of six decimals."""
    x, y = (
        (round(WEST + v / 100, 6) for v in (west, east)),
        (round(SOUTH + v / 100, 6) for v in (south, north)),
    )
    (left, right), (low, high) = x, y
    return shapely.box(left, low, right, high)


def at_point(x: float, y: float) -> tuple[float, float]:
    """A point in hundredths of a degree from the city's corner."""
    return round(WEST + x / 100, 6), round(SOUTH + y / 100, 6)


def feature(
    code: str, shape: shapely.Geometry | dict[str, Any], name: str = "甲", **more: str
) -> dict[str, Any]:
    """One GeoJSON feature."""
    geometry = shape if isinstance(shape, dict) else shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": {"code": code, "name": name, **more}, "geometry": geometry}


def collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A GeoJSON document."""
    return {"type": "FeatureCollection", "features": list(features)}


def load_city(*, drawn: bool = True) -> None:
    """The small city's areas; `drawn` adds the boundaries down to its two communities."""
    load_divisions(actor=ACTOR, at=AT, rows=ROWS, source="tests", valid_from=date(2024, 1, 1))
    if drawn:
        bring("district", [feature("320199", box(0, 0, 4, 4), "示例区")], valid_from=date(2024, 1, 1))
        bring("street", [feature(STREET, box(0, 0, 4, 4), "示例街道")], valid_from=date(2024, 1, 1))
        halves = [box(0, 0, 2, 4), box(2, 0, 4, 4)]
        communities = [
            feature(code, shape, name)
            for code, shape, name in zip(COMMUNITIES, halves, ("西社区", "东社区"), strict=True)
        ]
        bring("community", communities, valid_from=date(2024, 1, 1))


def quarters(community: int = 0) -> list[dict[str, Any]]:
    """Four grids that tile one community, 001 in the north-west."""
    left = 2 * community
    shapes = [box(left, 2, left + 1, 4), box(left + 1, 2, left + 2, 4), box(left, 0, left + 1, 2),
              box(left + 1, 0, left + 2, 2)]  # fmt: skip
    return [
        feature(f"{COMMUNITIES[community]}{number:03d}", shape, f"第{number}网格")
        for number, shape in enumerate(shapes, 1)
    ]


def bring(layer: str, features: Iterable[dict[str, Any]], **options: Any) -> AreaCounts:
    """Import features into a layer."""
    arguments: dict[str, Any] = {"actor": ACTOR, "at": AT, "crs": "wgs84", "source": "tests", **options}
    return import_areas(document=collection(features), layer=layer, **arguments)


def area(code: str) -> UUID:
    """Key of an area."""
    return area_index(DAY).by_code[code].id


def code_of(area_id: UUID | None) -> str | None:
    """Code of an area."""
    return area_index().by_id[area_id].code if area_id else None
