"""The clock process 时钟进程: fires due timers, several processes side by side, each timer once.

A due timer is claimed for `LEASE` in a statement of its own (`SKIP LOCKED`), so no row stays locked while a
handler runs and the order of locks is that of every service: subject first, timer second. The handler runs
in its own transaction, which ends by deleting the timer under that claim; when somebody cancelled or
reclaimed it meanwhile, the whole transaction is undone. A failure is written down and tried again later.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import Error, connection, transaction
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from ..kernel.outages import OutageLog, is_outage
from ..ledger.public import Heart, execute
from .timers import handler_of

LEASE = timedelta(seconds=15)
BATCH = 20
#: Longest wait between two looks at the table, in seconds; half of what a timer may be late.
LONGEST_PAUSE = 0.5
_LONGEST_DELAY = timedelta(minutes=5)
_LOG = logging.getLogger(__name__)

_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM clocks_timer WHERE run_at <= %s ORDER BY run_at LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE clocks_timer t SET run_at = %s, attempts = t.attempts + 1 FROM due WHERE t.id = due.id
RETURNING t.id, t.subject, t.kind, t.generation, t.due_at, t.attempts
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
    """Fire one batch and return how long to wait, in seconds."""
    at = timezone.now()
    claims = _claim(at)
    for claim in claims:
        _fire(claim, timezone.now())
    if len(claims) == BATCH:
        return 0.0
    row = execute("SELECT min(run_at) FROM clocks_timer", []).fetchone()
    if row is None or row[0] is None:
        return LONGEST_PAUSE
    return min(max((row[0] - timezone.now()).total_seconds(), 0.0), LONGEST_PAUSE)


def _claim(at: datetime) -> list[_Claim]:
    claims = [_Claim(*row) for row in execute(_CLAIM, [at, BATCH, at + LEASE]).fetchall()]
    return sorted(claims, key=lambda claim: claim.due_at)


def _fire(claim: _Claim, at: datetime) -> int:
    handler = handler_of(claim.kind)
    try:
        if handler is None:
            raise _NoHandler(f"没有处理“{claim.kind}”的程序")
        with transaction.atomic():
            handler(subject=claim.subject, generation=claim.generation, due_at=claim.due_at, at=at)
            gone = execute(
                "DELETE FROM clocks_timer WHERE id = %s AND attempts = %s", [claim.id, claim.attempts]
            )
            if gone.rowcount != 1:
                raise _LostClaim
    except _LostClaim:
        return 0
    except Exception as error:
        if connection.connection is None or connection.connection.closed:
            raise
        _LOG.exception("timer %s of kind %s failed", claim.id, claim.kind)
        _postpone(claim, at, error)
        return 0
    return 1


def _postpone(claim: _Claim, at: datetime, error: Exception) -> None:
    delay = min(timedelta(seconds=2 ** min(claim.attempts - 1, 12)), _LONGEST_DELAY)
    execute(
        "UPDATE clocks_timer SET run_at = %s, last_error = %s WHERE id = %s AND attempts = %s",
        [at + delay, f"{type(error).__name__}: {error}"[:500], claim.id, claim.attempts],
    )
