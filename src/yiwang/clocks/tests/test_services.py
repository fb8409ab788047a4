"""Calendars are loaded, changed locally, and explained by the version of their day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from yiwang.clocks import tasks
from yiwang.clocks.models import CalendarDay, CalendarWarning, CalendarYear, WorkingCalendar
from yiwang.clocks.public import (
    calendar_as_of,
    clear_local_day,
    current_calendar,
    due_at,
    load_calendar,
    set_local_day,
    set_working_hours,
    unknown_year_warning,
)
from yiwang.clocks.services import note_unknown_years
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused, StaleVersion
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.public import JournalEntry, OutboxEvent, forget

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
EDITOR = system_actor("test", "clocks.edit")

pytestmark = pytest.mark.django_db


def local(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


def load(*years: int) -> WorkingCalendar:
    return load_calendar(actor=EDITOR, at=AT, years=years or (2024, 2025, 2026))


def test_a_loaded_calendar_knows_the_moved_days() -> None:
    load()
    due = due_at(local("2026-02-13 15:20"), 4, "work_hour", at=AT)
    assert (due.due_at, due.certain, due.calendar_version) == (local("2026-02-14 09:20"), True, 1)
    assert [entry.kind for entry in JournalEntry.objects.all()] == ["clocks.years_loaded"]
    assert OutboxEvent.objects.get().kind == "clocks.calendar_changed"


def test_loading_again_changes_nothing() -> None:
    load(2025)
    before = CalendarDay.objects.count()
    assert load(2025).version == 1
    assert load(2025, 2026).version == 2
    assert CalendarYear.objects.filter(until_version=None).count() == 2
    assert CalendarDay.objects.filter(day__year=2025).count() == before


def test_a_corrected_year_replaces_the_old_one_and_keeps_it_for_old_deadlines() -> None:
    load(2026)
    CalendarDay.objects.filter(day=date(2026, 2, 14)).delete()
    calendar = load(2026)
    assert calendar.version == 2
    start = local("2026-02-13 15:20")
    assert due_at(start, 4, "work_hour", at=AT).due_at == local("2026-02-14 09:20")
    assert calendar_as_of(1).add(start, 4, "work_hour").due_at == local("2026-02-24 09:20")


@pytest.mark.django_db(transaction=True)
def test_a_year_that_is_not_published_is_refused_and_named() -> None:
    with pytest.raises(Invalid, match="2099 年的放假调休安排尚未公布"):
        load(2026, 2099)
    assert not WorkingCalendar.objects.exists()


def test_known_years_have_no_gap() -> None:
    load(2024)
    with pytest.raises(Invalid, match="请先载入 2025 年"):
        load(2026)


def test_without_a_calendar_deadlines_say_that_they_are_a_guess() -> None:
    due = due_at(local("2026-02-13 15:20"), 4, "work_hour", at=AT)
    assert (due.due_at, due.certain) == (local("2026-02-16 09:20"), False)
    assert "2026 年" in due.explanation


def test_a_local_day_beats_the_official_one_until_it_is_taken_back() -> None:
    load()
    start, day = local("2026-03-02 17:00"), date(2026, 3, 3)
    set_local_day(actor=EDITOR, at=AT, day=day, intervals=[], name="台风停工")
    closed = due_at(start, 2, "work_hour", at=AT)
    assert closed.due_at == local("2026-03-04 09:00")
    assert "3月3日休息（台风停工），不计" in closed.explanation
    set_local_day(actor=EDITOR, at=AT, day=day, intervals=[("10:00", "11:00")], name="半日")
    assert due_at(start, 2, "work_hour", at=AT).due_at == local("2026-03-03 11:00")
    clear_local_day(actor=EDITOR, at=AT, day=day)
    assert due_at(start, 2, "work_hour", at=AT).due_at == local("2026-03-03 09:00")
    assert calendar_as_of(2).add(start, 2, "work_hour").due_at == local("2026-03-04 09:00")


def test_summer_hours_hold_from_their_first_day() -> None:
    load()
    usual = [("08:00", "12:00"), ("14:00", "18:00")]
    set_working_hours(actor=EDITOR, at=AT, intervals=usual, valid_from=date(2026, 1, 1))
    summer = [("08:00", "12:00"), ("15:00", "19:00")]
    set_working_hours(actor=EDITOR, at=AT, intervals=summer, valid_from=date(2026, 7, 1))
    assert due_at(local("2026-06-29 12:00"), 1, "work_day", at=AT).due_at == local("2026-06-30 18:00")
    assert due_at(local("2026-06-30 12:00"), 1, "work_day", at=AT).due_at == local("2026-07-01 19:00")
    with pytest.raises(Conflict, match="已有作息时间"):
        set_working_hours(
            actor=EDITOR, at=AT, intervals=usual, valid_from=date(2026, 6, 1), valid_to=date(2026, 8, 1)
        )


@pytest.mark.parametrize(
    "intervals", [[("8", "12:00")], [("08:00", "07:00")], [("08:00", "12:00"), ("11:00", "13:00")]]
)
def test_hours_that_make_no_sense_are_refused(intervals: list[tuple[str, str]]) -> None:
    load()
    with pytest.raises(Invalid):
        set_local_day(actor=EDITOR, at=AT, day=date(2026, 3, 3), intervals=intervals, name="x")


def test_only_who_may_edit_calendars_does() -> None:
    with pytest.raises(Refused):
        load_calendar(actor=system_actor("test"), at=AT)


def test_a_stale_page_is_told() -> None:
    load()
    with pytest.raises(StaleVersion):
        set_local_day(actor=EDITOR, at=AT, day=date(2026, 3, 3), intervals=[], name="x", expected=0)


def test_local_days_need_a_calendar() -> None:
    with pytest.raises(Conflict, match="请先载入"):
        set_local_day(actor=EDITOR, at=AT, day=date(2026, 3, 3), intervals=[], name="x")


def test_the_page_warns_of_years_that_are_not_known() -> None:
    assert "2026 年" in unknown_year_warning(AT)
    load()
    assert unknown_year_warning(AT) == ""
    assert "2027 年" in unknown_year_warning(datetime(2026, 11, 2, tzinfo=UTC))
    assert "2027 年" not in unknown_year_warning(datetime(2026, 10, 30, tzinfo=UTC))
    assert current_calendar().known_to == date(2026, 12, 31)


def test_the_log_of_warnings_says_since_when_a_year_was_unknown_and_when_it_was_loaded() -> None:
    tasks.warn_of_unknown_years(timestamp=0)  # knows the instants of the machine only
    CalendarWarning.objects.all().delete()
    assert note_unknown_years(AT) == [2026]
    assert note_unknown_years(AT + timedelta(days=1)) == [2026]
    row = CalendarWarning.objects.get()
    assert (row.year, row.first_at, row.last_at, row.settled_at) == (2026, AT, AT + timedelta(days=1), None)
    load()
    forget()
    assert note_unknown_years(AT + timedelta(days=2)) == []
    assert CalendarWarning.objects.get().settled_at == AT + timedelta(days=2)
