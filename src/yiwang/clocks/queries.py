"""Reads of `clocks`: the calendar in force, older versions of it, deadlines and the warning on the page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from ..kernel.working_time import DEFAULT_INTERVALS, SHANGHAI, Amount, Due, Interval, WorkCalendar
from ..ledger.public import VersionedCache
from .enums import DayKind, DaySource
from .models import CalendarDay, CalendarYear, Timer, WorkingCalendar, WorkingHours

#: Code of the instance's calendar.
CITY = "city"
_FAR = date(2121, 1, 1)
#: The State Council publishes next year's arrangement in November.
_PUBLISHING_MONTH = 11


def _build_current() -> WorkCalendar:
    row = WorkingCalendar.objects.filter(code=CITY).first()
    return WorkCalendar() if row is None else _calendar(row, row.version)


_current: VersionedCache[WorkCalendar] = VersionedCache("calendar", _build_current)


def current_calendar() -> WorkCalendar:
    """The calendar in force; plain weekdays with no known year when none is loaded."""
    return _current.get()


def calendar_as_of(version: int) -> WorkCalendar:
    """The calendar as it stood in an older version, to explain an old deadline."""
    return _calendar(WorkingCalendar.objects.get(code=CITY), version)


def due_at(start: datetime, amount: Amount, unit: str, *, at: datetime) -> Due:
    """When a limit that starts at `start` ends, by the calendar in force.

    Args:
        amount, unit: the limit; see `kernel.working_time`.
        at: the instant of the act that asks; the calendar is the one this process knows then.

    Raises:
        ValueError: as `WorkCalendar.add`, or when `at` is no aware instant.
    """
    if at.tzinfo is None:
        raise ValueError("at must be aware")
    return current_calendar().add(start, amount, unit)


def unknown_year_warning(at: datetime) -> str:
    """The warning for the operator's page, empty when there is nothing to warn of.

    It names this year when it is unknown, and from November on next year too.
    """
    today = at.astimezone(SHANGHAI)
    years = [today.year] + ([today.year + 1] if today.month >= _PUBLISHING_MONTH else [])
    calendar = current_calendar()
    unknown = [str(year) for year in years if not calendar.is_known(date(year, 12, 31))]
    if not unknown:
        return ""
    return _("%(years)s 年的放假调休安排尚未载入，涉及的时限暂按普通周末推算。") % {
        "years": "、".join(unknown)
    }


def waiting_timers(*, failed_only: bool = False) -> Iterable[Timer]:
    """Timers that have not happened yet, the next one first."""
    rows = Timer.objects.order_by("run_at")
    return rows.exclude(last_error="") if failed_only else rows


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
