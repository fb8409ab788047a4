"""Catalog index 事项索引: every scheme, class and condition in memory, answered for one day.

Look-ups by key find rows of any day, because an old case must still be explained; look-ups by code and
lists find only the rows that hold on the day of the index.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from .nodes import ClassNode, ConditionNode, CrosswalkNode, SchemeNode, holds_on


class CatalogRows:
    """All rows of the catalog 事项全表, past and future ones included."""

    def __init__(
        self,
        schemes: Iterable[SchemeNode] = (),
        classes: Iterable[ClassNode] = (),
        conditions: Iterable[ConditionNode] = (),
        crosswalks: Iterable[CrosswalkNode] = (),
    ) -> None:
        self.schemes = tuple(schemes)
        self.classes = tuple(classes)
        self.conditions = tuple(conditions)
        self.crosswalks = tuple(crosswalks)
        dated: list[SchemeNode | ClassNode | ConditionNode] = [
            *self.schemes,
            *self.classes,
            *self.conditions,
        ]
        ends = {row.valid_to for row in dated if row.valid_to is not None}
        self._turns = sorted({row.valid_from for row in dated} | ends)
        self._indexes: dict[int, CatalogIndex] = {}

    def on(self, day: date) -> CatalogIndex:
        """The index of a day; the days between two changes share one."""
        era = bisect_right(self._turns, day)
        known = self._indexes.get(era)
        if known is None:
            known = self._indexes[era] = CatalogIndex(self, day)
        return known


class CatalogIndex:
    """The catalog of one day 事项索引.

    Attributes:
        schemes: code to scheme, those in force.
        class_by_id: every class of any day.
    """

    def __init__(self, rows: CatalogRows, day: date) -> None:
        self.schemes: Mapping[str, SchemeNode] = {
            s.code: s for s in rows.schemes if holds_on(s.valid_from, s.valid_to, day)
        }
        self.class_by_id: Mapping[UUID, ClassNode] = {c.id: c for c in rows.classes}
        self._conditions: Mapping[UUID, ConditionNode] = {c.id: c for c in rows.conditions}
        self._by_code: dict[tuple[str, str], ClassNode] = {}
        self._children: dict[UUID, list[ClassNode]] = defaultdict(list)
        self._of_scheme: dict[str, list[ClassNode]] = defaultdict(list)
        for node in sorted(rows.classes, key=lambda c: (c.scheme_code, c.code)):
            if holds_on(node.valid_from, node.valid_to, day):
                self._by_code[node.scheme_code, node.code] = node
                self._of_scheme[node.scheme_code].append(node)
                if node.parent_id is not None:
                    self._children[node.parent_id].append(node)
        self._of_class: dict[UUID, list[ConditionNode]] = defaultdict(list)
        for condition in sorted(rows.conditions, key=lambda c: c.ordinal):
            if holds_on(condition.valid_from, condition.valid_to, day):
                self._of_class[condition.class_id].append(condition)
        self._crosswalks: dict[tuple[UUID, str], list[CrosswalkNode]] = defaultdict(list)
        for walk in rows.crosswalks:
            self._crosswalks[walk.from_id, walk.to_scheme_code].append(walk)

    def class_by_code(self, scheme_code: str, code: str) -> ClassNode | None:
        """The class in force under a code of a scheme, such as `("city_management", "P0101")`."""
        return self._by_code.get((scheme_code, code))

    def classes(self, scheme_code: str) -> tuple[ClassNode, ...]:
        """All classes of a scheme in force, by code."""
        return tuple(self._of_scheme.get(scheme_code, ()))

    def children(self, class_id: UUID) -> tuple[ClassNode, ...]:
        """Classes in force directly below a class, by code."""
        return tuple(self._children.get(class_id, ()))

    def line(self, class_id: UUID) -> tuple[ClassNode, ...]:
        """The class and those above it, nearest first; empty for an unknown key."""
        found: list[ClassNode] = []
        node = self.class_by_id.get(class_id)
        while node is not None:
            found.append(node)
            node = self.class_by_id.get(node.parent_id) if node.parent_id else None
        return tuple(found)

    def full_name(self, class_id: UUID) -> str:
        """Names from the top down, such as `公用设施 / 上水井盖`; empty for an unknown key."""
        return " / ".join(node.name for node in reversed(self.line(class_id)))

    def conditions(self, class_id: UUID) -> tuple[ConditionNode, ...]:
        """Registering conditions of a class in force, in their order."""
        return tuple(self._of_class.get(class_id, ()))

    def condition(self, condition_id: UUID) -> ConditionNode | None:
        """A registering condition of any day by its key."""
        return self._conditions.get(condition_id)

    def crosswalk(self, class_id: UUID, scheme_code: str) -> tuple[CrosswalkNode, ...]:
        """Where a class goes in another scheme; empty when the catalog does not say."""
        return tuple(self._crosswalks.get((class_id, scheme_code), ()))

    def search(self, words: str, *, scheme_code: str | None = None, limit: int = 50) -> list[ClassNode]:
        """Classes in force whose code, name, parents' names or conditions hold every word.

        Args:
            words: separated by white space; an empty text finds nothing.
            limit: at most so many; a class whose own name or code matches comes first.
        """
        wanted = words.casefold().split()
        if not wanted:
            return []
        schemes = [scheme_code] if scheme_code else sorted(self._of_scheme)
        ranked = [
            (rank, node.scheme_code, node.code, node)
            for code in schemes
            for node in self._of_scheme.get(code, ())
            if (rank := self._match(node, wanted)) is not None
        ]
        return [entry[3] for entry in sorted(ranked, key=lambda e: e[:3])[:limit]]

    def _match(self, node: ClassNode, wanted: list[str]) -> int | None:
        own = f"{node.code} {node.name}".casefold()
        if all(word in own for word in wanted):
            return 0
        wide = [self.full_name(node.id), node.code, *(c.text for c in self.conditions(node.id))]
        text = " ".join(wide).casefold()
        return 1 if all(word in text for word in wanted) else None
