"""The page behind an outside unit's link: what it shows, what it does, and when it ends."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from yiwang.cases.tests.factories import picture
from yiwang.ledger.models import JournalEntry

from ..models import CheckIn, Whistle, WhistleTask
from ..services.outside import link_path, renew_link
from .factories import HERE, Town, make_town, sent, task_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return make_town()


@pytest.fixture
def called(town: Town) -> WhistleTask:
    """The metro police called as a co-unit, just now: the page reads the clock, and a link expires."""
    whistle = sent(town, at=timezone.now(), co=(town.metro.id,))
    return task_of(whistle, town.metro.id)


def upload() -> SimpleUploadedFile:
    return SimpleUploadedFile("spot.jpg", picture().read(), content_type="image/jpeg")


def press(client: Client, task: WhistleTask, name: str, **given):
    return client.post(f"{link_path(task)}{name}/", given)


def test_the_link_shows_why_who_and_by_when_without_a_login(client, called):
    page = client.get(link_path(called))
    text = page.content.decode()
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    for words in (
        "喜年中心KTV噪声扰民",
        "深夜噪声，居民多次反映",
        "街道三次上门劝导无效",
        "地铁公安",
        "梅园社区",
        "经度 118.80000",
        "签收",
    ):
        assert words in text


def test_a_wrong_an_old_and_a_recalled_link_all_look_the_same(client, called, town):
    assert client.get(link_path(called)[:-4] + "abc/").status_code == 404
    old = link_path(called)
    renew_link(actor=town.member, at=called.sent_at, whistle_id=called.whistle_id, task_id=called.id)
    assert client.get(old).status_code == 404
    called.refresh_from_db()
    assert client.get(link_path(called)).status_code == 200
    WhistleTask.objects.filter(pk=called.pk).update(state="recalled")
    gone = client.get(link_path(called))
    assert (gone.status_code, "链接无效" in gone.content.decode()) == (404, True)


def test_the_outside_unit_signs_contacts_stands_on_the_spot_and_feeds_back(client, called):
    assert press(client, called, "sign").status_code == 302
    assert press(client, called, "contact", text="已与街道综合执法沟通，今晚到场").status_code == 302
    there = {"representative": "officer", "photo": upload(), "lon": HERE[0], "lat": HERE[1], "accuracy": 10}
    assert press(client, called, "check_in", **there).status_code == 302
    called.refresh_from_db()
    assert called.state == "reported"
    assert press(client, called, "feed_back", result="已加派夜间巡逻").status_code == 302
    called.refresh_from_db()
    assert (called.state, called.result) == ("fed_back", "已加派夜间巡逻")
    entries = JournalEntry.objects.filter(stream=called.whistle_id, agent="outside-unit")
    assert [e.kind for e in entries.order_by("seq")] == [
        "whistles.signed", "whistles.contacted", "whistles.checked_in", "whistles.fed_back",
    ]  # fmt: skip
    assert {e.actor for e in entries} == {None}


def test_a_check_in_without_a_photo_or_a_position_says_what_is_missing_and_waits_for_the_whistler(
    client, called
):
    press(client, called, "sign")
    refused = press(client, called, "check_in", representative="officer")
    assert refused.status_code == 422
    assert 'id="id_photo' in refused.content.decode()
    assert CheckIn.objects.count() == 0
    press(client, called, "check_in", representative="officer", photo=upload())
    called.refresh_from_db()
    assert (CheckIn.objects.get().result, called.state) == ("waiting", "signed")
    assert "待吹哨方确认" in client.get(link_path(called)).content.decode()


def test_refusing_needs_a_reason_and_is_counted(client, called):
    assert press(client, called, "decline", reason=" ").status_code == 422
    assert press(client, called, "decline", reason="不在管辖范围").status_code == 302
    called.refresh_from_db()
    assert (called.state, called.declined_count) == ("declined", 1)


def test_an_act_out_of_turn_is_refused_in_words_and_keeps_what_was_typed(client, called):
    answer = press(client, called, "feed_back", result="办完了")
    assert answer.status_code == 409
    called.refresh_from_db()
    assert called.state == "pending"
    assert press(client, called, "nonsense").status_code == 404


def test_the_link_acts_for_its_own_task_only(client, called, town):
    host = task_of(Whistle.objects.get(pk=called.whistle_id), town.city.unit("cleaning"))
    secret = link_path(called).split("/")[3]
    assert client.post(f"/w/{host.id}/{secret}/sign/").status_code == 404
    host.refresh_from_db()
    assert host.state == "pending"
