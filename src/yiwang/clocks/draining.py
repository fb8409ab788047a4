"""The clock process 时钟进程: fires due timers, several processes side by side, each timer once.

Timers of a kind that reacts to one at a time are claimed for `LEASE` in a statement of their own
(`SKIP LOCKED`), so no row stays locked while a handler runs and the order of locks is that of every service:
subject first, timer second. The handler runs in its own transaction, which ends by deleting the timer under
that claim; when somebody cancelled or reclaimed it meanwhile, the whole transaction is undone. A failure is
written down and tried again later.

Timers of a kind that reacts to many are locked, handled and settled in one transaction, which writes nothing
before: a process that is killed has done nothing, and its timers are free at once. Such a handler never waits
for a subject, so holding timers while it runs cannot deadlock. When one of them fails all are undone and
each is fired alone, under a lease, so that one bad timer holds up nobody.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import Error, connection, transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from ..kernel.outages import OutageLog, is_outage
from ..ledger.public import Heart, execute
from .timers import (
    Again,
    Busy,
    DueTimer,
    ManyTimersHandler,
    Outcome,
    handler_of,
    kinds_of_many,
    many_handler_of,
)

LEASE = timedelta(seconds=15)
BATCH = 20
#: Timers handled in one transaction by a handler of many.
MANY = 100
#: After this a timer whose subject was locked is tried again.
RETRY_BUSY = timedelta(milliseconds=50)
#: Longest wait between two looks at the table, in seconds; half of what a timer may be late.
LONGEST_PAUSE = 0.5
_LONGEST_DELAY = timedelta(minutes=5)
_LOG = logging.getLogger(__name__)

_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM clocks_timer WHERE run_at <= %s AND kind <> ALL(%s) ORDER BY run_at LIMIT %s
    FOR UPDATE SKIP LOCKED
)
UPDATE clocks_timer t SET run_at = %s, attempts = t.attempts + 1 FROM due WHERE t.id = due.id
RETURNING t.id, t.subject, t.kind, t.generation, t.due_at, t.attempts
"""
_CLAIM_THESE = """
WITH due AS MATERIALIZED (
    SELECT id FROM clocks_timer WHERE run_at <= %s AND id = ANY(%s) FOR UPDATE SKIP LOCKED
)
UPDATE clocks_timer t SET run_at = %s, attempts = t.attempts + 1 FROM due WHERE t.id = due.id
RETURNING t.id, t.subject, t.kind, t.generation, t.due_at, t.attempts
"""
_LOCK_MANY = """
SELECT id, subject, generation, due_at, kind FROM clocks_timer WHERE run_at <= %s AND kind = ANY(%s)
ORDER BY run_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
_SETTLE = """
WITH gone AS (DELETE FROM clocks_timer WHERE id = ANY(%s::uuid[])),
busy AS (UPDATE clocks_timer SET run_at = %s WHERE id = ANY(%s::uuid[]))
UPDATE clocks_timer t SET due_at = n.due_at, run_at = n.due_at, generation = n.generation, attempts = 0,
    last_error = ''
