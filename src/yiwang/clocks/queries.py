"""Reads of `clocks`: the calendar in force, older versions of it, deadlines and the warning on the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from ..kernel.working_time import DEFAULT_INTERVALS, SHANGHAI, Amount, Due, Interval, WorkCalendar
from ..ledger.public import JournalEntry, VersionedCache
from .enums import DayKind, DaySource
from .models import CalendarDay, CalendarYear, WorkingCalendar, WorkingHours

#: Code of the instance's calendar.
CITY = "city"
_FAR = date(2121, 1, 1)
#: The State Council publishes next year's arrangement in November.
_PUBLISHING_MONTH = 11


@dataclass(frozen=True, slots=True)
class _Editions:
    """The calendar in force, and since when each of its versions holds; `since[0]` is version 1."""

    calendar_id: UUID | None
    newest: WorkCalendar
    since: tuple[datetime, ...]

    def at(self, instant: datetime) -> WorkCalendar:
        """The version of that instant; before the first one, the first."""
        if self.calendar_id is None or all(since <= instant for since in self.since):
            return self.newest
        held = [version for version, since in enumerate(self.since, start=1) if since <= instant]
        return _edition(self.calendar_id, max(held, default=1))


def _build_editions() -> _Editions:
    row = WorkingCalendar.objects.filter(code=CITY).first()
    if row is None:
        return _Editions(None, WorkCalendar(), ())
    journal = JournalEntry.objects.filter(stream=row.id, seq__lte=row.version).order_by("seq")
    return _Editions(row.id, _calendar(row, row.version), tuple(journal.values_list("at", flat=True)))


_editions: VersionedCache[_Editions] = VersionedCache("calendar", _build_editions)


@lru_cache(maxsize=16)
def _edition(calendar_id: UUID, version: int) -> WorkCalendar:
    """A version never changes once it has been followed by another."""
    return _calendar(WorkingCalendar(id=calendar_id), version)


def current_calendar() -> WorkCalendar:
    """The calendar in force; plain weekdays with no known year when none is loaded."""
    return _editions.get().newest


def calendar_as_of(version: int) -> WorkCalendar:
    """The calendar as it stood in an older version, to explain an old deadline.

    Raises:
        ValueError: there is no such version yet.
    """
    editions = _editions.get()
    if editions.calendar_id is None or version == editions.newest.version:
        return editions.newest
    if version > editions.newest.version:
        raise ValueError(f"the calendar has no version {version}")
    return _edition(editions.calendar_id, version)


def calendar_at(at: datetime) -> WorkCalendar:
    """The calendar that was in force at an instant, as the journal has it."""
    return _editions.get().at(at)


def due_at(start: datetime, amount: Amount, unit: str, *, at: datetime) -> Due:
    """When a limit that starts at `start` ends, by the calendar of the act's own day.

    Args:
        amount, unit: the limit; see `kernel.working_time`.
        at: the instant of the act that asks; the calendar is the version in force then, so that an old
            act is explained, and played again, by the calendar it had.

    Raises:
        ValueError: as `WorkCalendar.add`, or when `at` is no aware instant.
    """
    if at.tzinfo is None:
        raise ValueError("at must be aware")
    return calendar_at(at).add(start, amount, unit)


def unknown_year_warning(at: datetime) -> str:
    """The warning for the operator's page, empty when there is nothing to warn of.

    It names this year when it is unknown, and from November on next year too.
    """
    unknown = unknown_years(at)
    if not unknown:
        return ""
    return _("%(years)s 年的放假调休安排尚未载入，涉及的时限暂按普通周末推算。") % {
        "years": "、".join(map(str, unknown))
    }


def unknown_years(at: datetime) -> list[int]:
    """Years that deadlines of now may touch and that are not loaded: this one, from November the next too."""
    today = at.astimezone(SHANGHAI)
    years = [today.year] + ([today.year + 1] if today.month >= _PUBLISHING_MONTH else [])
    calendar = current_calendar()
    return [year for year in years if not calendar.is_known(date(year, 12, 31))]


def _calendar(row: WorkingCalendar, version: int) -> WorkCalendar:
    holding = Q(calendar=row, since_version__lte=version) & (
        Q(until_version=None) | Q(until_version__gt=version)
    )
    years = sorted(CalendarYear.objects.filter(holding).values_list("year", flat=True))
    days = list(CalendarDay.objects.filter(holding))
    hours = list(WorkingHours.objects.filter(holding).order_by("valid_from"))
    seasons = [(r.valid_from, r.valid_to or _FAR, _plan(r.intervals)) for r in hours]
    statutory = [day for day in days if day.source == DaySource.STATUTORY]
    local = [day for day in days if day.source == DaySource.OVERRIDE]
    return WorkCalendar(
        [day.day for day in statutory if day.kind == DayKind.OFF],
        [day.day for day in statutory if day.kind == DayKind.WORK],
        known_from=date(years[0], 1, 1) if years else None,
        known_to=date(years[-1], 12, 31) if years else None,
        overrides={day.day: _override(day, seasons) for day in local},
        seasons=seasons,
        names={day.day: day.name for day in [*statutory, *local] if day.name},
        version=version,
    )


def _plan(stored: list[list[int]]) -> tuple[Interval, ...]:
    return tuple((begin, end) for begin, end in stored)


def _override(
    day: CalendarDay, seasons: list[tuple[date, date, tuple[Interval, ...]]]
) -> tuple[Interval, ...]:
    if day.kind == DayKind.OFF:
        return ()
    if day.intervals is not None:
        return _plan(day.intervals)
    usual = [plan for since, until, plan in seasons if since <= day.day < until]
    return usual[-1] if usual else DEFAULT_INTERVALS
