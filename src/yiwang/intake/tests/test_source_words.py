"""Words of a source: ratings on our scale, verdicts that are news, messages that come late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from yiwang.intake.rules.applying import MappedReport
from yiwang.intake.rules.source_words import is_late, is_new_verdict, rating_of

OUTCOMES, MORE = ("solved", "unsolved"), ("satisfied", "dissatisfied")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("solved", ("solved", "")),
        ("solved satisfied", ("solved", "satisfied")),
        ("dissatisfied/unsolved", ("unsolved", "dissatisfied")),
        ("satisfied", None),
        ("solved unsolved", None),
        ("solved satisfied dissatisfied", None),
        ("solved 满意", None),
        ("", None),
    ],
)
def test_a_rating_names_one_outcome_and_at_most_one_satisfaction(
    words: str, expected: tuple[str, str] | None
) -> None:
    assert rating_of(words, OUTCOMES, MORE) == expected


def said(minutes: int = 0, **more: object) -> MappedReport:
    return MappedReport(text="路灯不亮", updated_at=NOON + timedelta(minutes=minutes), **more)  # type: ignore[arg-type]


def test_a_verdict_is_news_unless_an_ordinary_update_repeats_it() -> None:
    refused = said(1, verdict="refused")
    assert is_new_verdict(said(), refused)
    assert is_new_verdict(refused, said(2, verdict="granted"))
    assert is_new_verdict(refused, said(2, verdict="refused"))
    assert is_new_verdict(refused, said(2, verdict="refused", due_at=NOON))
    assert not is_new_verdict(refused, said(2, verdict="refused", title="催办"))
    assert not is_new_verdict(said(), said(1))


def test_a_verdict_that_comes_late_is_none() -> None:
    assert is_late(said(5), said(1))
    assert not is_late(said(), MappedReport(text="路灯不亮"))
    assert not is_new_verdict(said(5), said(1, verdict="granted"))
