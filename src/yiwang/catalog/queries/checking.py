"""Check of the responsibility list 权责清单检查: rows that never win, gaps, and names that are gone.

Ties are refused when a row is entered; what this finds is allowed, and wrong all the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...orgs.public import AreaNode, UnitIndex, unit_index
from ..rules.index import CatalogIndex
from ..rules.nodes import ClassNode
from ..rules.specificity import ResponsibilityNode
from .responsibility import ResponsibilityList, responsibility_list

_BELOW_COMMUNITY = frozenset({"grid", "exclusive_grid", "micro_grid"})


@dataclass(frozen=True, slots=True)
class ShadowedRow:
    """A row that no matter in a known community comes to 被遮蔽的行.

    Attributes:
        by: the rows that win instead, those that win most often first.
        wins_when_vague: whether it still wins for places known no better than its own area.
    """

    row: ResponsibilityNode
    by: tuple[ResponsibilityNode, ...]
    wins_when_vague: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """A class that nobody answers for in some communities 权责空白.

    Attributes:
        missing: communities without an owner, by district.
        total: communities without an owner in the whole city.
    """

    node: ClassNode
    missing: dict[UUID, int]
    total: int


@dataclass(frozen=True, slots=True)
class GoneName:
    """A row that names what is no longer there 失效的名称.

    Attributes:
        words: what is gone, and since when; Chinese.
    """

    row: ResponsibilityNode
    words: str


@dataclass(frozen=True, slots=True)
class ListCheck:
    """What a check of the list found 检查结果.

    Attributes:
        districts: the columns of the gaps, with how many communities each has.
        communities: communities in the city.
        classes: classes looked at.
    """

    shadowed: tuple[ShadowedRow, ...]
    gaps: tuple[Gap, ...]
    gone: tuple[GoneName, ...]
    districts: tuple[tuple[AreaNode, int], ...]
    communities: int
    classes: int


def check_list(at: datetime, *, scheme_code: str, standing: ResponsibilityList | None = None) -> ListCheck:
    """Check the list of one scheme as it holds on the day of an instant.

    Args:
        standing: another list to look at, such as that of a draft.
    """
    standing = standing or responsibility_list(at)
    scheme = standing.index.schemes.get(scheme_code)
    rows = [row for row in standing.rows() if scheme is not None and row.scheme_id == scheme.id]
    ground = _Ground(standing)
    classes = standing.index.classes(scheme_code)
    return ListCheck(
        shadowed=tuple(_shadowed(rows, standing, ground, classes)),
        gaps=tuple(_gaps(standing, ground, classes)),
        gone=tuple(_gone(rows, standing, unit_index(standing.day))),
        districts=ground.districts,
        communities=sum(ground.counts.values()),
        classes=len(_finest(standing.index, classes)),
    )


class _Ground:
    """The communities of the city, grouped by which row areas cover them."""

    def __init__(self, standing: ResponsibilityList) -> None:
        areas = standing.areas
        self.counts: Counter[tuple[UUID | None, frozenset[UUID]]] = Counter()
        homes: Counter[UUID | None] = Counter()
        for node in areas.by_code.values():
            if node.kind == "community" and node.tree == "legal":
                district = areas.chain(node.id).district_id
                self.counts[district, standing.covers(node.id)] += 1
                homes[district] += 1
        self.districts = tuple(
            (areas.by_id[key], homes[key])
            for key in sorted(
                (key for key in homes if key is not None), key=lambda key: areas.by_id[key].code
            )
        )
        self.kinds: set[frozenset[UUID]] = {covers for _, covers in self.counts}

    def inside(self, row: ResponsibilityNode, standing: ResponsibilityList) -> Iterable[frozenset[UUID]]:
        """The groups that lie in the area of a row; for a grid the grid itself."""
        area = standing.areas.by_id.get(row.area_id) if row.area_id else None
        if area is None:
            return self.kinds
        if area.kind in _BELOW_COMMUNITY:
            return [standing.covers(area.id)]
        return [covers for covers in self.kinds if area.id in covers]


def _finest(index: CatalogIndex, classes: Iterable[ClassNode]) -> list[ClassNode]:
    """The classes that cases are given: those without a class below."""
    return [node for node in classes if not index.children(node.id)]


def _shadowed(
    rows: list[ResponsibilityNode],
    standing: ResponsibilityList,
    ground: _Ground,
    classes: tuple[ClassNode, ...],
) -> Iterable[ShadowedRow]:
    below = _below(standing.index, classes)
    for row in sorted(rows, key=lambda row: row.id):
        winners: Counter[UUID] = Counter()
        known: dict[UUID, ResponsibilityNode] = {}
        for covers in ground.inside(row, standing):
            for class_id in below[row.class_key[1] if row.class_key else None]:
                found = standing.decide_covered(class_id, covers, row.condition_ordinal)
                if found is not None:
                    winners[found.winner.id] += 1
                    known[found.winner.id] = found.winner
            if row.id in winners:
                break
        if row.id not in winners:
            by = tuple(known[key] for key, _ in winners.most_common(3))
            yield ShadowedRow(row, by, _wins_when_vague(row, standing, below))


def _below(index: CatalogIndex, classes: tuple[ClassNode, ...]) -> dict[str | None, list[UUID]]:
    """Code of a class, None for the whole scheme, to the finest classes under it."""
    found: dict[str | None, list[UUID]] = defaultdict(list)
    for node in _finest(index, classes):
        for above in index.line(node.id):
            found[above.code].append(node.id)
        found[None].append(node.id)
    return found


def _wins_when_vague(
    row: ResponsibilityNode, standing: ResponsibilityList, below: dict[str | None, list[UUID]]
) -> bool:
    covers = standing.covers(row.area_id)
    found = (
        standing.decide_covered(class_id, covers, row.condition_ordinal)
        for class_id in below[row.class_key[1] if row.class_key else None]
    )
    return any(answer is not None and answer.winner.id == row.id for answer in found)


def _gaps(standing: ResponsibilityList, ground: _Ground, classes: tuple[ClassNode, ...]) -> Iterable[Gap]:
    for node in _finest(standing.index, classes):
        missing: Counter[UUID] = Counter()
        total = 0
        for (district, covers), count in ground.counts.items():
            if standing.decide_covered(node.id, covers) is None:
                total += count
                if district is not None:
                    missing[district] += count
        if total:
            yield Gap(node, dict(missing), total)


def _gone(
    rows: list[ResponsibilityNode], standing: ResponsibilityList, units: UnitIndex
) -> Iterable[GoneName]:
    areas, index, day = standing.areas, standing.index, standing.day
    for row in sorted(rows, key=lambda row: row.id):
        for key, role in ((row.host_id, "主办单位"), *((key, "协办单位") for key in row.co_unit_ids)):
            unit = units.by_id.get(key)
            if unit is None or not unit.stands_on(day):
                name, since = (unit.name, unit.valid_to) if unit else (str(key), None)
                yield GoneName(row, f"{role}“{name}”已撤销" + (f"（{since}）。" if since else "。"))
        area = areas.by_id.get(row.area_id) if row.area_id else None
        if row.area_id and (area is None or not area.stands_on(day)):
            name = area.name if area else str(row.area_id)
            yield GoneName(row, f"区域“{name}”已撤销或合并。")
        if row.class_key is not None and not _class_stands(row, index):
            yield GoneName(row, f"分类 {row.class_key[1]} 已失效。")
        elif row.condition_ordinal is not None and not _condition_stands(row, index):
            yield GoneName(row, f"立案条件 {row.condition_ordinal} 已失效。")


def _class_of(row: ResponsibilityNode, index: CatalogIndex) -> ClassNode | None:
    code = next((s.code for s in index.schemes.values() if s.id == row.scheme_id), "")
    return index.class_by_code(code, row.class_key[1]) if row.class_key else None


def _class_stands(row: ResponsibilityNode, index: CatalogIndex) -> bool:
    return _class_of(row, index) is not None


def _condition_stands(row: ResponsibilityNode, index: CatalogIndex) -> bool:
    node = _class_of(row, index)
    return node is not None and any(
        condition.ordinal == row.condition_ordinal for condition in index.conditions(node.id)
    )
