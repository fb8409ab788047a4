"""Admission 非准不入 as plain decisions: what is on a list, which rule checks it, what is exempt.

A department hands a matter down only after 申请, 审核 and 批准 by three people; a matter on no list in force
is refused at dispatch (非准不入, 南京市城乡网格化服务管理事项清单). One rule is locked: the grid is given no
administrative inspection (行政检查), listed or exempt or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from .nodes import LimitValue, holds_on

#: (scheme id, code) of a class; a new version of the class keeps it.
ClassKey = tuple[UUID, str]

GRID, COMMUNITY, STREET = "grid", "community", "street"
#: Level to the lists that admit a matter to it.
LISTS_OF_LEVEL: dict[str, tuple[str, ...]] = {
    GRID: ("grid",),
    COMMUNITY: ("community_assist", "community_duty"),
    STREET: ("street",),
}
_LEVEL_OF_UNIT = {"grid_team": GRID, "community_committee": COMMUNITY, "street_office": STREET}

#: Basis of the locked rule, shown wherever it refuses.
INSPECTION_BASIS = (
    "《国务院办公厅关于严格规范涉企行政检查的意见》（国办发〔2024〕54号）："
    "严禁未取得执法证件的执法辅助人员、网格员、临时工实施行政检查"
)
_INSPECTING_WORDS = ("行政检查", "执法检查", "涉企检查", "企业检查", "入企检查")

#: Hours an exemption may last where no rule says it; the packaged rules carry the same with their basis.
FALLBACK_HOURS = 72


def level_of_unit(unit_kind: str) -> str | None:
    """The level at which a unit of a kind stands; None for units that no list guards."""
    return _LEVEL_OF_UNIT.get(unit_kind)


def speaks_of_inspection(name: str) -> bool:
    """Whether the name of a matter says that it is an administrative inspection (行政检查).

    Example: `企业安全生产行政检查` does, `小场所用火用电隐患报告` does not.
    """
    return any(word in name for word in _INSPECTING_WORDS)


@dataclass(frozen=True, slots=True)
class AdmissionFacts:
    """What the guards of an admission look at: who acts, and who had a hand in it before."""

    actor_id: UUID | None
    applied_by: UUID | None = None
    reviewed_by: UUID | None = None


def reviews_as_second_person(facts: AdmissionFacts) -> str | None:
    """An application is reviewed by somebody who did not file it."""
    if facts.actor_id is not None and facts.actor_id == facts.applied_by:
        return "申请人不能审核自己的申请，请由他人审核。"
    return None


def admits_as_third_person(facts: AdmissionFacts) -> str | None:
    """A matter is admitted by somebody who neither applied nor reviewed."""
    if facts.actor_id is not None and facts.actor_id in (facts.applied_by, facts.reviewed_by):
        return "申请人、审核人不能批准同一事项，请由第三人批准。"
    return None


def is_who_applied(facts: AdmissionFacts) -> str | None:
    """An application is withdrawn by whoever filed it."""
    return None if facts.actor_id == facts.applied_by else "只有申请人本人可以撤回申请。"


@dataclass(frozen=True, slots=True)
class ExemptionFacts:
    """What the guards of an exemption look at: who acts, and who asked for it."""

    actor_id: UUID | None
    asked_by: UUID | None = None


def grants_as_second_person(facts: ExemptionFacts) -> str | None:
    """An exemption is decided by a named person who did not ask for it."""
    if facts.actor_id is None:
        return "应急豁免须由具名的批准人决定。"
    if facts.actor_id == facts.asked_by:
        return "申请人不能决定自己申请的应急豁免，请由他人决定。"
    return None


def is_who_asked(facts: ExemptionFacts) -> str | None:
    """What was asked for is taken back by whoever asked."""
    return None if facts.actor_id == facts.asked_by else "只有申请人本人可以撤回申请。"


@dataclass(frozen=True, slots=True)
class AdmittedNode:
    """A row that has been admitted 准入事项, in plain values.

    Attributes:
        class_keys: classes it covers, each with the classes below it.
        area_ids: areas of either tree; empty for the whole city.
    """

    id: UUID
    list_kind: str
    code: str
    name: str
    class_keys: frozenset[ClassKey]
    area_ids: tuple[UUID, ...]
    valid_from: date
    valid_to: date | None
    is_example: bool = False
    limit: LimitValue | None = None

    def covers_class(self, line: Iterable[ClassKey]) -> bool:
        """Whether the row names one of the classes of a line (a class and those above it)."""
        return not self.class_keys.isdisjoint(line)


@dataclass(frozen=True, slots=True)
class RuleNode:
    """Whether a level is checked in an area 准入校验规则, and how long an exemption may last there."""

    level: str
    area_id: UUID | None
    mode: str
    exemption_hours: int


@dataclass(frozen=True, slots=True)
class ExemptionNode:
    """An exemption 应急豁免: matters, areas and levels, from one instant until another."""

    id: UUID
    title: str
    levels: tuple[str, ...]
    class_keys: frozenset[ClassKey]
    area_ids: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    granted_by: UUID | None = None

    def is_open_at(self, at: datetime) -> bool:
        """Whether [starts_at, ends_at), or until it was ended early, contains the instant."""
        last = self.ends_at if self.ended_at is None else min(self.ends_at, self.ended_at)
        return self.starts_at <= at < last

    def covers_class(self, line: Iterable[ClassKey]) -> bool:
        """Whether the exemption names one of the classes of a line."""
        return not self.class_keys.isdisjoint(line)


#: Whether the place in question lies in an area; None stands for the whole city.
LiesIn = Callable[[UUID | None], bool]
R = TypeVar("R", AdmittedNode, ExemptionNode)


def covers_place(area_ids: Sequence[UUID], lies_in: LiesIn) -> bool:
    """Whether a place lies in one of the areas; no areas stand for the whole city."""
    return not area_ids or any(lies_in(area) for area in area_ids)


def rows_in_force(
    rows: Iterable[AdmittedNode], lists: Sequence[str], day: date, lies_in: LiesIn
) -> list[AdmittedNode]:
    """The rows of the lists that hold on a day at a place, by list and code."""
    found = [
        row
        for row in rows
        if row.list_kind in lists
        and holds_on(row.valid_from, row.valid_to, day)
        and covers_place(row.area_ids, lies_in)
    ]
    return sorted(found, key=lambda row: (lists.index(row.list_kind), row.code, str(row.id)))


def admitting_row(rows: Iterable[AdmittedNode], line: Sequence[ClassKey]) -> AdmittedNode | None:
    """The row that admits a matter: one naming the class itself goes before one naming a class above."""
    rows = list(rows)
    for key in line:
        for row in rows:
            if key in row.class_keys:
                return row
    return None


def exempting_row(
    rows: Iterable[ExemptionNode], level: str, line: Sequence[ClassKey], at: datetime, lies_in: LiesIn
) -> ExemptionNode | None:
    """The exemption that covers a matter at a level, a place and an instant; the one that ends last."""
    found = [
        row
        for row in rows
        if level in row.levels
        and row.is_open_at(at)
        and row.covers_class(line)
        and covers_place(row.area_ids, lies_in)
    ]
    return max(found, key=lambda row: (row.ends_at, str(row.id)), default=None)


def has_own_list(in_force: Iterable[AdmittedNode]) -> bool:
    """Whether one of the rows is the city's own; the package's examples (示例) are nobody's list yet."""
    return any(not row.is_example for row in in_force)


