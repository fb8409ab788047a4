"""Features 比对特征: how two reports compare, one row of numbers a pair.

All features lie between -1 and 1 and read as a sentence, so that a learned weight can be judged by a person.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from .signatures import Signature

_METRES_A_DEGREE = 111_320.0
#: Bits two difference hashes of the same scene may differ in; beyond `OTHER_PICTURE` the scenes differ.
SAME_PICTURE, OTHER_PICTURE = 8, 24

NAMES = (
    "text_overlap",  # share of the shorter text's bigrams that the other has
    "text_dice",
    "matter_shared",  # a word of one matter stands in both
    "matter_agreed",  # Jaccard of the matters
    "matter_conflict",  # both name matters, none in common
    "class_same",
    "family_same",
    "family_other",
    "near",  # exp(-(metres/60)^2)
    "close",  # exp(-metres/150)
    "far",  # beyond 250 m
    "unlocated",  # one has no coordinates
    "place_shared",  # a place name stands in both
    "place_like",  # but for one character
    "place_conflict",  # both name places, none alike
    "number_same",
    "number_other",  # the same place, but another house
    "mark_same",  # unit, room, pole or plate
    "mark_other",
    "days",  # log of the days between, 1 at 60 days
    "reporter_same",
    "part_same",
    "part_other",
    "picture_same",
    "picture_other",
    "area_same",
    "area_other",
    "matter_and_near",
    "matter_and_number",
    "matter_and_place_unlocated",
    "class_and_near",
    "text_and_near",
    "text_and_place",
    "reporter_and_matter",
    "number_other_near",
    "nothing_about_place",
)
_AT = {name: number for number, name in enumerate(NAMES)}


def compare(one: Signature, others: Sequence[Signature]) -> npt.NDArray[np.float64]:
    """Features of one report with each of several, shape (n, len(NAMES)); symmetric in its arguments."""
    found = np.zeros((len(others), len(NAMES)))
    if not others:
        return found
    columns = {name: found[:, number] for name, number in _AT.items()}
    _text(one, others, columns)
    _matter(one, others, columns)
    _distance(one, others, columns)
    for row, other in enumerate(others):
        _words_of_place(one, other, found[row])
        _identity(one, other, found[row])
    _together(columns)
    return found


def metres_between(one: Signature, others: Sequence[Signature]) -> npt.NDArray[np.float64]:
    """Metres from one report to each of several; NaN where coordinates are missing."""
    lon = np.array([other.lon for other in others])
    lat = np.array([other.lat for other in others])
    east = (lon - one.lon) * np.cos(np.radians((lat + one.lat) / 2))
    return np.hypot(east, lat - one.lat) * _METRES_A_DEGREE


def value(row: npt.NDArray[np.float64], name: str) -> float:
    """One feature of a row by its name."""
    return float(row[_AT[name]])


Columns = dict[str, npt.NDArray[np.float64]]


def _text(one: Signature, others: Sequence[Signature], columns: Columns) -> None:
    sizes = np.array([len(other.grams) for other in others])
    if not len(one.grams) or not sizes.sum():
        return
    every = np.concatenate([other.grams for other in others])
    place = np.minimum(np.searchsorted(one.grams, every), len(one.grams) - 1)
    hits = np.concatenate(([0], np.cumsum(one.grams[place] == every)))
    ends = np.cumsum(sizes)
    shared = (hits[ends] - hits[ends - sizes]).astype(float)
    columns["text_overlap"][:] = shared / np.maximum(np.minimum(sizes, len(one.grams)), 1)
    columns["text_dice"][:] = 2 * shared / (sizes + len(one.grams))


def _matter(one: Signature, others: Sequence[Signature], columns: Columns) -> None:
    matters = np.array([other.matters for other in others], np.int64)
    mine = np.int64(one.matters)
    shared, either = _bits(matters & mine), _bits(matters | mine)
    both = (matters != 0) & bool(one.matters)
    columns["matter_shared"][:] = shared > 0
    columns["matter_agreed"][:] = shared / np.maximum(either, 1)
    columns["matter_conflict"][:] = both & (shared == 0)
    family = np.array([other.family for other in others])
    known = (family != 0) & (one.family != 0) & (family >> 16 == one.family >> 16)
    columns["class_same"][:] = [one.class_id is not None and o.class_id == one.class_id for o in others]
    columns["family_same"][:] = known & (family == one.family)
    columns["family_other"][:] = known & (family != one.family)


def _bits(values: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How many bits are set in each value."""
    raw = values.astype("<i8").view(np.uint8).reshape(len(values), 8)
    return np.unpackbits(raw, axis=1).sum(axis=1).astype(float)


