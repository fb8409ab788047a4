"""The place stage 地点研判 in bulk: coordinates first, a part's code, then the address in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.utils import timezone

from ...orgs.public import AreaIndex, area_index
from ...places.public import Part, parts_by_codes, place_locator
from ..queries.placing import area_words, place_reader
from ..queries.said import part_code_of
from ..rules.placing.deciding import Decider, Point
from ..rules.proposals import PlaceOutcome, PlaceProposal
from ..rules.said import Said


def place(said: Sequence[Said], *, at: datetime) -> list[PlaceProposal]:
    """The place of each report 地点建议, in order; changes nothing.

    The database is asked a fixed number of times, however many reports there are.
    """
    if not said:
        return []
    areas = area_index(timezone.localdate(at))
    reader = place_reader(at)
    words = lru_cache(maxsize=None)(lambda area_id: area_words(area_id, areas))
    decider = Decider(reader.index, words)
    points = _points(said, at, areas)
    found = [
        decider.decide(reader.read(one.text, one.address), point)
        for one, point in zip(said, points, strict=True)
    ]
    return _narrowed(found, at, areas)


def _points(said: Sequence[Said], at: datetime, areas: AreaIndex) -> list[Point | None]:
    """The coordinates of each report, or of the part whose code it names."""
    if not len(place_locator(at).areas):
        return [None] * len(said)  # a city without boundaries has no inside
    codes = [one.part_code or part_code_of(one.text, one.address, areas=areas) for one in said]
    parts = parts_by_codes(code for code in codes if code) if any(codes) else {}
    spots = [_spot(one, parts.get(code)) for one, code in zip(said, codes, strict=True)]
    given = [spot for spot in spots if spot is not None]
    around = iter(_areas_at([(lon, lat) for lon, lat, _ in given], at))
    return [None if spot is None else _point(spot, next(around), areas) for spot in spots]


def _spot(one: Said, part: Part | None) -> tuple[float, float, str] | None:
    if one.lon is not None and one.lat is not None:
        return one.lon, one.lat, "坐标"
    return (part.lon, part.lat, _part_words(part.code)) if part is not None else None


def _part_words(told_code: str) -> str:
    return f"部件 {told_code} "


def _point(spot: tuple[float, float, str], area_id: UUID | None, areas: AreaIndex) -> Point:
    lon, lat, source = spot
    above = frozenset(node.id for node in areas.ancestors(area_id)) if area_id is not None else frozenset()
    return Point(lon, lat, area_id, source, above)


def _areas_at(points: Sequence[tuple[float, float]], at: datetime) -> list[UUID | None]:
    """The narrowest area of each point by the boundaries of the day; None outside the city."""
    if not points:
        return []
    here = place_locator(at)
    hits = here.locate([lon for lon, _ in points], [lat for _, lat in points])
    return [here.areas[hit] if hit >= 0 else None for hit in hits]


def _narrowed(found: Sequence[PlaceProposal], at: datetime, areas: AreaIndex) -> list[PlaceProposal]:
    """Places found by their address, with the grid around them when it lies in the address's community."""
    wide = [
        one.outcome is PlaceOutcome.FOUND and one.precision != "point" and one.lon is not None
        for one in found
    ]
    points = [(one.lon or 0.0, one.lat or 0.0) for one, is_wide in zip(found, wide, strict=True) if is_wide]
    around = iter(_areas_at(points, at))
    narrowed = []
    for one, is_wide in zip(found, wide, strict=True):
        area = next(around) if is_wide else None
        fits = area is not None and one.area_id in {node.id for node in areas.ancestors(area)}
        narrowed.append(replace(one, area_id=area) if fits else one)
    return narrowed
