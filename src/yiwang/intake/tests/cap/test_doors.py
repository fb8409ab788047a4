"""The doors of alerts: pushed and proven, and read from a feed of a real server, whatever it answers."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from yiwang.cases.tests.factories import make_city
from yiwang.intake.doors.cap_feed import (
    FeedCounts,
    FeedState,
    FeedUnreachable,
    due_feeds,
    poll_feed,
    read_feed,
)
from yiwang.intake.models import Alert, AlertFeed, ChannelKey, Nonce, PullCursor
from yiwang.intake.rules.signing import signed_headers
from yiwang.intake.services.registry import add_key, publish_channel
from yiwang.intake.tests.channels import OPERATOR, opened, pushed
from yiwang.kernel.errors import Invalid

from .messages import IDENTIFIER, message

CHANNEL = "code: weather\nname: 气象预警\nkind: weather\ndoor: cap\nowner: 市气象局\n"
URL = "/api/v1/channels/weather/cap"
XML = "application/cap+xml"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
INCLUDE = '<info xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="ADDRESS/i"/>'
RESOURCE = "<resource><resourceDesc>x</resourceDesc><mimeType>a/b</mimeType><uri>ADDRESS/r</uri></resource>"


@pytest.fixture
def key(db: None) -> tuple[ChannelKey, str]:
    make_city()
    channel = opened(CHANNEL, timezone.now())
    return add_key(actor=OPERATOR, at=timezone.now(), channel_id=channel.id, kind="token")


def post(client: Client, token: str, body: bytes, **headers: str) -> tuple[int, dict[str, object]]:
    answer = client.post(URL, body, content_type=XML, headers={"Authorization": f"Bearer {token}", **headers})
    return answer.status_code, answer.json()


def test_a_pushed_alert_is_acknowledged_and_the_same_again_is_unchanged(
    client: Client, key: tuple[ChannelKey, str]
) -> None:
    status, answer = post(client, key[1], message().encode())
    assert (status, answer["identifier"], answer["areas"], answer["unchanged"]) == (
        202, IDENTIFIER, ["320111"], False,
    )  # fmt: skip
    assert post(client, key[1], message().encode())[1]["unchanged"] is True
    assert Alert.objects.get().channel == "weather"


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", "dtd"), (b"", "empty"),
     (gzip.compress(b"x", mtime=0), "compressed"),
     (b"<feed/>", "not_cap")],
)  # fmt: skip
def test_a_hostile_document_is_refused_by_name(
    client: Client, key: tuple[ChannelKey, str], body: bytes, reason: str
) -> None:
    status, answer = post(client, key[1], body)
    assert (status, answer["code"], answer["reason"]) == (422, "intake.alert_refused", reason)
    assert not Alert.objects.exists()


def test_who_proves_nothing_is_refused_and_packed_bodies_too(
    client: Client, key: tuple[ChannelKey, str]
) -> None:
    assert post(client, "wrong", message().encode())[0] == 401
    assert post(client, key[1], gzip.compress(message().encode()), **{"Content-Encoding": "gzip"})[0] == 409
    assert client.get(URL).status_code == 405
    assert not Alert.objects.exists()


def test_a_signed_push_uses_its_nonce_up(client: Client, key: tuple[ChannelKey, str]) -> None:
    row, secret = add_key(actor=OPERATOR, at=timezone.now(), channel_id=key[0].channel_id, kind="hmac")
    body = message().encode()
    headers = signed_headers(
        row.name, secret, method="POST", path=URL, body=body, at=timezone.now(), nonce="n-0000001"
    )
    answers = [client.post(URL, body, content_type=XML, headers=headers).status_code for _ in range(2)]
    assert answers == [202, 401]
    assert Nonce.objects.get().value == "n-0000001"


def test_a_channel_of_another_door_takes_no_alerts(client: Client, key: tuple[ChannelKey, str]) -> None:
    other = pushed(timezone.now())
    _, secret = add_key(actor=OPERATOR, at=timezone.now(), channel_id=other.id, kind="token")
    answer = client.post(
        "/api/v1/channels/demo_source/cap", message().encode(), content_type=XML,
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip
    assert answer.status_code == 404


def test_wrong_settings_are_refused_when_the_channel_is_published(db: None) -> None:
    with pytest.raises(Invalid) as refused:
        publish_channel(actor=OPERATOR, at=timezone.now(), text=CHANNEL + "settings: {signature: require}\n")
    assert refused.value.problems[0].field == "settings.certificates"


# -- a feed on a real server ----------------------------------------------------------------------


class Station(BaseHTTPRequestHandler):
    """A weather station whose answers a test may change."""

    pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, headers, body = self.pages.get(self.path, (404, {}, b""))
        if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
            status, body = 304, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the console."""


