"""Addresses of the demo 演示地址库: invented roads and estates in its own streets, imported as a city would.

A community has two roads that cross inside it, numbered every 25 m with odd numbers on one side, and an
estate with buildings by its crossing. Nothing is drawn by lot: the same boundaries give the same addresses.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import StringIO
from itertools import cycle
from typing import Any
from uuid import UUID

from ..kernel.actor import Actor
from ..kernel.errors import Conflict
from ..kernel.yaml_files import shipped_yaml
from ..orgs.public import AreaNode, area_index
from ..places.public import boundary_of, import_addresses, place_locator
from ..triage.public import record_place_name

#: House numbers of a road, buildings of an estate.
NUMBERS, BUILDINGS = 24, 9
#: Degrees: between two numbers of a side (about 25 m), from the middle to a side, between buildings.
STEP, SIDE, APART = 0.00024, 0.00008, 0.0005


@dataclass(frozen=True, slots=True)
class AddressRow:
    """One address 地址: its full text and its point in WGS84 degrees."""

    text: str
    lon: float
    lat: float


@cache
def layout() -> dict[str, Any]:
    """Streets, names, former names and reports of the demo's addresses."""
    found: dict[str, Any] = shipped_yaml("yiwang.simulate", "data/addresses.yaml")
    return found


def load_addresses(*, actor: Actor, at: datetime, communities: Iterable[AreaNode] | None = None) -> int:
    """Import the addresses and former names of the demo 载入演示地址库; returns how many addresses are new.

    Args:
        communities: where; by default those of the streets that the layout names.

    Raises:
        Refused: without `places.maintain` and `triage.configure`.
    """
    chosen = list(communities) if communities is not None else _communities()
    table = StringIO()
    writer = csv.writer(table)
    writer.writerow(["地址全称", "经度", "纬度"])
    writer.writerows((row.text, row.lon, row.lat) for row in rows_of(chosen, at))
    counts = import_addresses(actor=actor, at=at, content=table.getvalue().encode(), crs="wgs84")
    for alias in layout()["aliases"]:
        try:
            record_place_name(actor=actor, at=at, **alias)
        except Conflict:  # entered by an earlier load
            continue
    return counts.accepted


def rows_of(communities: Iterable[AreaNode], at: datetime) -> Iterator[AddressRow]:
    """The addresses of some communities, each with a point inside its own; names are given out in order."""
    here = place_locator(at)
    areas = area_index()
    for community, names in _named(communities):
        boundary = boundary_of(community.id, at=at)
        if boundary is None:
            continue
        middle = boundary.shape.representative_point()
        made = list(_around(_prefix(community), names, middle.x, middle.y))
        hits = here.locate([row.lon for row in made], [row.lat for row in made])
        for row, hit in zip(made, hits, strict=True):
            if hit >= 0 and community.id in {one.id for one in areas.ancestors(here.areas[hit])}:
                yield row


def communities_by_name() -> dict[str, UUID]:
    """Road or estate to the community that it was given to first."""
    found: dict[str, UUID] = {}
    for community, names in _named(_communities()):
        for name in names:
            found.setdefault(name, community.id)
    return found


def _named(communities: Iterable[AreaNode]) -> Iterator[tuple[AreaNode, tuple[str, str, str]]]:
    """Each community with its two roads and its estate."""
    roads, estates = cycle(layout()["roads"]), cycle(layout()["estates"])
    for community in communities:
        yield community, (next(roads), next(roads), next(estates))


def _around(prefix: str, names: tuple[str, str, str], lon: float, lat: float) -> Iterator[AddressRow]:
    """Two roads that cross at a point, and an estate north-east of it."""
    first, second, estate = names
    for number in range(1, NUMBERS + 1):
        along = ((number + 1) // 2 - NUMBERS / 4) * STEP
        beside = SIDE if number % 2 else -SIDE
        yield _row(f"{prefix}{first}{number}号", lon + along, lat + beside)
        yield _row(f"{prefix}{second}{number}号", lon + beside, lat + along)
    for building in range(BUILDINGS):
        east, north = building % 3 + 1, building // 3 + 1
        text = f"{prefix}{first}18号{estate}{building + 1}幢"
        yield _row(text, lon + east * APART, lat + north * APART)


def _row(text: str, lon: float, lat: float) -> AddressRow:
    return AddressRow(text, round(lon, 6), round(lat, 6))


def _prefix(community: AreaNode) -> str:
    """From the city to the community, as standard addresses begin: 南京市江宁区东山街道骆村社区."""
    line = reversed(area_index().ancestors(community.id))
    return "".join(node.name for node in line).removesuffix("居委会").removesuffix("村委会")


def _communities() -> list[AreaNode]:
    areas = area_index()
    found: list[AreaNode] = []
    for wanted in layout()["streets"]:
        street = next(n for n in areas.by_code.values() if n.kind == "street" and n.name == wanted["name"])
        below = sorted((n for n in areas.children(street.id) if n.kind == "community"), key=lambda n: n.code)
        found += below[: wanted["communities"]]
    return found
