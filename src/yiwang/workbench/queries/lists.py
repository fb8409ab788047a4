"""Lists 列表: rows of cases as the tables draw them, the queue of an actor, and the export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from ...cases.public import (
    CASE,
    CASE_STATES,
    OPEN_STATES,
    Case,
    CaseFilter,
    is_overdue,
    list_cases,
    queue_filter,
    turn_page,
)
from ...interface.public import Page
from ...kernel.actor import Actor
from .. import names

PAGE_SIZE = 50
EXPORT_LIMIT = 10_000
_EXPORT_PAGE = 500
_URGENCY = {"urgent": 0, "prompt": 1, "ordinary": 2}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as a table draws it."""

    case: Case
    class_name: str
    place: str
    host: str
    is_overdue: bool
    waits: Sequence[tuple[str, datetime]] = ()


def rows_of(
    cases: list[Case], at: datetime, waits: Mapping[UUID, Sequence[tuple[str, datetime]]] | None = None
) -> list[CaseRow]:
    """The rows of some cases; names come from caches, so no case costs a query.

    Args:
        waits: by case, stages that run with their due instants (`queries.clocks.waits_of`).
    """
    return [
        CaseRow(
            case,
            names.short_class_name(case.matter_class),
            names.place_line(case),
            names.unit_name(case.host),
            is_overdue(case.due_at, case.handled_at, at),
            (waits or {}).get(case.id, ()),
        )
        for case in cases
    ]


def page_of_cases(
    actor: Actor,
    wanted: CaseFilter,
    *,
    at: datetime,
    cursor: str = "",
    act: str = "cases.view",
    size: int = PAGE_SIZE,
) -> Page[Case]:
    """One page of cases by key, on or back.

    Raises:
        Invalid: a broken cursor, or one of the other order.
    """
    return turn_page(actor, wanted, at=at, cursor=cursor, limit=size, act=act)


# These answer a request of the unit; the request waits in its own list, not the case in a queue.
_ANSWERS = frozenset({"give_back", "refuse_unlisted"})


@dataclass(frozen=True, slots=True)
class QueueTab:
    """One tab of the queue: a state, and the act by which the actor moves its cases on."""

    state: str
    label: str
    act: str


def queue_tabs(actor: Actor) -> list[QueueTab]:
    """The states an actor can move on, in the order of the loop.

    A step forward is a row of the table that leads somewhere and needs no reason; withdrawing belongs to
    the reporter, and taking a task back from a unit is no step forward.
    """
    tabs = []
    for state in OPEN_STATES:
        acts = [
            row.permission
            for row in CASE.open_from(state)
            if row.target not in {None, state, "withdrawn"}
            and not row.reason
            and row.action not in _ANSWERS
            and actor.may_anywhere(row.permission)
        ]
        if acts:
            tabs.append(QueueTab(state, _(CASE_STATES[state]), acts[0]))
    return tabs


def first_waiting(actor: Actor, tabs: Sequence[QueueTab], *, at: datetime) -> QueueTab | None:
    """The tab to open first: that of the case that has waited longest, else the first tab."""
    if not tabs:
        return None
    wanted = CaseFilter(states=tuple(tab.state for tab in tabs), oldest_first=True)
    rows = list_cases(actor, wanted, at=at, limit=1).rows
    return next((tab for tab in tabs if rows and tab.state == rows[0].state), tabs[0])


def queue_page(
    actor: Actor, tab: QueueTab, wanted: CaseFilter, *, at: datetime, cursor: str = ""
) -> Page[Case]:
    """One page of a tab, oldest first; inside the page the urgent and the soonest due come first."""
    page = page_of_cases(actor, queue_filter(wanted, (tab.state,)), at=at, cursor=cursor, act=tab.act)
    far = datetime.max.replace(tzinfo=at.tzinfo)
    page.rows.sort(key=lambda case: (_URGENCY.get(case.urgency, 9), case.due_at or far))
    return page


def export_rows(actor: Actor, wanted: CaseFilter, *, at: datetime) -> Iterator[list[str]]:
    """Heading and rows of the export 导出: the same list under `cases.export`, at most `EXPORT_LIMIT` rows.

    A list that is longer says so in its last row. No contact is exported.
    """
    yield [
        _("案件编号"),
        _("标题"),
        _("状态"),
        _("诉求类型"),
        _("事项类别"),
        _("区"),
        _("街道"),
        _("社区"),
        _("地点"),
        _("来源渠道"),
        _("主办单位"),
        _("建立时间"),
        _("办理时限"),
        _("结案时间"),
        _("办结方式"),
        _("是否超时"),
        _("不计超时"),
        _("剔除考核"),
    ]
    after, left = None, EXPORT_LIMIT
    while left > 0:
        found = list_cases(
            actor, wanted, at=at, after=after, limit=min(_EXPORT_PAGE, left), act="cases.export"
        )
        for row in rows_of(found.rows, at):
            yield _exported(row)
        left -= len(found.rows)
        if not found.has_more:
            return
        after = found.last_key()
    yield [_("已达导出上限 %(limit)d 行，其余未导出，请缩小筛选范围。") % {"limit": EXPORT_LIMIT}]


def _exported(row: CaseRow) -> list[str]:
    case = row.case
    cells = [
        case.number,
        case.title,
        CASE_STATES[case.state],
        case.get_kind_display(),
        row.class_name,
        names.area_name(case.district),
        names.area_name(case.street),
        names.area_name(case.community),
        case.address,
        names.channel_name(case.channel),
        row.host,
        _local(case.created_at),
        _local(case.due_at),
        _local(case.closed_at),
        case.get_ending_display(),
        _("是") if row.is_overdue else _("否"),
        _("是") if case.is_excused else _("否"),
        _("是") if case.excluded_at is not None else _("否"),
    ]
    return [_harmless(str(cell)) for cell in cells]


def _local(at: datetime | None) -> str:
    from django.utils import timezone

    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else ""


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
