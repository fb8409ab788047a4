"""Stages 阶段计时: every state of a case runs a clock, every task two more, inside the act that moves them.

The row that ends is known without a read: a case names its open clock, a task's clocks have keys made from
the task's. So an act pays one UPDATE and one INSERT more, in the statement that it sends anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from weakref import WeakKeyDictionary

from ...clocks.public import Due, calendar_at, cancel_timers, due_at
from ...ledger.public import Act
from ..application_rules import left_of, resumed_due, resumed_words
from ..enums import ClockEnding, Stage, TaskRole
from ..models import Case, StageClock, Task
from ..stage_limits import StageRule, stage_rule_of, words_of
from ..states import (
    ARCHIVED,
    CLOSED,
    CLOSING,
    DISPATCHING,
    HANDLING,
    MERGED,
    OPEN_STATES,
    RECEIVED,
    RECHECKING,
    REGISTERING,
    REVIEWING,
    SUSPENDED,
    VERIFYING,
    VOIDED,
    WITHDRAWN,
)
from .ladders import STEP_TIMER, plan_steps, replan_steps

#: Timer of the promise to the public; its subject is the case, its generation the round.
OVERDUE_TIMER = "cases.overdue"
#: The stage that a state stands for; a state without one runs no clock.
STAGE_OF = {
    RECEIVED: Stage.ACCEPT,
    VERIFYING: Stage.VERIFY,
    REGISTERING: Stage.REGISTER,
    DISPATCHING: Stage.DISPATCH,
    HANDLING: Stage.HANDLE,
    SUSPENDED: Stage.SUSPENDED,
    REVIEWING: Stage.REVIEW,
    RECHECKING: Stage.RECHECK,
    CLOSING: Stage.CLOSE,
    CLOSED: Stage.CALLBACK,
}
#: Stages that account for time only: the limit of handling stands on the case and its tasks.
TIME_ONLY = frozenset({Stage.HANDLE, Stage.SUSPENDED})
TASK_STAGES = (Stage.SIGN, Stage.CONTACT)
_KEY_OF = {Stage.SIGN: 1, Stage.CONTACT: 2}

_END = (
    "UPDATE cases_stageclock SET ended_at = %s, ending = CASE WHEN stage = %s THEN 'done' ELSE %s END, "
    "overdue_at = CASE WHEN due_at < %s THEN due_at ELSE overdue_at END "
    "WHERE id = ANY(%s::uuid[]) AND ended_at IS NULL"
)
_FORGET = "DELETE FROM clocks_timer WHERE subject = ANY(%s::uuid[]) AND kind = %s"
_REOPEN = (
    "UPDATE cases_stageclock SET ended_at = NULL, ending = '' "
    "WHERE id = ANY(%s::uuid[]) AND ended_at = %s AND ending = 'stopped'"
)
#: Rows of acts that are not written yet: no UPDATE of the same statement would see them.
_fresh: WeakKeyDictionary[Act, dict[UUID, StageClock]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a clock that starts at an instant promises, and what the law allows."""

    amount: Decimal | None = None
    unit: str = ""
    due: Due | None = None
    legal_due_at: datetime | None = None
    legal_words: str = ""
    basis: str = ""


def task_clock(task_id: UUID, stage: str) -> UUID:
    """The key of a task's clock of a stage."""
    return UUID(int=task_id.int ^ _KEY_OF[Stage(stage)])


def limits_from(rule: StageRule, start: datetime, at: datetime) -> Limits:
    """The due instants of a rule for a clock that starts at `start`, by the calendar of `at`."""
    due = due_at(start, *rule.promised, at=at) if rule.promised else None
    legal = due_at(start, *rule.legal, at=at).due_at if rule.legal else None
    amount, unit = rule.promised or (None, "")
    return Limits(amount, unit, due, legal, words_of(rule.legal), rule.basis)


