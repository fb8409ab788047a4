"""Reactions 反应 that keep work platforms informed of what waits 待办推送."""

from __future__ import annotations

from datetime import datetime

from ..cases.public import CaseMoved, CaseReceived
from ..ledger.public import handles
from .services.todo_pushing import note_todo


@handles(CaseReceived)
def tell_of_a_new_todo(event: CaseReceived, at: datetime) -> None:
    """A case came in and waits."""
    note_todo(case_id=event.case_id, at=event.at)


@handles(CaseMoved)
def tell_of_a_moved_todo(event: CaseMoved, at: datetime) -> None:
    """A case waits elsewhere, or no more."""
    note_todo(case_id=event.case_id, at=event.at)
