"""Signature 特征: what is compared of a report, and what it is found by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt

from ..said import Said
from .cells import (
    CELL,
    CELL_FAMILY,
    CELL_MATTER,
    PART,
    PICTURE,
    PLACE,
    PLACE_MATTER,
    REPORTER,
    cell_of,
    cell_token,
    cells_around,
    number_token,
    word_token,
)
from .matters import matters_of, numbers
from .reading import read_text

#: Class families by class: 0 for no class, else 4 bits for its scheme and 16 for its family.
FamilyOf = Callable[[UUID | None], int]
#: Pictures of a report that are compared.
MOST_PICTURES = 4


@dataclass(frozen=True, slots=True)
class Signature:
    """What is compared of one report.

    Attributes:
        key: the report. case_id: its case, or the report's own key while it has none.
        at: seconds since 1970 UTC.
        family: scheme and kin of the class, 4 and 16 bits; 0 without a class.
        matters: bits of `matters_of`.
        lon, lat: NaN without coordinates.
        reporter: 56 bits of the blind index; 0 when unknown.
        places, marks: as of `ReadText`. grams: ascending, 32-bit.
    """

    key: UUID
    case_id: UUID
    at: float
    class_id: UUID | None = None
    family: int = 0
    matters: int = 0
    lon: float = float("nan")
    lat: float = float("nan")
    area_id: UUID | None = None
    reporter: int = 0
    part_code: str = ""
    pictures: tuple[int, ...] = ()
    places: frozenset[str] = frozenset()
    marks: tuple[tuple[str, str], ...] = ()
    grams: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    @property
    def is_located(self) -> bool:
        """Whether it has coordinates."""
        return self.lon == self.lon


def signature_of(said: Said, *, family_of: FamilyOf) -> Signature:
    """The signature of a report."""
    read = read_text(said.text, said.address)
    located = said.lon is not None and said.lat is not None
    return Signature(
        key=said.key,
        case_id=said.case_id or said.key,
        at=said.at.timestamp(),
        class_id=said.class_id,
        family=family_of(said.class_id),
        matters=matters_of(read.words),
        lon=float(said.lon) if located and said.lon is not None else float("nan"),
        lat=float(said.lat) if located and said.lat is not None else float("nan"),
        area_id=said.area_id,
        reporter=int.from_bytes(said.reporter[:7], "big") if said.reporter else 0,
        part_code=said.part_code,
        pictures=said.pictures[:MOST_PICTURES],
        places=read.places,
        marks=read.marks,
        grams=read.grams,
    )


def instant(signature: Signature) -> datetime:
    """When its report came in."""
    return datetime.fromtimestamp(signature.at, UTC)


def stored_tokens(signature: Signature) -> list[int]:
    """The tokens under which an open case's report is kept, ascending."""
    found = {*_word_tokens(signature)}
    if signature.is_located:
        cell = cell_of(signature.lon, signature.lat)
        found.add(cell_token(CELL, cell))
        found.update(_in_cell(signature, cell))
    return sorted(found)


def searched_tokens(signature: Signature) -> list[int]:
    """The tokens under which a report looks for open cases, ascending.

    A cell is searched alone only for a report whose matter is not known; else by class family and matter.
    """
    found = {*_word_tokens(signature)}
    if signature.is_located:
        for cell in cells_around(signature.lon, signature.lat):
            more = _in_cell(signature, cell)
            found.update(more if signature.matters else [*more, cell_token(CELL, cell)])
    return sorted(found)


def _in_cell(signature: Signature, cell: tuple[int, int]) -> list[int]:
    found = [cell_token(CELL_MATTER, cell, number + 1) for number in numbers(signature.matters)]
    if signature.family:
        found.append(cell_token(CELL_FAMILY, cell, signature.family))
    return found


def _word_tokens(signature: Signature) -> Sequence[int]:
    found = []
    for place in sorted(signature.places):
        if "#" in place:
            found.append(word_token(PLACE, place))
        else:
            found += [word_token(PLACE_MATTER, f"{place}|{n}") for n in numbers(signature.matters)]
            if signature.family:
                found.append(word_token(PLACE_MATTER, f"{place}|f{signature.family}"))
    if signature.reporter:
        found.append(number_token(REPORTER, signature.reporter))
    if signature.part_code:
        found.append(word_token(PART, signature.part_code))
    found += [
        word_token(PICTURE, f"{band}|{value}")
        for hash_ in signature.pictures
        for band, value in _bands(hash_)
    ]
    return found


def _bands(picture: int) -> list[tuple[int, int]]:
    """The four 16-bit bands of a hash: two hashes that differ in three bits or fewer share one."""
    return [(band, picture >> 16 * band & 0xFFFF) for band in range(4)]
