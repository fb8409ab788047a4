"""Divisions named in an address 区划名称: which areas of the city they are, or that they lie elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from .regions import is_elsewhere, region_names
from .scanner import NameScanner

_ENDINGS = (
    "社区居民委员会", "社区居委会", "村民委员会", "居委会", "村委会", "行政村", "社区", "街道办事处",
    "街道", "自治县", "新区", "区", "县", "市", "镇", "乡", "村",
)  # fmt: skip
_TAGS = {
    "city": "city", "district": "district", "street": "town", "community": "community",
    "functional_zone": "devzone", "shared_zone": "devzone",
}  # fmt: skip
#: From the coarsest to the finest.
LEVELS = ("city", "district", "devzone", "town", "community")
_SHORT_LEVELS = ("city", "district")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """One area of the city 区划: `above` are the areas that hold it, in either tree."""

    id: UUID
    name: str
    kind: str
    above: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the divisions of an address say 区划识别结果.

    Attributes:
        areas: areas of the finest level that was understood; several when the name alone does not tell.
        level: that level, a tag; empty when none was understood.
        elsewhere: the name of a province or city that is not this one.
        conflict: a name that does not lie in the one before it.
    """

    areas: tuple[UUID, ...] = ()
    level: str = ""
    elsewhere: str = ""
    conflict: str = ""


def bare_name(name: str) -> str:
    """A division's name without what it is, if two characters remain.

    >>> bare_name("沙洲街道"), bare_name("中胜社区居委会")
    ('沙洲', '中胜')
    """
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) - len(ending) >= _SHORTEST:
            return name.removesuffix(ending)
    return name


class Divisions:
    """Names of a city's divisions.

    Args:
        rows: areas in force.
        city_code: 6-digit code of the city; empty when no divisions are loaded.
    """

    def __init__(self, rows: Iterable[DivisionRow], city_code: str) -> None:
        self.city_code = city_code
        self._by_name: dict[tuple[str, str], list[DivisionRow]] = {}
        tags: dict[str, str] = dict(region_names())
        short: set[str] = set()
        own: set[str] = set()
        for row in rows:
            tag = _TAGS.get(row.kind)
            if tag is None:
                continue
            bare = bare_name(row.name)
            for form in {row.name, bare}:
                self._by_name.setdefault((tag, form), []).append(row)
            tags[row.name] = tag
            if tag in _SHORT_LEVELS:
                own.add(bare)
                if bare not in tags and len(bare) >= _SHORTEST:
                    tags[bare] = tag
                    short.add(bare)
        self.tags = tags
        self.short = frozenset(short)
        self._own = frozenset(own)

    def scanner(self) -> NameScanner:
        """Finds the names of divisions in texts."""
        return NameScanner(self.tags, self.short)

    def resolve(self, said: Sequence[tuple[str, str]]) -> Resolved:
        """The areas that (tag, name) pairs, the coarsest first, speak of."""
        found: list[DivisionRow] = []
        level = conflict = ""
        for tag, name in sorted(said, key=lambda pair: _order(pair[0])):
            if is_elsewhere(tag, name, city_code=self.city_code, own=self._own):
                return Resolved(elsewhere=name)
            rows = self._rows(tag, name)
            if not rows:
                continue
            above = {row.id for row in found}
            inside = [row for row in rows if not above or row.above & above or row.id in above]
            if not inside:
                conflict = name
                continue
            found, level = inside, tag
        return Resolved(tuple(row.id for row in found), level, "", conflict)

    def _rows(self, tag: str, name: str) -> list[DivisionRow]:
        """Areas of a name: in full on its own level, then bare, then in full on another."""
        exact = self._by_name.get((tag, name)) or self._by_name.get((tag, bare_name(name)))
        if exact:
            return exact
        for other in LEVELS:
            rows = [row for row in self._by_name.get((other, name), ()) if row.name == name]
            if rows:
                return rows
        return []


def _order(tag: str) -> int:
    return LEVELS.index(tag) if tag in LEVELS else -1
