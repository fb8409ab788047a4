"""Which row of the responsibility list wins 权责清单取用规则.

Among the rows that cover a class, an area and a condition on a day, the most specific wins, compared in
this order:

1. a row that names the condition beats one for all conditions;
2. the deeper class beats the class above it, and any class beats the whole scheme;
3. the smaller area beats the larger: a micro-grid, then an exclusive grid, then a grid, then the area
   with fewer communities; of two with as many the operational area (who runs it) before the legal one,
   then the deeper in its tree; any area beats the whole city.

Example: for 上水井盖 in 泰山街道, a row (公用设施 and 江北新区) loses to a row (上水井盖 and whole
city), because the class is compared before the area; a row (上水井盖 and 江北新区) beats both.

Two rows tie when nothing in this order tells them apart and something in the city is covered by both.
Such a row is refused when it is entered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from .nodes import LimitValue

AreaRank = tuple[int, int, int, int]

#: Rank of the whole city: below every area.
WHOLE_CITY: AreaRank = (-1, 0, 0, 0)
_SMALL_KINDS: Mapping[str, int] = {"grid": 1, "exclusive_grid": 2, "micro_grid": 3}


@dataclass(frozen=True, slots=True)
class ResponsibilityNode:
    """A row of the responsibility list 权责清单行 as a plain value.

    Attributes:
        class_key: (scheme id, code) of the class, None for the whole scheme; a new version of a class
            keeps its key.
        class_depth: 0 for the whole scheme, then 1 to 3.
        condition_ordinal: place of the condition in its class, None for all conditions.
        limit: the row's own limit, None when condition or class decide.
    """

    id: UUID
    scheme_id: UUID
    class_key: tuple[UUID, str] | None
    class_depth: int
    area_id: UUID | None
    condition_ordinal: int | None
    host_id: UUID
    co_unit_ids: tuple[UUID, ...]
    valid_from: date
    valid_to: date | None
    limit: LimitValue | None = None

    def same_matter(self, other: ResponsibilityNode) -> bool:
        """Whether both rows name the same scheme, class and condition."""
        return (self.scheme_id, self.class_key, self.condition_ordinal) == (
            other.scheme_id,
            other.class_key,
            other.condition_ordinal,
        )

    def overlaps(self, other: ResponsibilityNode) -> bool:
        """Whether both hold on some day."""
        mine, theirs = self.valid_to or date.max, other.valid_to or date.max
        return max(self.valid_from, other.valid_from) < min(mine, theirs)


def area_rank(*, kind: str, communities: int, depth: int, operational: bool) -> AreaRank:
    """How specific an area is; the greater wins.

    Args:
        kind: as in `orgs`.
        communities: how many communities it covers.
        depth: steps below the root of its own tree.
    """
    return (_SMALL_KINDS.get(kind, 0), -communities, int(operational), depth)


def specificity(row: ResponsibilityNode, rank: AreaRank) -> tuple[int, int, AreaRank]:
    """Sort key of a covering row; the greatest wins."""
    return (int(row.condition_ordinal is not None), row.class_depth, rank)
