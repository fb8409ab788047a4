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
from ..rules.nodes import holds_on
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
    )


_Matter = tuple[UUID, str | None]


def _build() -> dict[_Matter, tuple[ResponsibilityNode, ...]]:
    """Rows by (scheme, class code); the code is None for rows about a whole scheme."""
    found: dict[_Matter, list[ResponsibilityNode]] = defaultdict(list)
    for row in ResponsibilityRow.objects.select_related("matter_class", "condition"):
        terms = responsibility_node(row)
        found[terms.scheme_id, terms.class_key[1] if terms.class_key else None].append(terms)
    return {key: tuple(rows) for key, rows in found.items()}


_cache = VersionedCache(RESPONSIBILITIES, _build)


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
        self._is_legal = node is not None and node.tree == _LEGAL

    def lies_in(self, row_area: UUID | None) -> bool:
        """Whether a row for `row_area` (None: the whole city) covers the place."""
        if row_area is None or row_area in self._line:
            return True
        node = self._areas.by_id.get(row_area)
        if node is None or not self._inside or (self._is_legal and node.tree == _LEGAL):
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
    index = catalog_index(at)
    day = shanghai_day(at)
    areas = area_index(day)
    found = _covering(index, areas, class_id=class_id, area_id=area_id, condition_id=condition_id, day=day)
    if not found:
        return None
    found.sort(
        key=lambda row: (specificity(row, rank_of(row.area_id, areas)), row.valid_from, row.id), reverse=True
    )
    winner, *beaten = found
    return Responsibility(
        host_id=winner.host_id,
        co_unit_ids=winner.co_unit_ids,
        row_id=winner.id,
        reason=_reason(winner, beaten, index, areas),
        beaten=tuple(row.id for row in beaten),
    )


def _covering(
    index: CatalogIndex,
    areas: AreaIndex,
    *,
    class_id: UUID,
    area_id: UUID | None,
    condition_id: UUID | None,
    day: date,
) -> list[ResponsibilityNode]:
    line = index.line(class_id)
    if not line:
        return []
    scheme_id = line[0].scheme_id
    condition = index.condition(condition_id) if condition_id else None
    ordinal = condition.ordinal if condition and condition.class_id == class_id else None
    own = (scheme_id, line[0].code)
    rows = _cache.get()
    spot = Spot(area_id, areas)
    return [
        row
        for code in (*(node.code for node in line), None)
        for row in rows.get((scheme_id, code), ())
        if (row.condition_ordinal is None or (row.condition_ordinal == ordinal and row.class_key == own))
        and holds_on(row.valid_from, row.valid_to, day)
        and spot.lies_in(row.area_id)
    ]


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
    text = f"按权责清单“{row_label(winner, index, areas)}”确定主办单位"
    if not beaten:
        return text + "。"
    names = "、".join(f"“{row_label(row, index, areas)}”" for row in beaten[:3])
    more = f"等{len(beaten)}行" if len(beaten) > 3 else ""
    return f"{text}，优先于{names}{more}：{_why(winner, beaten[0], areas)}。"


def _why(winner: ResponsibilityNode, second: ResponsibilityNode, areas: AreaIndex) -> str:
    if winner.condition_ordinal is not None and second.condition_ordinal is None:
        return "它指明了立案条件"
    if winner.class_depth != second.class_depth:
        return "它的分类更细"
    if rank_of(winner.area_id, areas) != rank_of(second.area_id, areas):
        return "它的区域更小"
    return "两行相持，取生效较晚的一行，请更正权责清单"
