"""The relay 中继: delivers outbox events to handlers, in order within a stream, each handler once.

A relay holds one lane at a time (a session advisory lock), so several relays share the lanes. Each handler
runs in its own transaction together with its `Delivery` row, so an event that is delivered again after a
crash does no harm. An event that fails is tried again with a growing delay, holds up only its own stream, and
is never dropped. One NOTIFY a batch tells live pages which streams have moved; acts send none.
"""

from __future__ import annotations

import json
import logging
import random
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import Error, connection, transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from ..kernel.outages import OutageLog, is_outage
from .act import execute
from .events import event_from, handlers_of
from .heartbeats import Heart
from .models import OutboxEvent

CHANNEL = "yiwang_live"
BATCH = 100
#: Pause between two looks at an empty outbox, in seconds.
IDLE = 0.2
_LONGEST_DELAY = timedelta(minutes=10)
_LOCK_SPACE = 0x79697761
#: NOTIFY carries less than 8,000 bytes.
_PAYLOAD = 7500
_LOG = logging.getLogger(__name__)

_PENDING = """
SELECT id, stream, kind, body, attempts FROM ledger_outboxevent
WHERE lane = %s AND delivered_at IS NULL AND stream NOT IN (
    SELECT stream FROM ledger_outboxevent
    WHERE lane = %s AND delivered_at IS NULL AND retry_at IS NOT NULL AND retry_at > %s
) ORDER BY id LIMIT %s
"""
_BUSY_LANES = """
SELECT lane FROM generate_series(0, %s) AS lane
WHERE EXISTS (SELECT 1 FROM ledger_outboxevent e WHERE e.lane = lane.lane AND e.delivered_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class _Pending:
    id: int
    stream: UUID
    kind: str
    body: str
    attempts: int


def relay_once(at: datetime) -> int:
    """Deliver everything that can be delivered at `at`; returns how many events were."""
    delivered = 0
    while moved := sum(_relay_lane(lane, at) for lane in _busy_lanes()):
        delivered += moved
    return delivered


def run_relay(stop: threading.Event) -> None:
    """Deliver events until `stop` is set; survives whatever happens, such as a restart of the database."""
    autodiscover_modules("handlers")
    heart, outage = Heart("relay"), OutageLog("relay")
    while not stop.is_set():
        try:
            heart.beat()
            moved = sum(_relay_lane(lane, timezone.now()) for lane in _busy_lanes() if not stop.is_set())
            pause = 0.0 if moved else IDLE
            outage.over()
        except Exception as error:
            if is_outage(error):
                outage.note(error)
            else:
                _LOG.exception("the relay failed and tries again")
            connection.close()
            pause = 1.0
        stop.wait(pause)
    with suppress(Error):
        heart.end()


def stuck_events(*, attempts: int = 5) -> list[OutboxEvent]:
    """Events that have failed at least so often, for the operator's eyes; at most 100."""
    return list(OutboxEvent.objects.filter(delivered_at=None, attempts__gte=attempts).order_by("id")[:100])


def waiting_count() -> int:
    """How many events wait; counts at most 10,000."""
    return OutboxEvent.objects.filter(delivered_at=None)[:10_000].count()


def _busy_lanes() -> list[int]:
    lanes = [row[0] for row in execute(_BUSY_LANES, [OutboxEvent.LANES - 1]).fetchall()]
    random.shuffle(lanes)
    return lanes


def _relay_lane(lane: int, at: datetime) -> int:
    """Deliver one batch of a lane, past batches that are all held up; 0 when another relay holds it."""
    held = execute("SELECT pg_try_advisory_lock(%s::int, %s::int)", [_LOCK_SPACE, lane]).fetchone()
    if held is None or not held[0]:
        return 0
    try:
        while True:
            rows = execute(_PENDING, [lane, lane, at, BATCH]).fetchall()
            delivered = _deliver([_Pending(*row) for row in rows], at)
            if delivered or len(rows) < BATCH:
                return delivered
    finally:
        if connection.connection is not None and not connection.connection.closed:
            execute("SELECT pg_advisory_unlock(%s::int, %s::int)", [_LOCK_SPACE, lane])


def _deliver(batch: Iterable[_Pending], at: datetime) -> int:
    done: list[_Pending] = []
    blocked: set[UUID] = set()
    for pending in batch:
        if pending.stream in blocked:
            continue
        error = _run_handlers(pending, at)
        if error is None:
            done.append(pending)
        else:
            blocked.add(pending.stream)
            _postpone(pending, at, error)
    if done:
        with transaction.atomic():
            execute(
                "UPDATE ledger_outboxevent SET delivered_at = %s WHERE id = ANY(%s)",
                [at, [pending.id for pending in done]],
            )
            for payload in _payloads(done):
                execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])
    return len(done)


def _run_handlers(pending: _Pending, at: datetime) -> Exception | None:
    """Run every handler that has not yet dealt with the event; the last error, or None."""
    failed: Exception | None = None
    for name, handler in handlers_of(pending.kind):
        try:
            with transaction.atomic():
                fresh = execute(
                    "INSERT INTO ledger_delivery (event, handler) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    [pending.id, name],
                )
                if fresh.rowcount == 1:
                    handler(event_from(pending.kind, pending.body), at)
        except Exception as error:
            if connection.connection is None or connection.connection.closed:
                raise
            _LOG.exception("handler %s failed on event %s (%s)", name, pending.id, pending.kind)
            failed = error
    return failed


def _postpone(pending: _Pending, at: datetime, error: Exception) -> None:
    delay = min(timedelta(seconds=2 ** min(pending.attempts, 12)), _LONGEST_DELAY)
    execute(
        "UPDATE ledger_outboxevent SET attempts = least(attempts + 1, 32000)::smallint, retry_at = %s, "
        "last_error = %s WHERE id = %s",
        [at + delay, f"{type(error).__name__}: {error}"[:500], pending.id],
    )


def _payloads(done: Iterable[_Pending]) -> list[str]:
    """JSON lists of [topic, version]; a topic is `cases` or `cases:<stream>`, its version an event id."""
    topics: dict[str, int] = {}
    for pending in done:
        prefix = pending.kind.partition(".")[0]
        for topic in (prefix, f"{prefix}:{pending.stream}"):
            topics[topic] = max(pending.id, topics.get(topic, 0))
    payloads: list[str] = []
    chunk: list[str] = []
    size = 2
    for topic, version in topics.items():
        text = json.dumps([topic, version], separators=(",", ":"))
        if chunk and size + len(text) > _PAYLOAD:
            payloads.append(f"[{','.join(chunk)}]")
            chunk, size = [], 2
        chunk.append(text)
        size += len(text) + 1
    return [*payloads, f"[{','.join(chunk)}]"] if chunk else payloads
