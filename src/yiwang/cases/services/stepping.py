"""Stepping 催督办执行: what happens when timers of ladders are due, many cases in one transaction.

The timer only wakes; what is due is read anew from the clock, its ladder and what was taken, under the lock
of the case. So a stale timer does nothing, a step is taken once however many clock processes there are, and
a step that a killed process did not commit is taken by the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ...clocks.public import BUSY, Again, DueTimer, Outcome, calendar_at, due_at
from ...kernel.actor import Actor
from ...ledger.public import Act, acting, execute
from ..enums import Stage, StepAct, StepCause
from ..events import CaseOverdue, CaseStepReached
from ..models import Case, Supervision
from ..states import AWAITED, LISTED, NOTED, PROMISED_STATES
from ..steps import REMINDERS, RunningClock, Step, Taken, next_step
from .addressing import acts_of, higher_unit, units_of
from .ladders import steps_of, taken_steps
from .moving import note
from .stages import STAGE_OF

#: Journal kind of each act of a ladder.
KINDS: dict[str, str] = {
    StepAct.REMIND: "cases.reminded",
    StepAct.SOON: "cases.nearly_overdue",
    StepAct.OVERDUE: "cases.clock_overdue",
    StepAct.URGE: "cases.urged",
    StepAct.SUPERVISE: "cases.supervised",
    StepAct.LIST: "cases.listed",
    StepAct.ESCALATE: "cases.escalated",
}
_OWNERS = (
    "SELECT id, case_id FROM cases_task WHERE id = ANY(%s) "
    "UNION ALL SELECT id, case_id FROM cases_stageclock WHERE id = ANY(%s)"
)
_RUNNING = (
    "SELECT id, 'handle', dispatched_at, limit_amount, limit_unit, due_at, unit FROM cases_task "
    "WHERE id = ANY(%s) AND state IN ('pending', 'working') "
    "UNION ALL SELECT id, stage, started_at, limit_amount, limit_unit, due_at, unit FROM cases_stageclock "
    "WHERE id = ANY(%s) AND ended_at IS NULL"
)
_TASK_STAGES = (Stage.HANDLE, Stage.SIGN, Stage.CONTACT)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is written of one step 督办内容: who is addressed, the words, and until when an answer is due."""

    act: str
    cause: str
    units: Sequence[UUID] = ()
    acts: Sequence[str] = ()
    text: str = ""
    reply_due_at: datetime | None = None
    stage: str = ""
    subject: UUID | None = None
    slot: int | None = None
    clock_due_at: datetime | None = None
    times: int | None = None


#: A running clock, and the unit it runs for.
_Found = tuple[RunningClock, UUID | None]


@dataclass
class _Batch:
    """Cases that were locked, and their running clocks with the unit of each."""

    owners: Mapping[UUID, UUID]
    cases: Mapping[UUID, Case]
    clocks: Mapping[UUID, _Found]
    taken: dict[UUID, list[Taken]]
    late: list[UUID] = field(default_factory=list)


def take_due_steps(timers: Sequence[DueTimer], *, actor: Actor, at: datetime) -> dict[UUID, Outcome]:
    """Take the steps of due timers 到时催督办; what becomes of each timer, by its key.

    A case that somebody is changing is left for a moment later; a clock that has ended needs no timer.
    """
    outcomes: dict[UUID, Outcome] = {}
    batch = _load(sorted({timer.subject for timer in timers}))
    seen: set[UUID] = set()
    with acting(actor=actor, at=at) as act:
        for timer in sorted(timers, key=lambda timer: timer.due_at):
            if timer.subject in seen:
                continue
            seen.add(timer.subject)
            outcome = _take_due_step(act, timer, batch)
            if outcome is not None:
                outcomes[timer.id] = outcome
        if batch.late:
            act.also(
                "UPDATE cases_stageclock SET overdue_at = due_at WHERE id = ANY(%s::uuid[])", [batch.late]
            )
    return outcomes