def build_clock(case: Case, stage: str, start: datetime, limits: Limits) -> StageClock:
    """A running clock of a case; not saved."""
    due = limits.due
    return StageClock(
        case_id=case.id, stage=stage, round=case.round, started_at=start, limit_amount=limits.amount,
        limit_unit=limits.unit, due_at=due.due_at if due else None,
        calendar_version=due.calendar_version if due else None, legal_due_at=limits.legal_due_at,
        legal_words=limits.legal_words, basis=limits.basis,
    )  # fmt: skip


def open_stage(act: Act, case: Case, *, steps: bool = True) -> None:
    """Start the clock of the case's state, if it runs one.

    Args:
        steps: whether reminders are planned; not for a stage that ends in the same act.
    """
    stage = STAGE_OF.get(case.state)
    if stage is None:
        case.clock = None
    else:
        rule = StageRule() if stage in TIME_ONLY else stage_rule_of(case, stage, act.at)
        row = build_clock(case, stage, act.at, limits_from(rule, act.at, act.at))
        _start(act, case, row, steps=steps)
        case.clock = row.id
    act.update(case, "clock")


def follow_state(act: Act, case: Case, was: str) -> None:
    """The case has left the state `was`: its clock ends, the clock of its state starts."""
    if case.state == was:
        return
    if case.clock is not None:
        _end(act, [case.clock], _ending(was, case.state))
    if case.state == SUSPENDED:
        _rest(act, case)
    if case.state != MERGED:
        open_stage(act, case)
    _follow_promise(act, case, was)


def _follow_promise(act: Act, case: Case, was: str) -> None:
    """The promise ends with the case; a reopened one waits for a new promise at its next dispatch."""
    if was == CLOSED and case.state == DISPATCHING:
        case.due_at = case.overdue_at = None
        act.update(case, "due_at", "overdue_at")
    elif case.state not in OPEN_STATES and case.due_at is not None and case.handled_at is None:
        cancel_timers(act, subject=case.id, kind=OVERDUE_TIMER)


def _ending(was: str, now: str) -> str:
    """Whether the stage was done or stopped; a refusal is done, and so is a verification that says no."""
    stopped = now in {MERGED, WITHDRAWN, ARCHIVED} or (now == VOIDED and was != VERIFYING)
    return ClockEnding.STOPPED if stopped else ClockEnding.DONE


def end_stage(act: Act, case: Case, stage: str, *, ending: str = ClockEnding.DONE) -> None:
    """End the case's clock of a stage while its state stays, such as 回访 when the reporter has been asked.

    Does nothing when another clock runs, or none.
    """
    if case.clock is not None and STAGE_OF.get(case.state) == stage:
        _end(act, [case.clock], ending)
        case.clock = None
        act.update(case, "clock")


def return_to_stage(act: Act, case: Case, tasks: Iterable[Task], left_at: datetime) -> None:
    """A merge is undone: the clocks that it stopped at `left_at` run on as though they had never stopped."""
    keys = [task_clock(task.id, stage) for task in tasks for stage in TASK_STAGES]
    keys += [case.clock] if case.clock is not None else []
    if keys:
        act.also(_REOPEN, [keys, left_at])
        rows = act.fetch(StageClock, case=case.id)
        plan_again(act, case, [row for row in rows if row.id in keys and row.ended_at == left_at])


def open_task_stages(act: Act, case: Case, task: Task) -> None:
    """Start 签收 for a task that is sent; 联系诉求人 for the host, where the reporter can be reached."""
    _open_task_stage(act, case, task, Stage.SIGN)
    if task.role == TaskRole.HOST and case.is_reachable:
        rule = stage_rule_of(case, Stage.CONTACT, act.at)
        if not rule.from_signing:
            _open_task_stage(act, case, task, Stage.CONTACT)


def note_signing(act: Act, case: Case, task: Task) -> None:
    """The unit has signed: 签收 ends; 联系诉求人 starts now where its limit says so."""
    _end(act, [task_clock(task.id, Stage.SIGN)], ClockEnding.DONE)
    contacts = task.role == TaskRole.HOST and case.is_reachable
    if contacts and stage_rule_of(case, Stage.CONTACT, task.dispatched_at).from_signing:
        _open_task_stage(act, case, task, Stage.CONTACT)


