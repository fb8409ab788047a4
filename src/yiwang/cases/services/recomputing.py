"""Recomputing 时限更正: open deadlines follow a corrected calendar, each case with its journal entry.

Looked at are tasks that wait for their unit in a case under handling, whose limit counts working time, whose
span touches the changed days, and whose deadline an older calendar gave. `clocks.rules.corrected_due` says
what moves. The case's own instant goes along when it is that of a task; after a merge it may be an earlier
promise, which stands. The instant of a source that owns the limit moves by no calendar of ours: a deadline of
our own moves up to what the source's limit leaves, one that the source's limit gave is kept and listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

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
    correction_in_progress,
    note_progress,
    plan_timer,
)
from ...kernel.actor import system_actor
from ...kernel.working_time import SHANGHAI
from ...ledger.public import Act
from ..events import CaseMoved
from ..models import Case, Task
from ..states import HANDLING, OPEN_TASK_STATES
from .bounds import bounded, limited_reports
from .dispatching import OVERDUE_TIMER
from .moving import acting_on, open_tasks, set_fields

CORRECTOR = system_actor("calendar", "clocks.carry_out")
#: Name of the background task that carries a correction out.
CORRECTION_TASK = "cases.correct_deadlines"
#: Cases moved in one transaction, and tasks a preview looks at.
BATCH, MOST_PREVIEWED = 50, 20_000


def preview_moves(change: CalendarChange, at: datetime) -> Preview:
    """What a changed calendar would move among open tasks 影响预览; looks at most at `MOST_PREVIEWED`."""
    moved = kept = seen = 0
    moves: list[DeadlineMove] = []
    stays: list[DeadlineKept] = []
    tasks = _touched(change).select_related("case").order_by("due_at", "id")
    for task in tasks[:MOST_PREVIEWED].iterator(chunk_size=2000):
        seen += 1
        found = _due_of(task, change, at)
        if found.kept:
            kept += 1
            if len(stays) < LISTED:
                stays.append(_kept(task.case, task, found))
        elif found.due is not None:
            moved += 1
            if len(moves) < LISTED and task.due_at is not None:
                moves.append(DeadlineMove(task.case.number, task.due_at, found.due.due_at))
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
        touched = _touched(change)
        if row.cursor is not None:
            touched = touched.filter(case_id__gt=row.cursor)
        cases = list(touched.order_by("case_id").values_list("case_id", flat=True).distinct()[:BATCH])
        counts = [_correct_case(case, change, correction_id, at) for case in cases]
        note_progress(
            actor=CORRECTOR, at=at, correction_id=correction_id, cursor=cases[-1] if cases else None,
            examined=len(cases), moved=sum(count[0] for count in counts),
            kept=[one for count in counts for one in count[1]],
        )  # fmt: skip
    return bool(cases)


def _touched(change: CalendarChange) -> QuerySet[Task]:
    return (
        Task.objects.filter(
            state__in=OPEN_TASK_STATES,
            case__state=HANDLING,
            calendar_version__lt=change.calendar.version,
            due_at__gte=_midnight(change.first_day),
            dispatched_at__lt=_midnight(change.last_day) + timedelta(days=1),
        )
        .exclude(limit_amount=None)
        .exclude(limit_unit__in=WALL_CLOCK)
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def _due_of(task: Task, change: CalendarChange, at: datetime) -> Corrected:
    assert task.limit_amount is not None
    assert task.due_at is not None
    stored = StoredDeadline(task.dispatched_at, task.limit_amount, task.limit_unit, task.due_at)
    old = calendar_as_of(task.calendar_version or 0)
    return corrected_due(stored, old=old, new=change.calendar, at=at)


def _correct_case(
    case_id: UUID, change: CalendarChange, correction_id: UUID, at: datetime
) -> tuple[int, list[DeadlineKept]]:
    """Move the deadlines of one case; how many tasks moved, and which were kept as they were."""
    with acting_on(case_id, actor=CORRECTOR, at=at) as (act, case):
        if case.state != HANDLING:
            return 0, []
        touched = set(_touched(change).filter(case_id=case_id).values_list("id", flat=True))
        tasks = [task for task in open_tasks(act, case) if task.id in touched]
        dues = {task.id: _due_of(task, change, at) for task in tasks}
        moved = [(task, due) for task in tasks if (due := dues[task.id].moves) is not None]
        if moved:
            _move(act, case, moved, correction_id)
    return len(moved), [_kept(case, task, dues[task.id]) for task in tasks if dues[task.id].kept]


def _kept(case: Case, task: Task, found: Corrected) -> DeadlineKept:
    assert task.due_at is not None
    assert found.due is not None
    assert found.kept is not None
    return DeadlineKept(case.number, task.due_at, found.due.due_at, found.kept)


def _move(act: Act, case: Case, moved: Iterable[tuple[Task, Due]], correction_id: UUID) -> None:
    before, entries = case.due_at, []
    reports = limited_reports(case.id) if case.source_due_at is not None else []
    for task, due in moved:
        due_at, why = bounded(due.due_at, reports, at=act.at, since=task.dispatched_at)
        entries.append(_entry(task, due, due_at))
        if task.due_at == before:
            set_fields(act, case, due_at=due_at)
        task.due_at, task.due_explanation = due_at, due.explanation if due_at == due.due_at else why
        task.calendar_version = due.calendar_version
        act.update(task, "due_at", "due_explanation", "calendar_version")
    if case.due_at != before:
        move_timer(act, case)
    body: dict[str, Any] = {
        "state": case.state,
        "correction": correction_id,
        "due_before": before,
        "due_at": case.due_at,
        "tasks": entries,
    }
    act.record(case, "cases.deadline_corrected", body)
    act.announce(CaseMoved(case_id=case.id, at=act.at, action="correct_deadline", state=case.state))


def _entry(task: Task, due: Due, due_at: datetime) -> dict[str, Any]:
    return {
        "task": task.id,
        "due_before": task.due_at,
        "due_at": due_at,
        "version_before": task.calendar_version,
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
