"""Replaying a file of raw messages through a channel 报文重放."""

from __future__ import annotations

import codecs
import json
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.utils import timezone

from ..errors import TooMany
from ..queries.channels import LiveChannel, live_channel
from ..rules.bodies import text_of_body
from ..rules.splitting import split_delivery
from .handling import handle_now, handle_waiting
from .receiving import Receipt, receive_raw

_BATCH = 200
_LONGEST_WAIT = 60


def replay_file(name: str, file: Path) -> dict[str, int]:
    """Feed a file of raw messages through a channel and count what became of them.

    A file that begins with `[` is one JSON list; one of XML that begins with `<`, or one JSON object
    written over several lines, is one message; any other holds a message a line. Waits when the channel's
    quota is used up; what waits from before is handled meanwhile, so that a full queue empties.

    Returns:
        `read`, `accepted`, `updated`, `unchanged` and `quarantined`; `read` is the sum of the others.

    Raises:
        NotFound: there is no such channel.
        Refused: it is closed, or brings no messages.
    """
    channel = live_channel(name, timezone.now())
    counts = dict.fromkeys(("read", "accepted", "updated", "unchanged", "quarantined"), 0)
    messages = _messages(file)
    while batch := list(islice(messages, _BATCH)):
        receipt = _received(channel, batch)
        counts["read"] += receipt.read
        counts["unchanged"] += receipt.unchanged
        for row in handle_now(channel=channel, ids=receipt.new_ids, at=timezone.now()):
            counts[str(row.state)] += 1
    return counts


def _received(channel: LiveChannel, batch: list[bytes | str]) -> Receipt:
    while True:
        try:
            return receive_raw(channel=channel, bodies=batch, at=timezone.now())
        except TooMany as refused:
            if not handle_waiting(only=channel.code).total:
                time.sleep(min(refused.retry_after, _LONGEST_WAIT))


def _messages(file: Path) -> Iterator[bytes | str]:
    with file.open("rb") as stream:
        mark = len(codecs.BOM_UTF8) if stream.read(3) == codecs.BOM_UTF8 else 0
        stream.seek(mark)
        start = stream.read(64).lstrip()[:1]
        stream.seek(mark)
        if start in {b"[", b"<"} or (start == b"{" and not _is_json(stream.readline())):
            stream.seek(mark)
            yield from split_delivery(stream.read(), "json" if start == b"[" else "one")
            return
        stream.seek(mark)
        for line in stream:
            if line.strip():
                yield line.rstrip(b"\r\n")


def _is_json(line: bytes) -> bool:
    """Whether a line is a message by itself."""
    try:
        json.loads(text_of_body(line))
    except (ValueError, RecursionError):
        return False
    return True
