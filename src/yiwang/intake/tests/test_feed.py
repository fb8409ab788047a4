"""The change feed and webhooks: in order, resumable, within the follower's scope."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from yiwang.cases.public import Case, ReportDraft, receive_report
from yiwang.cases.tests.factories import City, make_city
from yiwang.intake.models import WriteBack
from yiwang.intake.queries.feed import feed_page
from yiwang.intake.services.writing_back import Change, note_change, send_due
from yiwang.kernel.actor import Actor, Scope, system_actor
from yiwang.kernel.errors import Invalid
from yiwang.ledger.public import FeedCursor, FeedGone, OutboxEvent

from .channels import opened

CLERK = system_actor("tests", "cases.receive", "cases.view")


@pytest.fixture
def city(transactional_db: None) -> City:
    found = make_city()
    OutboxEvent.objects.all().delete()
    return found


def received(city: City, area: str = "east_1_a") -> Case:
    draft = ReportDraft(channel="12345", text="路灯不亮", community=city.areas[area].id)
    return receive_report(actor=CLERK, at=timezone.now(), draft=draft)[1]


def follow(actor: Actor, cursor: str = "", limit: int = 2) -> tuple[list[str], str]:
    seen: list[str] = []
    while True:
        page = feed_page(actor, cursor=cursor, limit=limit, at=timezone.now())
        seen += [event["subject"] for event in page.events]
        cursor = page.cursor
        if not page.more:
            return seen, cursor


def test_a_follower_goes_on_where_it_stopped(city: City) -> None:
    first = [received(city).number for _ in range(5)]
    seen, cursor = follow(CLERK)
    assert seen == first
    assert follow(CLERK, cursor) == ([], cursor)
    later = received(city).number
    assert follow(CLERK, cursor)[0] == [later]


def test_an_event_that_commits_late_is_not_missed(city: City) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            numbers.append(received(city).number)
            begun.set()
            may_end.wait(10)
        connection.close()

    numbers: list[str] = []
    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(10)
    numbers.append(received(city).number)
    seen, cursor = follow(CLERK)
    assert seen == []
    may_end.set()
    thread.join()
    assert sorted(follow(CLERK, cursor)[0]) == sorted(numbers)


def test_a_follower_sees_only_cases_it_may_view(city: City) -> None:
    inside, outside = received(city), received(city, "west_1_a")
    bound = Actor(None, grants={"cases.view": Scope(communities=frozenset({inside.community}))})
    seen, cursor = follow(bound)
    assert seen == [inside.number]
    assert cursor
    assert outside.number in follow(CLERK)[0]


def test_nothing_personal_is_told(city: City) -> None:
    draft = ReportDraft(
        channel="12345", text="张三家门口路灯不亮", community=city.areas["east_1_a"].id, address="某某路1号",
        contact={"name": "张三", "phone": "13800000000"},
    )  # fmt: skip
    receive_report(actor=CLERK, at=timezone.now(), draft=draft)
    text = json.dumps(feed_page(CLERK, cursor="", limit=9, at=timezone.now()).events, ensure_ascii=False)
    assert "yiwang.case.received" in text
    for secret in ("张三", "13800000000", "某某路", "路灯"):
        assert secret not in text


def test_an_old_cursor_is_told_so_and_a_wrong_one_is_refused(city: City) -> None:
    received(city)
    old = FeedCursor(1, 1, int((datetime.now(UTC) - timedelta(days=8)).timestamp()))
    with pytest.raises(FeedGone):
        feed_page(CLERK, cursor=str(old), limit=9, at=timezone.now())
    for wrong in ("abc", "1.2", "1.2.-3", "1.2.3.4.5"):
        with pytest.raises(Invalid):
            feed_page(CLERK, cursor=wrong, limit=9, at=timezone.now())


def renumbered(by: int) -> None:
    """What a restore into a new server does to the events: their transactions are numbered anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_outboxevent SET txid = (greatest(txid::text::bigint + %s, 3))::text::xid8", [by]
        )


def test_a_follower_goes_on_after_a_restore_into_a_new_server(city: City) -> None:
    received(city)
    renumbered(1_000_000)
    told = OutboxEvent.objects.get()
    cursor = FeedCursor(newest_txid(), told.pk, int(told.created_at.timestamp()))
    renumbered(-1_000_000)
    later = received(city).number
    assert follow(CLERK, str(cursor))[0] == [later]


def newest_txid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(txid::text::bigint) FROM ledger_outboxevent")
        return int(cursor.fetchone()[0])


def test_a_follower_of_what_a_restore_lost_is_told_to_begin_anew(city: City) -> None:
    received(city)
    cursor = follow(CLERK)[1]
    event = OutboxEvent.objects.get()
    seconds = int(event.created_at.timestamp()) - 60
    with pytest.raises(FeedGone):
        feed_page(CLERK, cursor=str(FeedCursor(5, event.pk, seconds)), limit=9, at=timezone.now())
    OutboxEvent.objects.all().delete()
    with pytest.raises(FeedGone):
        feed_page(CLERK, cursor=cursor, limit=9, at=timezone.now())


def test_a_follower_of_a_quiet_city_does_not_grow_old(city: City) -> None:
    received(city)
    cursor, now = follow(CLERK)[1], timezone.now()
    for day in range(1, 12):
        if day == 8:
            OutboxEvent.objects.all().delete()
        cursor = feed_page(CLERK, cursor=cursor, limit=9, at=now + timedelta(days=day)).cursor
    later = received(city).number
    page = feed_page(CLERK, cursor=cursor, limit=9, at=now + timedelta(days=12))
    assert [event["subject"] for event in page.events] == [later]
    with pytest.raises(FeedGone):
        feed_page(CLERK, cursor=cursor, limit=9, at=now + timedelta(days=20))


def test_the_feed_over_http_as_json_and_as_server_sent_events(city: City, client: Client) -> None:
    client.force_login(city.login("leader", area="east"))
    received(city)
    answer = client.get("/api/v1/feed")
    assert answer.status_code == 200
    cursor = answer.json()["cursor"]
    assert len(answer.json()["events"]) == 1
    number = received(city).number
    stream = client.get("/api/v1/feed", headers={"Accept": "text/event-stream", "Last-Event-ID": cursor})
    text = stream.content.decode()
    assert stream["Content-Type"].startswith("text/event-stream")
    assert text.count("event: yiwang.case.received") == 1
    assert number in text
    assert Client().get("/api/v1/feed").status_code == 401
    now = client.get("/api/v1/feed?since=now").json()
    assert now["events"] == []
    assert client.get(f"/api/v1/feed?cursor={now['cursor']}").json()["events"] == []


def test_a_webhook_tells_of_cases_in_its_areas(city: City) -> None:
    code = city.areas["east"].code
    opened(
        f"code: upper\nname: 市级平台\nkind: platform\ndoor: webhook\ndirection: out\nowner: 市城运中心\n"
        f'settings: {{areas: ["{code}"]}}\n'
        "write_back: {url: 'http://upper.example/events', auth: none, changes: {dispatched: "
        "{case: '{case_number}', area: '{area_code}', unit: '{unit}'}}}\n",
        timezone.now(),
    )
    inside, outside = received(city), received(city, "west_1_a")
    for case in (inside, outside):
        note_change(Change("dispatched", case.id, timezone.now(), {"unit": "东区城管局"}))
    assert WriteBack.objects.count() == 1
    got: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        got.append(json.loads(request.content))
        return httpx.Response(204)

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        send_due(at=timezone.now(), client=http)
    assert got == [{"case": inside.number, "area": city.areas["east_1_a"].code, "unit": "东区城管局"}]
