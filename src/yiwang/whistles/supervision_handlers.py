"""Reactions 反应 of `whistles` to late units and to raising: what ladders of events have taken on its cases.

The register of supervisions is one of cases, so a whistle without a case opens nothing. An outside unit has
nobody here who could answer; its lateness stays with the whistle.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ..cases.public import LadderEvent, Occurrence, take_event_steps
from ..kernel.actor import system_actor
from ..ledger.public import JournalEntry, handles
from .enums import ClockStage
from .events import WhistleLate, WhistleMoved
from .models import WhistleCase, WhistleClock, WhistleTask

LADDERS = system_actor("ladders", "cases.view")
_LATE: Mapping[str, LadderEvent] = {
    ClockStage.SIGN: LadderEvent.WHISTLE_UNSIGNED,
    ClockStage.REPORT: LadderEvent.WHISTLE_ABSENT,
}


@handles(WhistleLate)
def lateness_is_supervised(event: WhistleLate, at: datetime) -> None:
    """A unit has not signed or come in time; each unit of a whistle is counted by itself."""
    ladder_event = _LATE.get(event.stage)
    unit = WhistleTask.objects.filter(pk=event.task_id).values_list("unit", flat=True).first()
    if ladder_event is None or unit is None:
        return
    times = WhistleClock.objects.filter(
        task__whistle=event.whistle_id, task__unit=unit, stage=event.stage, late_at__isnull=False,
        escalated_at__lte=event.at,
    ).count()  # fmt: skip
    _heed(ladder_event, event, at, times=times, unit=unit, source=f"{event.task_id} {event.due_at}")


@handles(WhistleMoved)
def raising_is_supervised(event: WhistleMoved, at: datetime) -> None:
    """A whistle went to the district's leader; counted by how often it did."""
    if event.action != "raise":
        return
    entries = JournalEntry.objects.filter(stream=event.whistle_id, kind="whistles.raise", at__lte=event.at)
    _heed(LadderEvent.WHISTLE_RAISED, event, at, times=entries.count(), source=str(event.whistle_id))


def _heed(
    ladder_event: LadderEvent,
    event: WhistleLate | WhistleMoved,
    at: datetime,
    *,
    times: int,
    source: str,
    unit: UUID | None = None,
) -> None:
    """Take the steps on each case of the whistle, by their keys, so that no two relays wait in a ring."""
    links = WhistleCase.objects.filter(whistle=event.whistle_id).order_by("case")
    for case_id in links.values_list("case", flat=True):
        occurrence = Occurrence(ladder_event.value, case_id, event.at, times, unit, source)
        take_event_steps(actor=LADDERS, at=at, occurrence=occurrence)
