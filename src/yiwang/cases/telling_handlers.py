"""Reactions 反应 that tell reporters: accepted, not accepted, closed or answered, done again."""

from __future__ import annotations

from datetime import datetime

from ..kernel.actor import system_actor
from ..ledger.public import handles
from ..notify.public import Notice
from .enums import Ending
from .events import CaseClosed, CaseMoved
from .models import Case
from .services.telling import tell_reporters
from .states import ARCHIVED, CLOSED

TELLER = system_actor("notify", "cases.view")
_NOTICE_OF = {
    "accept": Notice.ACCEPTED, "accept_directly": Notice.ACCEPTED, "reject": Notice.REJECTED,
    "redo": Notice.REDO, "redo_elsewhere": Notice.REDO, "reopen": Notice.REDO,
    "reopen_by_repeat": Notice.REDO,
}  # fmt: skip


@handles(CaseMoved)
def tell_of_a_step(event: CaseMoved, at: datetime) -> None:
    """An act moved the case: its reporters hear of those that matter to them."""
    notice = _NOTICE_OF.get(event.action)
    if notice is None:
        return
    occurrence = ""
    if notice == Notice.REDO:
        times = Case.objects.filter(pk=event.case_id).values_list("redo_count", flat=True).first()
        occurrence = str(times or 0)
    tell_reporters(actor=TELLER, at=at, case_id=event.case_id, notice=notice, occurrence=occurrence)


@handles(CaseClosed)
def tell_of_the_end(event: CaseClosed, at: datetime) -> None:
    """The case is closed, and has not been taken up again meanwhile."""
    case = Case.objects.filter(pk=event.case_id).only("state", "redo_count").first()
    if case is None or case.state not in {CLOSED, ARCHIVED}:
        return
    notice = Notice.ANSWERED if event.ending == Ending.ANSWERED else Notice.CLOSED
    occurrence = str(case.redo_count)
    tell_reporters(actor=TELLER, at=at, case_id=event.case_id, notice=notice, occurrence=occurrence)
