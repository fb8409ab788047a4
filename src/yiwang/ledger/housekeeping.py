"""Housekeeping 清理: what has been delivered and is old leaves the outbox; the journal is never touched."""

from __future__ import annotations

from datetime import datetime, timedelta

from .act import execute

#: How long a delivered event is kept, so that feeds can be resumed.
KEPT = timedelta(days=7)
_BATCH = 5000

_PURGE = """
WITH old AS MATERIALIZED (
    SELECT id FROM ledger_outboxevent WHERE delivered_at < %s ORDER BY delivered_at LIMIT %s
), forgotten AS (
    DELETE FROM ledger_delivery d USING old WHERE d.event = old.id
)
DELETE FROM ledger_outboxevent e USING old WHERE e.id = old.id
"""


def purge_delivered(at: datetime, *, kept: timedelta = KEPT) -> int:
    """Delete events delivered before `at - kept`, with their delivery rows; returns how many events."""
    gone = 0
    while True:
        count = execute(_PURGE, [at - kept, _BATCH]).rowcount
        gone += count
        if count < _BATCH:
            return gone
