"""Messages that break things: each is set aside alone, and no other message waits for it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from yiwang.cases.public import Report
from yiwang.cases.tests.factories import City, make_city
from yiwang.intake.models import QuarantineEntry, RawMessage
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.services import handling
from yiwang.intake.services.handling import HandledCounts, handle_now, handle_waiting
from yiwang.intake.services.receiving import receive_raw
from yiwang.intake.services.updating import SourceMessage

from .channels import PUSHED, opened, pushed

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def city() -> City:
    return make_city()


def message(number: str, **more: object) -> str:
    return json.dumps({"number": number, "content": "路口井盖松动", **more}, ensure_ascii=False)


def with_files() -> LiveChannel:
    text = PUSHED.format(code="demo_source", rank=5, burst=2000)
    return opened(text.replace("    title: title\n", "    title: title\n    attachments: files\n"), AT)


def handled() -> HandledCounts:
    return handle_waiting(clock=lambda: AT)


@pytest.mark.parametrize("name", ["a\u0000.jpg", "\ud800.jpg"])
def test_a_message_that_the_database_refuses_keeps_no_other_waiting(city: City, name: str) -> None:
    broken = '{"number": "A1", "content": "井盖", "files": [{"name": %s, "url": "http://a.example/"}]}'
    receive_raw(channel=with_files(), bodies=[broken % json.dumps(name), message("A2")], at=AT)
    handled()
    assert not RawMessage.objects.filter(state="received").exists()
    assert Report.objects.filter(source_number="A2").exists()


def test_an_error_of_the_database_about_one_message_sets_that_one_aside(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import DataError

    def careless(channel: LiveChannel, item: SourceMessage, **_: object) -> None:
        if item.mapped.source_number == "A1":
            raise DataError("value too long")

    monkeypatch.setattr(handling, "take_new", careless)
    receive_raw(channel=pushed(AT), bodies=[message("A1"), message("A2")], at=AT)
    counts = handled()
    assert (counts.accepted, counts.quarantined) == (1, 1)
    assert QuarantineEntry.objects.get().reason == "poison"


def test_a_message_that_cannot_be_opened_is_set_aside(city: City) -> None:
    ids = receive_raw(channel=pushed(AT), bodies=[message("A1"), message("A2")], at=AT).ids
    RawMessage.objects.filter(pk=ids[0]).update(payload=b"damaged")
    counts = handled()
    assert (counts.accepted, counts.quarantined) == (1, 1)


def test_a_door_that_handles_at_once_sets_a_breaking_message_aside_too(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(channel: LiveChannel, item: SourceMessage, **_: object) -> None:
        if item.mapped.source_number == "A1":
            raise ZeroDivisionError

    monkeypatch.setattr(handling, "take_new", careless)
    channel = pushed(AT)
    ids = receive_raw(channel=channel, bodies=[message("A1"), message("A2")], at=AT).ids
    assert [row.state for row in handle_now(channel=channel, ids=ids, at=AT)] == ["quarantined", "accepted"]


def test_an_urgent_channel_that_was_busy_for_a_moment_is_not_passed_over(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real = handling.handle_batch

    def one_at_a_time(channel: LiveChannel, at: datetime, **_: object) -> HandledCounts | None:
        order.append(channel.code)
        if order == ["police"]:
            return None
        return real(channel, at, size=1)

    monkeypatch.setattr(handling, "handle_batch", one_at_a_time)
    calm, urgent = pushed(AT, code="calm"), pushed(AT, code="police", rank=1)
    receive_raw(channel=calm, bodies=[message("B1"), message("B2"), message("B3")], at=AT)
    receive_raw(channel=urgent, bodies=[message("C1")], at=AT)
    handled()
    assert order == ["police", "calm", "police", "calm", "calm"]


def test_a_late_message_is_not_what_the_next_one_is_compared_with(city: City) -> None:
    channel = pushed(AT)
    bodies = [
        message("A1", changed="2026-03-02 09:00"),
        message("A1", title="新标题", changed="2026-03-02 10:00"),
        message("A1", title="旧标题", changed="2026-03-02 08:00"),
        message("A1", title="新标题", changed="2026-03-02 10:05"),
    ]
    receive_raw(channel=channel, bodies=bodies, at=AT)
    counts = handled()
    assert (counts.accepted, counts.updated, counts.unchanged) == (1, 2, 1)


def test_attachments_in_a_message_are_read_as_before(city: City) -> None:
    given = {"name": "a.txt", "base64": base64.b64encode(b"text").decode()}
    receive_raw(channel=with_files(), bodies=[message("A1", files=[given])], at=AT)
    assert handled().accepted == 1
