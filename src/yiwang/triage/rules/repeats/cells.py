"""Cells 格: a look-up key of a place, and the tokens that repeats are searched by.

A token is one signed 64-bit integer. Tokens of a cell are laid out (kind, row, column, matter), so that a
cell is moved by an addition; all others are (kind, hash). Look-up takes the newest few rows of each token, so
that its cost does not grow with the number of open cases.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

#: Side of a cell in metres; a report looks `REACH` metres around it, thus into at most nine cells.
SIDE = 250.0
REACH = 160.0
_METRES_A_DEGREE = 111_320.0
_ROW, _COLUMN, _KIND = 38, 20, 56

#: Kinds of tokens, and how many of the newest rows of one are looked at.
CELL_FAMILY, CELL_MATTER, CELL, REPORTER, PART, PLACE_MATTER, PLACE, PICTURE = range(1, 9)
MOST = {
    CELL_FAMILY: 24,
    CELL_MATTER: 24,
    CELL: 24,
    REPORTER: 16,
    PART: 16,
    PLACE_MATTER: 24,
    PLACE: 16,
    PICTURE: 8,
}
#: The most rows of one look-up that are scored, newest first.
MOST_ROWS = 400


def cell_of(lon: float, lat: float) -> tuple[int, int]:
    """Row and column of the cell that holds a point in WGS84 degrees."""
    row = int((lat + 90) * _METRES_A_DEGREE // SIDE)
    width = _METRES_A_DEGREE * math.cos(math.radians(row * SIDE / _METRES_A_DEGREE - 90))
    return row, int((lon + 180) * max(width, 1.0) // SIDE)


def cells_around(lon: float, lat: float) -> list[tuple[int, int]]:
    """The cells within `REACH` metres of a point, ascending; one to nine."""
    up = REACH / _METRES_A_DEGREE
    right = up / max(math.cos(math.radians(lat)), 0.01)
    steps = (-1, 0, 1)
    return sorted({cell_of(lon + dx * right, lat + dy * up) for dx in steps for dy in steps})


def cell_token(kind: int, cell: tuple[int, int], matter: int = 0) -> int:
    """The token of a cell, alone or with a matter or class family of 20 bits."""
    return kind << _KIND | cell[0] << _ROW | cell[1] << _COLUMN | matter & 0xFFFFF


@lru_cache(maxsize=65536)
def word_token(kind: int, words: str) -> int:
    """The token of a text under a kind."""
    return kind << _KIND | int.from_bytes(blake2b(words.encode(), digest_size=7).digest(), "big")


def number_token(kind: int, number: int) -> int:
    """The token of a number under a kind; equal for equal numbers."""
    return kind << _KIND | number & (1 << _KIND) - 1


def kind_of(token: int) -> int:
    """The kind of a token."""
    return token >> _KIND


def caps_of(tokens: Iterable[int]) -> list[int]:
    """How many rows of each token are looked at."""
    return [MOST[kind_of(token)] for token in tokens]
