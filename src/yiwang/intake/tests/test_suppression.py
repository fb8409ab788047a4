"""Suppression: one report for what one camera sees over and over, and every alarm counted once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yiwang.intake.rules.suppression import (
    FOLLOW_UP,
    REPORT,
    SUPPRESS,
    SuppressionRule,
    SuppressionState,
    Verdict,
    judge,
    tell,
)

RULE = SuppressionRule(window=30, follow_up=10, longest=100)


def judged(*times: int, rule: SuppressionRule = RULE) -> list[tuple[str, int]]:
    """Kind and report number of alarms at these instants."""
    state = SuppressionState()
    found = [judge(rule, state, time=time, identity=str(n)) for n, time in enumerate(times)]
    return [(verdict.kind, verdict.number) for verdicts in found for verdict in verdicts]


def test_the_first_alarm_is_a_report_and_the_next_ones_are_suppressed() -> None:
    assert judged(0, 1, 2) == [(REPORT, 1), (SUPPRESS, 1), (SUPPRESS, 1)]


def test_the_running_report_is_told_at_most_every_so_often_and_how_many_there_were() -> None:
    state = SuppressionState()
    told = [judge(RULE, state, time=time, identity=str(time)) for time in (0, 4, 8, 10, 19, 20)]
    assert [verdict for verdicts in told for verdict in verdicts] == [
        Verdict(REPORT, 1, 1, 1),
        Verdict(SUPPRESS, 1, 0, 1),
        Verdict(SUPPRESS, 1, 0, 2),
        Verdict(FOLLOW_UP, 1, 2, 3),
        Verdict(SUPPRESS, 1, 0, 1),
        Verdict(FOLLOW_UP, 1, 3, 2),
    ]


def test_silence_longer_than_the_window_ends_a_report() -> None:
    assert judged(0, 30, 60, 91) == [(REPORT, 1), (FOLLOW_UP, 1), (FOLLOW_UP, 1), (REPORT, 2)]


def test_a_report_that_lasts_too_long_is_followed_by_another() -> None:
    assert judged(0, 25, 50, 75, 100, 101)[-2:] == [(FOLLOW_UP, 1), (REPORT, 2)]


def test_an_alarm_that_comes_late_belongs_to_the_running_report() -> None:
    assert judged(500, 100, 501) == [(REPORT, 1), (SUPPRESS, 1), (SUPPRESS, 1)]


def test_alarms_left_untold_are_told_by_the_clock_or_before_the_next_report() -> None:
    assert judged(0, 1, 60) == [(REPORT, 1), (SUPPRESS, 1), (FOLLOW_UP, 1), (REPORT, 2)]
    state = SuppressionState()
    for time in (0, 1):
        judge(RULE, state, time=time, identity=str(time))
    assert tell(RULE, state, now=9) == []
    assert tell(RULE, state, now=10) == [Verdict(FOLLOW_UP, 1, 2, 1)]
    assert tell(RULE, state, now=99) == []


def test_the_same_alarm_again_says_nothing() -> None:
    state = SuppressionState()
    assert judge(RULE, state, time=0, identity="a") == [Verdict(REPORT, 1, 1, 1)]
    assert judge(RULE, state, time=0, identity="a") == []
    assert state.untold == 0


@given(st.lists(st.integers(0, 500), max_size=60).map(sorted))
def test_every_alarm_is_counted_exactly_once(times: list[int]) -> None:
    state = SuppressionState()
    found = [judge(RULE, state, time=time, identity=str(n)) for n, time in enumerate(times)]
    verdicts = [verdict for judged_ in found for verdict in judged_]
    assert sum(v.untold for v in verdicts if v.kind != SUPPRESS) + state.untold == len(times)
    numbers = [verdict.number for verdict in verdicts]
    assert numbers == sorted(numbers)
