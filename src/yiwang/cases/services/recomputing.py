"""Recomputing 时限更正: open deadlines follow a corrected calendar, each case with its journal entry.

Looked at are tasks that wait for their unit (those of co-units also while the host is being replaced), stage
clocks that run, and promises that no open task shares (a case that was dispatched again, or waits for it),
whose limit counts working time, whose span touches the changed days, and whose deadline an older calendar
gave.
`clocks.rules.corrected_due` says what moves; what was extended (延期) counts anew from its first start, as
its old due instant would have been another. A case that rests (挂账) has no due instant to move: it goes on
with what was left, by the calendar of the day on which it does. The case's own instant goes along when it is
that of a task; after a merge it may be an earlier promise, which stands. The instant of a source that owns
the limit moves by no calendar of ours: a deadline of our own moves up to what the source's limit leaves, one
that the source's limit gave is kept and listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from ...clocks.public import (
    LISTED,
    WALL_CLOCK,
    CalendarChange,
    Corrected,
    DeadlineKept,
    DeadlineMove,
    Due,
    Preview,
    StoredDeadline,
    calendar_as_of,
    cancel_timers,
    corrected_due,
    corrected_start,
    correction_in_progress,
    note_progress,
    plan_timer,
)
from ...kernel.actor import system_actor
from ...kernel.working_time import SHANGHAI, WorkCalendar
from ...ledger.public import Act
from ..enums import Stage
from ..events import CaseMoved
from ..models import Case, StageClock, Task
from ..stage_limits import stage_rule_of
from ..states import OPEN_TASK_STATES, PROMISED_STATES, SUSPENDED
from .bounds import base_of, bounded, limited_reports
from .ladders import replan_steps
from .moving import acting_on, open_tasks, set_fields
from .stages import OVERDUE_TIMER, plan_again

M = TypeVar("M", bound=models.Model)
#: What has a deadline that a calendar may move.
Deadline = Task | StageClock | Case

CORRECTOR = system_actor("calendar", "clocks.carry_out")
#: Name of the background task that carries a correction out.
CORRECTION_TASK = "cases.correct_deadlines"
#: Cases moved in one transaction, and deadlines of a kind that a preview looks at.
BATCH, MOST_PREVIEWED = 50, 20_000
#: Versions of the calendar by which an instant that was extended later may have been computed.
MOST_VERSIONS = 5
_EXTENDED = Q(counted_from__isnull=False, counted_seconds=None)


def preview_moves(change: CalendarChange, at: datetime) -> Preview:
    """What a changed calendar would move 影响预览; looks at most at `MOST_PREVIEWED` of each kind."""
    found = Preview()
    for rows in (
        _touched(change).select_related("case"),
        _touched_promises(change),
        _clocks_with_case(change),
    ):
        found = found.plus(_preview(rows, change, at))
    return found


def _clocks_with_case(change: CalendarChange) -> QuerySet[StageClock]:
    return _touched_clocks(change).select_related("case")


def _preview(rows: QuerySet[Any], change: CalendarChange, at: datetime) -> Preview:
    moved = kept = seen = 0
    moves: list[DeadlineMove] = []
    stays: list[DeadlineKept] = []
    for row in rows.order_by("due_at", "id")[:MOST_PREVIEWED].iterator(chunk_size=2000):
        seen += 1
        found = _due_of(row, change, at)
        number = row.number if isinstance(row, Case) else row.case.number
        if found.kept:
            kept += 1
            if len(stays) < LISTED:
                stays.append(_kept(number, row, found))
        elif found.due is not None:
            moved += 1
            if len(moves) < LISTED and row.due_at is not None:
                moves.append(DeadlineMove(number, row.due_at, found.due.due_at))
    return Preview(moved, kept, tuple(moves), seen < MOST_PREVIEWED, tuple(stays))


def correct_deadlines(*, at: datetime, correction_id: UUID) -> bool:
    """Move the next batch 更正一批; whether there may be more.

    A batch and its progress are one transaction, so a worker that dies is followed by one that goes on.
    """
    found = correction_in_progress(correction_id)
    if found is None:
        return False
    row, change = found
    with transaction.atomic():
        cases = _next_cases(change, row.cursor)
        counts = [_correct_case(case, change, correction_id, at) for case in cases]
        note_progress(
            actor=CORRECTOR, at=at, correction_id=correction_id, cursor=cases[-1] if cases else None,
            examined=len(cases), moved=sum(count[0] for count in counts),
            kept=[one for count in counts for one in count[1]],
        )  # fmt: skip
    return bool(cases)


def _next_cases(change: CalendarChange, after: UUID | None) -> list[UUID]:
    """Keys of the next cases, in order, of which some deadline is to be looked at."""
    keys: set[UUID] = set()
    for rows, name in (
        (_touched(change), "case_id"), (_touched_promises(change), "id"), (_touched_clocks(change), "case_id")
    ):  # fmt: skip
        later = rows.filter(**{f"{name}__gt": after}) if after is not None else rows
        keys.update(later.order_by(name).values_list(name, flat=True).distinct()[:BATCH])
    return sorted(keys)[:BATCH]


def _touched(change: CalendarChange) -> QuerySet[Task]:
    tasks = Task.objects.filter(state__in=OPEN_TASK_STATES, case__state__in=PROMISED_STATES)
    return _within(tasks, change, "dispatched_at", extended=True)


def _touched_promises(change: CalendarChange) -> QuerySet[Case]:
    """Promises that run and that no open task shares."""
    shared = Task.objects.filter(case=OuterRef("pk"), state__in=OPEN_TASK_STATES, due_at=OuterRef("due_at"))
    cases = Case.objects.filter(~Exists(shared), state__in=PROMISED_STATES, handled_at=None)
    return _within(cases, change, "dispatched_at", extended=True)


def _touched_clocks(change: CalendarChange) -> QuerySet[StageClock]:
    running = StageClock.objects.filter(ended_at=None).exclude(case__state=SUSPENDED)
    return _within(running, change, "started_at")


def _within(rows: QuerySet[M], change: CalendarChange, start: str, *, extended: bool = False) -> QuerySet[M]:
    """Those that count working time over the changed days by an older calendar.

    Args:
        extended: also those that were extended by this calendar, as they were from an older instant.
    """
    begun = {f"{start}__lt": _midnight(change.last_day) + timedelta(days=1)}
    older = Q(calendar_version__lt=change.calendar.version)
    if extended:
        older |= _EXTENDED & Q(calendar_version=change.calendar.version)
    older_rows = rows.filter(older, due_at__gte=_midnight(change.first_day), **begun)
    return older_rows.exclude(limit_amount=None).exclude(limit_unit__in=WALL_CLOCK)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def _due_of(row: Deadline, change: CalendarChange, at: datetime) -> Corrected:
    deadline, old = _stored(row), calendar_as_of(row.calendar_version or 0)
    start = corrected_start(deadline, _calendars(row), change.calendar)
    return corrected_due(deadline, old=old, new=change.calendar, at=at, start=start)


def _stored(row: Deadline) -> StoredDeadline:
    assert row.due_at is not None
    if isinstance(row, StageClock):
        assert row.limit_amount is not None
        return StoredDeadline(row.started_at, row.limit_amount, row.limit_unit, row.due_at)
    base = base_of(row)
    assert base is not None
    return StoredDeadline(*base, row.due_at, row.dispatched_at if _is_extended(row) else None)


def _is_extended(row: Task | Case) -> bool:
    return row.counted_from is not None and row.counted_seconds is None


def _calendars(row: Deadline) -> Iterator[WorkCalendar]:
    """The calendar by which a deadline was computed, and some that came before it."""
    newest = row.calendar_version or 0
    for version in range(newest, max(newest - MOST_VERSIONS, 0), -1):
        yield calendar_as_of(version)


def _correct_case(
    case_id: UUID, change: CalendarChange, correction_id: UUID, at: datetime
) -> tuple[int, list[DeadlineKept]]:
    """Move the deadlines of one case; how many moved, and which were kept as they were."""
    with acting_on(case_id, actor=CORRECTOR, at=at) as (act, case):
        rows: list[Deadline] = [*_tasks_of(act, case, change), *_clocks_of(act, case, change)]
        rows += [case] if _touched_promises(change).filter(pk=case_id).exists() else []
        dues = [(row, _due_of(row, change, at)) for row in rows]
        moved = [(row, due) for row, found in dues if (due := found.moves) is not None]
        if moved:
            _move(act, case, moved, correction_id)
    return len(moved), [_kept(case.number, row, found) for row, found in dues if found.kept]


def _tasks_of(act: Act, case: Case, change: CalendarChange) -> list[Task]:
    if case.state not in PROMISED_STATES:
        return []
    touched = set(_touched(change).filter(case_id=case.id).values_list("id", flat=True))
    return [task for task in open_tasks(act, case) if task.id in touched]


def _clocks_of(act: Act, case: Case, change: CalendarChange) -> list[StageClock]:
    touched = set(_touched_clocks(change).filter(case_id=case.id).values_list("id", flat=True))
    return [row for row in act.fetch(StageClock, case=case.id) if row.id in touched] if touched else []


def _kept(number: str, row: Deadline, found: Corrected) -> DeadlineKept:
    assert row.due_at is not None
    assert found.due is not None
    assert found.kept is not None
    return DeadlineKept(number, row.due_at, found.due.due_at, found.kept)


def _move(act: Act, case: Case, moved: Iterable[tuple[Deadline, Due]], correction_id: UUID) -> None:
    before = case.due_at
    reports = limited_reports(case.id) if case.source_due_at is not None else []
    entries: dict[str, list[dict[str, Any]]] = {"tasks": [], "clocks": []}
    for row, due in moved:
        _move_legal(act, case, row, due)
        if isinstance(row, StageClock):
            entries["clocks"].append(_entry("clock", row, due, due.due_at))
            _write(act, row, due.due_at, "", due)
            plan_again(act, case, [row])
            continue
        due_at, why = bounded(due.due_at, reports, at=act.at, since=row.dispatched_at)
        why = due.explanation if due_at == due.due_at else why
        if isinstance(row, Task):
            entries["tasks"].append(_entry("task", row, due, due_at))
            if row.due_at == before:
                _write(act, case, due_at, why, due)
                _move_legal(act, case, case, due)
        _write(act, row, due_at, why, due)
        if isinstance(row, Task):
            _plan_task_again(act, case, row)
    if case.due_at != before:
        move_timer(act, case)
    body: dict[str, Any] = {
        "state": case.state, "correction": correction_id, "due_before": before, "due_at": case.due_at,
        **entries,
    }  # fmt: skip
    act.record(case, "cases.deadline_corrected", body)
    act.announce(CaseMoved(case_id=case.id, at=act.at, action="correct_deadline", state=case.state))


def _plan_task_again(act: Act, case: Case, task: Task) -> None:
    replan_steps(
        act, case=case, subject=task.id, stage=Stage.HANDLE, started_at=task.dispatched_at,
        amount=task.limit_amount, unit=task.limit_unit, due_at=task.due_at,
    )  # fmt: skip


def _write(act: Act, row: Deadline, due_at: datetime, why: str, due: Due) -> None:
    row.due_at, row.due_explanation, row.calendar_version = due_at, why, due.calendar_version
    act.update(row, "due_at", "due_explanation", "calendar_version")
    if not isinstance(row, StageClock) and _is_extended(row):
        row.counted_from = due.start
        act.update(row, "counted_from")


def _move_legal(act: Act, case: Case, row: Deadline, due: Due) -> None:
    """The legal limit follows the same calendar, by the rule of the day on which the clock started."""
    start = row.started_at if isinstance(row, StageClock) else row.dispatched_at
    stage = row.stage if isinstance(row, StageClock) else Stage.HANDLE
    if row.legal_due_at is None or start is None:
        return
    legal = stage_rule_of(case, stage, start).legal
    if legal is not None:
        row.legal_due_at = due.calendar.add(start, *legal).due_at
        act.update(row, "legal_due_at")


def _entry(name: str, row: Task | StageClock, due: Due, due_at: datetime) -> dict[str, Any]:
    return {
        name: row.id,
        "due_before": row.due_at,
        "due_at": due_at,
        "version_before": row.calendar_version,
        "version": due.calendar_version,
    }


def move_timer(act: Act, case: Case) -> None:
    """Plan the overdue timer anew; a case that was overdue by the old instant alone is no longer so."""
    assert case.due_at is not None
    cancel_timers(act, subject=case.id, kind=OVERDUE_TIMER)
    if case.overdue_at is not None and case.due_at < act.at:
        set_fields(act, case, overdue_at=case.due_at)
        return
    set_fields(act, case, overdue_at=None)
    plan_timer(act, subject=case.id, kind=OVERDUE_TIMER, due_at=case.due_at, generation=case.round)


__all__ = ["CORRECTION_TASK", "CORRECTOR", "correct_deadlines", "move_timer", "preview_moves"]
