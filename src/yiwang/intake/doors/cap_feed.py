"""CAP feeds 预警目录拉取: one look at an index, and the messages in it that are new.

`read_feed` fetches and nothing more; whoever polls hands each message to `services.alerts.receive_alert` and
keeps the state afterwards. A message that could not be fetched is not marked as seen and the index is asked
for whole again, so nothing is missed after a failure; one that is fetched twice changes nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from ..rules.cap.documents import MOST_BYTES
from ..rules.cap.feed import FeedIndex, read_index
from ..rules.cap.refusals import CapRefused

TIMEOUT = 10.0
#: Seconds that one answer may take as a whole, however slowly it drips.
LONGEST = 60.0
#: Messages fetched at one look; the rest comes with the next.
MOST_MESSAGES = 200
_ACCEPT = "application/cap+xml, application/atom+xml, application/rss+xml, application/xml, text/xml"


class Client(Protocol):
    """What is needed of an `httpx.Client`."""

    def stream(self, method: str, url: str, **options: Any) -> AbstractContextManager[httpx.Response]:
        """Ask and read the answer piece by piece."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """How far a feed has been read 目录进度: entity tag, date, and the time of each entry seen."""

    etag: str = ""
    last_modified: str = ""
    seen: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The state as text to be kept."""
        return json.dumps([self.etag, self.last_modified, dict(self.seen)], ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> FeedState:
        """The state that `text` wrote; the beginning for an empty text."""
        return cls(*json.loads(text)) if text else cls()


@dataclass(frozen=True, slots=True)
class FeedRead:
    """What one look at a feed brought 目录读取结果.

    Attributes:
        messages: address and bytes of each new message, the oldest first.
        failed: address and reason of what could not be fetched, or stands elsewhere.
        state: to be kept once the messages are stored.
    """

    messages: tuple[tuple[str, bytes], ...]
    failed: tuple[tuple[str, str], ...]
    state: FeedState


class FeedUnreachable(Exception):
    """The index itself could not be read; the text says why."""


def read_feed(client: Client, address: str, state: FeedState, *, limit: int) -> FeedRead:
    """Look at a feed once 读取目录: conditionally, and within the feed's own host.

    Args:
        client: an `httpx.Client` of the caller's; redirects are not followed.
        limit: most bytes of one message.

    Raises:
        FeedUnreachable: the index gives no answer, another status, or is none.
    """
    asked = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    headers = {name: value for name, value in asked.items() if value}
    try:
        status, answered, raw = _get(client, address, headers, MOST_BYTES)
        if status == 304:
            return FeedRead((), (), state)
        index = read_index(raw, address, limit=MOST_BYTES)
    except CapRefused as refused:
        raise FeedUnreachable(refused.message) from refused
    return _read_new(client, address, index, state, answered=answered, limit=limit)


def _read_new(
    client: Client,
    address: str,
    index: FeedIndex,
    state: FeedState,
    *,
    answered: Mapping[str, str],
    limit: int,
) -> FeedRead:
    messages, failed = [], [(each, "不在目录所在的主机上") for each in index.elsewhere]
    seen = {entry.id: state.seen[entry.id] for entry in index.entries if entry.id in state.seen}
    fresh = index.fresh(state.seen)
    whole = len(fresh) <= MOST_MESSAGES
    for entry in fresh[:MOST_MESSAGES]:
        try:
            raw = entry.inside or _get(client, entry.address, {}, limit)[2]
        except FeedUnreachable as error:
            failed.append((entry.address, str(error)))
            whole = False
            continue
        except CapRefused as refused:
            failed.append((entry.address, refused.message))
        else:
            messages.append((entry.address or address, raw))
        seen[entry.id] = entry.updated
    etag = answered.get("ETag", "") if whole else ""
    modified = answered.get("Last-Modified", "") if whole else ""
    return FeedRead(tuple(messages), tuple(failed), FeedState(etag, modified, seen))


def _get(
    client: Client, address: str, headers: Mapping[str, str], limit: int
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of an answer; the body as it was sent, never unpacked."""
    sent = {"Accept": _ACCEPT, "Accept-Encoding": "identity", **headers}
    options: dict[str, Any] = {"headers": sent, "follow_redirects": False, "timeout": TIMEOUT}
    try:
        with client.stream("GET", address, **options) as answer:
            if answer.status_code == 304 and headers:
                return 304, answer.headers, b""
            if answer.status_code != 200:
                raise FeedUnreachable(f"对方应答 {answer.status_code}")
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise CapRefused("compressed", answer.headers["Content-Encoding"][:20])
            return 200, answer.headers, b"".join(_within(answer.iter_raw(65_536), limit))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FeedUnreachable(f"{type(error).__name__}: {error}"[:200]) from error


def _within(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    length, until = 0, time.monotonic() + LONGEST
    for piece in pieces:
        length += len(piece)
        if length > limit:
            raise CapRefused("too_large", f"上限 {limit} 字节")
        if time.monotonic() > until:
            raise FeedUnreachable("应答过慢")
        yield piece
