"""Reactions 反应 of `cases`: the overdue timer, and what `check ledger` replays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from ..clocks.public import CorrectionApproved, register_holder, timer_handler
from ..files.public import register_reader
from ..interface.public import label_kinds
from ..kernel.actor import Actor, system_actor
from ..ledger.public import handles, register_replay, register_sealed
from .models import Case, Report
from .permissions import may
from .queries import task_units
from .replaying import replay_case, replay_report
from .services.dispatching import OVERDUE_TIMER, mark_overdue
from .services.handling import EVIDENCE_OWNER
from .services.recomputing import CORRECTION_TASK, preview_moves

CLOCK = system_actor("clock", "cases.view")

register_replay(Case, replay_case)
register_replay(Report, replay_report)
register_sealed(Report, "contact")
register_holder("cases", preview_moves)
label_kinds({"cases.deadline_corrected": _("日历更正，时限变动")})


@timer_handler(OVERDUE_TIMER)
def case_is_overdue(*, subject: UUID, generation: int, due_at: datetime, at: datetime) -> None:
    """The handling limit of a case has passed: mark it."""
    mark_overdue(actor=CLOCK, at=at, case_id=subject, generation=generation)


@handles(CorrectionApproved)
def carry_out_correction(event: CorrectionApproved, at: datetime) -> None:
    """A calendar correction is approved: the worker moves the deadlines of open cases."""
    app.configure_task(CORRECTION_TASK).defer(correction_id=str(event.correction_id))


def may_read_evidence(actor: Actor, owner_id: UUID) -> bool:
    """Whether the actor may read the files of a case: whoever may see the case."""
    case = Case.objects.filter(pk=owner_id).first()
    return case is not None and may(actor, "cases.view", case, task_units(case))


register_reader(EVIDENCE_OWNER, may_read_evidence)
