"""Verbs of `clocks`: load official years, set local days and hours. Each moves the calendar's version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from ..kernel.actor import Actor
from ..kernel.errors import invalid
from ..kernel.working_time import LAST_DAY, WorkCalendar, interval
from ..ledger.public import Act, acting, bump
from . import errors
from .enums import DayKind, DaySource
from .events import CalendarChanged
from .models import CalendarDay, CalendarWarning, CalendarYear, WorkingCalendar, WorkingHours
from .official import known_years, official_days, source_name
from .queries import CITY, unknown_years

_EDIT = "clocks.edit"


def load_calendar(*, actor: Actor, at: datetime, years: Iterable[int] | None = None) -> WorkingCalendar:
    """Load official years 载入放假安排; a year that is loaded already and has not changed is left alone.

    Args:
        years: which ones; by default every year whose arrangement is known.

    Raises:
        Refused: without `clocks.edit`.
        Invalid: when a year is not known, or would leave a gap between known years.
    """
    wanted = sorted(set(known_years() if years is None else years))
    with acting(actor=actor, at=at) as act:
        calendar = _locked(act, create=True)
        loaded = {row.year: row for row in _holding(act, CalendarYear, calendar)}
        for year in wanted:
            if year not in known_years():
                raise errors.year_unknown(year)
        _refuse_gaps({*loaded, *wanted})
        changed = [year for year in wanted if _load_year(act, calendar, year, loaded.get(year))]
        if changed:
            span = date(changed[0], 1, 1), date(changed[-1], 12, 31)
            _finish(act, calendar, "clocks.years_loaded", {"years": changed, "origin": source_name()}, span)
    return calendar


def set_local_day(
    *,
    actor: Actor,
    at: datetime,
    day: date,
    intervals: Sequence[tuple[str, str]],
    name: str,
    expected: int | None = None,
) -> WorkingCalendar:
    """Give one day local hours, or close it 本地调整: a storm, a local festival, a Saturday on duty.

    Args:
        intervals: such as `[("09:00", "12:00")]`; empty closes the day.
        name: what it is, told in explanations.
        expected: the calendar version the page has seen.

    Raises:
        Refused, Invalid, StaleVersion; Conflict when no calendar is loaded.
    """
    plan = _plan("intervals", intervals)
    with acting(actor=actor, at=at) as act:
        calendar = _locked(act, expected=expected)
        for row in _holding(act, CalendarDay, calendar, day=day, source=DaySource.OVERRIDE):
            _end(act, calendar, row)
        act.flush()
        act.insert(
            CalendarDay(
                calendar=calendar,
                day=day,
                kind=DayKind.WORK if plan else DayKind.OFF,
                source=DaySource.OVERRIDE,
                name=name,
                intervals=plan or None,
                since_version=calendar.version + 1,
            )
        )
        _finish(act, calendar, "clocks.day_set", {"day": day, "intervals": plan}, (day, day))
    return calendar


def clear_local_day(*, actor: Actor, at: datetime, day: date, expected: int | None = None) -> WorkingCalendar:
    """Take a local day back 撤销本地调整; the official arrangement holds again.

    Raises:
        Refused, StaleVersion; Invalid when the day has no local arrangement.
    """
    with acting(actor=actor, at=at) as act:
        calendar = _locked(act, expected=expected)
        rows = _holding(act, CalendarDay, calendar, day=day, source=DaySource.OVERRIDE)
        if not rows:
            raise invalid("day", day, "这一天没有本地调整。")
        for row in rows:
            _end(act, calendar, row)
        _finish(act, calendar, "clocks.day_cleared", {"day": day}, (day, day))
    return calendar


def set_working_hours(
    *,
    actor: Actor,
    at: datetime,
    intervals: Sequence[tuple[str, str]],
    valid_from: date,
    valid_to: date | None = None,
    expected: int | None = None,
) -> WorkingCalendar:
    """Set the hours of working days over [valid_from, valid_to) 设定作息时间.

    An open-ended row that started earlier ends where the new one begins.

    Raises:
        Refused, Invalid, StaleVersion; Conflict when the days overlap another row.
    """
    plan = _plan("intervals", intervals)
    if not plan or (valid_to is not None and valid_to <= valid_from):
        raise invalid("intervals", intervals, "至少写一个工作时段，终止日期须晚于起始日期。")
    try:
        with acting(actor=actor, at=at) as act:
            calendar = _locked(act, expected=expected)
            for row in _holding(act, WorkingHours, calendar):
                if row.valid_to is None and row.valid_from < valid_from:
                    _end(act, calendar, row)
                    act.flush()
                    act.insert(_hours(calendar, row.valid_from, valid_from, row.intervals))
            act.insert(_hours(calendar, valid_from, valid_to, plan))
            body = {"from": valid_from, "to": valid_to, "intervals": plan}
            _finish(act, calendar, "clocks.hours_set", body, (valid_from, valid_to or LAST_DAY))
    except IntegrityError as error:
        raise errors.hours_overlap() from error
    return calendar


def clear_working_hours(
    *, actor: Actor, at: datetime, hours_id: UUID, expected: int | None = None
) -> WorkingCalendar:
    """Take working hours back 撤销作息时间; the default hours hold again over those days.

    Raises:
        Refused, StaleVersion; Invalid when they do not stand any more.
    """
    with acting(actor=actor, at=at) as act:
        calendar = _locked(act, expected=expected)
        rows = _holding(act, WorkingHours, calendar, id=hours_id)
        if not rows:
            raise invalid("hours", hours_id, "这段作息时间已被撤销，请刷新页面。")
        _end(act, calendar, rows[0])
        since, until = rows[0].valid_from, rows[0].valid_to
        _finish(
            act, calendar, "clocks.hours_cleared", {"from": since, "to": until}, (since, until or LAST_DAY)
        )
    return calendar


def note_unknown_years(at: datetime) -> list[int]:
    """Keep the log of calendar warnings 日历预警: years that are needed and unknown, and those since loaded.

    Returns:
        The years that are unknown now.
    """
    unknown = unknown_years(at)
    for year in unknown:
        row, fresh = CalendarWarning.objects.get_or_create(
            year=year, defaults={"first_at": at, "last_at": at}
        )
        if not fresh:
            row.last_at, row.settled_at = at, None
            row.save(update_fields=["last_at", "settled_at"])
    CalendarWarning.objects.filter(settled_at=None).exclude(year__in=unknown).update(settled_at=at)
    return unknown


def _locked(act: Act, *, create: bool = False, expected: int | None = None) -> WorkingCalendar:
    if not act.actor.may_anywhere(_EDIT):
        raise errors.may_not_edit()
    found = act.fetch(WorkingCalendar, code=CITY)
    if found:
        return act.lock(WorkingCalendar, found[0].id, expected=expected) if expected is not None else found[0]
    if not create:
        raise errors.no_calendar()
    calendar = act.insert(WorkingCalendar(code=CITY, name="工作日历"))
    act.flush()
    return calendar


def _holding(act: Act, model: type[Any], calendar: WorkingCalendar, **equal: Any) -> list[Any]:
    rows = act.fetch(model, lock=False, calendar=calendar.id, **equal)
    return [row for row in rows if row.until_version is None]


def _end(act: Act, calendar: WorkingCalendar, row: Any) -> None:
    row.until_version = calendar.version + 1
    act.update(row, "until_version")


def _hours(
    calendar: WorkingCalendar, valid_from: date, valid_to: date | None, plan: list[list[int]]
) -> WorkingHours:
    return WorkingHours(
        calendar=calendar,
        valid_from=valid_from,
        valid_to=valid_to,
        intervals=plan,
        since_version=calendar.version + 1,
    )


def _refuse_gaps(years: set[int]) -> None:
    for year in range(min(years, default=0), max(years, default=0)):
        if year not in years:
            raise errors.years_not_joined(year)


def _load_year(act: Act, calendar: WorkingCalendar, year: int, loaded: CalendarYear | None) -> bool:
    """Bring one year up to the package; False when there is nothing to change."""
    fresh = {d.day: (DayKind.WORK if d.works else DayKind.OFF, d.name) for d in official_days(year)}
    held = {
        row.day: row
        for row in _holding(act, CalendarDay, calendar, source=DaySource.STATUTORY)
        if row.day.year == year
    }
    if loaded and {day: (row.kind, row.name) for day, row in held.items()} == fresh:
        return False
    for row in [*held.values(), *([loaded] if loaded else [])]:
        _end(act, calendar, row)
    act.flush()
    version = calendar.version + 1
    act.insert(CalendarYear(calendar=calendar, year=year, origin=source_name(), since_version=version))
    for day, (kind, name) in fresh.items():
        act.insert(
            CalendarDay(
                calendar=calendar,
                day=day,
                kind=kind,
                source=DaySource.STATUTORY,
                name=name,
                since_version=version,
            )
        )
    return True


def _finish(
    act: Act, calendar: WorkingCalendar, kind: str, body: dict[str, Any], span: tuple[date, date]
) -> None:
    version = act.record(calendar, kind, body)
    bump(act, "calendar")
    act.announce(
        CalendarChanged(
            calendar_id=calendar.id,
            version=version,
            first_day=span[0].isoformat(),
            last_day=span[1].isoformat(),
        )
    )


def _plan(field: str, intervals: Sequence[tuple[str, str]]) -> list[list[int]]:
    """Stored form of intervals.

    Raises:
        Invalid: when a text is no time of day or the intervals overlap.
    """
    try:
        plan = [interval(begin, end) for begin, end in intervals]
        if plan:
            WorkCalendar(intervals=plan)
    except ValueError as error:
        raise invalid(field, intervals, str(error)) from error
    return [list(part) for part in plan]
