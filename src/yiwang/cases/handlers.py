"""Reactions 反应 of `cases`: the overdue timer, and what `check ledger` replays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ..clocks.public import timer_handler
from ..kernel.actor import system_actor
from ..ledger.public import register_replay
from .models import Case, Report
from .replaying import replay_case, replay_report
from .services.dispatching import OVERDUE_TIMER, mark_overdue

CLOCK = system_actor("clock", "cases.view")

register_replay(Case, replay_case)
register_replay(Report, replay_report)


@timer_handler(OVERDUE_TIMER)
def case_is_overdue(*, subject: UUID, generation: int, due_at: datetime, at: datetime) -> None:
    """The handling limit of a case has passed: mark it."""
    mark_overdue(actor=CLOCK, at=at, case_id=subject, generation=generation)
