"""The moments of a ladder's steps, one clock at a time and a million at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.cases.steps import (
    TEN_THOUSAND,
    ManyClocks,
    RunningClock,
    Taken,
    moment_of,
    next_step,
    next_steps,
    read_steps,
    step_problems,
    steps_at,
)
from yiwang.kernel.working_time import SHANGHAI, WorkCalendar

CALENDAR = WorkCalendar()
MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)
LADDER: list[dict[str, Any]] = [
    {"act": "remind", "anchor": "share", "share": 50, "to": ["host"]},
    {"act": "soon", "anchor": "share", "share": 80, "to": ["host"]},
    {"act": "urge", "anchor": "after", "amount": 1, "unit": "work_hour", "to": ["host"]},
    {"act": "supervise", "anchor": "after", "amount": 1, "unit": "work_day", "to": ["supervise"]},
    {"act": "escalate", "anchor": "after", "amount": 24, "unit": "urgent_hour", "to": ["parent"]},
]
STEPS = read_steps(LADDER)
#: The same with an act before the due instant that is no reminder.
MANY = read_steps([*LADDER, {"act": "urge", "anchor": "share", "share": 30, "to": ["host"]}])
UNITS = ("work_hour", "work_day", "urgent_hour", "urgent_day")


def clock(amount: int = 4, unit: str = "work_hour", start: datetime = MONDAY) -> RunningClock:
    due = CALENDAR.add(start, amount, unit).due_at
    return RunningClock("handle", start, Decimal(amount), unit, due)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def moments(running: RunningClock) -> dict[str, datetime | None]:
    return {step.act: moment_of(step, running, CALENDAR) for step in STEPS}


def test_shares_of_working_hours_are_counted_in_working_time() -> None:
    assert moments(clock()) == {
        "remind": local(2026, 3, 2, 11, 30),
        "soon": local(2026, 3, 2, 14, 42),
        "overdue": local(2026, 3, 2, 15, 30),
        "urge": local(2026, 3, 2, 16, 30),
        "supervise": local(2026, 3, 3, 18, 0),
        "escalate": local(2026, 3, 3, 15, 30),
    }


def test_half_of_five_working_days_is_left_on_thursday_noon() -> None:
    assert moments(clock(5, "work_day"))["remind"] == local(2026, 3, 5, 12, 0)


def test_the_fact_of_being_overdue_stands_on_every_ladder() -> None:
    assert [step.act for step in read_steps([])] == ["overdue"]


def test_a_clock_without_a_due_instant_has_no_steps() -> None:
    assert next_step(STEPS, RunningClock("handle", MONDAY, None, "", None), (), CALENDAR, at=MONDAY) is None


@pytest.mark.parametrize("unit", ["work_hour", "urgent_hour"])
def test_shares_of_a_limit_that_a_source_cut_short_are_shares_of_what_is_given(unit: str) -> None:
    short = RunningClock("handle", MONDAY, Decimal(4), unit, MONDAY + timedelta(hours=1))
    assert moments(short)["remind"] == MONDAY + timedelta(minutes=30)
    assert moments(short)["soon"] == MONDAY + timedelta(minutes=48)


def test_a_clock_that_was_given_no_working_time_has_no_shares() -> None:
    night = local(2026, 3, 2, 19, 0)
    late = RunningClock("handle", night, Decimal(4), "work_hour", night + timedelta(hours=3))
    assert (moments(late)["remind"], moments(late)["overdue"]) == (None, late.due_at)


def test_an_act_at_a_share_is_not_repeated_when_a_rest_moved_it_behind_the_present() -> None:
    urge = read_steps([{"act": "urge", "anchor": "share", "share": 50, "to": ["host"]}])
    before = clock()
    told = [Taken(urge[0].slot, local(2026, 3, 2, 11, 30), before.due_at)]
    resumed_at = local(2026, 3, 9, 8, 0)  # one hour of four is left, after a week of rest
    resumed = RunningClock("handle", MONDAY, Decimal(4), "work_hour", resumed_at + timedelta(hours=1))
    found = next_step(urge, resumed, told, CALENDAR, at=resumed_at)
    assert found is not None
    assert found.step.act == "overdue"
    never_told = next_step(urge, resumed, (), CALENDAR, at=resumed_at)
    assert never_told is not None
    assert never_told.step.act == "urge"
    extended = clock(8)
    again = next_step(urge, extended, told, CALENDAR, at=local(2026, 3, 2, 11, 30))
    assert again is not None
    assert (again.step.act, again.at) == ("urge", local(2026, 3, 2, 15, 30))
    fired = next_step(urge, extended, told, CALENDAR, at=again.at, planned=again.step.slot)
    assert fired == again


def test_nothing_is_repeated_under_the_same_due_instant_and_late_again_is_under_a_later_one() -> None:
    first = clock()
    assert first.due_at is not None
    overdue = Taken(8, first.due_at, first.due_at)
    after = first.due_at + timedelta(minutes=1)
    again = next_step(STEPS, first, [overdue], CALENDAR, at=after)
    assert again is not None
    assert again.step.act == "urge"
    extended = clock(8)
    told = [Taken(0, local(2026, 3, 2, 11, 30), first.due_at), overdue]
    later = next_step(STEPS, extended, told, CALENDAR, at=after)
    assert later is not None
    assert (later.step.act, later.at) == ("soon", local(2026, 3, 2, 17, 54))
    told.append(Taken(later.step.slot, later.at, extended.due_at))
    late = next_step(STEPS, extended, told, CALENDAR, at=later.at)
    assert late is not None
    assert (late.step.act, late.at) == ("overdue", extended.due_at)


def test_passed_reminders_are_dropped_and_passed_acts_are_due_at_once() -> None:
    late = next_step(STEPS, clock(), (), CALENDAR, at=local(2026, 3, 9, 9, 0))
    assert late is not None
    assert (late.step.act, late.at) == ("overdue", clock().due_at)


@given(
    starts=st.lists(
        st.integers(0, 60 * 24 * 700).map(lambda minutes: local(2025, 1, 1) + timedelta(minutes=minutes)),
        min_size=1,
        max_size=20,
    ),
    amount=st.integers(1, 60),
    unit=st.sampled_from(UNITS),
    gone=st.integers(0, 30 * 24),
    taken=st.sets(st.sampled_from([step.slot for step in MANY])),
    before=st.sets(st.sampled_from([step.slot for step in MANY])),
    planned=st.sampled_from([-1, *(step.slot for step in MANY)]),
    cut=st.integers(0, 50),
)
def test_many_clocks_at_once_give_what_each_gives_alone(
    starts: list[datetime],
    amount: int,
    unit: str,
    gone: int,
    *,
    taken: set[int],
    before: set[int],
    planned: int,
    cut: int,
) -> None:
    at = min(starts) + timedelta(hours=gone)
    clocks = [cut_short(clock(amount, unit, start), cut) for start in starts]
    alone = []
    for each in clocks:
        assert each.due_at is not None
        told = [Taken(slot, each.due_at, each.due_at) for slot in taken]
        told += [Taken(slot, local(2024, 1, 1), local(2024, 1, 1)) for slot in before]
        found = next_step(MANY, each, told, CALENDAR, at=at, planned=planned)
        alone.append((found.step.slot, stamp(found.at)) if found else None)
    slots, instants = next_steps(
        MANY,
        ManyClocks(
            unit,
            np.array([stamp(each.started_at) for each in clocks]),
            np.full(len(clocks), amount * TEN_THOUSAND),
            np.array([stamp(each.due_at) for each in clocks if each.due_at]),
            np.full(len(clocks), sum(1 << slot for slot in taken), dtype=np.int64),
            np.full(len(clocks), sum(1 << slot for slot in before), dtype=np.int64),
            np.full(len(clocks), planned, dtype=np.int64),
        ),
        CALENDAR,
        at=stamp(at),
    )
    together = [
        (int(slot), int(instant)) if slot >= 0 else None
        for slot, instant in zip(slots, instants, strict=True)
    ]
    assert together == alone


def cut_short(running: RunningClock, hours: int) -> RunningClock:
    """The same clock under the limit of a source: due so many hours earlier, never before its start."""
    assert running.due_at is not None
    return replace(running, due_at=max(running.due_at - timedelta(hours=hours), running.started_at))


def stamp(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"act": "shout", "anchor": "due", "to": ["host"]}, "动作只能是"),
        ({"act": "overdue", "anchor": "share", "share": 50, "to": ["host"]}, "只能在到期时"),
        ({"act": "remind", "anchor": "share", "share": 100, "to": ["host"]}, "1 到 99"),
        ({"act": "remind", "anchor": "due", "to": ["host"]}, "到期之前"),
        ({"act": "urge", "anchor": "after", "amount": 0, "unit": "work_hour", "to": ["host"]}, "大于 0"),
        ({"act": "urge", "anchor": "due", "to": []}, "至少一个"),
        ({"act": "urge", "anchor": "due", "to": ["mayor"]}, "对象只能是"),
    ],
)
def test_a_step_that_cannot_be_taken_is_refused_in_words(row: dict[str, Any], words: str) -> None:
    assert words in "".join(problem.remedy for problem in step_problems([row]))


def test_the_steps_of_the_example_are_in_order() -> None:
    assert list(step_problems(LADDER)) == []


@given(counts=st.lists(st.integers(1, 99), max_size=6), times=st.integers(0, 120))
def test_an_event_takes_all_steps_of_the_highest_count_that_has_begun(counts: list[int], times: int) -> None:
    acts = ("urge", "supervise")
    stored = [
        {"act": acts[place % 2], "anchor": "count", "count": count, "to": ["host"]}
        for place, count in enumerate(counts)
    ]
    taken = steps_at(read_steps(stored, of_event=True), times)
    begun = sorted(count for count in counts if count <= times)
    assert [step.count for step in taken] == [count for count in begun if count == begun[-1]]
