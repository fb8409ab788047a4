"""Past facts of `clocks`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from ..ledger.public import Event, register


@register
@dataclass(frozen=True, slots=True)
class CalendarChanged(Event):
    """日历已变更: deadlines that touch [first_day, last_day] may have to be corrected by a journaled act.

    Days are ISO dates; `last_day` is inclusive.
    """

    kind: ClassVar[str] = "clocks.calendar_changed"
    calendar_id: UUID
    version: int
    first_day: str
    last_day: str

    @property
    def stream(self) -> UUID:
        """The calendar's own stream."""
        return self.calendar_id


@register
@dataclass(frozen=True, slots=True)
class CorrectionApproved(Event):
    """日历更正已批准: whoever stores deadlines moves them, in batches of its own."""

    kind: ClassVar[str] = "clocks.correction_approved"
    correction_id: UUID

    @property
    def stream(self) -> UUID:
        """The correction's own stream."""
        return self.correction_id
