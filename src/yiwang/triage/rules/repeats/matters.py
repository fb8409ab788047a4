"""Words that name a problem 问题词: which matters a text speaks of, as bits.

The list is data of this project (`matters.txt`), one matter a line with a stable number below 63, so that the
matters of a text fit one integer and two texts are compared by one `&`.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from importlib.resources import files

#: Matters a text may speak of, at most; stored as one signed 64-bit integer.
MOST_MATTERS = 63


@functools.cache
def matter_names() -> dict[int, str]:
    """The name of each matter by its number."""
    return {number: name for number, name, _words in _rows()}


def matters_of(text: str) -> int:
    """The matters a normalised text speaks of: bit n is set when a word of matter n stands in it.

    Example: `matters_of("3栋门口路灯不亮")` is `1 << 0`.
    """
    words = _by_beginning()
    found = 0
    for place in range(len(text)):
        for word, bit in words.get(text[place : place + 2], ()) + words.get(text[place], ()):
            if text.startswith(word, place):
                found |= bit
    return found


def named(matters: int) -> list[str]:
    """The names of the matters that are set, by number."""
    return [name for number, name in sorted(matter_names().items()) if matters >> number & 1]


def numbers(matters: int) -> list[int]:
    """The numbers of the matters that are set, ascending."""
    return [number for number in range(MOST_MATTERS) if matters >> number & 1]


@functools.cache
def _rows() -> tuple[tuple[int, str, tuple[str, ...]], ...]:
    text = files(__package__).joinpath("matters.txt").read_text("utf-8")
    rows = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            number, name, *words = line.split()
            rows.append((int(number), name, tuple(words)))
    return tuple(rows)


@functools.cache
def _by_beginning() -> dict[str, tuple[tuple[str, int], ...]]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for number, _name, words in _rows():
        for word in words:
            found[word[:2]].append((word, 1 << number))
    return {beginning: tuple(words) for beginning, words in found.items()}
