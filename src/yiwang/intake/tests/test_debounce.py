"""Debounce: exact, the same in any order within the allowance, and the same after a restart at any point."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.intake.rules.debounce import (
    CLEARED,
    CONTINUED,
    HOT,
    RAISED,
    RENEWED,
    AlarmRule,
    AlarmState,
    Outcome,
    observe,
    replayed,
    settle,
    waits,
)

MINUTE = 60_000
FLOOD = AlarmRule(code="flood", metric="level", limit=0.4, count=3, within=10 * MINUTE, clear=0.3)


def said(rule: AlarmRule, *readings: tuple[float, float]) -> list[tuple[str, int, int, float]]:
    """What a rule says of (minute, value) pairs in order, as (kind, number, message, minute)."""
    outcomes = replayed(rule, [(int(minute * MINUTE), value) for minute, value in readings])
    return [(o.kind, o.number, o.message, o.time / MINUTE) for o in outcomes]


def test_three_readings_over_the_limit_within_ten_minutes_are_one_alarm() -> None:
    assert said(FLOOD, (0, 0.5), (1, 0.45), (2, 0.6), (3, 0.7), (4, 0.8)) == [(RAISED, 1, 1, 2)]


def test_exactly_ten_minutes_apart_counts_and_a_millisecond_more_does_not() -> None:
    assert said(FLOOD, (0, 0.5), (5, 0.5), (10, 0.5)) == [(RAISED, 1, 1, 10)]
    late = replayed(FLOOD, [(0, 0.5), (5 * MINUTE, 0.5), (10 * MINUTE + 1, 0.5)])
    assert late == []


def test_a_reading_at_the_limit_is_not_over_it() -> None:
    assert said(FLOOD, (0, 0.4), (1, 0.4), (2, 0.4)) == []


def test_readings_between_need_not_be_over_the_limit() -> None:
    assert said(FLOOD, (0, 0.5), (1, 0.1), (2, 0.5), (3, 0.2), (4, 0.5)) == [(RAISED, 1, 1, 4)]


def test_it_clears_below_the_bound_of_hysteresis_and_not_in_the_band() -> None:
    raised = ((0, 0.5), (1, 0.5), (2, 0.5))
    assert said(FLOOD, *raised, (3, 0.35), (4, 0.31)) == [(RAISED, 1, 1, 2)]
    assert said(FLOOD, *raised, (3, 0.35), (4, 0.3)) == [(RAISED, 1, 1, 2), (CLEARED, 1, 2, 4)]


def test_clearing_wants_so_many_calm_readings_in_a_row_over_so_long() -> None:
    rule = AlarmRule(
        code="r", metric="m", limit=1, clear=1, clear_count=2, clear_for=5 * MINUTE,
    )  # fmt: skip
    assert said(rule, (0, 2), (1, 0), (5, 0)) == [(RAISED, 1, 1, 0)]
    assert said(rule, (0, 2), (1, 0), (3, 2), (5, 0), (9, 0)) == [(RAISED, 1, 1, 0)]
    assert said(rule, (0, 2), (1, 0), (6, 0)) == [(RAISED, 1, 1, 0), (CLEARED, 1, 2, 6)]


def test_after_clearing_the_next_alarm_is_another_report_unless_it_is_still_quiet() -> None:
    again = ((0, 2), (1, 0), (9, 2))
    loud = AlarmRule(code="r", metric="m", limit=1)
    assert said(loud, *again) == [(RAISED, 1, 1, 0), (CLEARED, 1, 2, 1), (RAISED, 2, 1, 9)]
    quiet = AlarmRule(code="r", metric="m", limit=1, quiet=10 * MINUTE)
    assert said(quiet, *again) == [(RAISED, 1, 1, 0), (CLEARED, 1, 2, 1), (RENEWED, 1, 3, 9)]


def test_while_it_lasts_it_is_told_again_only_so_often() -> None:
    rule = AlarmRule(code="r", metric="m", limit=1, remind=30 * MINUTE)
    assert said(rule, *((minute, 2) for minute in range(0, 70, 5))) == [
        (RAISED, 1, 1, 0), (CONTINUED, 1, 2, 30), (CONTINUED, 1, 3, 60),
    ]  # fmt: skip


def test_below_equal_and_different_are_limits_too() -> None:
    dry = AlarmRule(code="r", metric="m", limit=5, direction="below", clear=6)
    assert said(dry, (0, 5), (1, 4), (2, 5.5), (3, 6)) == [(RAISED, 1, 1, 1), (CLEARED, 1, 2, 3)]
    opened = AlarmRule(code="r", metric="m", limit=1, direction="equals")
    assert said(opened, (0, 0), (1, 1), (2, 0)) == [(RAISED, 1, 1, 1), (CLEARED, 1, 2, 2)]
    wrong = AlarmRule(code="r", metric="m", limit=0, direction="differs")
    assert said(wrong, (0, 0), (1, 3), (2, 0)) == [(RAISED, 1, 1, 1), (CLEARED, 1, 2, 2)]


def test_an_alarm_is_told_at_once_though_its_readings_may_still_be_overtaken() -> None:
    rule = AlarmRule(code="r", metric="m", limit=1, count=2, within=MINUTE, lateness=10 * MINUTE)
    state = AlarmState()
    assert observe(rule, state, time=0, value=2, arrived=0) == []
    assert observe(rule, state, time=1000, value=2, arrived=0) == [Outcome(RAISED, 1, 1, 1000)]
    assert observe(rule, state, time=500, value=2, arrived=0) == []
    assert settle(rule, state, now=10 * MINUTE) == []
    assert state.raised_at == 500


def test_clearing_waits_until_no_late_reading_can_undo_it() -> None:
    rule = AlarmRule(code="r", metric="m", limit=1, clear_count=2, lateness=MINUTE)
    state = AlarmState()
    observe(rule, state, time=0, value=2, arrived=0)
    for time in (1000, 3000):
        assert observe(rule, state, time=time, value=0, arrived=0) == []
    assert observe(rule, state, time=2000, value=2, arrived=0) == []
    assert observe(rule, state, time=4000, value=0, arrived=0) == []
    assert waits(state)
    assert settle(rule, state, now=MINUTE - 1) == []
    assert settle(rule, state, now=MINUTE) == [Outcome(CLEARED, 1, 2, 4000)]


def test_the_same_reading_again_changes_nothing_but_a_count() -> None:
    rule = AlarmRule(code="r", metric="m", limit=1, count=2, within=MINUTE, lateness=MINUTE)
    state = AlarmState()
    for _ in range(5):
        assert observe(rule, state, time=1000, value=2, arrived=0) == []
    assert state.late == 4


def test_the_worst_value_of_an_alarm_is_kept() -> None:
    state = AlarmState()
    for minute, value in enumerate((0.5, 0.9, 0.45, 0.6, 0.1, 0.1, 0.41)):
        observe(FLOOD, state, time=minute * MINUTE, value=value, arrived=0)
        if minute == 3:
            assert state.peak == 0.9
    assert state.peak == 0.41


def naive(rule: AlarmRule, readings: list[tuple[int, float]]) -> list[tuple[str, int, int]]:
    """The rule written down once more, slowly, over all readings in order: (kind, number, time)."""
    found: list[tuple[str, int, int]] = []
    since, number, cleared, told, calm = -1, 0, None, 0, []
    raised = False
    for index, (time, value) in enumerate(readings):
        grade = rule.grade(value)
        if raised:
            calm = [*calm, time] if grade == 0 else []
            if calm and len(calm) >= rule.clear_count and calm[-1] - calm[0] >= rule.clear_for:
                raised, since, cleared = False, index, time
                found.append((CLEARED, number, time))
            elif grade == HOT and rule.remind and time - told >= rule.remind:
                told = time
                found.append((CONTINUED, number, time))
            continue
        over = [t for t, v in readings[since + 1 : index + 1] if rule.grade(v) == HOT]
        if grade == HOT and len(over) >= rule.count and time - over[-rule.count] <= rule.within:
            soon = cleared is not None and rule.quiet > 0 and time - cleared <= rule.quiet
            number += not soon
            raised, told, calm = True, time, []
            found.append((RENEWED if soon else RAISED, number, time))
    return found


rules = st.builds(
    AlarmRule,
    code=st.just("r"),
    metric=st.just("m"),
    limit=st.just(4.0),
    clear=st.sampled_from([4.0, 2.0]),
    count=st.integers(1, 4),
    within=st.integers(0, 60),
    clear_count=st.integers(1, 3),
    clear_for=st.integers(0, 30),
    quiet=st.sampled_from([0, 15, 80]),
    remind=st.sampled_from([0, 25]),
    lateness=st.sampled_from([0, 10, 60]),
)
series = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 7).map(float)), max_size=50, unique_by=lambda r: r[0]
).map(sorted)


def as_told(outcomes: list[Outcome]) -> list[tuple[str, int, int]]:
    """Which messages there were, in the order of their alarm; the instant of an alarm may be told later."""
    return sorted((o.number, o.message, o.kind) for o in outcomes)


@given(rules, series)
@settings(max_examples=400)
def test_in_order_it_says_what_the_rule_says(rule: AlarmRule, readings: list[tuple[int, float]]) -> None:
    told = replayed(rule, readings)
    assert [(o.kind, o.number, o.time) for o in told] == naive(rule, readings)


@given(rules, series, st.data())
@settings(max_examples=600)
def test_any_order_within_the_allowance_says_the_same(
    rule: AlarmRule, readings: list[tuple[int, float]], data: st.DataObject
) -> None:
    delay = st.integers(0, max(rule.lateness - 1, 0))
    delays = data.draw(st.lists(delay, min_size=len(readings), max_size=len(readings)))
    mixed = [r for _, r in sorted(zip(delays, readings, strict=True), key=lambda p: p[0] + p[1][0])]
    twice = [r for r in mixed for _ in range(data.draw(st.integers(1, 2)))]
    assert as_told(replayed(rule, twice)) == as_told(replayed(rule, readings))


@given(rules, series, st.integers(0, 50))
@settings(max_examples=300)
def test_a_restart_at_any_point_loses_and_doubles_nothing(
    rule: AlarmRule, readings: list[tuple[int, float]], cut: int
) -> None:
    state = AlarmState()
    before = [
        outcome
        for time, value in readings[:cut]
        for outcome in observe(rule, state, time=time, value=value, arrived=time)
    ]
    woken = AlarmState.unpacked(json.loads(json.dumps(state.packed())))
    assert woken == state
    assert before + replayed(rule, readings[cut:], state=woken) == replayed(rule, readings)
