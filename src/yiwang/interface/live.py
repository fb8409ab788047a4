"""Live feed 实时推送: an ASGI app that listens to PostgreSQL and streams `(topic, version)` to pages.

It runs in a process of its own, uses no ORM, and knows nothing but topics. The relay sends
`NOTIFY yiwang_live` with a JSON list of `[topic, version]`; a client receives those its ticket names as
server-sent events `data: {"topic": …, "version": …}`. What a slow client has not read yet is kept as one
version a topic, so its memory is bounded by its ticket.

After a break of the database connection every topic is sent once with a negative version: something may have
been missed, look again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from django.conf import settings
from django.core.signing import BadSignature

from .live_ticket import topics_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CHANNEL = "yiwang_live"
_LOG = logging.getLogger(__name__)


class _Client:
    """One open stream: what moved and was not sent yet."""

    def __init__(self, topics: frozenset[str]) -> None:
        self.topics = topics
        self.moved: dict[str, int] = {}
        self.wake = asyncio.Event()

    def tell(self, topic: str, version: int) -> None:
        self.moved[topic] = version
        self.wake.set()

    def take(self) -> dict[str, int]:
        moved, self.moved = self.moved, {}
        self.wake.clear()
        return moved


class LiveFeed:
    """The ASGI application.

    Args:
        database_url: where to LISTEN.
        heartbeat: seconds between comments that keep proxies from closing an idle stream.
        lifetime: seconds after which a stream is closed, so that its page has to show its login again.
        most_clients: further ones get 503.
    """

    def __init__(
        self, database_url: str, *, heartbeat: float = 15, lifetime: float = 3600, most_clients: int = 2000
    ) -> None:
        self._url = database_url
        self._heartbeat = heartbeat
        self._lifetime = lifetime
        self._most_clients = most_clients
        self._clients: set[_Client] = set()
        self._by_topic: defaultdict[str, set[_Client]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._breaks = 0
        self.listening = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection: `/events`, `/healthz`, or the server's own start and stop."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            self._listen_once()
            headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
            if scope["path"] == "/events" and scope["method"] == "GET":
                await self._stream(scope, headers, receive, send)
            elif scope["path"] == "/healthz":
                ready = self.listening.is_set()
                await _answer(send, 200 if ready else 503, {"ready": ready, "clients": len(self._clients)})
            else:
                await _answer(send, 404, {"detail": "not found"})

    # -- the database --------------------------------------------------------------------------
    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._listen_once()
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._listener is not None:
                    self._listener.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _listen_once(self) -> None:
        if self._listener is None or self._listener.done():
            self._listener = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        """Listen for ever; a lost database is tried again with a growing pause."""
        pause = 0.5
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.listening.set()
                    pause = 0.5
                    if self._breaks:
                        self._tell_all()
                    async for note in connection.notifies():
                        self._spread(note.payload)
            except psycopg.Error as error:
                _LOG.warning("the live feed lost the database: %s", type(error).__name__)
            self.listening.clear()
            self._breaks += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10)

    def _spread(self, payload: str) -> None:
        try:
            pairs = [(str(topic), int(version)) for topic, version in json.loads(payload)]
        except (ValueError, TypeError):
            _LOG.warning("a notification on %s is no list of topic and version", CHANNEL)
            return
        for topic, version in pairs:
            for client in self._by_topic.get(topic, ()):
                client.tell(topic, version)

    def _tell_all(self) -> None:
        for client in self._clients:
            for topic in client.topics:
                client.tell(topic, -self._breaks)

    # -- the clients ---------------------------------------------------------------------------
    async def _stream(self, scope: Scope, headers: dict[str, str], receive: Receive, send: Send) -> None:
        cross = _cross_origin(headers)
        if cross is None:
            await _answer(send, 403, {"detail": "this origin may not read the feed"})
            return
        try:
            ticket = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
            client = _Client(topics_of(ticket))
        except BadSignature:
            await _answer(send, 403, {"detail": "the ticket is forged or too old"}, cross)
            return
        if len(self._clients) >= self._most_clients:
            await _answer(send, 503, {"detail": "too many clients"}, [*cross, (b"retry-after", b"30")])
            return
        self._enter(client)
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await self._feed(client, gone, send, cross)
        finally:
            gone.cancel()
            self._leave(client)

    async def _feed(
        self, client: _Client, gone: asyncio.Task[None], send: Send, cross: list[tuple[bytes, bytes]]
    ) -> None:
        kind = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [*kind, (b"cache-control", b"no-store"), *cross],
            }
        )
        await _write(send, "retry: 3000\n\n")
        ends = asyncio.get_running_loop().time() + self._lifetime
        while not gone.done() and asyncio.get_running_loop().time() < ends:
            waiting = asyncio.create_task(client.wake.wait())
            await asyncio.wait({waiting, gone}, timeout=self._heartbeat, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if gone.done():
                return
            lines = [
                f"data: {json.dumps({'topic': topic, 'version': version})}\n\n"
                for topic, version in client.take().items()
            ]
            await _write(send, "".join(lines) or ": still here\n\n")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _enter(self, client: _Client) -> None:
        self._clients.add(client)
        for topic in client.topics:
            self._by_topic[topic].add(client)

    def _leave(self, client: _Client) -> None:
        self._clients.discard(client)
        for topic in client.topics:
            self._by_topic[topic].discard(client)
            if not self._by_topic[topic]:
                del self._by_topic[topic]


def _cross_origin(headers: dict[str, str]) -> list[tuple[bytes, bytes]] | None:
    """Headers for the web's own origin; none when the client names no origin; None refuses."""
    origin = headers.get("origin")
    if origin is None:
        return []
    asked = urlsplit(origin)
    here = urlsplit(f"//{headers.get('host', '')}").hostname
    same_host = asked.hostname == here and asked.port == settings.YIWANG_WEB_PORT
    if not same_host and origin not in settings.YIWANG_LIVE_ORIGINS:
        return None
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]


async def _until_gone(receive: Receive) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        while (await receive())["type"] != "http.disconnect":
            pass


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _answer(
    send: Send, status: int, body: dict[str, Any], headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    start = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": json.dumps(body).encode(), "more_body": False})
