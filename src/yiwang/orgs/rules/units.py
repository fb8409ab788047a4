"""The unit index 机构索引: every unit in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UnitNode:
    """One unit 机构 as plain values."""

    id: UUID
    code: str
    name: str
    kind: str
    parent_id: UUID | None
    home_area_id: UUID | None
    is_example: bool
    valid_from: date
    valid_to: date | None

    def stands_on(self, day: date) -> bool:
        """Whether the unit exists on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class UnitIndex:
    """Units by key, code and position; a closed unit is kept under its key, so old cases find its name."""

    def __init__(self, nodes: Iterable[UnitNode], day: date) -> None:
        self.day = day
        self.by_id: dict[UUID, UnitNode] = {node.id: node for node in nodes}
        standing = [node for node in self.by_id.values() if node.stands_on(day)]
        self.by_code: dict[str, UnitNode] = {node.code: node for node in standing}
        below: dict[UUID | None, list[UnitNode]] = defaultdict(list)
        at_home: dict[UUID, list[UnitNode]] = defaultdict(list)
        for node in sorted(standing, key=lambda n: n.code):
            below[node.parent_id].append(node)
            if node.home_area_id is not None:
                at_home[node.home_area_id].append(node)
        self._below = below
        self._at_home = at_home
        self._covered: dict[UUID, frozenset[UUID]] = {}

    def name(self, unit_id: UUID | None) -> str:
        """Name of a unit; empty for None and for an unknown key."""
        node = self.by_id.get(unit_id) if unit_id is not None else None
        return node.name if node is not None else ""

    def children(self, unit_id: UUID | None) -> tuple[UnitNode, ...]:
        """Standing units directly below, by code; None gives the units without a parent."""
        return tuple(self._below.get(unit_id, ()))

    def in_area(self, area_id: UUID) -> tuple[UnitNode, ...]:
        """Standing units whose home area is this very area, by code."""
        return tuple(self._at_home.get(area_id, ()))

    def with_descendants(self, unit_id: UUID) -> frozenset[UUID]:
        """The unit and every standing unit below it; empty when the unit is closed or unknown."""
        known = self._covered.get(unit_id)
        if known is None:
            known = self._covered[unit_id] = self._find_covered(unit_id)
        return known

    def _find_covered(self, unit_id: UUID) -> frozenset[UUID]:
        node = self.by_id.get(unit_id)
        if node is None or not node.stands_on(self.day):
            return frozenset()
        found = {unit_id}
        pending = [unit_id]
        while pending:
            for child in self.children(pending.pop()):
                if child.id not in found:
                    found.add(child.id)
                    pending.append(child.id)
        return frozenset(found)

    def ancestors(self, unit_id: UUID) -> list[UnitNode]:
        """The unit itself and everything above it, nearest first."""
        found: list[UnitNode] = []
        node = self.by_id.get(unit_id)
        while node is not None:
            found.append(node)
            node = self.by_id.get(node.parent_id) if node.parent_id else None
        return found
