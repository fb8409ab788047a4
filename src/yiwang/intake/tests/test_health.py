"""Health of channels: silence by hour of week, what is wrong, the page, the panel and the command."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from yiwang.cases.tests.factories import make_city
from yiwang.intake.health_commands import channels as check_channels
from yiwang.intake.models import Channel, ChannelHour, PullCursor, RawMessage, RunnerState
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.queries.health import health_of
from yiwang.intake.rules.channel_health import Figures, findings_of, level_of
from yiwang.intake.rules.silence import (
    LEAST,
    RAREST,
    SLOTS,
    expected_between,
    silence_of,
    slot_of,
)
from yiwang.intake.services.counting import count_refusal
from yiwang.intake.services.receiving import receive_raw
from yiwang.intake.services.registry import switch_channel

from .channels import OPERATOR, PUSHED, opened, pushed

#: Monday 09:30 in Shanghai.
MONDAY = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
FLAT = [10.0] * SLOTS
PAGE = "/intake/health/"
LogIn = Callable[..., Client]


def test_the_first_slot_is_monday_after_midnight_in_shanghai() -> None:
    assert slot_of(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == 0
    assert slot_of(MONDAY) == 9
    assert slot_of(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)) == SLOTS - 1


def test_an_even_baseline_expects_in_proportion_to_the_time() -> None:
    assert expected_between(MONDAY, MONDAY + 2 * HOUR, FLAT) == pytest.approx(20.0)
    assert expected_between(MONDAY, MONDAY + HOUR / 4, FLAT) == pytest.approx(2.5)
    assert expected_between(MONDAY, MONDAY - HOUR, FLAT) == 0.0
    assert expected_between(MONDAY, MONDAY + HOUR, ()) == 0.0


@given(
    minutes=st.integers(1, 100),
    more=st.integers(0, 100),
    seed=st.lists(st.floats(0, 9), min_size=168, max_size=168),
)
def test_longer_silence_expects_no_less(minutes: int, more: int, seed: list[float]) -> None:
    one = expected_between(MONDAY, MONDAY + timedelta(minutes=minutes), seed)
    assert one <= expected_between(MONDAY, MONDAY + timedelta(minutes=minutes + more), seed) + 1e-9


def test_a_night_is_quiet_by_nature_and_a_morning_is_not() -> None:
    means = [0.01 if slot % 24 < 7 else 10.0 for slot in range(SLOTS)]
    evening = MONDAY.replace(hour=15, minute=55)
    assert not silence_of(last=evening, now=evening + 7 * HOUR, means=means).is_warning
    assert silence_of(last=evening, now=evening + 8 * HOUR, means=means).reason == "unusual"


def test_the_border_is_a_chance_of_one_in_a_thousand() -> None:
    border = timedelta(hours=-math.log(RAREST) / 10)
    moment = timedelta(minutes=1)
    assert silence_of(last=MONDAY, now=MONDAY + border - moment, means=FLAT).reason == ""
    assert silence_of(last=MONDAY, now=MONDAY + border + moment, means=FLAT).reason == "unusual"


def test_a_busy_source_may_pause_between_its_batches() -> None:
    busy = [100_000.0] * SLOTS
    assert not silence_of(last=MONDAY, now=MONDAY + LEAST - timedelta(seconds=1), means=busy).is_warning
    assert silence_of(last=MONDAY, now=MONDAY + LEAST, means=busy).is_warning


def test_a_definition_may_say_how_long_silence_may_be() -> None:
    def said(minutes: int, last: datetime | None = MONDAY) -> str:
        return silence_of(
            last=last, now=MONDAY + timedelta(minutes=minutes), means=(), limit_minutes=30
        ).reason  # fmt: skip

    assert (said(30), said(31), said(1, None)) == ("", "limit", "never")
    assert silence_of(last=None, now=MONDAY, means=FLAT).reason == ""


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (Figures(), []),
        (Figures(messages=100, errors=4), []),
        (Figures(messages=10, errors=4), []),
        (Figures(messages=100, errors=5), ["errors:warning"]),
        (Figures(messages=20, errors=5), ["errors:bad"]),
        (Figures(waiting=500, most_waiting=1000), ["queue_half:warning"]),
        (Figures(waiting=1000, most_waiting=1000), ["queue_full:bad"]),
        (Figures(lag_seconds=60), ["slow:warning"]),
        (Figures(pull_failures=2), ["pull:warning"]),
        (Figures(pull_failures=3), ["pull:bad"]),
        (Figures(over_quota=1, part_is_down=True), ["part_down:bad", "over_quota:warning"]),
        (Figures(given_up=1), ["given_up:warning"]),
    ],
)
def test_what_is_wrong_follows_from_the_figures(figures: Figures, expected: list[str]) -> None:
    found = findings_of(figures)
    assert [f"{finding.name}:{finding.level}" for finding in found] == expected
    assert level_of(found) == (expected[0].split(":")[1] if expected else "good")


def heard(code: str, hour: datetime, received: int = 10, **more: int) -> None:
    """An hour of a channel, as its processes count it."""
    start = hour.replace(minute=0, second=0, microsecond=0)
    ChannelHour.objects.create(
        channel=code, hour=start, shard=more.pop("shard", 0), received=received,
        last_at=start + timedelta(minutes=59) if received else None, **more,
    )  # fmt: skip


@pytest.fixture
def channel(db: None) -> LiveChannel:
    make_city()
    return pushed(MONDAY)


def test_the_baseline_is_the_mean_of_the_same_hour_of_the_weeks_before(channel: LiveChannel) -> None:
    for weeks in range(1, 5):
        heard(channel.code, MONDAY - timedelta(weeks=weeks), received=weeks * 10, shard=0)
        heard(channel.code, MONDAY - timedelta(weeks=weeks), received=4, shard=1)
    found = health_of(MONDAY).by_code[channel.code]
    assert found.usual_so_far == pytest.approx((25 + 4) / 2)
    assert found.last_at == (MONDAY - timedelta(weeks=1)).replace(minute=59)


def test_a_channel_that_should_have_been_heard_of_warns(channel: LiveChannel) -> None:
    for weeks in range(1, 5):
        for hours in range(12):
            heard(channel.code, MONDAY - timedelta(weeks=weeks) - hours * HOUR)
    heard(channel.code, MONDAY - 12 * HOUR)
    found = health_of(MONDAY).by_code[channel.code]
    assert (found.level, [finding.name for finding in found.findings]) == ("warning", ["silence_unusual"])
    assert health_of(MONDAY - 11 * HOUR).by_code[channel.code].level == "good"


def test_figures_of_the_last_day_add_up_over_shards(channel: LiveChannel) -> None:
    heard(channel.code, MONDAY, received=40, shard=0, quarantined=10, handled=30, lag_ms=3000, lag_max_ms=900)
    heard(channel.code, MONDAY, received=20, shard=3, over_quota=2, handled=10, lag_ms=1000, lag_max_ms=400)
    heard(channel.code, MONDAY - timedelta(days=2), received=1000, quarantined=1000)
    found = health_of(MONDAY).by_code[channel.code]
    assert found.figures.error_share == pytest.approx(1 / 6)
    assert (found.lag_mean, found.lag_max) == (pytest.approx(0.1), pytest.approx(0.9))
    assert found.counts["this_hour"] == 60
    assert {finding.name for finding in found.findings} == {"errors", "over_quota"}


def test_what_waits_is_shown_with_its_age(channel: LiveChannel) -> None:
    receive_raw(channel=channel, bodies=[json.dumps({"number": n, "content": "灯"}) for n in "ab"], at=MONDAY)
    found = health_of(MONDAY + HOUR).by_code[channel.code]
    assert (found.figures.waiting, found.oldest_waiting) == (2, MONDAY)
    assert RawMessage.objects.count() == 2


def test_a_disabled_channel_has_no_light(channel: LiveChannel) -> None:
    PullCursor.objects.create(channel_id=channel.id, failures=9, last_error="ConnectError")
    assert health_of(MONDAY).by_code[channel.code].level == "bad"
    switch_channel(actor=OPERATOR, at=MONDAY, channel_id=channel.id, on=False, reason="检修")
    assert health_of(MONDAY).by_code[channel.code].level == "off"


def test_a_stopped_part_is_bad_for_the_channels_it_serves(channel: LiveChannel) -> None:
    RunnerState.objects.create(name="drain", started_at=MONDAY, seen_at=MONDAY)
    assert health_of(MONDAY + timedelta(seconds=30)).by_code[channel.code].level == "good"
    found = health_of(MONDAY + timedelta(minutes=2)).by_code[channel.code]
    assert [finding.name for finding in found.findings] == ["part_down"]


@pytest.mark.django_db
def test_the_page_is_for_whoever_may_see_health(log_in: LogIn, client: Client) -> None:
    assert client.get(PAGE).status_code == 302
    assert log_in("cases.view").get(PAGE).status_code == 403
    page = log_in("intake.health").get(PAGE)
    assert page.status_code == 200
    assert "目录中还没有渠道" in page.content.decode()


@pytest.mark.django_db
def test_every_refused_request_is_in_the_share_of_errors() -> None:
    now = timezone.now()
    live = pushed(now)
    heard(live.code, now, received=6)
    for _ in range(3):
        count_refusal(live.code, now, refused=1)
    figures = health_of(now, [live.code]).channels[0].figures
    assert (figures.errors, figures.messages) == (3, 9)


@pytest.mark.django_db
def test_the_page_says_what_is_wrong_and_since_when(log_in: LogIn) -> None:
    now = timezone.now()
    live = pushed(now)
    heard(live.code, now, received=10, quarantined=9, refused=2, over_quota=3)
    PullCursor.objects.create(
        channel_id=live.id, failures=4, last_error="ConnectError: no route", polled_at=now
    )
    RunnerState.objects.create(
        name="mqtt", started_at=now, seen_at=now - HOUR, failures=3, last_error="broker gone"
    )  # fmt: skip
    page = log_in("intake.health").get(PAGE).content.decode()
    for words in (
        "示例来源",
        "连续 4 次拉取失败",
        "ConnectError: no route",
        "broker gone",
        "92%",
        "超出配额",
    ):
        assert words in page


@pytest.mark.django_db
@pytest.mark.parametrize("channels", [1, 36])
def test_the_page_takes_the_same_queries_for_one_channel_and_for_36(
    log_in: LogIn,
    channels: int,
) -> None:
    for number in range(channels):
        opened(PUSHED.format(code=f"source_{number}", rank=5, burst=10), timezone.now())
        heard(f"source_{number}", timezone.now())
    client = log_in("intake.health")
    client.get(PAGE)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(PAGE).content.decode()
    assert page.count("示例来源") >= channels
    assert len(queries) <= 13


@pytest.mark.django_db
def test_the_desk_of_an_integrator_counts_the_warnings(log_in: LogIn) -> None:
    now = timezone.now()
    live = pushed(now)
    client = log_in("intake.health", "cases.view")
    address = f"/intake/health/panel/{live.id}/"
    assert client.get(address).content.decode().strip() == ""
    heard(live.code, now, received=10, quarantined=9)
    assert "1 个渠道需要关注" in client.get(address).content.decode()


@pytest.mark.django_db
def test_the_command_prints_json_and_fails_on_a_bad_channel() -> None:
    make_city()
    now = timezone.now()
    live = pushed(now)
    heard(live.code, now, received=10, handled=10, lag_ms=100)
    done = CliRunner().invoke(check_channels, ["--json"])
    row = json.loads(done.output.splitlines()[0])
    assert (done.exit_code, row["channel"], row["level"], row["findings"]) == (0, live.code, "good", [])
    heard(live.code, now, received=0, shard=1, quarantined=10)
    done = CliRunner().invoke(check_channels, ["--json"])
    assert (done.exit_code, json.loads(done.output.splitlines()[0])["findings"]) == (1, ["errors"])
    assert "示例来源" in CliRunner().invoke(check_channels, []).output
    assert Channel.objects.count() == 1
