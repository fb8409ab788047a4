"""Rules 规则 of calendar corrections: pure decisions on values, and the guards the state table uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ..kernel.working_time import Amount, Due, WorkCalendar
from .enums import KeptReason


@dataclass(frozen=True, slots=True)
class CorrectionFacts:
    """What the guards look at: who acts, and who proposed."""

    actor_id: UUID | None
    proposed_by: UUID | None


def is_second_person(facts: CorrectionFacts) -> str | None:
    """A correction is decided by somebody who did not propose it."""
    if facts.actor_id is None or facts.actor_id == facts.proposed_by:
        return "须由提请人以外的人决定，请交他人办理。"
    return None


@dataclass(frozen=True, slots=True)
class StoredDeadline:
    """A deadline as it is stored: the limit, its start, and the instant an older calendar gave it.

    `amount` and `unit` as in `kernel.working_time`; `due_at` is what is promised now. After an extension
    `start` is the old due instant, and `extended_from` the start of the limit before it.
    """

    start: datetime
    amount: Amount
    unit: str
    due_at: datetime
    extended_from: datetime | None = None


#: Units that no calendar touches: they run on the wall clock.
WALL_CLOCK = frozenset({"urgent_hour", "urgent_day"})
#: A limit is extended no more often than this, with room for rules that allow more.
MOST_EXTENSIONS = 4


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correction does to one deadline: `due` by the corrected calendar, None when it is no other.

    With `kept` the deadline stays as it is although it would differ.
    """

    due: Due | None = None
    kept: KeptReason | None = None

    @property
    def moves(self) -> Due | None:
        """The deadline it moves to, None when it stays."""
        return None if self.kept else self.due


def corrected_start(
    deadline: StoredDeadline, calendars: Iterable[WorkCalendar], new: WorkCalendar
) -> datetime:
    """Where the corrected calendar counts from 更正后的起点: an old due instant that was extended moves too.

    Args:
        calendars: by which the old due instant may have been computed, the likeliest first. When it follows
            from none of them (the limit of a source gave it) it stays.

    Example: one `work_day` from Monday 18:00, extended on Tuesday from 18:00 by one more. When Tuesday turns
    out to be off, it is extended from Wednesday 18:00.
    """
    if deadline.extended_from is None:
        return deadline.start
    for calendar in calendars:
        was = becomes = deadline.extended_from
        for _ in range(MOST_EXTENSIONS):
            was = calendar.add(was, deadline.amount, deadline.unit).due_at
            becomes = new.add(becomes, deadline.amount, deadline.unit).due_at
            if was >= deadline.start:
                break
        if was == deadline.start:
            return becomes
    return deadline.start


def corrected_due(
    deadline: StoredDeadline,
    *,
    old: WorkCalendar,
    new: WorkCalendar,
    at: datetime,
    start: datetime | None = None,
) -> Corrected:
    """The deadline by the corrected calendar 更正后的时限, or why it is kept though it would differ.

    Args:
        start: where the corrected calendar counts from, when it is another instant (`corrected_start`).

    It is kept when another act has moved it meanwhile (an extension, a merge), so that the old calendar no
    longer explains it, and when the correction would make late at `at` what is in time.

    Example: four `work_hour` from Friday 15:20, Saturday worked: due Saturday 09:20. When Saturday turns out
    to be off, due Monday 09:20.
    """
    if deadline.unit in WALL_CLOCK:
        return Corrected()
    due = new.add(start or deadline.start, deadline.amount, deadline.unit)
    if due.due_at == deadline.due_at:
        return Corrected()
    if old.add(deadline.start, deadline.amount, deadline.unit).due_at != deadline.due_at:
        return Corrected(due, KeptReason.MOVED_OTHERWISE)
    if due.due_at < at <= deadline.due_at:
        return Corrected(due, KeptReason.WOULD_BE_LATE)
    return Corrected(due)
