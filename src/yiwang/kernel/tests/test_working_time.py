"""Working time is exact to the second, whichever way it is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.working_time import (
    SHANGHAI,
    UNITS,
    OutOfRange,
    WorkCalendar,
    interval,
)


@given(
    st.integers(0, 300 * 24 * 60),
    st.integers(1, 400),
    st.sampled_from(["work_hour", "urgent_hour", "urgent_day"]),
)
def test_what_is_taken_off_an_instant_is_left_until_it(minute: int, amount: int, unit: str) -> None:
    calendar = WorkCalendar()
    end = calendar.add(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute), 1, "work_hour").due_at
    start = calendar.subtract(end, amount, unit)
    assert start < end
    assert calendar.add(start, amount, unit).due_at == end


def test_a_working_day_earlier_is_the_same_time_of_the_working_day_before() -> None:
    calendar = WorkCalendar()
    monday = datetime(2026, 3, 9, 18, tzinfo=SHANGHAI)
    assert calendar.subtract(monday, 1, "work_day") == datetime(2026, 3, 6, 18, tzinfo=SHANGHAI)
    assert calendar.subtract(monday.replace(hour=10), 2, "work_day") == datetime(
        2026, 3, 5, 10, tzinfo=SHANGHAI
    )
    sunday = datetime(2026, 3, 8, 23, tzinfo=SHANGHAI)
    assert calendar.subtract(sunday, 1, "work_day") == datetime(2026, 3, 6, 18, tzinfo=SHANGHAI)
    with pytest.raises(ValueError, match="单位"):
        calendar.subtract(monday, 1, "month")


def days(*texts: str) -> set[date]:
    return {date.fromisoformat(text) for text in texts}


def run(first: str, last: str) -> set[date]:
    since, until = date.fromisoformat(first), date.fromisoformat(last)
    return {since + timedelta(days=n) for n in range((until - since).days + 1)}


#: The State Council's arrangement for 2026, typed from the notice.
OFF_2026 = (
    run("2026-01-01", "2026-01-03")
    | run("2026-02-15", "2026-02-23")
    | run("2026-04-04", "2026-04-06")
    | run("2026-05-01", "2026-05-05")
    | run("2026-06-19", "2026-06-21")
    | run("2026-09-25", "2026-09-27")
    | run("2026-10-01", "2026-10-07")
)
MADE_UP_2026 = days("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")
SPECIAL = date(2026, 3, 18)
CLOSED = date(2026, 3, 19)
SATURDAY_DUTY = date(2026, 3, 21)

PLAIN = WorkCalendar(OFF_2026, MADE_UP_2026, known_from=date(2026, 1, 1), known_to=date(2026, 12, 31))
LOCAL = WorkCalendar(
    OFF_2026,
    MADE_UP_2026,
    known_from=date(2026, 1, 1),
    known_to=date(2026, 12, 31),
    overrides={
        SPECIAL: (interval("07:30", "11:00"), interval("11:30", "12:15"), interval("20:00", "24:00")),
        CLOSED: (),
        SATURDAY_DUTY: (interval("00:00", "06:00"),),
    },
    seasons=[(date(2026, 7, 1), date(2026, 10, 1), (interval("08:00", "12:00"), interval("15:00", "18:30")))],
)


def at(text: str) -> datetime:
    form = "%Y-%m-%d %H:%M:%S" if text.count(":") == 2 else "%Y-%m-%d %H:%M"
    return datetime.strptime(text, form).replace(tzinfo=SHANGHAI)


def slowly(calendar: WorkCalendar, start: datetime, seconds: int, *, step: int) -> datetime:
    """Walk the clock in small steps and count those that are work; shares nothing with the product."""
    now, left = start, seconds
    while left > 0:
        local = now.astimezone(SHANGHAI)
        day = local.date()
        if day in calendar.overrides:
            plan = calendar.overrides[day]
        elif day in OFF_2026 or (day.weekday() in (5, 6) and day not in MADE_UP_2026):
            plan = ()
        elif any(a <= day < b for a, b, _ in calendar.seasons):
            plan = calendar.seasons[0][2]
        else:
            plan = calendar.intervals
        clock = local.hour * 3600 + local.minute * 60 + local.second
        if any(begin <= clock < end for begin, end in plan):
            left -= step
        now += timedelta(seconds=step)
    return now


@pytest.mark.parametrize(
    ("start", "amount", "unit", "due"),
    [
        ("2026-02-13 15:20", 4, "work_hour", "2026-02-14 09:20"),
        ("2026-03-02 08:00", 4, "work_hour", "2026-03-02 12:00"),
        ("2026-03-02 08:00", 8, "work_hour", "2026-03-02 18:00"),
        ("2026-03-02 12:00", 1, "work_hour", "2026-03-02 15:00"),
        ("2026-03-02 13:00", 1, "work_hour", "2026-03-02 15:00"),
        ("2026-03-02 18:00", 1, "work_hour", "2026-03-03 09:00"),
        ("2026-03-02 23:59:59", 1, "work_hour", "2026-03-03 09:00"),
        ("2026-03-03 00:00", 1, "work_hour", "2026-03-03 09:00"),
        ("2026-03-02 11:59:59", 1, "work_hour", "2026-03-02 14:59:59"),
        ("2026-03-06 17:30", Fraction(1, 2), "work_hour", "2026-03-06 18:00"),
        ("2026-03-06 17:30", Decimal("0.75"), "work_hour", "2026-03-09 08:15"),
        ("2026-03-06 17:30", 1, "work_day", "2026-03-09 18:00"),
        ("2026-03-07 10:00", 1, "work_day", "2026-03-09 18:00"),
        ("2026-03-09 06:00", 1, "work_day", "2026-03-10 18:00"),
        ("2026-02-13 09:00", 2, "work_day", "2026-02-24 18:00"),
        ("2026-01-03 09:00", 1, "work_day", "2026-01-04 18:00"),
        ("2026-02-14 23:00", 2, "urgent_hour", "2026-02-15 01:00"),
        ("2026-02-27 12:00", 2, "urgent_day", "2026-03-01 12:00"),
    ],
)
def test_known_deadlines(start: str, amount: int, unit: str, due: str) -> None:
    assert PLAIN.add(at(start), amount, unit).due_at == at(due)


def test_the_leap_day_is_a_day() -> None:
    calendar = WorkCalendar(known_from=date(2024, 1, 1), known_to=date(2024, 12, 31))
    assert calendar.add(at("2024-02-28 17:00"), 2, "work_hour").due_at == at("2024-02-29 09:00")
    assert calendar.add(at("2024-02-28 17:00"), 2, "urgent_day").due_at == at("2024-03-01 17:00")
    assert calendar.add(at("2024-02-28 17:00"), 2, "work_day").due_at == at("2024-03-01 18:00")


def test_a_day_with_its_own_intervals_ends_with_its_last_one() -> None:
    assert LOCAL.add(at("2026-03-17 09:00"), 1, "work_day").due_at == at("2026-03-19 00:00")
    assert LOCAL.add(at("2026-03-18 09:00"), 1, "work_day").due_at == at("2026-03-20 18:00")
    assert LOCAL.add(at("2026-03-20 09:00"), 1, "work_day").due_at == at("2026-03-21 06:00")
    assert LOCAL.add(at("2026-07-01 17:30"), 1, "work_hour").due_at == at("2026-07-01 18:30")


instants = st.integers(0, 334 * 86_400).map(lambda n: at("2026-01-01 00:00") + timedelta(seconds=n))
calendars = st.sampled_from([PLAIN, LOCAL])
seconds = st.integers(1, 200 * 3600)


@given(calendars, instants, seconds)
def test_between_undoes_add(calendar: WorkCalendar, start: datetime, count: int) -> None:
    due = calendar.add(start, Fraction(count, 3600), "work_hour").due_at
    assert calendar.between(start, due) == timedelta(seconds=count)
    assert calendar.between(due, start) == -timedelta(seconds=count)
    assert calendar.is_working(due - timedelta(seconds=1))


@given(calendars, instants, st.integers(1, 120))
def test_work_days_between_undoes_add(calendar: WorkCalendar, start: datetime, count: int) -> None:
    due = calendar.add(start, count, "work_day").due_at
    inside = due - timedelta(seconds=1)
    assert calendar.work_days_between(start, inside) == count
    assert not calendar.is_working(due)


@given(
    calendars,
    instants,
    st.sampled_from(UNITS),
    st.integers(1, 60),
    st.tuples(st.integers(0, 10**6), st.integers(0, 9)),
)
def test_a_later_start_or_a_longer_limit_is_never_due_earlier(
    calendar: WorkCalendar, start: datetime, unit: str, amount: int, more: tuple[int, int]
) -> None:
    later, longer = more
    due = calendar.add(start, amount, unit).due_at
    assert start < due
    assert due <= calendar.add(start + timedelta(seconds=later), amount, unit).due_at
    assert due <= calendar.add(start, amount + longer, unit).due_at


@given(calendars, instants, seconds, seconds)
def test_work_hours_add_up(calendar: WorkCalendar, start: datetime, one: int, two: int) -> None:
    first = calendar.add(start, Fraction(one, 3600), "work_hour").due_at
    both = calendar.add(start, Fraction(one + two, 3600), "work_hour").due_at
    assert calendar.add(first, Fraction(two, 3600), "work_hour").due_at == both


@settings(max_examples=60, deadline=None)
@given(calendars, instants, st.integers(1, 24 * 60))
def test_a_program_that_walks_minute_by_minute_agrees(
    calendar: WorkCalendar, start: datetime, minutes: int
) -> None:
    start = start.replace(second=0)
    assert calendar.add(start, Fraction(minutes, 60), "work_hour").due_at == slowly(
        calendar, start, minutes * 60, step=60
    )


@settings(max_examples=12, deadline=None)
@given(calendars, instants, st.integers(1, 9000))
def test_a_program_that_walks_second_by_second_agrees(
    calendar: WorkCalendar, start: datetime, count: int
) -> None:
    assert calendar.add(start, Fraction(count, 3600), "work_hour").due_at == slowly(
        calendar, start, count, step=1
    )


@given(calendars, st.sampled_from(UNITS), st.lists(st.tuples(instants, st.integers(1, 99)), min_size=1))
def test_many_at_once_equal_one_by_one(
    calendar: WorkCalendar, unit: str, rows: list[tuple[datetime, int]]
) -> None:
    starts = np.array([s.astimezone(UTC).replace(tzinfo=None) for s, _ in rows], dtype="datetime64[s]")
    found, certain = calendar.add_many(starts, np.array([n for _, n in rows]), unit)
    single = [calendar.add(s, n, unit) for s, n in rows]
    assert [d.replace(tzinfo=UTC) for d in found.tolist()] == [d.due_at for d in single]
    assert certain.tolist() == [d.certain for d in single]


@given(calendars, instants, st.sampled_from(UNITS), st.integers(1, 60))
def test_the_steps_touch_and_add_up_to_the_limit(
    calendar: WorkCalendar, start: datetime, unit: str, amount: int
) -> None:
    due = calendar.add(start, amount, unit)
    assert due.steps[0].since == start
    assert due.steps[-1].until == due.due_at
    assert all(one.until == two.since for one, two in pairwise(due.steps))
    size = timedelta(days=1) if unit.endswith("day") else timedelta(hours=1)
    assert sum((step.counted for step in due.steps), timedelta(0)) == size * amount


def test_the_explanation_tells_each_span() -> None:
    assert PLAIN.add(at("2026-02-13 15:20"), 4, "work_hour").explanation == (
        "2月13日（周五）15:20—18:00，计 2 小时 40 分；"
        "2月14日（周六，调休上班）08:00—09:20，计 1 小时 20 分，用满 4 小时，"
        "截止 2026年2月14日（周六）09:20。"
    )
    assert PLAIN.add(at("2026-02-14 17:00"), 6, "work_day").explanation == (
        "2月14日（周六，调休上班）为起始日，不计；2月15日—2月23日休息（放假），不计；"
        "第 1—4 个工作日：2月24日—2月27日；第 5 个工作日：2月28日（周六，调休上班）；"
        "3月1日休息（周末），不计；第 6 个工作日：3月2日（周一），截止当日下班 2026年3月2日（周一）18:00。"
    )
    assert PLAIN.add(at("2026-02-13 20:00"), 1, "work_hour").explanation == (
        "起点 2月13日（周五）20:00在工作时段之外，不计；"
        "2月14日（周六，调休上班）08:00—09:00，计 1 小时，用满 1 小时，截止 2026年2月14日（周六）09:00。"
    )
    assert PLAIN.add(at("2026-02-13 15:20"), 2, "urgent_hour").explanation == (
        "紧急工作时按自然时间连续计算：2月13日（周五）15:20起 2 小时，截止 2026年2月13日（周五）17:20。"
    )


def test_a_deadline_in_a_year_that_is_not_known_says_so() -> None:
    due = PLAIN.add(at("2026-12-31 09:00"), 1, "work_day")
    assert due.due_at == at("2027-01-01 18:00")
    assert not due.certain
    assert due.warning == "2027 年的放假调休安排尚未载入，暂按普通周末推算，载入后可能变动。"
    assert due.explanation.endswith("；" + due.warning)
    assert PLAIN.add(at("2026-12-31 09:00"), 30, "urgent_day").certain
    assert PLAIN.add(at("2026-12-30 09:00"), 1, "work_day").certain
    assert not WorkCalendar().add(at("2026-03-02 09:00"), 1, "work_hour").certain


@pytest.mark.parametrize(
    ("amount", "unit"),
    [(0, "work_hour"), (-1, "urgent_day"), (Fraction(1, 2), "work_day"), (Fraction(1, 7), "work_hour"),
     (1.5, "work_hour"), (True, "work_day"), (0, "work_day"), (1, "fortnight")],
)  # fmt: skip
def test_a_limit_that_means_nothing_is_refused(amount: object, unit: str) -> None:
    with pytest.raises(ValueError, match=r"时限|工作日"):
        PLAIN.add(at("2026-03-02 09:00"), amount, unit)  # type: ignore[arg-type]


@pytest.mark.parametrize("unit", UNITS)
def test_a_deadline_beyond_the_table_is_refused(unit: str) -> None:
    with pytest.raises(OutOfRange):
        PLAIN.add(at("2026-03-02 09:00"), 10**7, unit)
    with pytest.raises(OutOfRange):
        PLAIN.add(datetime(1990, 1, 1, tzinfo=UTC), 1, unit)


def test_a_calendar_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="既放假又上班"):
        WorkCalendar(days("2026-02-14"), days("2026-02-14"))
    with pytest.raises(ValueError, match="互不重叠"):
        WorkCalendar(intervals=(interval("08:00", "12:00"), interval("11:00", "18:00")))
    with pytest.raises(ValueError, match="至少"):
        WorkCalendar(intervals=())
    with pytest.raises(ValueError, match="结束须晚于开始"):
        interval("12:00", "08:00")