def _load(subjects: list[UUID]) -> _Batch:
    owners: dict[UUID, UUID] = dict(execute(_OWNERS, [subjects, subjects]).fetchall())
    locked = Case.objects.select_for_update(skip_locked=True).filter(pk__in=set(owners.values()))
    cases = {case.id: case for case in locked.order_by("pk")}
    clocks = {
        key: (RunningClock(stage, started_at, amount, unit, due), worker)
        for key, stage, started_at, amount, unit, due, worker in execute(
            _RUNNING, [subjects, subjects]
        ).fetchall()
    }
    return _Batch(owners, cases, clocks, taken_steps(subjects))


def running_clock(subject: UUID) -> tuple[UUID, RunningClock] | None:
    """A clock that runs, by its key or that of its task, and its case; None when it has ended."""
    owner = execute(_OWNERS, [[subject], [subject]]).fetchone()
    row = execute(_RUNNING, [[subject], [subject]]).fetchone()
    if owner is None or row is None:
        return None
    return owner[1], RunningClock(*row[1:6])


def _take_due_step(act: Act, timer: DueTimer, batch: _Batch) -> Outcome | None:
    owner = batch.owners.get(timer.subject)
    if owner is None:
        return None
    case = batch.cases.get(owner)
    if case is None:
        return BUSY
    found = batch.clocks.get(timer.subject)
    if found is None or not _runs(found[0].stage, case):
        return None
    clock = found[0]
    steps = steps_of(case, clock.stage, act.at)
    taken = batch.taken.setdefault(timer.subject, [])
    calendar = calendar_at(act.at)
    planned = next_step(steps, clock, taken, calendar, at=act.at, planned=timer.generation)
    if planned is not None and planned.at <= act.at:
        record_step(act, case, _notice_of(act, case, timer.subject, found, planned.step))
        taken.append(Taken(planned.step.slot, act.at, clock.due_at))
        if planned.step.act == StepAct.OVERDUE and clock.stage != Stage.HANDLE:
            batch.late.append(timer.subject)
        planned = next_step(steps, clock, taken, calendar, at=act.at)
    return Again(planned.at, planned.step.slot) if planned is not None else None


def _runs(stage: str, case: Case) -> bool:
    """Whether a clock of this stage may run in the case's state; nothing runs while it rests.

    Tasks of co-units run on while the host's was given back and the case waits to be dispatched again.
    """
    if stage in _TASK_STAGES:
        return case.state in PROMISED_STATES
    return STAGE_OF.get(case.state) == stage


def _notice_of(act: Act, case: Case, subject: UUID, found: _Found, step: Step) -> Notice:
    """What a timer's step says."""
    clock, unit = found
    return notice_of(
        act, case, step, cause=StepCause.TIMER, stage=clock.stage, subject=subject, unit=unit,
        clock_due_at=clock.due_at,
    )  # fmt: skip


def notice_of(
    act: Act,
    case: Case,
    step: Step,
    *,
    cause: str,
    stage: str,
    subject: UUID,
    unit: UUID | None,
    clock_due_at: datetime | None = None,
    times: int | None = None,
) -> Notice:
    """What a step of a ladder says; an answer is demanded only where there is a unit to give it.

    Args:
        stage: the stage or event whose ladder it is.
        subject: key of the clock, or of what happened.
        unit: who works; None for the case's host.
    """
    units, reply = _addressed(step, case, unit, stage), None
    if step.reply_amount is not None and step.act not in REMINDERS and units:
        reply = due_at(act.at, step.reply_amount, step.reply_unit, at=act.at).due_at
    return Notice(
        step.act, cause, units, acts_of(step.to, stage), "", reply, stage, subject, step.slot, clock_due_at,
        times,
    )  # fmt: skip


