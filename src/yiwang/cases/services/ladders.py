"""Ladders 催督办阶梯: one timer for each running clock, always for its next step."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ...catalog.public import catalog_index
from ...clocks.public import calendar_at, cancel_timers, plan_timer
from ...ledger.public import Act
from ..ladders import steps_for
from ..models import Case, Supervision
from ..policy import local_day
from ..steps import Planned, RunningClock, Step, Taken, next_step

#: Kind of the timers; the subject is a stage clock or a task, the generation the slot of the step.
STEP_TIMER = "cases.step"


def steps_of(case: Case, stage: str, at: datetime) -> tuple[Step, ...]:
    """The steps of the ladder in force for a stage of the case."""
    node = catalog_index().class_by_id.get(case.matter_class) if case.matter_class else None
    return steps_for(
        stage,
        class_kind=node.kind if node else "",
        matter_class=case.matter_class,
        urgency=case.urgency,
        day=local_day(at),
    )


def first_step(case: Case, clock: RunningClock, *, at: datetime) -> Planned | None:
    """The first step of a clock that starts now; for writers that put their own timer rows (bulk)."""
    if clock.due_at is None:
        return None
    return next_step(steps_of(case, clock.stage, at), clock, (), calendar_at(at), at=at)


def plan_steps(
    act: Act,
    *,
    case: Case,
    subject: UUID,
    stage: str,
    started_at: datetime,
    amount: Decimal | None,
    unit: str,
    due_at: datetime | None,
) -> Planned | None:
    """Plan the first step of a clock that starts, within the act; no round trip.

    Args:
        subject: key of the stage clock, or of the task for its handling.
        amount, unit: the limit; None when only a due instant is known.
        due_at: None plans nothing.
    """
    planned = first_step(case, RunningClock(stage, started_at, amount, unit, due_at), at=act.at)
    if planned is not None:
        plan_timer(act, subject=subject, kind=STEP_TIMER, due_at=planned.at, generation=planned.step.slot)
    return planned


def cancel_steps(act: Act, *, subject: UUID) -> None:
    """Stop the steps of a clock that ends, within the act."""
    cancel_timers(act, subject=subject, kind=STEP_TIMER)


def replan_steps(
    act: Act,
    *,
    case: Case,
    subject: UUID,
    stage: str,
    started_at: datetime,
    amount: Decimal | None,
    unit: str,
    due_at: datetime | None,
) -> Planned | None:
    """Plan a clock's steps anew after its due instant moved (延期, 恢复办理, 日历更正); one round trip.

    What was taken under the same due instant is not repeated. A step taken earlier under another one is
    repeated when its new moment lies after it was taken: the case is late again.
    """
    cancel_steps(act, subject=subject)
    clock = RunningClock(stage, started_at, amount, unit, due_at)
    planned = next_step(
        steps_of(case, stage, act.at), clock, taken_steps([subject]).get(subject, ()),
        calendar_at(act.at), at=act.at,
    )  # fmt: skip
    if planned is not None:
        plan_timer(act, subject=subject, kind=STEP_TIMER, due_at=planned.at, generation=planned.step.slot)
    return planned


def taken_steps(subjects: list[UUID]) -> dict[UUID, list[Taken]]:
    """The steps that timers took for clocks, by clock."""
    found: dict[UUID, list[Taken]] = {}
    rows = Supervision.objects.filter(subject__in=subjects, slot__isnull=False)
    for subject, slot, at, due in rows.values_list("subject", "slot", "at", "clock_due_at"):
        if subject is not None and slot is not None:
            found.setdefault(subject, []).append(Taken(slot, at, due))
    return found
