"""Events reach each handler once, in order within a stream, whatever fails."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from yiwang.kernel.actor import system_actor
from yiwang.kernel.ids import uuid7
from yiwang.ledger import events
from yiwang.ledger.act import execute
from yiwang.ledger.housekeeping import purge_delivered
from yiwang.ledger.models import Delivery, OutboxEvent, lane_of
from yiwang.ledger.public import Event, acting, handles, register
from yiwang.ledger.relay import _LOCK_SPACE, CHANNEL, relay_once, run_relay, stuck_events, waiting_count

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
ACTOR = system_actor("test")
SEEN: dict[str, list[tuple[UUID, int]]] = defaultdict(list)
BROKEN: set[UUID] = set()


@register
@dataclass(frozen=True, slots=True)
class Counted(Event):
    """A numbered fact for these tests."""

    kind: ClassVar[str] = "tests.counted"
    subject: UUID
    number: int

    @property
    def stream(self) -> UUID:
        return self.subject


def first(event: Counted, at: datetime) -> None:
    SEEN["first"].append((event.subject, event.number))


def second(event: Counted, at: datetime) -> None:
    if event.subject in BROKEN:
        raise RuntimeError("no line")
    SEEN["second"].append((event.subject, event.number))


@pytest.fixture(autouse=True)
def _handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(events, "_HANDLERS", defaultdict(list))
    handles(Counted)(first)
    handles(Counted)(second)
    SEEN.clear()
    BROKEN.clear()
    yield
    execute("SELECT pg_advisory_unlock_all()", []) if connection.connection else None


def announce(subject: UUID, *numbers: int) -> None:
    with acting(actor=ACTOR, at=AT) as act:
        for number in numbers:
            act.announce(Counted(subject=subject, number=number))


@pytest.mark.django_db
def test_each_handler_gets_each_event_once_and_in_order() -> None:
    one, two = uuid7(), uuid7()
    announce(one, 1, 2, 3)
    announce(two, 1)
    announce(one, 4)
    assert relay_once(AT) == 5
    assert relay_once(AT) == 0
    for name in ("first", "second"):
        assert [n for s, n in SEEN[name] if s == one] == [1, 2, 3, 4]
        assert [n for s, n in SEEN[name] if s == two] == [1]
    assert waiting_count() == 0


@pytest.mark.django_db
def test_a_failing_event_holds_up_its_own_stream_only_and_is_tried_again() -> None:
    bad, good = uuid7(), uuid7()
    while lane_of(good) != lane_of(bad):
        good = uuid7()
    BROKEN.add(bad)
    announce(bad, 1, 2)
    announce(good, 1)
    assert relay_once(AT) == 1
    failed = OutboxEvent.objects.get(stream=bad, attempts=1)
    assert (failed.last_error, failed.retry_at) == ("RuntimeError: no line", AT + timedelta(seconds=1))
    assert {"first": [(bad, 1), (good, 1)], "second": [(good, 1)]} == SEEN
    assert relay_once(AT + timedelta(seconds=1)) == 0
    failed.refresh_from_db()
    assert (failed.attempts, failed.retry_at) == (2, AT + timedelta(seconds=3))
    BROKEN.clear()
    assert relay_once(AT + timedelta(seconds=3)) == 2
    assert SEEN["first"] == [(bad, 1), (good, 1), (bad, 2)]
    assert SEEN["second"] == [(good, 1), (bad, 1), (bad, 2)]


@pytest.mark.django_db
def test_an_event_that_never_succeeds_stays_visible() -> None:
    bad = uuid7()
    BROKEN.add(bad)
    announce(bad, 1)
    at = AT
    for _ in range(6):
        relay_once(at)
        at += timedelta(hours=1)
    assert [(event.stream, event.attempts) for event in stuck_events()] == [(bad, 6)]
    assert waiting_count() == 1


@pytest.mark.django_db
def test_more_failing_events_than_a_batch_do_not_starve_their_lane() -> None:
    bad, good = uuid7(), uuid7()
    while lane_of(good) != lane_of(bad):
        good = uuid7()
    BROKEN.add(bad)
    announce(bad, *range(250))
    announce(good, 1)
    assert relay_once(AT) == 1
    assert SEEN["second"] == [(good, 1)]


@pytest.mark.django_db
def test_a_handler_and_its_delivery_are_one_transaction() -> None:
    subject = uuid7()

    def writes_and_fails(event: Counted, at: datetime) -> None:
        with acting(actor=ACTOR, at=at) as act:
            act.announce(Counted(subject=uuid7(), number=99))
        raise RuntimeError("too late")

    handles(Counted)(writes_and_fails)
    announce(subject, 1)
    relay_once(AT)
    assert OutboxEvent.objects.count() == 1
    assert Delivery.objects.count() == 2


@pytest.mark.django_db
def test_an_event_delivered_again_after_a_crash_does_no_harm() -> None:
    subject = uuid7()
    announce(subject, 1)
    relay_once(AT)
    OutboxEvent.objects.update(delivered_at=None)
    assert relay_once(AT) == 1
    assert SEEN["first"] == [(subject, 1)]


@pytest.mark.django_db
def test_an_event_nobody_knows_any_more_is_delivered_to_nobody() -> None:
    OutboxEvent.objects.create(stream=uuid7(), lane=3, kind="tests.forgotten", body="{}")
    assert relay_once(AT) == 1


@pytest.mark.django_db
def test_old_delivered_events_are_purged_and_waiting_ones_stay() -> None:
    bad, good = uuid7(), uuid7()
    BROKEN.add(bad)
    announce(good, 1, 2)
    announce(bad, 1)
    relay_once(AT)
    assert purge_delivered(AT + timedelta(days=6)) == 0
    assert purge_delivered(AT + timedelta(days=8)) == 2
    assert [event.stream for event in OutboxEvent.objects.all()] == [bad]
    assert {delivery.event for delivery in Delivery.objects.all()} == {OutboxEvent.objects.get().pk}


def other_connection() -> psycopg.Connection:
    wanted = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    return psycopg.connect(autocommit=True, **{name: wanted[name] for name in names if wanted.get(name)})


@pytest.mark.django_db(transaction=True)
def test_a_lane_another_relay_holds_is_left_to_it() -> None:
    subject = uuid7()
    announce(subject, 1)
    with other_connection() as other:
        other.execute("SELECT pg_advisory_lock(%s::int, %s::int)", [_LOCK_SPACE, lane_of(subject)])
        assert relay_once(AT) == 0
        other.execute("SELECT pg_advisory_unlock_all()")  # the end of a session is not waited for
    assert relay_once(AT) == 1


@pytest.mark.django_db(transaction=True)
def test_live_pages_are_told_which_streams_moved() -> None:
    subject = uuid7()
    with other_connection() as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        announce(subject, 1, 2)
        relay_once(AT)
        told = [json.loads(n.payload) for n in listener.notifies(timeout=2, stop_after=1)]
    newest = OutboxEvent.objects.order_by("-id")[0].pk
    assert told == [[["tests", newest], [f"tests:{subject}", newest]]]


@pytest.mark.django_db(transaction=True)
def test_two_relays_side_by_side_deliver_each_event_once_and_in_order() -> None:
    subjects = [uuid7() for _ in range(20)]
    stop = threading.Event()

    def relay() -> None:
        try:
            run_relay(stop)
        finally:
            connection.close()

    threads = [threading.Thread(target=relay) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(10):
        for subject in subjects:
            announce(subject, number)
    limit = time.monotonic() + 20
    while waiting_count() and time.monotonic() < limit:
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    for subject in subjects:
        assert [n for s, n in SEEN["second"] if s == subject] == list(range(10))
    latest = OutboxEvent.objects.order_by("-delivered_at")[0]
    assert latest.delivered_at is not None
    assert latest.delivered_at <= timezone.now()


@pytest.mark.django_db(transaction=True)
def test_a_relay_whose_connection_is_cut_goes_on() -> None:
    stop = threading.Event()
    backend: list[int] = []

    def relay() -> None:
        try:
            backend.extend(execute("SELECT pg_backend_pid()", []).fetchone() or ())
            run_relay(stop)
        finally:
            connection.close()

    thread = threading.Thread(target=relay, daemon=True)
    thread.start()
    limit = time.monotonic() + 10
    while not backend and time.monotonic() < limit:
        time.sleep(0.02)
    with other_connection() as other:
        other.execute("SELECT pg_terminate_backend(%s)", backend)
    subject = uuid7()
    announce(subject, 1)
    while waiting_count() and time.monotonic() < limit:
        time.sleep(0.05)
    stop.set()
    thread.join(5)
    assert SEEN["first"] == [(subject, 1)]
