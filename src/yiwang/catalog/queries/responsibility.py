"""Who answers for a matter 责任单位: the cached responsibility list, and why a row won."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ...ledger.public import VersionedCache
from ...orgs.public import AreaIndex, area_index
from ..models import ResponsibilityRow
from ..rules.index import CatalogIndex
from ..rules.nodes import ClassNode, holds_on, limit_value
from ..rules.specificity import WHOLE_CITY, AreaRank, ResponsibilityNode, area_rank, specificity
from .index import catalog_index, shanghai_day

#: What `bump` is called with when the responsibility list changes.
RESPONSIBILITIES = "catalog.responsibilities"
_DEPTH = {"big": 1, "small": 2, "third": 3}
_LEGAL = "legal"
_BELOW_COMMUNITY = frozenset({"grid", "exclusive_grid", "micro_grid"})


@dataclass(frozen=True, slots=True)
class Responsibility:
    """The answer 责任认定: host unit, co-units, the row that won, and the reason in Chinese.

    Attributes:
        beaten: keys of the rows that also covered the matter, the strongest first.
    """

    host_id: UUID
    co_unit_ids: tuple[UUID, ...]
    row_id: UUID
    reason: str
    beaten: tuple[UUID, ...] = ()


def responsibility_node(row: ResponsibilityRow) -> ResponsibilityNode:
    """A stored row as a plain value; reads the class and the condition that it names."""
    matter = row.matter_class
    return ResponsibilityNode(
        id=row.id,
        scheme_id=row.scheme_id,
        class_key=(row.scheme_id, matter.code) if matter else None,
        class_depth=_DEPTH[matter.level] if matter else 0,
        area_id=row.area_id,
        condition_ordinal=row.condition.ordinal if row.condition else None,
        host_id=row.host_unit_id,
        co_unit_ids=tuple(row.co_unit_ids),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        limit=limit_value(row.limit_amount, row.limit_unit) if row.limit_amount is not None else None,
    )


_Matter = tuple[UUID, str | None]


def _build() -> tuple[ResponsibilityNode, ...]:
    rows = ResponsibilityRow.objects.select_related("matter_class", "condition").order_by("id")
    return tuple(responsibility_node(row) for row in rows)


_cache = VersionedCache(RESPONSIBILITIES, _build)


def standing_rows() -> tuple[ResponsibilityNode, ...]:
    """Every row of the list, past and future ones included; costs no query while nothing changed."""
    return _cache.get()


def rank_of(area_id: UUID | None, areas: AreaIndex) -> AreaRank:
    """How specific the area of a row is."""
    node = areas.by_id.get(area_id) if area_id else None
    if node is None:
        return WHOLE_CITY
    return area_rank(
        kind=node.kind,
        communities=len(areas.communities_under(node.id)),
        depth=node.path.count("/"),
        operational=node.tree == "operational",
    )


class Spot:
    """Where a matter is 所在区域: one area of either tree, or an unknown place, asked about many rows."""

    def __init__(self, area_id: UUID | None, areas: AreaIndex) -> None:
        self._areas = areas
        self._line = {node.id for node in areas.ancestors(area_id)} if area_id else set()
        self._inside = areas.communities_under(area_id) if area_id else frozenset()
        node = areas.by_id.get(area_id) if area_id else None
        self.is_legal = node is not None and node.tree == _LEGAL

    def lies_in(self, row_area: UUID | None) -> bool:
        """Whether a row for `row_area` (None: the whole city) covers the place."""
        if row_area is None or row_area in self._line:
            return True
        node = self._areas.by_id.get(row_area)
        if node is None or not self._inside or (self.is_legal and node.tree == _LEGAL):
            return False
        return node.kind not in _BELOW_COMMUNITY and self._inside <= self._areas.communities_under(row_area)


def areas_meet(one: UUID | None, other: UUID | None, areas: AreaIndex) -> bool:
    """Whether some place in the city lies in both areas."""
    if one is None or other is None or Spot(one, areas).lies_in(other) or Spot(other, areas).lies_in(one):
        return True
    kinds = {areas.by_id[key].kind for key in (one, other) if key in areas.by_id}
    if kinds & _BELOW_COMMUNITY:
        return False
    return bool(areas.communities_under(one) & areas.communities_under(other))


def tying_row(
    row: ResponsibilityNode, areas: AreaIndex, others: Iterable[ResponsibilityNode]
) -> ResponsibilityNode | None:
    """The first other row that ties with `row`, or None: same matter and rank, a shared day and place."""
    rank = rank_of(row.area_id, areas)
    for other in others:
        if (
            other.id != row.id
            and row.same_matter(other)
            and row.overlaps(other)
            and rank_of(other.area_id, areas) == rank
            and areas_meet(row.area_id, other.area_id, areas)
        ):
            return other
    return None


def responsible(
    class_id: UUID, area_id: UUID | None, condition_id: UUID | None = None, *, at: datetime
) -> Responsibility | None:
    """The unit that answers for a matter of a class in an area at an instant, and why.

    Args:
        area_id: the smallest known area of either tree (a grid, a community); None when the place is
            unknown, then only rows for the whole city count.
        condition_id: the registering condition, when one has been chosen.

    Returns None when no row covers the matter or the class is unknown. The order in which rows are
    compared is in `rules.specificity`. Costs no query while nothing changed.
    """
    standing = responsibility_list(at)
    decision = standing.decide(class_id, area_id, condition_id)
    if decision is None:
        return None
    winner = decision.winner
    return Responsibility(
        host_id=winner.host_id,
        co_unit_ids=winner.co_unit_ids,
        row_id=winner.id,
        reason=standing.reason(decision),
        beaten=tuple(row.id for row in decision.beaten),
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """Which row won 取用结果, and the rows that also covered the matter, the strongest first."""

    winner: ResponsibilityNode
    beaten: tuple[ResponsibilityNode, ...]


class ResponsibilityList:
    """The responsibility list 权责清单 of one day, answered for many matters.

    Places that the same row areas cover share an answer, so that a question costs two look-ups once its like
    has been asked. Kept while neither list, catalog nor areas change (`responsibility_list`).
    """

    def __init__(
        self, rows: Iterable[ResponsibilityNode], index: CatalogIndex, areas: AreaIndex, day: date
    ) -> None:
        self.index, self.areas, self.day = index, areas, day
        by_matter: dict[_Matter, list[ResponsibilityNode]] = defaultdict(list)
        for row in rows:
            if holds_on(row.valid_from, row.valid_to, day):
                by_matter[row.scheme_id, row.class_key[1] if row.class_key else None].append(row)
        self._by_matter = dict(by_matter)
        self._row_areas = {r.area_id for of in by_matter.values() for r in of if r.area_id is not None}
        self._across = sorted(
            (a for a in self._row_areas if a in areas.by_id and areas.by_id[a].tree != _LEGAL), key=str
        )
        self._ranks: dict[UUID | None, AreaRank] = {}
        self._covers: dict[UUID | None, frozenset[UUID]] = {None: frozenset()}
        self._of_class: dict[UUID, dict[UUID | None, list[tuple[int, ResponsibilityNode]]]] = {}
        self._answers: dict[tuple[UUID, frozenset[UUID], int | None], Decision | None] = {}
        self._reasons: dict[tuple[UUID, ...], str] = {}

    def rows(self) -> list[ResponsibilityNode]:
        """Every row that holds on the day."""
        return [row for of in self._by_matter.values() for row in of]

    def covers(self, area_id: UUID | None) -> frozenset[UUID]:
        """The row areas that a place lies in; equal for places that every row treats alike."""
        known = self._covers.get(area_id)
        if known is None:
            known = self._covers[area_id] = self._find_covers(area_id)
        return known

    def decide(
        self, class_id: UUID, area_id: UUID | None, condition_id: UUID | None = None
    ) -> Decision | None:
        """The winning row with those it beat, or None when no row covers the matter."""
        condition = self.index.condition(condition_id) if condition_id else None
        ordinal = condition.ordinal if condition and condition.class_id == class_id else None
        return self.decide_covered(class_id, self.covers(area_id), ordinal)

    def decide_covered(
        self, class_id: UUID, covers: frozenset[UUID], ordinal: int | None = None
    ) -> Decision | None:
        """The same for a place given by its `covers` and a condition given by its ordinal."""
        key = (class_id, covers, ordinal)
        if key not in self._answers:
            self._answers[key] = self._decide(class_id, covers, ordinal)
        return self._answers[key]

    def reason(self, decision: Decision) -> str:
        """Why the row won, in Chinese words."""
        key = (decision.winner.id, *(row.id for row in decision.beaten))
        known = self._reasons.get(key)
        if known is None:
            beaten = list(decision.beaten)
            known = self._reasons[key] = _reason(decision.winner, beaten, self.index, self.areas)
        return known

    def _find_covers(self, area_id: UUID | None) -> frozenset[UUID]:
        spot = Spot(area_id, self.areas)
        inside = {node.id for node in self.areas.ancestors(area_id)} if area_id else set()
        asked = self._across if spot.is_legal else sorted(self._row_areas, key=str)
        return frozenset((inside & self._row_areas) | {area for area in asked if spot.lies_in(area)})

    def _decide(self, class_id: UUID, covers: frozenset[UUID], ordinal: int | None) -> Decision | None:
        own = self.index.class_by_id.get(class_id)
        candidates = self._candidates(class_id)
        found = [
            (place, row)
            for area in (None, *covers)
            for place, row in candidates.get(area, ())
            if row.condition_ordinal is None or (row.condition_ordinal == ordinal and _is_of(row, own))
        ]
        found.sort(key=lambda entry: entry[0])
        return Decision(found[0][1], tuple(row for _place, row in found[1:])) if found else None

    def _candidates(self, class_id: UUID) -> dict[UUID | None, list[tuple[int, ResponsibilityNode]]]:
        """Rows that a class may come under by their area, each with its place among them, 0 the strongest."""
        known = self._of_class.get(class_id)
        if known is None:
            line = self.index.line(class_id)
            codes = (*(node.code for node in line), None) if line else ()
            found = [row for code in codes for row in self._by_matter.get((line[0].scheme_id, code), ())]
            found.sort(key=self._strength, reverse=True)
            known = defaultdict(list)
            for place, row in enumerate(found):
                known[row.area_id].append((place, row))
            self._of_class[class_id] = known
        return known

    def _strength(self, row: ResponsibilityNode) -> tuple[object, ...]:
        rank = self._ranks.get(row.area_id)
        if rank is None:
            rank = self._ranks[row.area_id] = rank_of(row.area_id, self.areas)
        return (specificity(row, rank), row.valid_from, row.id)


def _is_of(row: ResponsibilityNode, node: ClassNode | None) -> bool:
    return node is not None and row.class_key == (node.scheme_id, node.code)


_LISTS_KEPT = 4
_lists: dict[date, tuple[object, ResponsibilityList]] = {}


def responsibility_list(at: datetime) -> ResponsibilityList:
    """The list as it holds on the day of an instant; kept in the process while nothing changed."""
    day = shanghai_day(at)
    rows, index, areas = standing_rows(), catalog_index(at), area_index(day)
    made_of, known = _lists.get(day, (None, None))
    if known is None or made_of is not rows or known.index is not index or known.areas is not areas:
        if len(_lists) >= _LISTS_KEPT:
            _lists.clear()
        known = ResponsibilityList(rows, index, areas, day)
        _lists[day] = (rows, known)
    return known


def row_label(row: ResponsibilityNode, index: CatalogIndex, areas: AreaIndex) -> str:
    """What a row covers, in Chinese, such as `上水井盖 · 泰山街道 · 条件2`."""
    if row.class_key is None:
        matter = "全部分类"
    else:
        matter = next(
            (n.name for n in index.class_by_id.values() if (n.scheme_id, n.code) == row.class_key),
            row.class_key[1],
        )
    area = areas.by_id.get(row.area_id) if row.area_id else None
    parts = [matter, area.name if area else "全市"]
    if row.condition_ordinal is not None:
        parts.append(f"条件{row.condition_ordinal}")
    return " · ".join(parts)


def _reason(
    winner: ResponsibilityNode, beaten: list[ResponsibilityNode], index: CatalogIndex, areas: AreaIndex
) -> str:
    row = row_label(winner, index, areas)
    if not beaten:
        return f"按权责清单“{row}”确定主办单位。"
    names = "、".join(f"“{row_label(other, index, areas)}”" for other in beaten[:3])
    why = _why(winner, beaten[0], areas)
    if len(beaten) > 3:
        return f"按权责清单“{row}”确定主办单位，优先于{names}等{len(beaten)}行：{why}。"
    return f"按权责清单“{row}”确定主办单位，优先于{names}：{why}。"


def _why(winner: ResponsibilityNode, second: ResponsibilityNode, areas: AreaIndex) -> str:
    if winner.condition_ordinal is not None and second.condition_ordinal is None:
        return "它指明了立案条件"
    if winner.class_depth != second.class_depth:
        return "它的分类更细"
    if rank_of(winner.area_id, areas) != rank_of(second.area_id, areas):
        return "它的区域更小"
    return "两行相持，取生效较晚的一行，请更正权责清单"
