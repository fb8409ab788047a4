"""Reactions 反应 of `cases` to its own events: what ladders of events have taken on the case."""

from __future__ import annotations

from datetime import datetime

from ..kernel.actor import system_actor
from ..ledger.public import handles
from .enums import LadderEvent
from .events import CaseEvent, CaseRated, CaseRepeated, CaseUnsolved, SameDayMissed
from .services.event_steps import Occurrence, take_event_steps

LADDERS = system_actor("ladders", "cases.view")


@handles(CaseRated)
def unsolved_is_supervised(event: CaseRated, at: datetime) -> None:
    """A reporter has rated; one who says that it is solved counts for nothing here."""
    _heed(LadderEvent.UNSOLVED, event, at)


@handles(CaseUnsolved)
def still_unsolved_is_supervised(event: CaseUnsolved, at: datetime) -> None:
    """It is not solved, and the case does not go back by itself any more."""
    _heed(LadderEvent.STILL_UNSOLVED, event, at)


@handles(SameDayMissed)
def missed_day_is_supervised(event: SameDayMissed, at: datetime) -> None:
    """A hazard was not cleared by its cut-off."""
    _heed(LadderEvent.SAME_DAY_MISSED, event, at)


@handles(CaseRepeated)
def repeat_is_supervised(event: CaseRepeated, at: datetime) -> None:
    """A closed case was opened again, as another report says the same within the rule's days."""
    _heed(LadderEvent.REPEATED, event, at)


def _heed(ladder_event: LadderEvent, event: CaseEvent, at: datetime) -> None:
    occurrence = Occurrence(ladder_event.value, event.case_id, event.at)
    take_event_steps(actor=LADDERS, at=at, occurrence=occurrence)
