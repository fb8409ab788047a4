"""Limits of frequency 频次限制: counted in the database, by all processes together."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from ...ledger.public import blind_index, execute
from ..rules import counting_unit

_COUNT = """
INSERT INTO accounts_ratecount AS r (key, count, ends_at) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN r.ends_at <= %s THEN 1 ELSE r.count + 1 END,
  ends_at = CASE WHEN r.ends_at <= %s THEN excluded.ends_at ELSE r.ends_at END
RETURNING count
"""


def is_over_limit(*, what: str, address: str, most: int, window: timedelta, at: datetime) -> bool:
    """Count one more attempt of a sender; whether it is more than `most` within the window 超过频次.

    One upsert in a transaction of its own, when none is open. An attempt that is refused counts too, but
    does not lengthen the window. Senders are IPv4 addresses or /64 networks of IPv6.

    Args:
        what: the thing that is counted, such as `resident_report`.
        address: where the request comes from; an empty one is a sender of its own.
    """
    key = UUID(bytes=blind_index(f"{what} {counting_unit(address)}", purpose="rate")[:16])
    row = execute(_COUNT, [key, at + window, at, at]).fetchone()
    return row is not None and row[0] > most


def purge_rates(at: datetime) -> int:
    """Forget windows that are over 清理; returns how many."""
    return execute("DELETE FROM accounts_ratecount WHERE ends_at < %s", [at]).rowcount
