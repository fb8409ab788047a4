"""Matching 地址匹配: which standard addresses the parts of an address may mean, and never a guess."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

import numpy as np
import numpy.typing as npt

from .index import AddressIndex
from .keys import AddressKeys

Places = npt.NDArray[np.int32]
#: Addresses of one name count as one place when they lie within this distance, metres.
ONE_PLACE = 250.0
#: Two roads cross where their addresses come this near, metres.
CROSSING = 200.0
#: A house number between two known ones counts when they are no further apart than this.
NUMBERS_APART = 40
MOST_CANDIDATES = 8
#: Likeness of a name that others run into.
_ENDING = 0.95
_METRES = 111_320.0


class Precision(StrEnum):
    """How exactly a place is known 定位精度."""

    HOUSE = "house"
    ESTATE = "estate"
    CROSSING = "crossing"
    ROAD = "road"
    COMMUNITY = "community"


#: Confidence of a single match written exactly; likeness and conflicts take from it.
CONFIDENCE = {
    Precision.HOUSE: 0.97, Precision.ESTATE: 0.93, Precision.CROSSING: 0.88, Precision.ROAD: 0.75,
    Precision.COMMUNITY: 0.85,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """One place that may be meant 可能地点: its addresses, middle point and likeness of names, 0 to 1."""

    places: tuple[int, ...]
    lon: float
    lat: float
    likeness: float


@dataclass(frozen=True, slots=True)
class Matched:
    """What matching found 匹配结果.

    Attributes:
        options: one when it is found, several when it is ambiguous, none when nothing fits.
        words: (code, Chinese reason).
        is_doubtful: whether a single option contradicts what else was said.
    """

    options: tuple[Option, ...] = ()
    precision: Precision = Precision.HOUSE
    words: tuple[tuple[str, str], ...] = ()
    is_doubtful: bool = False


NOTHING = Matched()


@dataclass(frozen=True, slots=True)
class _Name:
    """A name of the base that was said, exactly or nearly."""

    number: int
    likeness: float
    words: str


@dataclass(frozen=True, slots=True)
class _Found:
    """Addresses that fit, how alike their names are, and how exactly they say where."""

    places: Places
    likeness: float
    precision: Precision


def match(index: AddressIndex, keys: AddressKeys, communities: frozenset[UUID] | None) -> Matched:
    """Match the keys of an address.

    Args:
        communities: those that the divisions said allow; None when nothing was said.
    """
    words: list[tuple[str, str]] = []
    roads = [name for said in keys.roads for name in _names(index, said, words)]
    estates = [name for said in keys.estates for name in _names(index, said, words)]
    if not roads and not estates:
        return NOTHING
    if len(keys.roads) > 1 and not keys.number and len(roads) > 1:
        crossing = _crossing(index, roads, communities)
        if crossing is not None:
            return replace(crossing, words=(*words, *crossing.words))
    found = _houses(index, roads, estates, keys)
    if found is None:
        found = _wider(index, roads, estates, keys)
    places, likeness, precision, said = found
    words += said
    if precision is Precision.ROAD and keys.number.isdigit() and roads:
        between = _between(index, roads[0], int(keys.number), communities)
        if between is not None:
            return replace(between, words=(*words, *between.words))
    outcome = _outcome(index, _Found(places, likeness, precision), communities, words)
    missing = precision is Precision.ROAD and bool(keys.number)
    return replace(outcome, is_doubtful=outcome.is_doubtful or missing)


def _names(index: AddressIndex, said: str, words: list[tuple[str, str]]) -> list[_Name]:
    """Names of the base that one said name may be, an exact one alone."""
    book = index.book
    stands = index.aliases.get(said, said)
    exact = book.exact(stands)
    if exact is not None:
        if stands != said:
            words.append(("place.alias", f"“{said}”即“{stands}”"))
        return [_Name(exact, 1.0, said)]
    ending = book.ending(said)
    if ending is not None:
        words.append(("place.ending", f"没有“{said}”，其中的“{book.names[ending]}”在地址库中"))
        return [_Name(ending, _ENDING, said)]
    near = [_Name(number, likeness, said) for number, likeness in book.near(said)]
    if near:
        listed = "、".join(f"“{book.names[one.number]}”" for one in near[:3])
        words.append(("place.typing", f"没有“{said}”，可能是{listed}"))
    return near


def _houses(
    index: AddressIndex, roads: list[_Name], estates: list[_Name], keys: AddressKeys
) -> tuple[Places, float, Precision, list[tuple[str, str]]] | None:
    """Addresses of a door (road and number), or of a building of an estate."""
    best: list[tuple[float, Places, str]] = []
    if keys.number:
        for road in roads:
            places = index.at_door(road.number, keys.number)
            if len(places):
                best.append((road.likeness, places, f"{index.book.names[road.number]}{keys.number}号"))
    if best:
        likeness = max(one[0] for one in best)
        kept = [one for one in best if one[0] == likeness]
        places = _union([one[1] for one in kept])
        narrowed = _narrow(index, places, estates, keys.house)
        return narrowed, likeness, Precision.HOUSE, [("place.door", f"门牌“{kept[0][2]}”在地址库中")]
    if keys.house:
        for estate in estates:
            named = index.named(estate.number)
            places = named[[index.houses[place] == keys.house for place in named.tolist()]]
            if len(places):
                name = index.book.names[estate.number]
                said = [("place.house", f"“{name}”{keys.house}幢在地址库中")]
                return places, estate.likeness, Precision.HOUSE, said
    return None


def _narrow(index: AddressIndex, places: Places, estates: list[_Name], house: str) -> Places:
    """Of several addresses of one door, those of the estate and the building that were said."""
    for estate in estates:
        named = np.intersect1d(places, index.named(estate.number))
        if len(named):
            places = named
            break
    if house:
        same = places[[index.houses[place] == house for place in places.tolist()]]
        if len(same):
            places = same
    return places


def _wider(
    index: AddressIndex, roads: list[_Name], estates: list[_Name], keys: AddressKeys
) -> tuple[Places, float, Precision, list[tuple[str, str]]]:
    """All addresses of the estate, or of the road."""
    names, precision = (estates, Precision.ESTATE) if estates else (roads, Precision.ROAD)
    likeness = max(one.likeness for one in names)
    kept = [one for one in names if one.likeness == likeness]
    places = _union([index.named(one.number) for one in kept])
    if estates and roads:
        along = _union([index.named(one.number) for one in roads])
        both = np.intersect1d(places, along)
        places = both if len(both) else places
    label = index.book.names[kept[0].number]
    if precision is Precision.ESTATE:
        return places, likeness, precision, [("place.estate", f"“{label}”在地址库中")]
    if keys.number:
        return places, likeness, precision, [("place.road", f"“{label}”在地址库中，没有 {keys.number} 号")]
    return places, likeness, precision, [("place.road", f"“{label}”在地址库中，没有说门牌")]


def _union(groups: list[Places]) -> Places:
    return np.unique(np.concatenate(groups)) if groups else np.empty(0, dtype=np.int32)


def _outcome(
    index: AddressIndex, found: _Found, communities: frozenset[UUID] | None, words: list[tuple[str, str]]
) -> Matched:
    """One option when all addresses are one place, else the options to choose from."""
    places, doubtful = found.places, False
    if communities is not None:
        inside = index.within(places, communities)
        doubtful = not len(inside)
        if doubtful:
            words.append(("place.division_differs", "地址库中的同名地址不在所说的区划内"))
        else:
            places = inside
    options = _groups(index, places, found.likeness, spread=found.precision is Precision.ROAD)
    if len(options) > 1:
        words.append(("place.several", f"有 {len(options)} 处同名，请选择"))
    return Matched(tuple(options[:MOST_CANDIDATES]), found.precision, tuple(words), doubtful)


def _groups(index: AddressIndex, places: Places, likeness: float, *, spread: bool) -> list[Option]:
    """Addresses that are one place together: near one another, or on a road within one community."""
    points = index.points(places)
    if len(places) and _spread(points) <= ONE_PLACE:
        return [_option(places, points, likeness)]
    numbers = index.community_numbers(places)
    groups = []
    for number in np.unique(numbers):
        chosen = numbers == number
        group, near = places[chosen], points[chosen]
        if spread or _spread(near) <= 2 * ONE_PLACE:
            groups.append(_option(group, near, likeness))
        else:
            groups += [_option(group[[one]], near[[one]], likeness) for one in range(len(group))]
    return sorted(groups, key=lambda option: (-len(option.places), option.places))


def _option(places: Places, points: npt.NDArray[np.float64], likeness: float) -> Option:
    lon, lat = np.median(points, axis=0)
    return Option(tuple(places.tolist()), float(lon), float(lat), likeness)


def _spread(points: npt.NDArray[np.float64]) -> float:
    """The larger extent of points, metres."""
    extent = points.max(axis=0) - points.min(axis=0)
    return float(max(extent[0] * np.cos(np.radians(points[0, 1])), extent[1]) * _METRES)


def _between(
    index: AddressIndex, road: _Name, number: int, communities: frozenset[UUID] | None
) -> Matched | None:
    """A house number that is missing, between two that are known and near."""
    doors = index.doors_along(road.number, number)
    if len(doors) < 2 or doors[1][0] - doors[0][0] > NUMBERS_APART:
        return None
    places = np.array([place for _, place in doors], dtype=np.int32)
    if communities is not None and len(index.within(places, communities)) < 2:
        return None
    points = index.points(places)
    if _spread(points) > 2 * ONE_PLACE or index.community_of(int(places[0])) != index.community_of(
        int(places[1])
    ):
        return None
    share = (number - doors[0][0]) / (doors[1][0] - doors[0][0])
    lon, lat = points[0] + share * (points[1] - points[0])
    said = ("place.between", f"{number} 号不在地址库中，介于 {doors[0][0]} 号和 {doors[1][0]} 号之间")
    option = Option(tuple(places.tolist()), float(lon), float(lat), road.likeness)
    return Matched((option,), Precision.ROAD, (said,))


def _crossing(index: AddressIndex, roads: list[_Name], communities: frozenset[UUID] | None) -> Matched | None:
    """Where two roads meet: the two addresses, one of each, that are nearest to one another."""
    first, second = roads[0], next((one for one in roads if one.words != roads[0].words), roads[0])
    if first.number == second.number:
        return None
    here, there = index.named(first.number), index.named(second.number)
    if communities is not None:
        here, there = index.within(here, communities), index.within(there, communities)
    both = np.intersect1d(here, there)
    if len(both):
        option = _option(both, index.points(both), min(first.likeness, second.likeness))
        spread = _spread(index.points(both))
    elif len(here) and len(there):
        one, other = index.points(here), index.points(there)
        scale = np.array([np.cos(np.radians(one[0, 1])), 1.0]) * _METRES
        from scipy.spatial import cKDTree  # slow to load, and few texts name two places

        apart, nearest = cKDTree(one * scale).query(other * scale)
        last = int(apart.argmin())
        at, spread = (int(nearest[last]), last), float(apart[last])
        pair = np.array([here[at[0]], there[at[1]]], dtype=np.int32)
        option = _option(pair, index.points(pair), min(first.likeness, second.likeness))
    else:
        return None
    if spread > CROSSING:
        return None
    names = index.book.names
    said = ("place.crossing", f"“{names[first.number]}”与“{names[second.number]}”在此相交")
    return Matched((option,), Precision.CROSSING, (said,))
