"""The live feed: a ticket names topics, a real NOTIFY reaches who follows them, and nobody else."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
from django.core.signing import BadSignature
from django.test import override_settings

from yiwang.interface import live_ticket as tickets
from yiwang.interface.live import CHANNEL, LiveFeed
from yiwang.kernel.errors import Invalid

Messages = asyncio.Queue[dict[str, Any]]


class Page:
    """One client of the feed: what it was sent, and a way to leave."""

    def __init__(self, feed: LiveFeed, ticket: str, **headers: str) -> None:
        self.sent: Messages = asyncio.Queue()
        self.left = asyncio.Event()
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/events",
            "query_string": f"ticket={ticket}".encode(),
            "headers": [(k.encode(), v.encode()) for k, v in {"host": "127.0.0.1:8001", **headers}.items()],
        }
        self.task = asyncio.ensure_future(feed(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.sent.put_nowait(dict(message))

    async def start(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.sent.get(), 10)

    async def line(self) -> str:
        return (await self.start())["body"].decode()

    async def moved(self) -> list[dict[str, Any]]:
        """The next batch of `(topic, version)`, past comments and the retry line."""
        while True:
            lines = [one for one in (await self.line()).splitlines() if one.startswith("data: ")]
            if lines:
                return [json.loads(line.removeprefix("data: ")) for line in lines]

    async def leave(self) -> None:
        self.left.set()
        await asyncio.wait_for(self.task, 10)


def notify(*pairs: tuple[str, int]) -> None:
    with psycopg.connect(os.environ["YIWANG_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(pairs)])


def with_feed(story: Callable[[LiveFeed], Awaitable[None]], **options: Any) -> None:
    """Run a story with a feed that listens to the session's server."""

    async def run() -> None:
        feed = LiveFeed(os.environ["YIWANG_DATABASE_URL"], **options)
        first = Page(feed, "forged")
        await first.task
        await asyncio.wait_for(feed.listening.wait(), 10)
        try:
            await story(feed)
        finally:
            assert feed._listener is not None
            feed._listener.cancel()
            await asyncio.gather(feed._listener, return_exceptions=True)

    asyncio.run(run())


def test_a_page_hears_its_topics_and_no_others() -> None:
    async def story(feed: LiveFeed) -> None:
        page = Page(feed, tickets.live_ticket(["cases:1", "cases:2"]))
        assert (await page.start())["status"] == 200
        await page.line()
        await asyncio.to_thread(notify, ("cases:1", 7), ("cases:3", 8), ("cases:2", 9))
        assert await page.moved() == [
            {"topic": "cases:1", "version": 7},
            {"topic": "cases:2", "version": 9},
        ]
        await page.leave()

    with_feed(story)


def test_a_slow_page_is_told_only_the_newest_version() -> None:
    async def story(feed: LiveFeed) -> None:
        page = Page(feed, tickets.live_ticket(["cases"]))
        await page.start()
        await page.line()
        await asyncio.to_thread(notify, ("cases", 1), ("cases", 2), ("cases", 3))
        assert await page.moved() == [{"topic": "cases", "version": 3}]
        await page.leave()

    with_feed(story)


def test_a_lost_database_is_found_again_and_every_topic_is_told_to_look_again() -> None:
    async def story(feed: LiveFeed) -> None:
        page = Page(feed, tickets.live_ticket(["cases"]))
        await page.start()
        await page.line()
        with psycopg.connect(os.environ["YIWANG_DATABASE_URL"], autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = %s",
                [f"LISTEN {CHANNEL}"],
            )
        assert await page.moved() == [{"topic": "cases", "version": -1}]
        await asyncio.to_thread(notify, ("cases", 5))
        assert await page.moved() == [{"topic": "cases", "version": 5}]
        await page.leave()

    with_feed(story)


def test_an_idle_stream_is_kept_open_by_comments_and_closed_at_its_end() -> None:
    async def story(feed: LiveFeed) -> None:
        page = Page(feed, tickets.live_ticket(["cases"]))
        await page.start()
        assert await page.line() == "retry: 3000\n\n"
        assert await page.line() == ": still here\n\n"
        await asyncio.wait_for(page.task, 10)

    with_feed(story, heartbeat=0.05, lifetime=0.2)


def test_one_client_too_many_is_sent_away() -> None:
    async def story(feed: LiveFeed) -> None:
        kept = Page(feed, tickets.live_ticket(["cases"]))
        assert (await kept.start())["status"] == 200
        assert (await Page(feed, tickets.live_ticket(["cases"])).start())["status"] == 503
        await kept.leave()
        again = Page(feed, tickets.live_ticket(["cases"]))
        assert (await again.start())["status"] == 200
        await again.leave()

    with_feed(story, most_clients=1)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8000", 200),
        ("http://127.0.0.1:9999", 403),
        ("http://elsewhere.example:8000", 403),
        ("https://city.example", 200),
    ],
)
def test_only_pages_of_the_web_itself_may_listen(origin: str, status: int) -> None:
    async def story(feed: LiveFeed) -> None:
        page = Page(feed, tickets.live_ticket(["cases"]), origin=origin)
        start = await page.start()
        assert start["status"] == status
        allowed = dict(start["headers"]).get(b"access-control-allow-origin")
        assert allowed == (origin.encode() if status == 200 else None)
        if status == 200:
            await page.leave()

    with override_settings(YIWANG_WEB_PORT=8000, YIWANG_LIVE_ORIGINS=["https://city.example"]):
        with_feed(story)


def test_a_forged_or_old_ticket_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = tickets.live_ticket(["cases"])
    assert tickets.topics_of(ticket) == frozenset({"cases"})
    with pytest.raises(BadSignature):
        tickets.topics_of(ticket[:-1] + ("A" if ticket[-1] != "A" else "B"))
    monkeypatch.setattr(tickets, "LIFETIME", -1)
    with pytest.raises(BadSignature):
        tickets.topics_of(ticket)


@pytest.mark.parametrize("topics", [[], ["Cases"], ["cases:a b"], [f"cases:{n}" for n in range(101)]])
def test_a_ticket_names_between_one_and_a_hundred_well_formed_topics(topics: list[str]) -> None:
    with pytest.raises(Invalid):
        tickets.live_ticket(topics)
