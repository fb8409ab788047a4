"""Rules of messages: placeholders, mobile numbers, quiet hours, delays, envelopes and verdicts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.working_time import SHANGHAI
from yiwang.notify.rules import (
    delay_after,
    envelope,
    fill,
    mobile_of,
    quiet_until,
    title_words,
    unknown_names,
    verdict,
)

BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 4 * 365 * 86_400).map(lambda seconds: BEGINNING + timedelta(seconds=seconds))
CLOCKS = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))


@pytest.mark.parametrize(
    ("given_phone", "mobile"),
    [
        ("13812345678", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("025-83630000", ""),
        ("12812345678", ""),
        ("138123456789", ""),
        ("someone@example.com", ""),
        ("", ""),
    ],
)
def test_only_mobile_numbers_of_the_mainland_are_sent_to(given_phone: str, mobile: str) -> None:
    assert mobile_of(given_phone) == mobile


def test_what_a_fact_says_is_never_read_as_a_placeholder() -> None:
    assert fill("{title}，{link}", {"title": "{link}", "link": "L"}) == "{link}，L"


def test_placeholders_that_nothing_fills_are_named_once() -> None:
    assert unknown_names("{number}{who}{who}{x}", ("number",)) == ["who", "x"]


def test_a_secret_case_is_told_of_without_its_title_and_a_long_one_is_cut() -> None:
    assert title_words("邻居家暴", is_secret=True) == "所反映事项"
    assert title_words("一" * 31, is_secret=False) == "一" * 29 + "…"


def test_quiet_hours_over_midnight_end_in_the_morning() -> None:
    at = datetime(2026, 3, 2, 22, 10, tzinfo=SHANGHAI)
    assert quiet_until(at, time(21), time(8)) == datetime(2026, 3, 3, 8, tzinfo=SHANGHAI)
    assert quiet_until(at.replace(hour=3), time(21), time(8)) == datetime(2026, 3, 2, 8, tzinfo=SHANGHAI)
    assert quiet_until(at.replace(hour=8, minute=0), time(21), time(8)) is None
    assert quiet_until(at, None, None) is None


@given(INSTANTS, CLOCKS, CLOCKS)
def test_quiet_hours_end_within_a_day_and_are_over_then(at: datetime, begins: time, ends: time) -> None:
    until = quiet_until(at, begins, ends)
    if until is not None:
        assert at < until <= at + timedelta(days=1)
        assert quiet_until(until, begins, ends) is None


@given(st.integers(1, 50))
def test_delays_grow_to_an_hour(attempts: int) -> None:
    assert delay_after(attempts) <= delay_after(attempts + 1) <= timedelta(hours=1)


def test_a_text_cannot_break_out_of_the_body() -> None:
    facts = {"phone": "13812345678", "text": '"},{"mobile":"{credential}&a=b', "id": "7", "credential": "s"}
    body = {"to": ["{phone}"], "content": "{text}", "type": 3}
    made = envelope(method="POST", url="http://g", headers={}, body=body, encoding="json", facts=facts)
    assert json.loads(made.body) == {"to": ["13812345678"], "content": facts["text"], "type": 3}
    form = envelope(
        method="GET", url="http://g/?a=1", headers={}, body={"c": "{text}"}, encoding="form", facts=facts
    )
    assert form.url.count("&") == 1
    assert form.body == b""


def test_an_answer_means_sent_later_or_refused() -> None:
    paths = {"success_path": "code", "success_value": "0", "id_path": "msgid"}
    assert verdict(200, b'{"code": 0, "msgid": 7}', **paths).answer == "7"
    assert verdict(200, b'{"code": 0}', **paths).outcome == "sent"
    assert verdict(200, b'{"code": 13}', **paths).outcome == "later"
    assert verdict(200, b"<html>", **paths).outcome == "later"
    assert verdict(503, b"", **paths).outcome == "later"
    assert verdict(429, b"", **paths).outcome == "later"
    assert verdict(302, b"", **paths).outcome == "refused"
    assert verdict(400, b"", **paths).outcome == "refused"
    assert verdict(204, b"", success_path="", success_value="", id_path="").outcome == "sent"
