"""Keys of an address 地址要素: its tagged parts in one form, so that two ways of writing it are equal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .characters import arabic, folded
from .grammar import marks_of, read_by_grammar
from .scanner import NameScanner

_NUMBER = re.compile(r"[A-Za-z]?\d+(?:[-/之]\d+)*[A-Za-z]?")
_DIVISIONS = ("prov", "city", "district", "devzone", "town", "community")
_ROADS, _ESTATES = ("road", "subroad"), ("poi", "subpoi")


@dataclass(frozen=True, slots=True)
class AddressKeys:
    """What an address is found by 地址要素; numbers without their units.

    Attributes:
        divisions: (tag, name) from the province to the community, in their order.
        relation: words that put the place beside the address, such as 对面.
    """

    divisions: tuple[tuple[str, str], ...] = ()
    roads: tuple[str, ...] = ()
    number: str = ""
    estates: tuple[str, ...] = ()
    house: str = ""
    cell: str = ""
    room: str = ""
    relation: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look up but divisions."""
        return not (self.roads or self.estates)


def keys_of(parts: Iterable[tuple[str, str]]) -> AddressKeys:
    """Keys of tagged parts, (tag, characters) in their order; the first of each number counts."""
    divisions: list[tuple[str, str]] = []
    roads: list[str] = []
    estates: list[str] = []
    relation: list[str] = []
    numbers: dict[str, str] = {}
    for tag, words in parts:
        if tag in _DIVISIONS:
            divisions.append((tag, folded(words)))
        elif tag in _ROADS:
            roads.append(folded(words))
        elif tag in _ESTATES:
            estates.append(folded(words))
        elif tag == "assist":
            relation.append(words)
        else:
            numbers.setdefault(tag, _plain(words))
    return AddressKeys(
        tuple(divisions), tuple(roads), numbers.get("roadno", ""), tuple(estates), numbers.get("houseno", ""),
        numbers.get("cellno", ""), numbers.get("roomno", ""), tuple(relation),
    )  # fmt: skip


def _plain(words: str) -> str:
    """A number without its unit: 十二号 → 12, ３幢 → 3, B座 → B."""
    words = arabic(words)
    match = _NUMBER.search(words)
    return match[0].upper() if match else words.rstrip("号楼幢栋座室单元层弄").upper()


def standard_keys(text: str, scanner: NameScanner) -> AddressKeys:
    """Keys of a standard address, read by the grammar."""
    text = folded("".join(text.split()))
    return keys_of(parts_of(text, read_by_grammar(text, marks_of(text, scanner))))


def parts_of(text: str, spans: Sequence[tuple[int, int, str]]) -> list[tuple[str, str]]:
    """Spans in characters as (tag, characters)."""
    return [(tag, text[start:end]) for start, end, tag in spans]
