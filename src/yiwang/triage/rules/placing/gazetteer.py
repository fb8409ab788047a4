"""Gazetteer 地名词典: which surfaces were parts of which tag, and where they occur in an address.

Built from the training addresses themselves, so each training address is looked up without its own parts:
otherwise every part of it would be known, and the reader would learn to trust the dictionary too much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

SHORTEST, LONGEST = 2, 8
#: Surface to how often it was a part of each tag.
Known = Mapping[str, Mapping[str, int]]
_NOTHING: Mapping[tuple[str, str], int] = {}


def gazetteer(addresses: Iterable[tuple[str, Iterable[tuple[int, int, str]]]]) -> dict[str, dict[str, int]]:
    """The surfaces of tagged addresses, each given as its shape (a sign a token) and its parts."""
    found: dict[str, dict[str, int]] = {}
    for shape, spans in addresses:
        for start, end, tag in spans:
            if SHORTEST <= end - start <= LONGEST:
                tags = found.setdefault(shape[start:end], {})
                tags[tag] = tags.get(tag, 0) + 1
    return found


def own_parts(shape: str, spans: Iterable[tuple[int, int, str]]) -> Counter[tuple[str, str]]:
    """What one address itself adds to the gazetteer."""
    return Counter((shape[start:end], tag) for start, end, tag in spans)


class Lookup:
    """Finds known surfaces in addresses and writes them as features of each place."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._begins = {surface[:2] for surface in known}

    def mark(
        self, shape: str, features: list[list[str]], own: Mapping[tuple[str, str], int] = _NOTHING
    ) -> None:
        """Add to the features of each place what begins, ends or lies over it, and beside it.

        Args:
            own: what the address itself adds to the gazetteer; it does not count.
        """
        length = len(shape)
        for start in range(length - 1):
            if shape[start : start + 2] not in self._begins:
                continue
            for end in range(start + SHORTEST, min(start + LONGEST, length) + 1):
                surface = shape[start:end]
                for tag, count in self._known.get(surface, _NO_TAGS).items():
                    if count > own.get((surface, tag), 0):
                        _mark(features, start, end, tag)


_NO_TAGS: Mapping[str, int] = {}


def _mark(features: list[list[str]], start: int, end: int, tag: str) -> None:
    size = str(min(end - start, 5))
    features[start].append("gB" + tag + size)
    features[end - 1].append("gE" + tag + size)
    for place in range(start + 1, end - 1):
        features[place].append("gM" + tag)
    if start:
        features[start - 1].append("g<" + tag)
    if end < len(features):
        features[end].append("g>" + tag)
