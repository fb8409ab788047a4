"""Suspending 挂账: a case rests with what was left of each limit, and goes on by itself or by an act."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ...clocks.public import calendar_at, cancel_timers, plan_timer
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Refused
from ...kernel.states import transition
from ...ledger.public import Act
from ..application_rules import (
    Left,
    left_of,
    resume_instant,
    resumed_due,
    resumed_from,
    resumed_words,
    suspension_words,
)
from ..enums import ApplicationKind, Stage
from ..models import Application, Case, Task
from ..permissions import may
from ..states import APPROVED, CASE, HANDLING, SUSPENDED
from .bounds import bounded, limited_reports
from .ladders import cancel_steps, replan_steps
from .moving import acting_on, move, open_tasks, set_fields
from .recomputing import move_timer
from .stages import OVERDUE_TIMER, count_on

#: Timer of the day on which a suspended case goes on; its subject is the case, its generation the round.
RESUME_TIMER = "cases.resume"
_BY_ITSELF = "挂账期满，自动恢复办理。"


def suspend(act: Act, case: Case, wish: Application, *, reason: str) -> dict[str, Any]:
    """Carry an approved suspension out; returns what the entry says of it.

    Effects: what is left of the promise and of each open task's limit is kept to the second in `wish.moved`;
    due instants are empty while it rests, but for limits that had passed, which stay; timers stop.

    Raises:
        Conflict: the case is no longer being handled, or the day has passed.
    """
    if case.state != HANDLING or wish.until is None:
        raise Conflict("案件已不在处置中，不能再批准挂账。请不予批准。", code="cases.task_over")
    until = resume_instant(wish.until)
    if until <= act.at:
        raise Conflict("申请的恢复日期已过，请不予批准，由承办单位重新申请。", code="cases.until_passed")
    wish.moved = [*_rest_tasks(act, case, until), *_rest_promise(act, case, until)]
    wish.explanation = next((row["words"] for row in wish.moved if row["task"] == str(wish.task_id)), "")
    set_fields(act, case, suspended_until=until)
    plan_timer(act, subject=case.id, kind=RESUME_TIMER, due_at=until, generation=case.round)
    body = {
        "application": wish.id,
        "until": until,
        "reason_code": wish.reason_code,
        "clocks": _told(wish.moved),
    }
    move(act, case, transition(CASE, case.state, "suspend"), body=body, reason=reason)
    return {"until": until}


def _rest_tasks(act: Act, case: Case, until: datetime) -> list[dict[str, Any]]:
    found = []
    for task in open_tasks(act, case):
        cancel_steps(act, subject=task.id)
        if task.due_at is None:
            continue
        left = left_of(calendar_at(act.at), task.due_at, task.limit_unit, act.at)
        words = suspension_words(task.due_at, left, act.at, until)
        found.append(_kept(task.id, task.due_at, left, words))
        if left.seconds is not None:
            task.due_at, task.due_explanation = None, words
            act.update(task, "due_at", "due_explanation")
    return found


def _rest_promise(act: Act, case: Case, until: datetime) -> list[dict[str, Any]]:
    cancel_timers(act, subject=case.id, kind=OVERDUE_TIMER)
    if case.due_at is None:
        return []
    left = left_of(calendar_at(act.at), case.due_at, case.limit_unit, act.at)
    words = suspension_words(case.due_at, left, act.at, until)
    kept = _kept(None, case.due_at, left, words)
    if left.seconds is not None:
        set_fields(act, case, due_at=None, due_explanation=words)
    elif case.overdue_at is None:
        set_fields(act, case, overdue_at=case.due_at)
    return [kept]


def _kept(task: UUID | None, due: datetime, left: Left, words: str) -> dict[str, Any]:
    return {
        "task": str(task) if task else None, "due_before": due.isoformat(), "seconds": left.seconds,
        "on_wall": left.on_wall, "due_at": None if left.seconds is not None else due.isoformat(),
        "words": words,
    }  # fmt: skip


def _told(moved: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The clocks as an entry holds them: no words."""
    return [{key: value for key, value in row.items() if key != "words"} for row in moved]


