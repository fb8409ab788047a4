"""Ticking 计时: the clocks of a task, marked late once and passed to the unit above."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ...clocks.public import cancel_timers, due_at, plan_timer
from ...kernel.actor import Actor
from ...ledger.public import Act, acting
from ...orgs.public import UnitKind, area_index, unit_index
from ..enums import CheckInResult, ClockStage
from ..events import WhistleLate
from ..models import CheckIn, Whistle, WhistleClock, WhistleItem, WhistleKind, WhistleTask
from .moving import note, set_fields

DUE_TIMER = "whistles.due"


def start_clocks(act: Act, task: WhistleTask, kind: WhistleKind) -> None:
    """Start the clocks of signing, contact, reporting and finishing, all from the act on."""
    limits = {
        ClockStage.SIGN: (kind.sign_amount, kind.sign_unit),
        ClockStage.CONTACT: (kind.contact_amount, kind.contact_unit),
        ClockStage.REPORT: (kind.report_amount, kind.report_unit),
        ClockStage.FINISH: (kind.finish_amount, kind.finish_unit),
    }
    for stage, (amount, unit) in limits.items():
        if amount is not None and unit:
            start_clock(act, task, stage, (amount, unit))


def start_clock(
    act: Act, task: WhistleTask, stage: str, limit: tuple[Decimal, str], item: WhistleItem | None = None
) -> WhistleClock:
    """Start one clock and plan its timer."""
    amount, unit = limit
    due = due_at(act.at, amount, unit, at=act.at)
    clock = act.insert(
        WhistleClock(
            task_id=task.id, item_id=item.id if item else None, stage=stage, round=task.round,
            started_at=act.at, limit_amount=amount, limit_unit=unit, due_at=due.due_at,
            due_explanation=due.explanation, calendar_version=due.calendar_version,
        )
    )  # fmt: skip
    plan_timer(act, subject=clock.id, kind=DUE_TIMER, due_at=due.due_at, generation=task.round)
    return clock


def running_clocks(act: Act, task: WhistleTask) -> list[WhistleClock]:
    """The task's clocks that have not ended, locked."""
    return [clock for clock in act.fetch(WhistleClock, task=task.id) if clock.ended_at is None]


def meet(act: Act, clocks: Iterable[WhistleClock], *stages: str, when: datetime | None = None) -> None:
    """End the clocks of some stages because the act came; on time means not after the due instant.

    Args:
        when: the instant that counts, such as that of a check-in; by default that of the act.
    """
    instant = when or act.at
    for clock in clocks:
        if clock.stage not in stages or clock.ended_at is not None:
            continue
        late = clock.due_at if instant > clock.due_at else None
        set_fields(act, clock, ended_at=instant, is_met=True, late_at=clock.late_at or late)
        cancel_timers(act, subject=clock.id, kind=DUE_TIMER)


def stop(act: Act, clocks: Iterable[WhistleClock]) -> None:
    """Stop clocks whose task is over without the act; a fact that was late stays late."""
    for clock in clocks:
        if clock.ended_at is None:
            set_fields(act, clock, ended_at=act.at)
            cancel_timers(act, subject=clock.id, kind=DUE_TIMER)


def run_on(act: Act, whistle: Whistle, task: WhistleTask, stage: str) -> None:
    """Let the newest clock of a stage go on as if the act had never come (到场无权): the due stays."""
    found = [c for c in act.fetch(WhistleClock, task=task.id) if c.stage == stage and c.round == task.round]
    for clock in sorted(found, key=lambda c: c.started_at)[-1:]:
        set_fields(act, clock, ended_at=None, is_met=False)
        if clock.late_at is None and clock.due_at <= act.at:
            set_late(act, whistle, task, clock)
        elif clock.late_at is None:
            plan_timer(act, subject=clock.id, kind=DUE_TIMER, due_at=clock.due_at, generation=clock.round)


def set_late(act: Act, whistle: Whistle, task: WhistleTask, clock: WhistleClock) -> None:
    """Mark a clock late and pass it to the unit above; the fact stays and is counted once."""
    target = escalate(act, whistle, task)
    set_fields(act, clock, late_at=clock.due_at, escalated_to=target, escalated_at=act.at)
    body = {"task": task.id, "stage": str(clock.stage), "due_at": clock.due_at, "escalated_to": target}
    note(act, whistle, "late", body)
    act.announce(
        WhistleLate(
            whistle_id=whistle.id, at=act.at, task_id=task.id, stage=str(clock.stage), due_at=clock.due_at,
            escalated_to=target,
        )
    )  # fmt: skip


def escalate(act: Act, whistle: Whistle, task: WhistleTask) -> UUID | None:
    """Pass a failure of a unit (late, refused, without power) on; who hears of it, None when there is nobody.

    It is the unit above; above a unit that answers to none, and an outside one, the district's centre.
    """
    above = unit_index().ancestors(task.unit)[1:2] if task.unit else []
    target = above[0].id if above else _centre_of(whistle)
    set_fields(act, task, escalated_to=target, escalated_at=act.at)
    return target


def _centre_of(whistle: Whistle) -> UUID | None:
    """The operations centre of the district that the whistler is of."""
    district = area_index().chain(whistle.street).district_id if whistle.street else None
    nodes = unit_index().in_area(district) if district else ()
    return next((node.id for node in nodes if node.kind == UnitKind.OPERATIONS_CENTRE), None)


def mark_late(*, actor: Actor, at: datetime, clock_id: UUID, generation: int) -> bool:
    """Mark a clock late 超时 when its timer fires; returns whether it still ran.

    A check-in from before the due instant that waits for the whistler keeps the fact open: it is decided with
    the check-in.
    """
    found = WhistleClock.objects.filter(pk=clock_id).values_list("task__whistle", "task").first()
    if found is None:
        return False
    with acting(actor=actor, at=at) as act:
        whistle = act.lock(Whistle, found[0])
        task = act.fetch(WhistleTask, id=found[1])[0]
        clock = act.fetch(WhistleClock, id=clock_id)[0]
        if clock.ended_at is not None or clock.late_at is not None or clock.round != generation:
            return False
        if clock.stage == ClockStage.REPORT and waiting_since(act, task, clock.due_at):
            return False
        set_late(act, whistle, task, clock)
    return True


def waiting_since(act: Act, task: WhistleTask, until: datetime) -> bool:
    """Whether a check-in from before an instant waits for the whistler."""
    rows = act.fetch(CheckIn, lock=False, task=task.id, result=CheckInResult.WAITING)
    return any(row.at <= until for row in rows)