def _addressed(step: Step, case: Case, unit: UUID | None, stage: str) -> list[UUID]:
    if step.act != StepAct.ESCALATE:
        return units_of(step.to, case, unit, stage)
    higher = higher_unit(step.to, case, unit, stage)
    return [higher] if higher is not None else []


def record_step(act: Act, case: Case, notice: Notice) -> Supervision:
    """Write one step on a locked case: its mark, the journal entry, the record and the event."""
    state = _state(case, notice)
    _mark(act, case, notice)
    body: dict[str, Any] = {
        "state": case.state, "cause": str(notice.cause), "units": list(notice.units),
        "stage": str(notice.stage), "due_at": notice.clock_due_at, "reply_due_at": notice.reply_due_at,
    }  # fmt: skip
    if notice.times is not None:
        body["times"] = notice.times
    row = act.insert(
        Supervision(
            case_id=case.id, act=notice.act, cause=notice.cause, state=state, stage=notice.stage,
            times=notice.times, subject=notice.subject, slot=notice.slot, clock_due_at=notice.clock_due_at,
            units=list(notice.units), addressed_acts=list(notice.acts),
            seq=note(act, case, KINDS[notice.act], body, notice.text), at=act.at, by=act.actor.account_id,
            post=act.actor.post_id, reply_due_at=notice.reply_due_at,
        )
    )  # fmt: skip
    act.announce(
        CaseStepReached(
            case_id=case.id, at=act.at, step=str(notice.act), stage=str(notice.stage),
            cause=str(notice.cause), units=tuple(notice.units),
        )
    )  # fmt: skip
    return row


def _state(case: Case, notice: Notice) -> str:
    """How a step stands at first; a case that is listed already is not listed twice, one act lifts it."""
    if notice.act == StepAct.LIST:
        return LISTED if case.listed_at is None else NOTED
    return AWAITED if notice.reply_due_at is not None else NOTED


def _mark(act: Act, case: Case, notice: Notice) -> None:
    """The mark that lists and the case page show."""
    if notice.act == StepAct.URGE:
        case.urge_count += 1
        act.update(case, "urge_count")
    elif notice.act == StepAct.SUPERVISE:
        case.supervised_at = act.at
        act.update(case, "supervised_at")
    elif notice.act == StepAct.LIST and case.listed_at is None:
        case.listed_at = act.at
        act.update(case, "listed_at")
    elif notice.act == StepAct.ESCALATE and notice.units:
        case.raised_to = notice.units[0]
        act.update(case, "raised_to")


def mark_overdue_cases(timers: Sequence[DueTimer], *, actor: Actor, at: datetime) -> dict[UUID, Outcome]:
    """Mark cases overdue 超时 whose promise has passed; a timer of an earlier round changes nothing."""
    outcomes: dict[UUID, Outcome] = {}
    subjects = {timer.subject for timer in timers}
    locked = Case.objects.select_for_update(skip_locked=True).filter(pk__in=subjects)
    cases = {case.id: case for case in locked.order_by("pk")}
    with acting(actor=actor, at=at) as act:
        for timer in timers:
            case = cases.get(timer.subject)
            if case is None:
                outcomes[timer.id] = BUSY
            elif _promise_broken(case, timer.generation, at):
                case.overdue_at = case.due_at
                act.update(case, "overdue_at")
                act.record(case, "cases.overdue", {"state": case.state, "due_at": case.due_at})
                assert case.due_at is not None
                act.announce(CaseOverdue(case_id=case.id, at=at, due_at=case.due_at))
    return outcomes


def _promise_broken(case: Case, generation: int, at: datetime) -> bool:
    """Whether the promise of this round has passed."""
    if case.round != generation or case.overdue_at is not None or case.due_at is None:
        return False
    return case.state in PROMISED_STATES and case.due_at <= at


__all__ = [
    "KINDS",
    "Notice",
    "mark_overdue_cases",
    "notice_of",
    "record_step",
    "running_clock",
    "take_due_steps",
]
