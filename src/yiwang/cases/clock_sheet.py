"""Clock sheet 时限单: every clock of a case as people read it, with what was used and what it adds up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from ..clocks.public import calendar_as_of
from .enums import ClockEnding, Stage
from .models import Case, StageClock, Task
from .stage_limits import words_of
from .states import DONE, OPEN_STATES, OPEN_TASK_STATES, SUSPENDED

#: States in which the promise to the public runs.
_WORKED_ON = frozenset(OPEN_STATES)


@dataclass(frozen=True, slots=True)
class ClockView:
    """One clock 一项计时.

    Attributes:
        stage: a `Stage` value, or `promise` for the promise to the public.
        unit: the unit whose clock it is, None for the case's own.
        limit: what is promised, in words; `legal_words` what the law allows.
        used: wall-clock time from its start to its end, or to now.
        status: `running`, `resting` (挂账, nothing is used), `done`, or `stopped`.
        is_late: ended or still running after its due instant.
        explanation: how the due instant was reckoned, step by step.
    """

    stage: str
    round: int
    unit: UUID | None
    started_at: datetime
    ended_at: datetime | None
    limit: str
    due_at: datetime | None
    legal_due_at: datetime | None
    legal_words: str
    basis: str
    used: timedelta
    status: str
    is_late: bool
    is_legally_late: bool
    explanation: str


@dataclass(frozen=True, slots=True)
class ClockSheet:
    """All clocks of a case 时限单.

    Attributes:
        promise: the promise of the round, None before the first dispatch.
        stages: the stages of the case, in order; they touch.
        tasks: the clocks of its tasks, the newest round first.
        total: time of the case's own stages before it was closed, and again after it was reopened; the sum of
            `stages` without 回访.
    """

    promise: ClockView | None
    stages: tuple[ClockView, ...]
    tasks: tuple[ClockView, ...]
    total: timedelta


def clock_sheet(case: Case, at: datetime) -> ClockSheet:
    """Every clock of a case at an instant; two queries."""
    rows = list(StageClock.objects.filter(case=case).order_by("started_at", "id"))
    tasks = list(Task.objects.filter(case=case).order_by("-round", "-role", "dispatched_at", "id"))
    stages = tuple(_stage_view(row, at) for row in rows if row.task_id is None)
    rested = _rested_since(case, rows)
    views = _task_views(tasks, rows, rested or at)
    if rested is not None:
        views = (_at_rest(view) if view.status == "running" else view for view in views)
    return ClockSheet(_promise_view(case, at, rested), stages, tuple(views), total_of(stages))


def _at_rest(view: ClockView) -> ClockView:
    """A clock of a suspended case: it is due at no instant yet, unless it was late before."""
    return replace(view, status="resting", due_at=view.due_at if view.is_late else None)


def _rested_since(case: Case, rows: list[StageClock]) -> datetime | None:
    """Since when the case is suspended: what it promised stands still from then on."""
    if case.state != SUSPENDED:
        return None
    return next((row.started_at for row in rows if row.id == case.clock), None)


def total_of(stages: Iterable[ClockView]) -> timedelta:
    """The case's own time: the sum of its stages without 回访."""
    return sum((view.used for view in stages if view.stage != Stage.CALLBACK), timedelta())


def _task_views(tasks: list[Task], rows: list[StageClock], at: datetime) -> Iterable[ClockView]:
    for task in tasks:
        for row in rows:
            if row.task_id == task.id:
                yield _stage_view(row, at)
        if task.limit_amount is not None or task.due_at is not None:
            yield _handle_view(task, at)


def _stage_view(row: StageClock, at: datetime) -> ClockView:
    if row.ended_at is None:
        status = "running"
    elif row.ending == ClockEnding.STOPPED:
        status = "stopped"
    else:
        status = "done"
    return _view(
        row, row.stage, at, start=row.started_at, end=row.ended_at, status=status, unit=row.unit,
        basis=row.basis, explanation=row.due_explanation or _steps(row),
    )  # fmt: skip


def _handle_view(task: Task, at: datetime) -> ClockView:
    """The unit's own limit: from its dispatch to its feedback, or to when it was taken back."""
    is_open = task.state in OPEN_TASK_STATES
    status = "running" if is_open else ("done" if task.state == DONE else "stopped")
    left = None if is_open else task.done_at or task.recalled_at or task.dispatched_at
    return _view(
        task, Stage.HANDLE.value, at, start=task.dispatched_at, end=left, status=status, unit=task.unit,
        explanation=task.due_explanation,
    )  # fmt: skip


def _promise_view(case: Case, at: datetime, rested: datetime | None) -> ClockView | None:
    if case.dispatched_at is None or (case.due_at is None and rested is None):
        return None
    if case.handled_at is not None:
        status = "done"
    elif rested is not None:
        status = "resting"
    else:
        status = "running" if case.state in _WORKED_ON else "stopped"
    end = case.handled_at or (case.closed_at or case.due_at if status == "stopped" else None)
    return _view(
        case, "promise", rested or at, start=case.dispatched_at, end=end, status=status,
        explanation=case.due_explanation,
    )  # fmt: skip


def _view(
    row: StageClock | Task | Case,
    stage: str,
    at: datetime,
    *,
    start: datetime,
    end: datetime | None,
    status: str,
    unit: UUID | None = None,
    basis: str = "",
    explanation: str = "",
) -> ClockView:
    until = end or at
    counts = status != "stopped"
    return ClockView(
        stage=stage, round=row.round, unit=unit, started_at=start, ended_at=end,
        limit=words_of((row.limit_amount, row.limit_unit)) if row.limit_amount is not None else "",
        due_at=row.due_at, legal_due_at=row.legal_due_at, legal_words=row.legal_words, basis=basis,
        used=max(until - start, timedelta()), status=status,
        is_late=row.due_at is not None and until > row.due_at,
        is_legally_late=row.legal_due_at is not None and until > row.legal_due_at and counts,
        explanation=explanation,
    )  # fmt: skip


def _steps(row: StageClock) -> str:
    """How the due instant was reckoned, told from the limit and the calendar of its day."""
    if row.limit_amount is None or row.due_at is None:
        return ""
    calendar = calendar_as_of(row.calendar_version or 0)
    return calendar.add(row.started_at, row.limit_amount, row.limit_unit).explanation
