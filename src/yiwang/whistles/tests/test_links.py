"""Links of outside units hold for a time of their own; after it they say whom to ask and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from yiwang.cases.tests.factories import AT
from yiwang.kernel.errors import Invalid, NotFound
from yiwang.ledger.public import bump_now
from yiwang.whistles.models import WhistleClock, WhistleKind, WhistleTask
from yiwang.whistles.public import (
    KindTerms,
    LinkExpired,
    decline_report,
    insist_on_report,
    link_path,
    link_token,
    link_until,
    outside_actor,
    renew_link,
    set_kind,
    task_for_link,
)
from yiwang.whistles.rules.links import link_ends

from .factories import ADMIN, Town, make_town, sent, task_of

DAY = timedelta(days=1)


@pytest.fixture
def town(db: None) -> Town:
    return make_town()


def _called(town: Town, at: datetime = AT) -> WhistleTask:
    return task_of(sent(town, at=at, co=(town.metro.id,)), town.metro.id)


def _long_ago(town: Town) -> WhistleTask:
    """Called so long ago that by any clock the link has expired."""
    return _called(town, datetime(2025, 3, 3, 1, 0, tzinfo=UTC))


def test_a_link_holds_a_week_beyond_the_last_limit_and_not_a_second_longer(town: Town) -> None:
    task = _called(town)
    last = max(WhistleClock.objects.filter(task=task).values_list("due_at", flat=True))
    until = link_until(task)
    assert until == last + 7 * DAY
    assert task_for_link(task.id, link_token(task), at=until).id == task.id
    with pytest.raises(LinkExpired):
        task_for_link(task.id, link_token(task), at=until + timedelta(microseconds=1))


def test_how_long_a_link_holds_is_data_of_the_kind(town: Town) -> None:
    WhistleKind.objects.filter(code="work").update(link_days=30)
    bump_now("whistles")
    task = _called(town)
    last = max(WhistleClock.objects.filter(task=task).values_list("due_at", flat=True))
    assert link_until(task) == last + 30 * DAY


@pytest.mark.parametrize("days", [0, 366])
def test_a_link_that_never_or_hardly_ends_is_refused(town: Town, days: int) -> None:
    terms = KindTerms(code="odd", name="怪哨", valid_from=AT.date(), link_days=days)
    with pytest.raises(Invalid) as refusal:
        set_kind(actor=ADMIN, at=AT, terms=terms)
    assert [one.field for one in refusal.value.problems] == ["link_days"]


def test_a_renewed_link_holds_from_then_on_and_the_old_one_is_unknown(town: Town) -> None:
    task = _called(town)
    old, late = link_token(task), link_until(task) + 5 * DAY
    renewed = renew_link(actor=town.member, at=late, whistle_id=task.whistle_id, task_id=task.id)
    assert link_until(renewed) == late + 7 * DAY
    assert task_for_link(task.id, link_token(renewed), at=late + DAY).id == task.id
    with pytest.raises(NotFound):
        task_for_link(task.id, old, at=late + DAY)


def test_a_unit_that_is_called_anew_after_its_refusal_is_given_time_by_its_new_limits(town: Town) -> None:
    task = _called(town)
    first = link_until(task)
    own = {"whistle_id": task.whistle_id, "task_id": task.id}
    decline_report(actor=outside_actor(task), at=AT, reason="不在辖区", **own)
    again = insist_on_report(actor=town.centre, at=first + DAY, reason="确属辖区", **own)
    assert link_until(again) > first + 8 * DAY


def test_an_expired_link_does_nothing_says_whom_to_ask_and_tells_nothing_of_the_whistle(town: Town) -> None:
    task = _long_ago(town)
    for answer in (Client().get(link_path(task)), Client().post(f"{link_path(task)}sign/")):
        text = answer.content.decode()
        assert answer.status_code == 410
        assert answer["Cache-Control"] == "no-store"
        assert "链接已到期" in text
        assert "请联系给您链接的单位" in text
        for secret in ("KTV", "深夜噪声", "喜年中心", "东一街道", "地铁公安", task.whistle.number):
            assert secret not in text
    task.refresh_from_db()
    assert task.state == "pending"


def test_an_expired_link_speaks_english_to_who_reads_english(town: Town) -> None:
    client = Client()
    client.cookies["django_language"] = "en"
    text = client.get(link_path(_long_ago(town))).content.decode()
    assert "This link has expired" in text
    assert "ask the unit that gave you the link" in text


def test_a_wrong_secret_of_an_expired_link_is_a_link_that_never_was(town: Town) -> None:
    task = _long_ago(town)
    answer = Client().get(f"/w/{task.id}/{'a' * 26}/")
    assert (answer.status_code, "到期" in answer.content.decode()) == (404, False)


def test_the_whistle_says_until_when_the_link_holds_and_offers_a_new_one_when_it_does_not(town: Town) -> None:
    client = Client()
    client.force_login(town.city.accounts["w_member_street"])
    task = _called(town, timezone.now())
    text = client.get(f"/whistles/{task.whistle_id}/").content.decode()
    assert link_path(task) in text
    assert "有效至" in text
    old = _long_ago(town)
    text = client.get(f"/whistles/{old.whistle_id}/").content.decode()
    assert link_path(old) not in text
    assert "已到期" in text
    answer = client.post(f"/whistles/{old.whistle_id}/tasks/{old.id}/link/", {"version": ""})
    assert answer.status_code == 302
    old.refresh_from_db()
    assert link_path(old) in client.get(f"/whistles/{old.whistle_id}/").content.decode()


INSTANTS = st.integers(-500_000, 500_000).map(lambda minutes: AT + timedelta(minutes=minutes))


@given(INSTANTS, st.lists(INSTANTS, max_size=5), st.integers(1, 365))
def test_a_link_never_ends_before_a_limit_or_before_its_days_are_over(
    made: datetime, dues: list[datetime], days: int
) -> None:
    until = link_ends(made, dues, days=days)
    assert all(until - due >= days * DAY for due in (made, *dues))
    assert any(until - due == days * DAY for due in (made, *dues))
