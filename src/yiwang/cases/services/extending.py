"""Extending 延期: one original limit more from the old due instant; the host's moves the promise too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ...clocks.public import calendar_at
from ...kernel.errors import Conflict
from ...kernel.working_time import Due
from ...ledger.public import Act
from ..application_rules import extended_due, extension_words
from ..enums import Stage, TaskRole
from ..models import Application, Case, Task
from ..states import HANDLING, OPEN_TASK_STATES
from .bounds import bounded, limited_reports
from .ladders import replan_steps
from .moving import set_fields
from .recomputing import move_timer


@dataclass(frozen=True, slots=True)
class Extended:
    """What an extension makes of one due instant."""

    old: datetime
    due_at: datetime
    due: Due
    source_words: str


def check_extension(case: Case, task: Task, at: datetime) -> None:
    """Refuse an extension that could move nothing.

    Raises:
        Conflict: the task has no limit, or its source's limit leaves no room.
    """
    found = _of_task(case, task, at)
    if found.due_at <= found.old:
        raise Conflict(
            f"来源时限没有余量：{found.source_words}延期不能超过来源时限，请先向来源申请延期。",
            code="cases.extension_bound_by_source",
        )


def extend(act: Act, case: Case, task: Task, wish: Application, *, times: int) -> dict[str, Any]:
    """Carry an approved extension out; returns what the entry says of it.

    Effects: the task's due instant; for the host the promise too, with its timer; the steps of the task's
    ladder. Tasks of co-units stay.

    Raises:
        Conflict: the case rests or the task has ended meanwhile.
    """
    if case.state != HANDLING or task.state not in OPEN_TASK_STATES:
        raise Conflict("案件已不在处置中，或任务已结束，不能再批准延期。请不予批准。", code="cases.task_over")
    own = _of_task(case, task, act.at)
    found: list[tuple[Task | None, Extended]] = [(task, own)]
    words = _words(own, task.limit_amount, task.limit_unit, times, act.at)
    if task.role == TaskRole.HOST and case.due_at is not None:
        promise = _of_promise(case, task, act.at)
        found.append((None, promise))
        set_fields(
            act, case, due_at=promise.due_at, counted_from=promise.old, counted_seconds=None,
            due_explanation=_words(promise, case.limit_amount, case.limit_unit, times, act.at),
            calendar_version=promise.due.calendar_version,
        )  # fmt: skip
        move_timer(act, case)
    task.due_at, task.due_explanation, task.counted_from, task.counted_seconds = (
        own.due_at, words, own.old, None,
    )  # fmt: skip
    task.calendar_version = own.due.calendar_version
    act.update(task, "due_at", "due_explanation", "counted_from", "counted_seconds", "calendar_version")
    replan_steps(
        act, case=case, subject=task.id, stage=Stage.HANDLE, started_at=task.dispatched_at,
        amount=task.limit_amount, unit=task.limit_unit, due_at=task.due_at,
    )  # fmt: skip
    wish.explanation = words
    wish.moved = [_moved(each, extended) for each, extended in found]
    return {"due_before": own.old, "due_at": own.due_at, "moved": wish.moved}


def _moved(task: Task | None, found: Extended) -> dict[str, str | None]:
    return {
        "task": str(task.id) if task else None,
        "due_before": found.old.isoformat(),
        "due_at": found.due_at.isoformat(),
    }


def _of_task(case: Case, task: Task, at: datetime) -> Extended:
    if task.due_at is None or task.limit_amount is None:
        raise Conflict("该任务没有办理时限，不需要延期。", code="cases.no_limit")
    return _extended(case, task, task.due_at, (task.limit_amount, task.limit_unit), at=at)


def _of_promise(case: Case, task: Task, at: datetime) -> Extended:
    assert case.due_at is not None
    amount, unit = case.limit_amount or task.limit_amount, case.limit_unit or task.limit_unit
    assert amount is not None
    return _extended(case, task, case.due_at, (amount, unit), at=at)


def _extended(case: Case, task: Task, old: datetime, limit: tuple[Decimal, str], *, at: datetime) -> Extended:
    due = extended_due(calendar_at(at), old, *limit)
    inner, why = due.due_at, ""
    if case.source_due_at is not None:
        inner, why = bounded(due.due_at, limited_reports(case.id), at=at, since=task.dispatched_at)
    return Extended(old, max(inner, old), due, why)


def _words(found: Extended, amount: Decimal | None, unit: str, times: int, at: datetime) -> str:
    text = extension_words(found.old, amount or Decimal(1), unit, found.due, times=times, at=at)
    return f"{found.source_words}{text}" if found.due_at != found.due.due_at else text