def resume_case(
    *, actor: Actor, at: datetime, case_id: UUID, reason: str, expected: int | None = None
) -> Case:
    """Take a suspended case up again 恢复办理 before its day, by the host or by who may approve, with reason.

    Raises:
        Refused, StaleVersion; Conflict: it does not rest. Invalid: no reason.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        if not may_resume(actor, case):
            raise Refused(
                "只有主办单位或有权审批申请的岗位可以恢复办理。", code="cases.refused", act="cases.review"
            )
        _resume(act, case, since=at, reason=reason, early=True)
    return case


def may_resume(actor: Actor, case: Case) -> bool:
    """Whether the actor may take the case up again: its host's unit, or who approves."""
    host = [case.host] if case.host else []
    by_host = actor.may("cases.apply", community=None, units=host) and may(actor, "cases.view", case)
    return by_host or may(actor, "cases.review", case)


def resume_on_time(*, actor: Actor, at: datetime, case_id: UUID, generation: int, planned: datetime) -> bool:
    """Take a suspended case up again on its day 到期自动恢复; returns whether it still rested.

    A timer of an earlier suspension changes nothing.
    """
    with acting_on(case_id, actor=actor, at=at) as (act, case):
        if case.state != SUSPENDED or case.round != generation or case.suspended_until != planned:
            return False
        _resume(act, case, since=resumed_from(planned, at), reason=_BY_ITSELF, early=False)
    return True


def _resume(act: Act, case: Case, *, since: datetime, reason: str, early: bool) -> None:
    row = transition(CASE, case.state, "resume")
    wish = _resting(act, case)
    if early:  # on the day the timer itself is what fires, and goes with its own transaction
        cancel_timers(act, subject=case.id, kind=RESUME_TIMER)
    tasks = {str(task.id): task for task in open_tasks(act, case)}
    for clock in wish.moved:
        if clock["seconds"] is None:
            continue
        if clock["task"] is None:
            _count_promise(act, case, clock, since)
        elif clock["task"] in tasks:
            _count_task(act, case, tasks[clock["task"]], clock, since)
    wish.resumed_at = since
    wish.explanation = next(
        (clock["words"] for clock in wish.moved if clock["task"] == str(wish.task_id)), wish.explanation
    )
    act.update(wish, "moved", "explanation", "resumed_at")
    set_fields(act, case, suspended_until=None)
    count_on(act, case, since=since)
    body = {"application": wish.id, "since": since, "early": early, "clocks": _told(wish.moved)}
    move(act, case, row, body={**body, "due_at": case.due_at}, reason=reason)
    for task in tasks.values():
        replan_steps(
            act, case=case, subject=task.id, stage=Stage.HANDLE, started_at=task.dispatched_at,
            amount=task.limit_amount, unit=task.limit_unit, due_at=task.due_at,
        )  # fmt: skip


def _resting(act: Act, case: Case) -> Application:
    """The suspension by which the case rests."""
    rows = act.fetch(Application, case=case.id, kind=ApplicationKind.SUSPENSION, state=APPROVED)
    found = [row for row in rows if row.resumed_at is None and row.round == case.round]
    if not found:
        raise Conflict("没有正在生效的挂账，不能恢复。", code="cases.not_suspended")
    return max(found, key=lambda row: row.asked_at)


def _counted(act: Act, case: Case, clock: dict[str, Any], since: datetime) -> tuple[datetime, str, int]:
    """The due instant that a kept clock goes on to, within its source's, with words and calendar version."""
    left = Left(clock["seconds"], clock["on_wall"])
    due = resumed_due(calendar_at(act.at), since, left)
    words = resumed_words(datetime.fromisoformat(clock["due_before"]), left, since, due)
    inner, why = due.due_at, ""
    if case.source_due_at is not None:
        inner, why = bounded(due.due_at, limited_reports(case.id), at=act.at, since=case.dispatched_at)
    clock["due_at"], clock["words"] = inner.isoformat(), why + words
    return inner, why + words, due.calendar_version


def _count_promise(act: Act, case: Case, clock: dict[str, Any], since: datetime) -> None:
    due, words, version = _counted(act, case, clock, since)
    set_fields(
        act, case, due_at=due, due_explanation=words, calendar_version=version, counted_from=since,
        counted_seconds=clock["seconds"],
    )  # fmt: skip
    move_timer(act, case)


def _count_task(act: Act, case: Case, task: Task, clock: dict[str, Any], since: datetime) -> None:
    task.due_at, task.due_explanation, task.calendar_version = _counted(act, case, clock, since)
    task.counted_from, task.counted_seconds = since, clock["seconds"]
    act.update(task, "due_at", "due_explanation", "calendar_version", "counted_from", "counted_seconds")
