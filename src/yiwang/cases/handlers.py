"""Reactions 反应 of `cases`: the timers of promises and ladders, and what `check ledger` replays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from ..clocks.public import (
    CorrectionApproved,
    DueTimer,
    Outcome,
    many_timers_handler,
    register_holder,
    timer_handler,
)
from ..files.public import register_reader
from ..interface.public import label_kinds
from ..kernel.actor import Actor, system_actor
from ..ledger.public import handles, register_replay, register_sealed
from .models import Case, Report
from .permissions import may
from .queries import task_units
from .replaying import replay_case, replay_report, stored_dues
from .services.handling import EVIDENCE_OWNER
from .services.ladders import STEP_TIMER
from .services.recomputing import CORRECTION_TASK, preview_moves
from .services.stages import OVERDUE_TIMER
from .services.stepping import mark_overdue_cases, take_due_steps
from .services.suspending import RESUME_TIMER, resume_on_time

CLOCK = system_actor("clock", "cases.view")

register_replay(Case, replay_case, stored_dues)
register_replay(Report, replay_report)
register_sealed(Report, "contact")
register_holder("cases", preview_moves)
label_kinds(
    {
        "cases.deadline_corrected": _("日历更正，时限变动"),
        "cases.reminded": _("到时提醒"),
        "cases.nearly_overdue": _("将超时"),
        "cases.clock_overdue": _("环节超时"),
        "cases.urged": _("催办"),
        "cases.supervised": _("督办"),
        "cases.listed": _("挂牌督办"),
        "cases.escalated": _("超时升级"),
        "cases.supervision_replied": _("答复督办"),
        "cases.supervision_demanded_again": _("退回重答"),
        "cases.supervision_settled": _("督办销号"),
        "cases.listing_lifted": _("解除挂牌"),
    }
)


@many_timers_handler(OVERDUE_TIMER)
def cases_are_overdue(timers: Sequence[DueTimer], *, at: datetime) -> dict[UUID, Outcome]:
    """The promise of cases has passed: mark them."""
    return mark_overdue_cases(timers, actor=CLOCK, at=at)


@many_timers_handler(STEP_TIMER)
def steps_are_due(timers: Sequence[DueTimer], *, at: datetime) -> dict[UUID, Outcome]:
    """Steps of ladders are due: take them."""
    return take_due_steps(timers, actor=CLOCK, at=at)


@timer_handler(RESUME_TIMER)
def suspension_is_over(*, subject: UUID, generation: int, due_at: datetime, at: datetime) -> None:
    """The day on which a suspended case goes on has come: take it up again."""
    resume_on_time(actor=CLOCK, at=at, case_id=subject, generation=generation, planned=due_at)


@handles(CorrectionApproved)
def carry_out_correction(event: CorrectionApproved, at: datetime) -> None:
    """A calendar correction is approved: the worker moves the deadlines of open cases."""
    app.configure_task(CORRECTION_TASK).defer(correction_id=str(event.correction_id))


def may_read_evidence(actor: Actor, owner_id: UUID) -> bool:
    """Whether the actor may read the files of a case: whoever may see the case."""
    case = Case.objects.filter(pk=owner_id).first()
    return case is not None and may(actor, "cases.view", case, task_units(case))


register_reader(EVIDENCE_OWNER, may_read_evidence)