FROM unnest(%s::uuid[], %s::timestamptz[], %s::int[]) n (id, due_at, generation) WHERE t.id = n.id
"""


@dataclass(frozen=True, slots=True)
class _Claim:
    id: UUID
    subject: UUID
    kind: str
    generation: int
    due_at: datetime
    attempts: int


class _LostClaim(Exception):
    """The timer was cancelled or claimed by another clock while its handler ran."""


class _NoHandler(Exception):
    """No app reacts to this kind of timer."""


def fire_due(at: datetime) -> int:
    """Fire every timer that is due at `at`; returns how many happened."""
    fired = 0
    while counted := _fire_many(at):
        fired += counted[1]
    while claims := _claim(at):
        fired += sum(_fire(claim, at) for claim in claims)
    return fired


def run_clock(stop: threading.Event) -> None:
    """Fire timers until `stop` is set; survives whatever happens, a restart of the database first of all."""
    autodiscover_modules("handlers")
    heart, outage = Heart("clock"), OutageLog("clock")
    while not stop.is_set():
        try:
            heart.beat()
            pause = _fire_batch()
            outage.over()
        except Exception as error:
            if is_outage(error):
                outage.note(error)
            else:
                _LOG.exception("the clock failed and tries again")
            connection.close()
            pause = 1.0
        stop.wait(pause)
    with suppress(Error):
        heart.end()


def _fire_batch() -> float:
    """Fire one batch of each sort and return how long to wait, in seconds."""
    many = _fire_many(timezone.now())
    claims = _claim(timezone.now())
    for claim in claims:
        _fire(claim, timezone.now())
    if len(claims) == BATCH or (many is not None and many[0] == MANY):
        return 0.0
    row = execute("SELECT min(run_at) FROM clocks_timer", []).fetchone()
    if row is None or row[0] is None:
        return LONGEST_PAUSE
    return min(max((row[0] - timezone.now()).total_seconds(), 0.0), LONGEST_PAUSE)


def _fire_many(at: datetime) -> tuple[int, int] | None:
    """Fire timers of the kinds that are handled many at a time, in one transaction.

    Returns:
        How many were due and how many happened; None when none was due.
    """
    kinds = kinds_of_many()
    found: dict[str, list[DueTimer]] = {}
    if not kinds:
        return None
    try:
        with transaction.atomic():
            for *timer, kind in execute(_LOCK_MANY, [at, kinds, MANY]).fetchall():
                found.setdefault(kind, []).append(DueTimer(*timer))
            happened = sum(_handle(many_handler_of(kind), timers, at) for kind, timers in found.items())
    except Exception:
        if connection.connection is None or connection.connection.closed or not found:
            raise
        _LOG.warning("timers are fired one by one, as one of them failed", exc_info=True)
        happened = sum(_fire(claim, at) for claim in _claim_these(found, at))
    count = sum(map(len, found.values()))
    return (count, happened) if count else None


def _handle(handler: ManyTimersHandler | None, timers: Sequence[DueTimer], at: datetime) -> int:
    """Let a handler react and settle its timers: gone, due again, or asked again; how many happened."""
    if handler is None:
        raise _NoHandler
    return _settle(timers, handler(timers, at=at), at)


def _settle(timers: Sequence[DueTimer], outcomes: Mapping[UUID, Outcome], at: datetime) -> int:
    again = {key: one for key, one in outcomes.items() if isinstance(one, Again)}
    busy = [key for key, one in outcomes.items() if isinstance(one, Busy)]
    gone = [timer.id for timer in timers if timer.id not in outcomes]
    execute(
        _SETTLE,
        [
            gone, at + RETRY_BUSY, busy, list(again), [one.due_at for one in again.values()],
            [one.generation for one in again.values()],
        ],
    )  # fmt: skip
    return len(timers) - len(busy)


def _claim(at: datetime) -> list[_Claim]:
    claims = [_Claim(*row) for row in execute(_CLAIM, [at, kinds_of_many(), BATCH, at + LEASE]).fetchall()]
    return sorted(claims, key=lambda claim: claim.due_at)


def _claim_these(found: Mapping[str, Sequence[DueTimer]], at: datetime) -> list[_Claim]:
    keys = [timer.id for timers in found.values() for timer in timers]
    claims = [_Claim(*row) for row in execute(_CLAIM_THESE, [at, keys, at + LEASE]).fetchall()]
    return sorted(claims, key=lambda claim: claim.due_at)


def _fire(claim: _Claim, at: datetime) -> int:
    try:
        with transaction.atomic():
            return _react(claim, at)
    except _LostClaim:
        return 0
    except Exception as error:
        if connection.connection is None or connection.connection.closed:
            raise
        _LOG.exception("timer %s of kind %s failed", claim.id, claim.kind)
        _postpone(claim, at, error)
        return 0


def _react(claim: _Claim, at: datetime) -> int:
    """Call the handler of a claimed timer, then settle it under the claim."""
    many = many_handler_of(claim.kind)
    if many is not None:
        held = execute(
            "SELECT 1 FROM clocks_timer WHERE id = %s AND attempts = %s FOR UPDATE",
            [claim.id, claim.attempts],
        )
        if held.fetchone() is None:
            raise _LostClaim
        return _handle(many, [DueTimer(claim.id, claim.subject, claim.generation, claim.due_at)], at)
    handler = handler_of(claim.kind)
    if handler is None:
        raise _NoHandler(f"没有处理“{claim.kind}”的程序")
    handler(subject=claim.subject, generation=claim.generation, due_at=claim.due_at, at=at)
    gone = execute("DELETE FROM clocks_timer WHERE id = %s AND attempts = %s", [claim.id, claim.attempts])
    if gone.rowcount != 1:
        raise _LostClaim
    return 1


def _postpone(claim: _Claim, at: datetime, error: Exception) -> None:
    delay = min(timedelta(seconds=2 ** min(claim.attempts - 1, 12)), _LONGEST_DELAY)
    execute(
        "UPDATE clocks_timer SET run_at = %s, last_error = %s WHERE id = %s AND attempts = %s",
        [at + delay, f"{type(error).__name__}: {error}"[:500], claim.id, claim.attempts],
    )