def check_is_on(mode: str, in_force: Sequence[AdmittedNode]) -> bool:
    """Whether dispatching checks: always, never, or (`auto`) as soon as the city's own list is in force."""
    return mode == "on" or (mode == "auto" and has_own_list(in_force))


def may_refuse_unlisted(mode: str, in_force: Sequence[AdmittedNode]) -> bool:
    """Whether what is on none of the lists may be refused at a place (清单外拒收): only by a list.

    Without a row of the city's own in force nothing is 'off the list'; else a city that has entered no list
    yet would find that its communities may refuse everything. A rule that always checks says that what is
    not listed does not go down, list or no list; one that never checks takes nothing from the
    community.

    Example: `auto` and only examples: no. `off` and one own row in force: yes. `on` and no row: yes.
    """
    return mode == "on" or has_own_list(in_force)


def lasting_problem(starts_at: datetime, ends_at: datetime, at: datetime, most_hours: int) -> str | None:
    """Why an exemption may not last as asked for, or None.

    Example: with 72 hours at most, 2026-07-01 08:00 to 2026-07-04 08:00 may, one minute more may not.
    """
    if ends_at <= max(starts_at, at):
        return "截止时间须晚于现在和开始时间。"
    if (ends_at - starts_at).total_seconds() > most_hours * 3600:
        return f"应急豁免最长 {most_hours} 小时，请缩短；到期仍需要的，重新批准。"
    return None
