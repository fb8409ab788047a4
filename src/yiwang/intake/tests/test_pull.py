"""Pulling: by cursor, conditionally, without gap or repeat, whatever happens on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest

from yiwang.cases.public import Report
from yiwang.cases.tests.factories import make_city
from yiwang.intake.doors.pull import due_channels
from yiwang.intake.models import PullCursor, RawMessage
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.services import pulling
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.pulling import poll
from yiwang.intake.services.registry import add_key
from yiwang.kernel.errors import Invalid

from .channels import OPERATOR, opened

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TEXT = """\
code: polled
name: 被拉取的来源
kind: government
door: pull
owner: 某部门
settings:
  url: http://source.example/orders?after={cursor}&limit=2
  every_seconds: 60
  items: data.items
  next: data.next
  more: data.more
  start: "0"
mapping: {fields: {source_number: no, text: content}, required: [source_number]}
"""


class Source:
    """A source with numbered orders, asked two at a time."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: list[httpx.Request] = []
        self.status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.status != 200:
            return httpx.Response(self.status)
        after = int(parse_qs(request.url.query.decode())["after"][0])
        tag = f'"{self.count}-{after}"'
        if request.headers.get("If-None-Match") == tag:
            return httpx.Response(304)
        items = [
            {"no": str(n), "content": f"第{n}件"} for n in range(after + 1, min(after + 3, self.count + 1))
        ]
        data = {"items": items, "next": after + len(items), "more": after + len(items) < self.count}
        return httpx.Response(200, json={"data": data}, headers={"ETag": tag})

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self))


@pytest.fixture
def channel() -> LiveChannel:
    make_city()
    return opened(TEXT, AT)


def test_all_pages_are_taken_and_the_next_visit_takes_only_what_is_new(channel: LiveChannel) -> None:
    source = Source(5)
    assert poll(channel=channel, at=AT, client=source.client()) == 5
    assert handle_waiting(clock=lambda: AT).accepted == 5
    assert PullCursor.objects.get().cursor == "5"
    source.count = 7
    assert poll(channel=channel, at=AT, client=source.client()) == 2
    handle_waiting(clock=lambda: AT)
    assert sorted(Report.objects.values_list("source_number", flat=True)) == [str(n) for n in range(1, 8)]


def test_a_visit_without_news_is_conditional(channel: LiveChannel) -> None:
    source = Source(1)
    poll(channel=channel, at=AT, client=source.client())
    poll(channel=channel, at=AT, client=source.client())
    source.asked.clear()
    poll(channel=channel, at=AT, client=source.client())
    assert len(source.asked) == 1
    assert "If-None-Match" in source.asked[0].headers
    assert RawMessage.objects.count() == 1


def test_a_crash_before_the_commit_asks_for_the_same_page_again(
    channel: LiveChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(4)
    real = pulling._move

    def crash(*args: object) -> None:
        real(*args)  # type: ignore[arg-type]
        if PullCursor.objects.get().cursor == "2":
            raise KeyboardInterrupt

    monkeypatch.setattr(pulling, "_move", crash)
    with pytest.raises(KeyboardInterrupt):
        poll(channel=channel, at=AT, client=source.client())
    assert (PullCursor.objects.get().cursor, RawMessage.objects.count()) == ("2", 2)
    monkeypatch.undo()
    poll(channel=channel, at=AT, client=source.client())
    assert RawMessage.objects.count() == 4


def test_a_source_that_fails_is_asked_less_and_less_often_and_shows_why(channel: LiveChannel) -> None:
    source = Source(2)
    source.status = 500
    for _ in range(3):
        poll(channel=channel, at=AT, client=source.client())
    row = PullCursor.objects.get()
    assert (row.failures, row.cursor) == (3, "0")
    assert "500" in row.last_error
    assert due_channels(AT + timedelta(minutes=7)) == []
    assert due_channels(AT + timedelta(minutes=8)) == [channel]
    source.status = 200
    assert poll(channel=channel, at=AT, client=source.client()) == 2
    assert PullCursor.objects.get().failures == 0


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"data": {"items": "none"}}),
        httpx.Response(302, headers={"Location": "http://elsewhere.example/"}),
    ],
)
def test_an_answer_that_makes_no_sense_moves_nothing(channel: LiveChannel, answer: httpx.Response) -> None:
    client = httpx.Client(transport=httpx.MockTransport(lambda _request: answer))
    assert poll(channel=channel, at=AT, client=client) == 0
    row = PullCursor.objects.get()
    assert (row.cursor, row.failures) == ("0", 1)
    assert row.last_error


def test_a_source_with_a_cursor_in_its_items_and_a_token(channel: LiveChannel) -> None:
    text = TEXT.replace("next: data.next", "item_cursor: no").replace("  more: data.more\n", "")
    live = opened(text.replace("every_seconds: 60", "auth: bearer"), AT)
    add_key(actor=OPERATOR, at=AT, channel_id=live.id, kind="theirs", given="their-token")
    source = Source(9)
    live = opened(live.definition.text, AT)
    poll(channel=live, at=AT, client=source.client())
    assert PullCursor.objects.get().cursor == "2"
    assert source.asked[0].headers["Authorization"] == "Bearer their-token"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("url: http", "url: file", "settings.url"),
        ("items: data.items", "items: 'data['", "settings.items"),
        ("  next: data.next\n", "", "settings.next"),
        ("every_seconds: 60", "every_seconds: 0", "settings.every_seconds"),
        ("start:", "begin:", "settings.begin"),
    ],
)
def test_wrong_settings_are_named(channel: LiveChannel, old: str, new: str, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        opened(TEXT.replace(old, new), AT)
    assert refused.value.details["key"] == key


def test_items_of_an_xml_answer_are_messages_in_their_order(channel: LiveChannel) -> None:
    text = TEXT.replace("items: data.items", "items: data.order").replace("code: polled", "code: polled_xml")
    text = text[: text.index("mapping:")] + (
        "mapping: {format: xml, fields: {source_number: {path: item.no}, text: {path: item.content}}}\n"
    )
    live = opened(text, AT)
    orders = "".join(f"<order><no>{n}</no><content>第{n}件</content></order>" for n in range(1, 9))
    answer = httpx.Response(200, text=f"<data>{orders}</data>")
    client = httpx.Client(transport=httpx.MockTransport(lambda _request: answer))
    poll(channel=live, at=AT, client=client)
    assert handle_waiting(clock=lambda: AT).accepted == 8
    numbers = Report.objects.order_by("number").values_list("source_number", flat=True)
    assert list(numbers) == [str(n) for n in range(1, 9)]


def test_a_clock_that_was_ahead_does_not_stop_the_visits(channel: LiveChannel) -> None:
    poll(channel=channel, at=AT + timedelta(days=400), client=Source(1).client())
    assert due_channels(AT) == [channel]
