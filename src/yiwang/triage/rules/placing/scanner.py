"""Scanning names 名称扫描: known names wherever they stand in a text, the longest first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_SHORTEST = 2
#: What follows when a short name is only the beginning of another, such as 江宁 in 江宁东路.
_GOES_ON = re.compile("[大中东西南北一二三四五六]?[路街道巷弄桥站]")


@dataclass(frozen=True, slots=True)
class Mark:
    """One piece of a text that a name or a rule recognises.

    Attributes:
        start, end: characters of the text.
        known: whether a name of the city says so, and not a pattern alone.
    """

    start: int
    end: int
    tag: str
    known: bool = False


class NameScanner:
    """Finds names in texts.

    Args:
        names: each name of two characters or more, with the tag it stands for.
        short: those of them that are short forms; they do not count where a longer name goes on.
    """

    def __init__(self, names: Mapping[str, str], short: frozenset[str] = frozenset()) -> None:
        lengths: dict[str, set[int]] = {}
        for name in names:
            if len(name) >= _SHORTEST:
                lengths.setdefault(name[:_SHORTEST], set()).add(len(name))
        self._lengths = {begin: tuple(sorted(found, reverse=True)) for begin, found in lengths.items()}
        self._names = dict(names)
        self._short = short

    def scan(self, text: str) -> Iterator[Mark]:
        """Names in the text from left to right; they do not overlap."""
        place, last = 0, len(text) - _SHORTEST
        lengths, names = self._lengths, self._names
        while place <= last:
            for length in lengths.get(text[place : place + _SHORTEST], ()):
                name = text[place : place + length]
                tag = names.get(name)
                if tag is not None and not (name in self._short and _GOES_ON.match(text, place + length)):
                    yield Mark(place, place + length, tag, known=True)
                    place += length
                    break
            else:
                place += 1