def end_task_stage(act: Act, task: Task, stage: str, *, ending: str = ClockEnding.DONE) -> None:
    """End one clock of a task."""
    _end(act, [task_clock(task.id, stage)], ending)


def end_task_stages(act: Act, task: Task, *, signed: bool = False) -> None:
    """The task is over: its clocks end; 签收 as done when the unit fed back without signing before."""
    sign, contact = (task_clock(task.id, stage) for stage in TASK_STAGES)
    cancel_all_steps(act, [task.id])
    _end(act, [sign, contact], ClockEnding.STOPPED, done=Stage.SIGN if signed else "")


def _open_task_stage(act: Act, case: Case, task: Task, stage: Stage) -> None:
    row = build_clock(case, stage, act.at, limits_from(stage_rule_of(case, stage, act.at), act.at, act.at))
    row.id, row.task_id, row.unit = task_clock(task.id, stage), task.id, task.unit
    _start(act, case, row)


def _start(act: Act, case: Case, row: StageClock, *, steps: bool = True) -> None:
    act.insert(row)
    _fresh.setdefault(act, {})[row.id] = row
    if steps and row.due_at is not None:
        plan_steps(
            act, case=case, subject=row.id, stage=row.stage, started_at=row.started_at,
            amount=row.limit_amount, unit=row.limit_unit, due_at=row.due_at,
        )  # fmt: skip


def _end(act: Act, keys: list[UUID], ending: str, *, done: str = "") -> None:
    """End running clocks; those of the stage `done` as done, whatever `ending` says."""
    written = []
    for key in keys:
        row = _fresh.get(act, {}).get(key)
        if row is not None and row._state.adding:
            row.ended_at, row.ending = act.at, ClockEnding.DONE if row.stage == done else ending
        else:
            written.append(key)
    if written:
        act.also(_END, [act.at, str(done), str(ending), act.at, written])
        cancel_all_steps(act, written)


def cancel_all_steps(act: Act, subjects: list[UUID]) -> None:
    """Stop the reminders of clocks and tasks that are over, in one statement."""
    act.also(_FORGET, [subjects, STEP_TIMER])


def plan_again(act: Act, case: Case, rows: Iterable[StageClock]) -> None:
    """Plan the reminders of clocks that run on, or whose due instant moved."""
    for row in rows:
        if row.due_at is not None:
            replan_steps(
                act, case=case, subject=row.id, stage=row.stage, started_at=row.started_at,
                amount=row.limit_amount, unit=row.limit_unit, due_at=row.due_at,
            )  # fmt: skip


def _rest(act: Act, case: Case) -> None:
    """挂账: the clocks of the tasks rest; their limits stay as they were until the case goes on."""
    rows = act.fetch(StageClock, case=case.id)
    running = [row.id for row in rows if row.task_id is not None and row.ended_at is None]
    if running:
        cancel_all_steps(act, running)


def count_on(act: Act, case: Case, *, since: datetime) -> None:
    """恢复办理: the clocks of the tasks go on from `since` with what was left of their limits, to the second.

    Called while the case still rests: what was left is reckoned from the start of its stage 挂账.
    """
    rows = act.fetch(StageClock, case=case.id)
    rested = next((row.started_at for row in rows if row.id == case.clock), since)
    running = [row for row in rows if row.task_id is not None and row.ended_at is None]
    for row in running:
        _run_on(act, row, rested=rested, since=since)
    plan_again(act, case, running)


def _run_on(act: Act, row: StageClock, *, rested: datetime, since: datetime) -> None:
    """What was left is what the calendar of the day of the suspension said, as it is for tasks."""
    if row.due_at is None:
        return
    left = left_of(calendar_at(rested), row.due_at, row.limit_unit, rested)
    if left.seconds is None:
        return
    due = resumed_due(calendar_at(act.at), since, left)
    row.due_explanation = resumed_words(row.due_at, left, since, due)
    row.due_at, row.calendar_version = due.due_at, due.calendar_version
    act.update(row, "due_at", "due_explanation", "calendar_version")
