"""Event steps 事件触发: what an event has taken on a case, by ladders of events that are switched on.

The steps are those of the ladders of stages, taken by the same code: in the same register, with the same
marks, answered and settled alike. An event takes its steps once, however often it is delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from ...kernel.actor import Actor
from ...kernel.canonical import instant_text
from ...ledger.public import JournalEntry
from ..enums import LadderEvent, StepCause
from ..ladders import event_steps_for, is_heeded
from ..loop_rules import class_kind_of
from ..models import Case, Supervision
from ..policy import local_day
from ..states import CLOSED, OPEN_STATES
from ..steps import Step
from .moving import acting_on
from .stepping import notice_of, record_step

#: The entries of a case's journal that count an event; those of whistles are counted by `whistles`.
_COUNTED: Mapping[str, tuple[str, ...]] = {
    LadderEvent.UNSOLVED: ("cases.redo", "cases.redo_elsewhere", "cases.unsolved"),
    LadderEvent.STILL_UNSOLVED: ("cases.unsolved",),
    LadderEvent.SAME_DAY_MISSED: ("cases.same_day_missed",),
    LadderEvent.REPEATED: ("cases.reopen_by_repeat",),
}
#: A case that is closed may still owe an answer; one that ended otherwise is nobody's work any more.
_SUPERVISED = frozenset({*OPEN_STATES, CLOSED})


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an event happened to a case 事件.

    Attributes:
        event: of `LadderEvent`.
        at: when it happened; the ladder of that day is asked.
        times: which time it was; None has the case's journal counted.
        unit: whose doing it is (`host` among the addressees); None for the case's host.
        source: what tells two events of one kind and instant apart, such as the key of a task.
    """

    event: str
    case_id: UUID
    at: datetime
    times: int | None = None
    unit: UUID | None = None
    source: str = ""

    @property
    def key(self) -> UUID:
        """The same for the same event, whenever it is delivered."""
        return uuid5(self.case_id, f"{self.event} {instant_text(self.at)} {self.source}")


def take_event_steps(*, actor: Actor, at: datetime, occurrence: Occurrence) -> list[Supervision]:
    """Take the steps that the ladder of an event has for this time 事件触发; what was opened, mostly nothing.

    Nothing is read of the case while no ladder of the event is switched on. A case that was merged, rejected,
    voided or archived is left alone.
    """
    if not is_heeded(occurrence.event):
        return []
    with acting_on(occurrence.case_id, actor=actor, at=at) as (act, case):
        times = occurrence.times if occurrence.times is not None else _times(occurrence)
        if case.state not in _SUPERVISED or Supervision.objects.filter(subject=occurrence.key).exists():
            return []
        return [
            record_step(
                act, case,
                notice_of(
                    act, case, step, cause=StepCause.EVENT, stage=occurrence.event, subject=occurrence.key,
                    unit=occurrence.unit, times=times,
                ),
            )
            for step in _steps(case, occurrence, times)
        ]  # fmt: skip


def _steps(case: Case, occurrence: Occurrence, times: int) -> tuple[Step, ...]:
    return event_steps_for(
        occurrence.event, times=times, class_kind=class_kind_of(case.matter_class),
        matter_class=case.matter_class, urgency=case.urgency, day=local_day(occurrence.at),
    )  # fmt: skip


def _times(occurrence: Occurrence) -> int:
    """Which time it was, by the case's journal; 0 when it was not, as for a rating that says solved."""
    entries = JournalEntry.objects.filter(
        stream=occurrence.case_id, kind__in=_COUNTED[occurrence.event], at__lte=occurrence.at
    )
    instants = list(entries.order_by("seq").values_list("at", flat=True))
    return len(instants) if instants and instants[-1] == occurrence.at else 0


__all__ = ["Occurrence", "take_event_steps"]