@pytest.fixture
def station() -> Iterator[tuple[str, type[Station]]]:
    handler = type("OwnStation", (Station,), {"pages": {}, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client_() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as found:
        yield found


def index(*links: str, etag: str = '"1"') -> tuple[int, dict[str, str], bytes]:
    entries = "".join(
        f"<entry><id>{link}</id><updated>1</updated><link href='{link}'/></entry>" for link in links
    )
    body = f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'
    return 200, {"ETag": etag, "Content-Type": "application/atom+xml"}, body.encode()


def one(name: str) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, message(identifier=name).encode()


LIMIT = 100_000


def test_a_feed_is_read_once_and_then_only_what_is_new(
    station: tuple[str, type[Station]], client_: httpx.Client
) -> None:
    address, server = station
    server.pages |= {"/f": index("/b", "/a"), "/a": one("a"), "/b": one("b")}
    first = read_feed(client_, f"{address}/f", FeedState(), limit=LIMIT)
    assert [url.rpartition("/")[2] for url, _ in first.messages] == ["a", "b"]
    state = FeedState.from_text(first.state.text())
    assert read_feed(client_, f"{address}/f", state, limit=LIMIT).messages == ()
    server.pages |= {"/f": index("/c", "/b", etag='"2"'), "/c": one("c")}
    server.asked.clear()
    third = read_feed(client_, f"{address}/f", state, limit=LIMIT)
    assert [url.rpartition("/")[2] for url, _ in third.messages] == ["c"]
    assert server.asked == ["/f", "/c"]
    assert set(third.state.seen) == {"/b", "/c"}


def test_what_could_not_be_fetched_is_asked_for_again(
    station: tuple[str, type[Station]], client_: httpx.Client
) -> None:
    address, server = station
    server.pages |= {"/f": index("/a", "/b"), "/b": one("b"), "/a": (503, {}, b"")}
    first = read_feed(client_, f"{address}/f", FeedState(), limit=LIMIT)
    assert [url.rpartition("/")[2] for url, _ in first.messages] == ["b"]
    assert first.failed[0][1] == "对方应答 503"
    server.pages["/a"] = one("a")
    second = read_feed(client_, f"{address}/f", first.state, limit=LIMIT)
    assert [url.rpartition("/")[2] for url, _ in second.messages] == ["a"]


@pytest.mark.parametrize(
    "page",
    [
        (302, {"Location": "http://127.0.0.1:9/elsewhere"}, b""),
        (200, {"Content-Encoding": "gzip"}, gzip.compress(b"\0" * 1_000_000)),
        (200, {}, b"x" * (LIMIT + 1)),
    ],
)
def test_redirects_packed_and_huge_messages_are_left_out_by_name(
    station: tuple[str, type[Station]], client_: httpx.Client, page: tuple[int, dict[str, str], bytes]
) -> None:
    address, server = station
    server.pages |= {"/f": index("/a", "http://127.0.0.1:9/other"), "/a": page}
    found = read_feed(client_, f"{address}/f", FeedState(), limit=LIMIT)
    assert found.messages == ()
    assert len(found.failed) == 2
    assert server.asked == ["/f", "/a"]


@pytest.mark.parametrize("page", [(500, {}, b""), (200, {}, b"<html/>"), (200, {}, b"<!DOCTYPE rss><rss/>")])
def test_an_index_that_is_none_is_said(
    station: tuple[str, type[Station]], client_: httpx.Client, page: tuple[int, dict[str, str], bytes]
) -> None:
    address, server = station
    server.pages["/f"] = page
    with pytest.raises(FeedUnreachable):
        read_feed(client_, f"{address}/f", FeedState(), limit=LIMIT)


FEED = CHANNEL + "settings: {address: 'ADDRESS/f', every: 60}\n"


def test_a_channel_with_an_address_is_polled_and_stores_what_is_new(
    db: None, station: tuple[str, type[Station]], client_: httpx.Client
) -> None:
    make_city()
    address, server = station
    server.pages |= {"/f": index("/b", "/x", "/a"), "/a": one("a"), "/b": one("b"), "/x": (200, {}, b"<a/>")}
    at = timezone.now()
    channel = opened(FEED.replace("ADDRESS", address), at)
    assert due_feeds(at) == [channel]
    assert poll_feed(channel=channel, at=at, client=client_) == FeedCounts(accepted=2, refused=1)
    assert list(Alert.objects.order_by("received_at", "id").values_list("identifier", flat=True)) == [
        "a",
        "b",
    ]
    assert due_feeds(at + timedelta(seconds=59)) == []
    assert due_feeds(at + timedelta(seconds=60)) == [channel]
    assert poll_feed(channel=channel, at=at, client=client_) == FeedCounts()
    AlertFeed.objects.update(state="")
    assert poll_feed(channel=channel, at=at, client=client_) == FeedCounts(unchanged=2, refused=1)


def test_a_feed_that_fails_is_asked_less_often_and_nothing_is_lost(
    db: None, station: tuple[str, type[Station]], client_: httpx.Client
) -> None:
    make_city()
    address, server = station
    server.pages |= {"/f": (500, {}, b""), "/a": one("a")}
    at = timezone.now()
    channel = opened(FEED.replace("ADDRESS", address), at)
    for _ in range(2):
        assert poll_feed(channel=channel, at=at, client=client_) == FeedCounts(failed=1)
    cursor = PullCursor.objects.get()
    assert (cursor.failures, cursor.last_error) == (2, "对方应答 500")
    assert due_feeds(at + timedelta(seconds=239)) == []
    assert due_feeds(at + timedelta(seconds=240)) == [channel]
    server.pages["/f"] = index("/a")
    assert poll_feed(channel=channel, at=at, client=client_) == FeedCounts(accepted=1)
    assert PullCursor.objects.get().failures == 0


def test_a_server_that_is_away_is_said(client_: httpx.Client) -> None:
    with pytest.raises(FeedUnreachable):
        read_feed(client_, "http://127.0.0.1:9/f", FeedState(), limit=LIMIT)
    assert isinstance(timezone.now(), datetime)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('<!DOCTYPE alert SYSTEM "ADDRESS/dtd"><alert/>', "dtd"),
        ('<!DOCTYPE alert [<!ENTITY % x SYSTEM "ADDRESS/e"> %x;]><alert/>', "dtd"),
        ('<!DOCTYPE alert [<!ENTITY x SYSTEM "ADDRESS/e">]><alert>&x;</alert>', "dtd"),
        (message().replace("?>", '?><?xml-stylesheet href="ADDRESS/xsl" type="text/xsl"?>', 1), ""),
        (message().replace("<info>", INCLUDE), ""),
        (message().replace("<alert ", f'<alert xmlns:x="{XSI}" x:schemaLocation="urn ADDRESS/x" '), ""),
        (message(more=RESOURCE), ""),
    ],
)  # fmt: skip
def test_no_document_makes_the_platform_ask_an_address(
    client: Client, key: tuple[ChannelKey, str], station: tuple[str, type[Station]], text: str, reason: str
) -> None:
    address, server = station
    status, answer = post(client, key[1], text.replace("ADDRESS", address).encode())
    assert (status, answer.get("reason", "")) == (422 if reason else 202, reason)
    assert server.asked == []
    with httpx.Client(trust_env=False) as probe:
        probe.get(f"{address}/probe")
    assert server.asked == ["/probe"]
