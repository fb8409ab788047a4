"""Counting 计数: what a channel brought, an hour at a time, without one process waiting for another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection

from ...ledger.public import execute
from ..models import ChannelHour

_COUNTERS = (
    "received", "accepted", "updated", "unchanged", "quarantined", "refused", "over_quota", "ignored",
    "handled", "lag_ms",
)  # fmt: skip
_COUNT = f"""
INSERT INTO intake_channelhour (channel, hour, shard, {", ".join(_COUNTERS)}, lag_max_ms, last_at)
SELECT %s, date_trunc('hour', %s::timestamptz), %s, {", ".join(["%s"] * len(_COUNTERS))}, %s, %s::timestamptz
{{}} ON CONFLICT (channel, hour, shard) DO UPDATE SET
{", ".join(f"{name} = intake_channelhour.{name} + excluded.{name}" for name in _COUNTERS)},
lag_max_ms = greatest(intake_channelhour.lag_max_ms, excluded.lag_max_ms),
last_at = greatest(intake_channelhour.last_at, excluded.last_at)
"""
#: The second commits without waiting for the disk. The word WHERE keeps ON CONFLICT from reading as a join.
COUNT_SQL = _COUNT.format("WHERE true")
_COUNT_SOON_SQL = _COUNT.format("FROM set_config('synchronous_commit', 'off', true) WHERE true")

_VALUE = {"received": "%(read)s", "unchanged": "%(read)s - (SELECT count(*) FROM fresh)"}
#: The part of a storing statement that counts what came in; a delivery that stored nothing counts too.
RECEIVED_SQL = f"""
INSERT INTO intake_channelhour (channel, hour, shard, {", ".join(_COUNTERS)}, lag_max_ms, last_at)
SELECT %(channel)s, date_trunc('hour', %(at)s::timestamptz), %(shard)s,
  {", ".join(_VALUE.get(name, "0") for name in _COUNTERS)}, 0, %(at)s
WHERE %(key)s::uuid IS NULL OR EXISTS (SELECT 1 FROM nonce)
ON CONFLICT (channel, hour, shard) DO UPDATE SET
  received = intake_channelhour.received + excluded.received,
  unchanged = intake_channelhour.unchanged + excluded.unchanged,
  last_at = greatest(intake_channelhour.last_at, excluded.last_at)
"""


def shard() -> int:
    """The shard this process counts in."""
    return os.getpid() % ChannelHour.SHARDS


def count(channel: str, at: datetime, *, lag_max: timedelta | None = None, **counters: int) -> None:
    """Add to a channel's hour 渠道计数; joins the open transaction.

    Args:
        lag_max: the longest time from commit to handling among what is counted.
        counters: any of received, accepted, updated, unchanged, quarantined, refused, over_quota,
            ignored, handled and lag_ms.

    Raises:
        KeyError: for another name.
    """
    execute(COUNT_SQL, _values(channel, at, lag_max, counters))


def count_refusal(channel: str, at: datetime, **counters: int) -> None:
    """Count what was turned away 拒收计数, at little cost: whoever proves nothing can make us do it.

    It adds to the row of the hour, as `count` does. Nothing was promised, so outside a transaction the commit
    does not wait for the disk; a crash of the database may forget the refusals of its last second.
    """
    statement = COUNT_SQL if connection.in_atomic_block else _COUNT_SOON_SQL
    execute(statement, _values(channel, at, None, counters))


def _values(
    channel: str, at: datetime, lag_max: timedelta | None, counters: Mapping[str, int]
) -> list[object]:
    wrong = set(counters) - set(_COUNTERS)
    if wrong:
        raise KeyError(f"no counter {wrong}")
    longest = round(lag_max / timedelta(milliseconds=1)) if lag_max else 0
    seen = at if counters.get("received") else None
    values = [counters.get(name, 0) for name in _COUNTERS]
    return [channel, at, shard(), *values, longest, seen]
