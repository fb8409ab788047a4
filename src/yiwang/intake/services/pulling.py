"""Pulling 拉取: a source is asked from where the last answer ended; the cursor moves with what is stored.

Messages and cursor are committed together, so a process that dies between two answers goes on without a gap,
and one that dies in the middle asks for the same answer again, which changes nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import httpx
from django.db import transaction

from ...kernel.errors import YiwangError
from ..models import PullCursor
from ..queries.channels import LiveChannel
from ..rules.bodies import text_of_body
from ..rules.door_settings import settings_tree
from ..rules.pulling import Pulled, PullSettings, pull_settings, read_answer
from ..rules.values import text_of
from ..rules.visiting import is_visit_due
from .handling import is_of_messages
from .proving import proof_headers
from .receiving import receive_raw

#: Answers taken in one visit, so that one source does not keep the others waiting.
MOST_ANSWERS = 20
MOST_BYTES = 20_000_000
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_LOG = logging.getLogger(__name__)


def is_due(channel: LiveChannel, cursor: PullCursor | None, at: datetime) -> bool:
    """Whether a source is to be asked now."""
    every = timedelta(seconds=pull_settings(settings_tree(channel.definition)).every_seconds)
    return cursor is None or is_visit_due(cursor.polled_at, every, cursor.failures, at)


def poll(*, channel: LiveChannel, at: datetime, client: httpx.Client) -> int:
    """Ask a source for what is new 拉取一次; how many messages were stored.

    A failure is written down on the cursor and does not move it; whatever fails, the source is asked less
    often.

    Raises:
        DatabaseError: the database cannot do it now.
    """
    settings = pull_settings(settings_tree(channel.definition))
    PullCursor.objects.get_or_create(channel_id=channel.id, defaults={"cursor": settings.start})
    stored = 0
    try:
        for _ in range(MOST_ANSWERS):
            fresh, more = _one_answer(channel, settings, at, client)
            stored += fresh
            if not more:
                break
    except Exception as error:
        if not is_of_messages(error):
            raise
        unforeseen = not isinstance(error, (httpx.HTTPError, ValueError, YiwangError))
        _LOG.warning("channel %s cannot be pulled: %s", channel.code, error, exc_info=unforeseen)
        row = PullCursor.objects.get(pk=channel.id)
        row.failures, row.last_error, row.polled_at = row.failures + 1, text_of(str(error))[:300], at
        row.save(update_fields=["failures", "last_error", "polled_at"])
    return stored


def _one_answer(
    channel: LiveChannel, settings: PullSettings, at: datetime, client: httpx.Client
) -> tuple[int, bool]:
    """Take one answer: stored messages, and whether to ask again at once."""
    asked = PullCursor.objects.get(pk=channel.id)
    answer = _ask(channel, settings, asked, at, client)
    if answer is None:
        _done(asked, at)
        return 0, False
    spec = channel.spec
    text = answer.text if answer.charset_encoding else text_of_body(answer.content)
    pulled = read_answer(text, spec.format if spec else "json", settings)
    with transaction.atomic():
        row = PullCursor.objects.select_for_update().get(pk=channel.id)
        if row.cursor != asked.cursor:
            return 0, False  # the channel was given another address meanwhile
        before = row.cursor
        stored = receive_raw(channel=channel, bodies=pulled.messages, at=at).stored if pulled.messages else 0
        _move(row, pulled, answer)
        _done(row, at)
    return stored, pulled.more and row.cursor != before


def _move(row: PullCursor, pulled: Pulled, answer: httpx.Response) -> None:
    """Validators belong to one address; they are forgotten when the cursor moves."""
    moved = bool(pulled.cursor) and pulled.cursor != row.cursor
    row.cursor = pulled.cursor or row.cursor
    row.etag = "" if moved else answer.headers.get("ETag", "")[:300]
    row.last_modified = "" if moved else answer.headers.get("Last-Modified", "")[:80]


def _done(row: PullCursor, at: datetime) -> None:
    row.polled_at, row.failures, row.last_error = at, 0, ""
    row.save()


def _ask(
    channel: LiveChannel, settings: PullSettings, row: PullCursor, at: datetime, client: httpx.Client
) -> httpx.Response | None:
    """The source's answer; None when nothing has changed since the last one.

    Raises:
        HTTPError: the source does not answer well.
        ValueError: the answer is too large, or a key is missing.
    """
    url = settings.address(row.cursor)
    proof = proof_headers(channel, settings.auth, method="GET", url=url, at=at)
    headers = {"Accept": "application/json, application/xml;q=0.9", **proof}
    if row.etag:
        headers["If-None-Match"] = row.etag
    if row.last_modified:
        headers["If-Modified-Since"] = row.last_modified
    with client.stream("GET", url, headers=headers, timeout=_TIMEOUT, follow_redirects=False) as answer:
        if answer.status_code == 304:
            return None
        answer.raise_for_status()
        if answer.is_redirect:
            raise ValueError("来源要求转到别的地址，请在渠道定义中填写新地址。")
        body = bytearray()
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise ValueError(f"应答超过 {MOST_BYTES // 1_000_000} MB。")
        plain = {name: value for name, value in answer.headers.items() if name != "content-encoding"}
        return httpx.Response(answer.status_code, headers=plain, content=bytes(body))
