"""Deadlines derived by hand from the State Council's notices for 2024 to 2026."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from yiwang.clocks.official import known_years, official_calendar, official_days
from yiwang.kernel.working_time import SHANGHAI

GOLDEN = """
# plain weeks, lunch, ends of intervals
2026-03-02 08:00 | 4   | work_hour | 2026-03-02 12:00
2026-03-02 08:00 | 4.5 | work_hour | 2026-03-02 14:30
2026-03-02 08:00 | 8   | work_hour | 2026-03-02 18:00
2026-03-02 08:00 | 9   | work_hour | 2026-03-03 09:00
2026-03-02 10:30 | 2   | work_hour | 2026-03-02 14:30
2026-03-02 11:59 | 1   | work_hour | 2026-03-02 14:59
2026-03-02 12:00 | 4   | work_hour | 2026-03-02 18:00
2026-03-02 13:59 | 4   | work_hour | 2026-03-02 18:00
2026-03-02 07:00 | 2   | work_hour | 2026-03-02 10:00
2026-03-02 00:00 | 2   | work_hour | 2026-03-02 10:00
2026-03-06 16:00 | 2   | work_hour | 2026-03-06 18:00
2026-03-06 16:00 | 4   | work_hour | 2026-03-09 10:00
2026-03-06 18:00 | 4   | work_hour | 2026-03-09 12:00
2026-03-07 10:00 | 40  | work_hour | 2026-03-13 18:00
2026-03-06 17:59 | 1   | work_day  | 2026-03-09 18:00
2026-03-02 00:00 | 5   | work_day  | 2026-03-09 18:00
2026-03-08 23:59 | 1   | work_day  | 2026-03-09 18:00
# 2026, New Year: off 01-01 to 01-03, Sunday 01-04 worked
2025-12-31 09:00 | 1   | work_day  | 2026-01-04 18:00
2025-12-31 16:00 | 4   | work_hour | 2026-01-04 10:00
2026-01-01 12:00 | 2   | work_day  | 2026-01-05 18:00
2025-12-31 23:00 | 2   | urgent_hour | 2026-01-01 01:00
# 2026, Spring Festival: off 02-15 to 02-23, Saturdays 02-14 and 02-28 worked
2026-02-13 15:20 | 4   | work_hour | 2026-02-14 09:20
2026-02-13 15:20 | 1   | work_day  | 2026-02-14 18:00
2026-02-13 15:20 | 2   | work_day  | 2026-02-24 18:00
2026-02-14 15:20 | 4   | work_hour | 2026-02-24 09:20
2026-02-14 18:00 | 8   | work_hour | 2026-02-24 18:00
2026-02-18 09:00 | 5   | work_day  | 2026-02-28 18:00
2026-02-27 17:00 | 2   | work_hour | 2026-02-28 09:00
2026-02-28 17:00 | 2   | work_hour | 2026-03-02 09:00
2026-02-13 15:20 | 10  | urgent_day | 2026-02-23 15:20
# 2026, Qingming: off 04-04 to 04-06; Labour Day: off 05-01 to 05-05, Saturday 05-09 worked
2026-04-03 17:30 | 1   | work_hour | 2026-04-07 08:30
2026-04-03 09:00 | 1   | work_day  | 2026-04-07 18:00
2026-04-30 14:00 | 6   | work_hour | 2026-05-06 10:00
2026-04-30 14:00 | 4   | work_day  | 2026-05-09 18:00
2026-05-08 17:00 | 3   | work_hour | 2026-05-09 10:00
2026-05-09 15:00 | 1   | work_day  | 2026-05-11 18:00
# 2026, Dragon Boat 06-19 to 06-21, Mid-Autumn 09-25 to 09-27, National Day 10-01 to 10-07
2026-06-18 15:00 | 5   | work_hour | 2026-06-22 10:00
2026-09-18 16:00 | 3   | work_hour | 2026-09-20 09:00
2026-09-24 10:00 | 1   | work_day  | 2026-09-28 18:00
2026-09-30 17:00 | 2   | work_hour | 2026-10-08 09:00
2026-09-30 10:00 | 3   | work_day  | 2026-10-10 18:00
2026-10-10 10:00 | 1   | work_day  | 2026-10-12 18:00
# 2025: New Year off 01-01 only; Spring Festival off 01-28 to 02-04, worked 01-26 and 02-08
2024-12-31 17:00 | 2   | work_hour | 2025-01-02 09:00
2025-01-24 16:00 | 4   | work_hour | 2025-01-26 10:00
2025-01-27 17:00 | 2   | work_hour | 2025-02-05 09:00
2025-01-27 09:00 | 4   | work_day  | 2025-02-08 18:00
2025-02-08 17:30 | 1   | work_hour | 2025-02-10 08:30
# 2025: Qingming off 04-04 to 04-06; Labour Day off 05-01 to 05-05, Sunday 04-27 worked
2025-04-03 17:00 | 2   | work_hour | 2025-04-07 09:00
2025-04-25 10:00 | 1   | work_day  | 2025-04-27 18:00
2025-04-30 10:00 | 2   | work_day  | 2025-05-07 18:00
2025-04-30 17:45 | 0.5 | work_hour | 2025-05-06 08:15
# 2025: Dragon Boat off 05-31 to 06-02; National Day off 10-01 to 10-08, worked 09-28 (Sunday) and 10-11
2025-05-30 15:00 | 8   | work_hour | 2025-06-03 15:00
2025-09-26 15:00 | 8   | work_hour | 2025-09-28 15:00
2025-09-30 12:30 | 4   | work_hour | 2025-09-30 18:00
2025-09-30 15:00 | 8   | work_hour | 2025-10-09 15:00
2025-10-08 20:00 | 3   | work_day  | 2025-10-11 18:00
2025-10-01 00:00 | 8   | urgent_day | 2025-10-09 00:00
# 2024: Spring Festival off 02-10 to 02-17, Sundays 02-04 and 02-18 worked; leap day
2024-02-02 16:00 | 4   | work_hour | 2024-02-04 10:00
2024-02-09 15:00 | 5   | work_hour | 2024-02-18 10:00
2024-02-09 09:00 | 2   | work_day  | 2024-02-19 18:00
2024-02-28 17:00 | 2   | work_hour | 2024-02-29 09:00
2024-02-28 23:30 | 24  | urgent_hour | 2024-02-29 23:30
2024-02-29 10:00 | 1   | work_day  | 2024-03-01 18:00
# 2024: Qingming off 04-04 to 04-06, Sunday 04-07 worked; Labour Day off 05-01 to 05-05, worked 04-28, 05-11
2024-04-03 17:00 | 2   | work_hour | 2024-04-07 09:00
2024-04-26 17:00 | 2   | work_hour | 2024-04-28 09:00
2024-04-30 10:00 | 4   | work_day  | 2024-05-09 18:00
2024-05-10 10:00 | 2   | work_day  | 2024-05-13 18:00
# 2024: Dragon Boat off 06-10; Mid-Autumn off 09-15 to 09-17, Saturday 09-14 worked
2024-06-07 17:00 | 2   | work_hour | 2024-06-11 09:00
2024-09-13 10:00 | 2   | work_day  | 2024-09-18 18:00
# 2024: National Day off 10-01 to 10-07, worked 09-29 (Sunday) and 10-12 (Saturday)
2024-09-29 17:00 | 10  | work_hour | 2024-10-08 09:00
2024-10-01 10:00 | 5   | work_day  | 2024-10-12 18:00
2024-12-27 10:00 | 3   | work_day  | 2025-01-02 18:00
"""

ROWS = [
    [part.strip() for part in line.split("|")]
    for line in GOLDEN.splitlines()
    if line and not line.startswith("#")
]


def local(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(("start", "amount", "unit", "due"), ROWS)
def test_a_deadline_derived_by_hand(start: str, amount: str, unit: str, due: str) -> None:
    found = official_calendar().add(local(start), Decimal(amount), unit)
    assert (found.due_at, found.certain) == (local(due), True)


def test_there_are_enough_of_them() -> None:
    assert len(ROWS) >= 60


@pytest.mark.parametrize(
    ("year", "worked"),
    [
        (2024, "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12"),
        (2025, "01-26 02-08 04-27 09-28 10-11"),
        (2026, "01-04 02-14 02-28 05-09 09-20 10-10"),
    ],
)
def test_the_package_holds_every_make_up_workday(year: int, worked: str) -> None:
    found = [f"{day.day:%m-%d}" for day in official_days(year) if day.works]
    assert found == worked.split()


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
