"""Holders of deadlines 时限持有者: apps above tell what a changed calendar would move in their tables.

`clocks` knows no case. Whoever stores due instants registers a function that looks through the open ones; the
page adds up what all say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from ..kernel.working_time import WorkCalendar
from .enums import KeptReason

#: Moves that a preview lists.
LISTED = 50


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """A calendar and the days on which it differs from older versions; `last_day` is inclusive."""

    calendar: WorkCalendar
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class DeadlineMove:
    """One open deadline that would move: what people call its subject, from when, to when."""

    subject: str
    was: datetime
    becomes: datetime


@dataclass(frozen=True, slots=True)
class DeadlineKept:
    """One open deadline that would differ and stays: what people call its subject, and why it stays."""

    subject: str
    due_at: datetime
    would_be: datetime
    reason: KeptReason


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do to open deadlines 影响预览.

    Attributes:
        moved: how many would move.
        kept: how many would differ and stay (`rules.corrected_due`).
        moves: the first of those that move, at most `LISTED`.
        is_whole: False when there were more than were looked at.
        stays: the first of those that are kept, at most `LISTED`.
    """

    moved: int = 0
    kept: int = 0
    moves: tuple[DeadlineMove, ...] = ()
    is_whole: bool = True
    stays: tuple[DeadlineKept, ...] = ()

    def plus(self, other: Preview) -> Preview:
        """Both together."""
        return Preview(
            self.moved + other.moved,
            self.kept + other.kept,
            (*self.moves, *other.moves)[:LISTED],
            self.is_whole and other.is_whole,
            (*self.stays, *other.stays)[:LISTED],
        )


Holder = Callable[[CalendarChange, datetime], Preview]
_HOLDERS: dict[str, Holder] = {}


def register_holder(name: str, preview: Holder) -> None:
    """Let previews ask this function too; the same name again replaces it."""
    _HOLDERS[name] = preview


def preview_change(change: CalendarChange, at: datetime) -> Preview:
    """What a change would move, over all holders."""
    found = Preview()
    for holder in _HOLDERS.values():
        found = found.plus(holder(change, at))
    return found
