"""The explanation of a deadline is stored in Chinese and said in the language of the reader."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from tools import translations

from yiwang.clocks.official import known_years, official_calendar, official_days
from yiwang.clocks.registering import DAY_NAMES
from yiwang.interface.error_words import error_words
from yiwang.interface.time_words import spoken_limit, time_words
from yiwang.kernel.working_time import SHANGHAI, UNITS, WorkCalendar, interval

CHINESE = re.compile("[\u4e00-\u9fff]")
FIRST = datetime(2024, 1, 1, tzinfo=SHANGHAI)
FRIDAY = datetime(2026, 2, 13, 15, 20, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True, scope="module")
def _catalogue() -> None:
    translations.compile_catalogues()


def _english(text: str) -> str:
    with translation.override("en"):
        return error_words(text)


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        (
            4,
            "work_hour",
            "Fri 13 Feb 15:20\N{EN DASH}18:00: 2 h 40 min. Sat 14 Feb (make-up workday) "
            "08:00\N{EN DASH}09:20: 1 h 20 min; 4 h used up, due Sat 14 Feb 2026 09:20.",
        ),
        (
            2,
            "work_day",
            "Fri 13 Feb is the day of the start: not counted. Working day 1: Sat 14 Feb (make-up workday). "
            "15 Feb\N{EN DASH}23 Feb off (Lunar New Year's Eve, Spring Festival, day off in lieu): not "
            "counted. Working day 2: Tue 24 Feb; due at the end of work, Tue 24 Feb 2026 18:00.",
        ),
        (
            2,
            "urgent_hour",
            "Urgent hours run on the wall clock: 2 h from Fri 13 Feb 15:20, due Fri 13 Feb 2026 17:20.",
        ),
    ],
)
def test_an_explanation_is_told_in_english(amount: int, unit: str, said: str) -> None:
    assert _english(official_calendar([2026]).add(FRIDAY, amount, unit).explanation) == said


@given(
    start=st.integers(0, 1240 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds)),
    amount=st.integers(1, 60),
    unit=st.sampled_from(UNITS),
)
def test_no_explanation_keeps_chinese_on_an_english_page(start: datetime, amount: int, unit: str) -> None:
    due = _LOCAL.add(start, amount, unit)
    said = _english(due.explanation)
    assert CHINESE.findall(said) == []
    due_day = due.due_at.astimezone(SHANGHAI).date()
    assert f" {due_day.day} " in said
    assert str(due_day.year) in said


#: Official days, a day on which nobody works, one with hours of its own, and summer hours.
_LOCAL = WorkCalendar(
    official_calendar().days_off,
    official_calendar().make_up_days,
    known_from=date(2024, 1, 1),
    known_to=date(2026, 12, 31),
    overrides={date(2026, 3, 4): (), date(2026, 3, 6): (interval("09:00", "11:30"),)},
    seasons=[(date(2026, 6, 1), date(2026, 9, 1), (interval("08:30", "12:00"), interval("15:00", "18:00")))],
    names=official_calendar().names,
)


def test_a_chinese_page_keeps_the_explanation_word_for_word() -> None:
    text = official_calendar([2026]).add(FRIDAY, 4, "work_hour").explanation
    with translation.override("zh-hans"):
        assert error_words(text) == text


def test_every_name_of_an_official_day_has_its_english() -> None:
    names = {day.name for year in known_years() for day in official_days(year)}
    assert names - set(DAY_NAMES) == set()
    with translation.override("en"):
        assert [name for name in DAY_NAMES if CHINESE.search(translation.gettext(name))] == []


@pytest.mark.parametrize(
    ("amount", "said"), [("1", "1 working hour"), ("4", "4 working hours"), ("0.5", "0.5 working hours")]
)
def test_a_limit_is_counted_in_the_language_of_the_reader(amount: str, said: str) -> None:
    with translation.override("en"):
        assert spoken_limit(Decimal(amount), "work_hour") == said
        assert time_words(f"{amount} 工作时") == said


@pytest.mark.parametrize("text", ["工作时", "4工作时", "2月", "周六", "下午 3 点", "08:00", "2 小时后", ""])
def test_what_is_no_time_is_left_to_others(text: str) -> None:
    with translation.override("en"):
        assert time_words(text) == ""


def test_a_name_that_a_city_gave_a_day_stays_within_the_english() -> None:
    calendar = WorkCalendar(
        overrides={date(2026, 3, 6): (interval("09:00", "11:30"),)}, names={date(2026, 3, 6): "龙舟赛"}
    )
    said = _english(calendar.add(datetime(2026, 3, 5, 17, tzinfo=SHANGHAI), 2, "work_hour").explanation)
    assert CHINESE.findall(said) == list("龙舟赛")
