"""Golden deadlines for 2024 to 2026, worked out by hand or by the slow clock, all exact in the product."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from yiwang.clocks.official import known_years, official_calendar, official_days
from yiwang.clocks.tests import slow_clock
from yiwang.kernel.working_time import SHANGHAI, UNITS, Interval, WorkCalendar, interval

FOLDER = Path(__file__).parent
Row = dict[str, str]


def table(name: str) -> list[Row]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


DEADLINES = table("golden_deadlines.csv")
EXTENSIONS = table("golden_extensions.csv")
SUSPENSIONS = table("golden_suspensions.csv")


def named(row: Row) -> str:
    return f"{row['plan']} {row['start']} {row['amount']} {row['unit']}"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def intervals(hours: slow_clock.Hours) -> tuple[Interval, ...]:
    return tuple(interval(begin, end) for begin, end in hours)


@cache
def calendar_of(plan: str) -> WorkCalendar:
    """The product's calendar under one of the table's plans; its days are those of the product."""
    terms, official = slow_clock.PLANS[plan], official_calendar([2024, 2025, 2026])
    return WorkCalendar(
        official.days_off,
        official.make_up_days,
        intervals=intervals(terms.usual),
        known_from=official.known_from,
        known_to=official.known_to,
        overrides={day: intervals(hours) for day, hours in terms.local.items()},
        seasons=[(first, last, intervals(hours)) for first, last, hours in terms.seasons],
        names=official.names,
    )


# -- the table -------------------------------------------------------------------------------------
@pytest.mark.parametrize("row", DEADLINES, ids=named)
def test_a_golden_deadline(row: Row) -> None:
    found = calendar_of(row["plan"]).add(local(row["start"]), Decimal(row["amount"]), row["unit"])
    assert (found.due_at, found.certain) == (local(row["due"]), True)
    assert found.steps[0].since == local(row["start"])
    assert found.steps[-1].until == local(row["due"])


@pytest.mark.parametrize("plan", sorted(slow_clock.PLANS))
@pytest.mark.parametrize("unit", UNITS)
def test_many_deadlines_at_once_are_the_golden_ones_too(plan: str, unit: str) -> None:
    rows = [r for r in DEADLINES if (r["plan"], r["unit"]) == (plan, unit) and r["amount"].isdecimal()]
    if not rows:
        assert (plan, unit) != ("official", unit), "every unit stands in the official plan"
        return
    starts = np.array([_utc(local(r["start"])) for r in rows])
    amounts = np.array([int(r["amount"]) for r in rows])
    due, certain = calendar_of(plan).add_many(starts, amounts, unit)
    assert [str(d) for d in due] == [str(_utc(local(r["due"]))) for r in rows]
    assert certain.all()


def _utc(at: datetime) -> np.datetime64:
    return np.datetime64(int(at.timestamp()), "s")


def test_the_table_is_large_and_covers_every_kind() -> None:
    assert len(DEADLINES) >= 300
    assert len({named(row) for row in DEADLINES}) == len(DEADLINES)
    assert Counter(row["by"] for row in DEADLINES)["hand"] >= 60
    assert set(UNITS) == {row["unit"] for row in DEADLINES}
    assert {2024, 2025, 2026} == {local(row["start"]).year for row in DEADLINES}
    for word in ("Spring Festival 2024", "Spring Festival 2025", "Spring Festival 2026", "Mid-Autumn",
                 "make-up Sunday", "make-up Saturday", "lunch", "leap day", "end of a year", "long limit",
                 "fraction", "midnight", "used up exactly"):  # fmt: skip
        assert any(word in row["note"] for row in DEADLINES), word


# -- the slow clock --------------------------------------------------------------------------------
def test_the_slow_clock_answers_as_the_table_says() -> None:
    """Every hand-made row and every fourth of the others, but for the longest walks."""
    sample = [r for r in DEADLINES if r["by"] == "hand"] + DEADLINES[::4]
    short = [r for r in sample if r["unit"] != "work_hour" or Fraction(r["amount"]) <= 100]
    assert len(short) > 150
    assert [slow_clock.answered(row) for row in short] == short


def test_the_slow_clock_knows_the_products_days() -> None:
    calendar = official_calendar([2024, 2025, 2026])
    day, last = date(2024, 1, 1), date(2026, 12, 31)
    while day <= last:
        assert slow_clock.is_workday(day) == bool(calendar.plan(day)), day
        day += timedelta(days=1)
    for year in (2024, 2025, 2026):
        listed = official_days(year)
        worked = {d.day for d in listed if d.works}
        assert worked == {d for d in slow_clock.worked_days() if d.year == year}
        off = {d.day for d in listed if not d.works}
        by_hand = {d for d in slow_clock.days_off() if d.year == year}
        assert {d for d in by_hand ^ off if d.isoweekday() <= 5} == set()


# -- extension and suspension ----------------------------------------------------------------------
@pytest.mark.parametrize("row", EXTENSIONS, ids=named)
def test_an_extension_is_one_limit_more_from_the_old_due(row: Row) -> None:
    assert slow_clock.answered(row) == row
    calendar, amount, unit = calendar_of(row["plan"]), Decimal(row["amount"]), row["unit"]
    due = calendar.add(local(row["start"]), amount, unit).due_at
    once = calendar.add(due, amount, unit).due_at
    again = calendar.add(once, amount, unit).due_at
    assert [due, once, again] == [local(row[n]) for n in ("due", "extended", "extended_again")]


@pytest.mark.parametrize("row", SUSPENSIONS, ids=named)
def test_a_suspended_clock_goes_on_with_what_was_left(row: Row) -> None:
    assert slow_clock.answered(row) == row
    calendar, unit = calendar_of(row["plan"]), row["unit"]
    due = calendar.add(local(row["start"]), Decimal(row["amount"]), unit).due_at
    suspended, resumed = local(row["suspended"]), local(row["resumed"])
    assert suspended < due == local(row["due"])
    if unit in ("urgent_hour", "urgent_day"):
        after = resumed + (due - suspended)
    else:
        left = calendar.between(suspended, due)
        after = calendar.add(resumed, Fraction(left // timedelta(seconds=1), 3600), "work_hour").due_at
    assert after == local(row["due_after"])


# -- the official days -----------------------------------------------------------------------------
def test_a_year_without_its_moved_days_is_not_known() -> None:
    assert {2024, 2025, 2026} <= set(known_years())
    assert official_days(2099) == ()
    assert not official_calendar([2026]).is_known(date(2025, 12, 31))


def test_a_festival_is_named_in_the_explanation() -> None:
    due = official_calendar().add(local("2026-02-14 17:00"), 2, "work_hour")
    assert due.explanation == (
        "2月14日（周六，调休上班）17:00—18:00，计 1 小时；"
        "2月15日—2月23日休息（农历除夕、春节、调休），不计；"
        "2月24日（周二）08:00—09:00，计 1 小时，用满 2 小时，截止 2026年2月24日（周二）09:00。"
    )
