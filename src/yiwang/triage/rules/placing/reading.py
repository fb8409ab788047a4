"""Reading a place 读取地点: from what a report says to the tagged parts, the divisions and the matches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from .characters import folded
from .divisions import Divisions, Resolved
from .grammar import grammar_reader, marks_of, segment_of
from .index import AddressIndex
from .keys import AddressKeys, keys_of
from .matching import NOTHING, Matched, Precision, match
from .scanner import NameScanner
from .tagged import Span, tokens_of

Reader = Callable[[Sequence[str]], list[Span]]
#: Characters of a text in which an address is sought.
MOST_CHARACTERS = 600
#: A description of the place up to this length is an address through and through.
_LONGEST_ADDRESS = 40
_SENTENCE = frozenset("，。；！？,;!?")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text says of its place 地点读取结果.

    Attributes:
        text: the piece of it that was read as an address, without white space.
        parts: (tag, characters) of it; together they are `text`.
        marked: places in the folded text that hold the piece, start and end.
    """

    text: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    keys: AddressKeys = field(default_factory=AddressKeys)
    divisions: Resolved = field(default_factory=Resolved)
    matched: Matched = NOTHING

    @property
    def is_sure(self) -> bool:
        """Whether it is one house or building, written as the address base has it."""
        one = self.matched.options[0].likeness == 1.0 if len(self.matched.options) == 1 else False
        return one and self.matched.precision is Precision.HOUSE and not self.matched.is_doubtful


class PlaceReader:
    """Reads the places of reports against a city's names and addresses.

    Args:
        trained: the trained reader, if the city has one; the grammar is asked first in any case, as it knows
            the city's own names, and the trained reader where that leaves doubt.
        communities: the legal communities that an area covers.
    """

    def __init__(
        self,
        divisions: Divisions,
        index: AddressIndex,
        *,
        communities: Callable[[UUID], frozenset[UUID]],
        trained: Reader | None = None,
    ) -> None:
        self.index = index
        self.divisions = divisions
        self._communities = communities
        self._scanner = NameScanner({**index.tags, **divisions.tags}, divisions.short)
        self._grammar = grammar_reader(self._scanner)
        self._trained = trained

    def read(self, text: str, address: str = "") -> Reading:
        """The place of a report: its description of the place if that says something, else its text."""
        if address.strip():
            said = self._read(address)
            if said.matched.options or said.divisions.areas or said.divisions.elsewhere:
                return said
            told = self._read(text)
            return told if told.matched.options or told.divisions.areas else said
        return self._read(text)

    def tag(self, text: str) -> list[tuple[str, str]]:
        """Tagged parts of a text that is an address, by the best reader there is."""
        tokens = tokens_of(text)
        return _parts(tokens, (self._trained or self._grammar)(tokens))

    def _read(self, text: str) -> Reading:
        piece = self.piece_of(text)
        tokens = tokens_of(piece)
        if not tokens:
            return Reading()
        first = self._judge(_parts(tokens, self._grammar(tokens)))
        if self._trained is None or first.is_sure:
            return first
        second = self._judge(_parts(tokens, self._trained(tokens)))
        return second if _says_more(second, first) else first

    def piece_of(self, text: str) -> str:
        """The piece of a text that is an address; empty when there is none."""
        plain = folded(text[:MOST_CHARACTERS])
        marks = marks_of(plain, self._scanner)
        found = segment_of(plain, marks)
        if len(plain) <= _LONGEST_ADDRESS and not any(sign in _SENTENCE for sign in plain) and found:
            start = 0 if found[0] <= 1 else found[0]
            return text[start : found[1]]
        return text[found[0] : found[1]] if found else ""

    def _judge(self, parts: list[tuple[str, str]]) -> Reading:
        keys = keys_of(parts)
        resolved = self.divisions.resolve(keys.divisions)
        matched = NOTHING
        if not resolved.elsewhere:
            allowed: frozenset[UUID] | None = None
            if resolved.areas and resolved.level != "city":
                allowed = frozenset().union(*(self._communities(area) for area in resolved.areas))
            matched = match(self.index, keys, allowed)
        return Reading("".join(words for _, words in parts), tuple(parts), keys, resolved, matched)


def _parts(tokens: Sequence[str], spans: Sequence[Span]) -> list[tuple[str, str]]:
    """Spans as (tag, characters); what no span holds is redundant, so that nothing is lost."""
    found: list[tuple[str, str]] = []
    place = 0
    for start, end, tag in [*spans, (len(tokens), len(tokens), "")]:
        if place < start:
            found.append(("redundant", "".join(tokens[place:start])))
        if tag:
            found.append((tag, "".join(tokens[start:end])))
        place = max(place, end)
    return found


def _says_more(one: Reading, other: Reading) -> bool:
    """Whether one reading is better matched than another; on a tie the trained one, which comes as `one`."""
    return _rank(one) >= _rank(other)


def _rank(reading: Reading) -> tuple[int, int, int]:
    order = list(Precision)
    options = reading.matched.options
    alone = 2 if len(options) == 1 and not reading.matched.is_doubtful else 1 if options else 0
    exact = len(order) - order.index(reading.matched.precision) if options else 0
    return alone, exact, len(reading.divisions.areas) == 1
