"""A limit is read the way the standards spell it, or it is refused."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.limits import Limit, LimitUnreadable, limit_problem, read_limit
from yiwang.kernel.working_time import UNITS, WorkCalendar


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("4小时", Limit(4, "work_hour")),
        ("5天", Limit(5, "work_day")),
        ("3工作时", Limit(3, "work_hour")),
        ("3个工作日", Limit(3, "work_day")),
        ("2紧急工作时", Limit(2, "urgent_hour")),
        ("2紧急工作日", Limit(2, "urgent_day")),
        ("2自然日", Limit(2, "urgent_day")),
        ("２４小时内", Limit(24, "work_hour")),
        ("二十四小时以内", Limit(24, "work_hour")),
        ("十五个工作日", Limit(15, "work_day")),
        ("一百零五天", Limit(105, "work_day")),
        ("两天", Limit(2, "work_day")),
        ("叁个工作日", Limit(3, "work_day")),
        ("1.5小时", Limit(Fraction(3, 2), "work_hour")),
        ("半小时", Limit(Fraction(1, 2), "work_hour")),
        ("半个工作时", Limit(Fraction(1, 2), "work_hour")),
        ("一个半小时", Limit(Fraction(3, 2), "work_hour")),
        ("3.0天", Limit(3, "work_day")),
        ("3日内", Limit(3, "work_day")),
        ("2紧急工作时制止", Limit(2, "urgent_hour", "制止")),
        ("种植季节15工作日", Limit(15, "work_day", "种植季节")),
        ("种植季节\n15工\r\n作日", Limit(15, "work_day", "种植季节")),
        (" 2 紧急\u3000工作时\t（ 制止 ）", Limit(2, "urgent_hour", "制止")),
        ("2\u200b小时", Limit(2, "work_hour")),
    ],
)
def test_every_spelling_is_read(text: str, limit: Limit) -> None:
    assert read_limit(text) == limit


@pytest.mark.parametrize(
    "text",
    [
        "", "立即", "及时处置", "小时", "3", "3周", "一个月", "0小时", "零天", "-3天", "3-5天",
        "3至5个工作日", "三到五天", "2小时或3天", "2小时，重大的3天", "0.5天", "半天", "3天以上",
        "不少于3天", "约3天", "1,000天", "99999天", "二四小时", "百十天", "每月15日", "15日",
        "紧急2小时", "自然天数3天", "工作2小时", "30分钟", "一百五天", "第2次3天", "十十天",
    ],
)  # fmt: skip
def test_what_leaves_a_doubt_is_refused(text: str) -> None:
    with pytest.raises(LimitUnreadable, match="无法识别"):
        read_limit(text)


def test_a_file_may_say_that_its_hours_and_days_run_on_the_wall_clock() -> None:
    assert read_limit("2小时", hour_means="urgent_hour") == Limit(2, "urgent_hour")
    assert read_limit("半天", day_means="urgent_day") == Limit(Fraction(1, 2), "urgent_day")
    assert read_limit("2工作时", hour_means="urgent_hour") == Limit(2, "work_hour")
    with pytest.raises(ValueError, match="之一"):
        read_limit("2小时", hour_means="hours")


@given(st.text(alphabet="0123456789.一二十百半个小时天工作日紧急时内 \n-至每约或制止", max_size=12))
def test_whatever_is_read_is_positive_and_in_a_known_unit(text: str) -> None:
    try:
        limit = read_limit(text)
    except LimitUnreadable:
        return
    assert limit.amount > 0
    assert limit.unit in {"urgent_hour", "work_hour", "work_day", "urgent_day"}


@given(st.integers(1, 9999), st.sampled_from(["小时", "天", "紧急工作时"]))
def test_a_number_is_read_as_it_stands(number: int, unit: str) -> None:
    assert read_limit(f"{number}{unit}").amount == number


@pytest.mark.real_data
def test_every_row_of_a_real_standard_is_read(real_data: Path) -> None:
    with (real_data / "standards" / "components_standard.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    limits = [read_limit(row["处置时限"]) for row in rows]
    assert Counter(limit.unit for limit in limits) == {"work_day": 326, "work_hour": 29, "urgent_hour": 20}
    assert sum(limit.amount for limit in limits) == sum(
        int("".join(c for c in row["处置时限"] if c.isdigit())) for row in rows
    )
    assert {limit.remark for limit in limits} == {""}


@given(
    st.decimals(min_value="-1", max_value="12000", places=4) | st.integers(-3, 11_000),
    st.sampled_from(UNITS),
)
def test_what_has_no_problem_can_be_run_by_a_calendar(amount: Decimal | int, unit: str) -> None:
    if limit_problem(amount, unit) is None:
        assert WorkCalendar().add(datetime(2026, 3, 2, tzinfo=UTC), amount, unit).due_at
    elif 0 < amount <= 9999:
        with pytest.raises(ValueError, match="整"):
            WorkCalendar().add(datetime(2026, 3, 2, tzinfo=UTC), amount, unit)


def test_a_part_of_a_second_and_an_unknown_unit_are_problems() -> None:
    assert limit_problem(Decimal("0.0011"), "urgent_hour") == "工作日须为整数，小时须为整秒，小数不超过四位。"
    assert limit_problem(Decimal("0.0025"), "urgent_hour") is None
    assert limit_problem(Fraction(1, 3600), "work_hour") is not None
    assert "单位须为" in (limit_problem(1, "moon") or "")