def _distance(one: Signature, others: Sequence[Signature], columns: Columns) -> None:
    metres = metres_between(one, others)
    missing = np.isnan(metres)
    known = np.where(missing, 1e9, metres)
    columns["near"][:] = np.exp(-((np.minimum(known, 1e4) / 60) ** 2))
    columns["close"][:] = np.exp(-np.minimum(known, 1e4) / 150)
    columns["far"][:] = ~missing & (known > 250)
    columns["unlocated"][:] = missing
    days = np.abs(np.array([other.at for other in others]) - one.at) / 86_400
    columns["days"][:] = np.minimum(np.log1p(days) / np.log1p(60), 1)


def _words_of_place(one: Signature, other: Signature, row: npt.NDArray[np.float64]) -> None:
    if one.places and other.places:
        shared = one.places & other.places
        names = {place for place in shared if "#" not in place}
        if shared:
            row[_AT["place_shared"]] = 1
            row[_AT["number_same"]] = any("#" in place for place in shared)
            row[_AT["number_other"]] = not row[_AT["number_same"]] and _other_number(one, other, names)
        elif _alike(one, other):
            row[_AT["place_like"]] = 1
        else:
            row[_AT["place_conflict"]] = 1
    if one.marks and other.marks:
        mine, theirs = dict(one.marks), dict(other.marks)
        kinds = mine.keys() & theirs.keys()
        row[_AT["mark_other"]] = any(mine[kind] != theirs[kind] for kind in kinds)
        row[_AT["mark_same"]] = bool(kinds) and not row[_AT["mark_other"]]


def _other_number(one: Signature, other: Signature, names: set[str]) -> bool:
    """Whether both give a number of a place that they share; the numbers are known to differ."""
    mine = {place.split("#")[0] for place in one.places if "#" in place}
    theirs = {place.split("#")[0] for place in other.places if "#" in place}
    return bool(names & mine & theirs)


def _alike(one: Signature, other: Signature) -> bool:
    """Whether two names differ by one typing error."""
    mine = [place for place in one.places if "#" not in place]
    theirs = [place for place in other.places if "#" not in place]
    return any(Levenshtein.distance(a, b, score_cutoff=1) <= 1 for a in mine for b in theirs if len(a) > 3)


def _identity(one: Signature, other: Signature, row: npt.NDArray[np.float64]) -> None:
    row[_AT["reporter_same"]] = bool(one.reporter) and one.reporter == other.reporter
    if one.part_code and other.part_code:
        row[_AT["part_same"]] = one.part_code == other.part_code
        row[_AT["part_other"]] = one.part_code != other.part_code
    if one.pictures and other.pictures:
        least = min(((a ^ b) & (1 << 64) - 1).bit_count() for a in one.pictures for b in other.pictures)
        row[_AT["picture_same"]] = least <= SAME_PICTURE
        row[_AT["picture_other"]] = least >= OTHER_PICTURE
    if one.area_id is not None and other.area_id is not None:
        row[_AT["area_same"]] = one.area_id == other.area_id
        row[_AT["area_other"]] = one.area_id != other.area_id


def _together(c: Columns) -> None:
    c["matter_and_near"][:] = c["matter_shared"] * c["near"]
    c["matter_and_number"][:] = c["matter_shared"] * c["number_same"]
    c["matter_and_place_unlocated"][:] = c["matter_shared"] * c["place_shared"] * c["unlocated"]
    c["class_and_near"][:] = c["class_same"] * c["near"]
    c["text_and_near"][:] = c["text_overlap"] * c["near"]
    c["text_and_place"][:] = c["text_overlap"] * c["place_shared"]
    c["reporter_and_matter"][:] = c["reporter_same"] * np.maximum(c["matter_shared"], c["class_same"])
    c["number_other_near"][:] = c["number_other"] * c["close"]
    c["nothing_about_place"][:] = (
        c["unlocated"] * (1 - c["place_shared"]) * (1 - c["place_like"]) * (1 - c["part_same"])
    )
