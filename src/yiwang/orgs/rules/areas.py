"""The area index 区域索引: both trees in memory, as they stand on one day.

Holds every area ever valid (an old case still finds its names and chain); `by_code`, `children` and
`communities_under` look only at areas and links in force on the day of the index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import date
from uuid import UUID

NO_AREAS: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class AreaNode:
    """One area 区域 as plain values; `valid_to` None means in force until further notice."""

    id: UUID
    code: str
    name: str
    kind: str
    parent_id: UUID | None
    tree: str
    style: str
    path: str
    valid_from: date
    valid_to: date | None

    def stands_on(self, day: date) -> bool:
        """Whether the area is in force on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class LinkNode:
    """One dated link 区域对应关系 from an operational to a legal area."""

    operational_id: UUID
    legal_id: UUID
    valid_from: date
    valid_to: date | None

    def stands_on(self, day: date) -> bool:
        """Whether the link is in force on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Chain:
    """The legal chain 区划链 of an area, from the city down; levels below the area are None.

    For an operational area, the levels that all its legal areas share.
    """

    city_id: UUID | None = None
    district_id: UUID | None = None
    street_id: UUID | None = None
    community_id: UUID | None = None
    grid_id: UUID | None = None


NO_CHAIN = Chain()
_OPERATIONAL = "operational"
_LEVEL = {
    "city": "city_id",
    "district": "district_id",
    "street": "street_id",
    "community": "community_id",
    "grid": "grid_id",
    "exclusive_grid": "grid_id",
}


class AreaIndex:
    """Areas of one day by key, code and position.

    Attributes:
        day: the day the index answers for.
        by_id: every area, past ones included.
        by_code: areas in force on `day`.
    """

    def __init__(self, nodes: Mapping[UUID, AreaNode], links: Iterable[LinkNode], day: date) -> None:
        self.day = day
        self.by_id: Mapping[UUID, AreaNode] = nodes
        standing = [node for node in nodes.values() if node.stands_on(day)]
        self.by_code: dict[str, AreaNode] = {node.code: node for node in standing}
        below: dict[UUID | None, list[AreaNode]] = defaultdict(list)
        for node in sorted(standing, key=lambda n: n.code):
            below[node.parent_id].append(node)
        self._below = {key: tuple(value) for key, value in below.items()}
        runs: dict[UUID, list[UUID]] = defaultdict(list)
        for link in links:
            if link.stands_on(day):
                runs[link.operational_id].append(link.legal_id)
        self._runs = {key: tuple(value) for key, value in runs.items()}
        self._chains: dict[UUID, Chain] = {}
        self._communities: dict[UUID, frozenset[UUID]] = {}

    def children(self, area_id: UUID | None) -> tuple[AreaNode, ...]:
        """Areas in force directly below an area, by code; None gives the roots of both trees."""
        return self._below.get(area_id, ())

    def linked(self, area_id: UUID) -> tuple[UUID, ...]:
        """Legal areas that an operational area runs on the day of the index."""
        return self._runs.get(area_id, ())

    def ancestors(self, area_id: UUID) -> list[AreaNode]:
        """The area itself and everything above it in its own tree, nearest first."""
        found: list[AreaNode] = []
        node = self.by_id.get(area_id)
        while node is not None:
            found.append(node)
            node = self.by_id.get(node.parent_id) if node.parent_id else None
        return found

    def descendants(self, area_id: UUID) -> list[AreaNode]:
        """Areas in force strictly below an area in its own tree, depth first."""
        found: list[AreaNode] = []
        pending = list(reversed(self.children(area_id)))
        while pending:
            node = pending.pop()
            found.append(node)
            pending.extend(reversed(self.children(node.id)))
        return found

    def communities_under(self, area_id: UUID) -> frozenset[UUID]:
        """Legal communities (社区, 村) that an area of either tree covers.

        A grid or micro-grid answers with the community it lies in. An operational area answers with the
        communities of the legal areas that it and its parts run on the day of the index.
        """
        known = self._communities.get(area_id)
        if known is None:
            known = self._communities[area_id] = self._find_communities(area_id)
        return known

    def _find_communities(self, area_id: UUID) -> frozenset[UUID]:
        node = self.by_id.get(area_id)
        if node is None or not node.stands_on(self.day):
            return NO_AREAS
        if node.tree == _OPERATIONAL:
            parts = [area_id, *(below.id for below in self.descendants(area_id))]
            legal = {target for part in parts for target in self.linked(part)}
            return NO_AREAS.union(*(self.communities_under(target) for target in legal))
        inside = self.chain(area_id).community_id
        if inside is not None:
            return frozenset([inside]) if self.by_id[inside].stands_on(self.day) else NO_AREAS
        return NO_AREAS.union(*(self.communities_under(child.id) for child in self.children(area_id)))

    def chain(self, area_id: UUID) -> Chain:
        """The legal chain of an area; `NO_CHAIN` for an unknown key."""
        known = self._chains.get(area_id)
        if known is None:
            known = self._chains[area_id] = self._find_chain(area_id)
        return known

    def _find_chain(self, area_id: UUID) -> Chain:
        line = self.ancestors(area_id)
        if line and line[0].tree == _OPERATIONAL:
            parts = [area_id, *(below.id for below in self.descendants(area_id))]
            return _shared([self.chain(target) for part in parts for target in self.linked(part)])
        levels: dict[str, UUID] = {}
        for node in line:
            level = _LEVEL.get(node.kind)
            if level is not None:
                levels.setdefault(level, node.id)
        return Chain(**levels)


def _shared(chains: list[Chain]) -> Chain:
    """The leading levels on which all chains agree."""
    if not chains:
        return NO_CHAIN
    levels: list[UUID] = []
    for level in zip(*(astuple(chain) for chain in chains), strict=True):
        if level[0] is None or any(value != level[0] for value in level):
            break
        levels.append(level[0])
    return Chain(*levels)
