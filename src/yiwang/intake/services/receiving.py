"""Receiving 收件: messages stored raw before anything is made of them; acknowledged means committed."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from ...kernel.canonical import GENESIS
from ...kernel.errors import Refused
from ...kernel.ids import uuid7
from ...ledger.public import execute, sealer
from ..enums import MessageState
from ..errors import TooMany, Unproved
from ..models import Nonce, RawMessage
from ..queries.channels import LiveChannel
from ..rules.bodies import text_of_body
from .counting import RECEIVED_SQL, count_refusal, shard

#: Seconds for which a process believes what it last saw of a channel's queue.
_GLANCE = 1.0
#: A bucket's stamp further in the future than this was written by a clock that was ahead.
_AHEAD = timedelta(seconds=5)
_REPLAYED = "该请求已经收到过（随机数重复），不再受理。"
_TAKE = """
INSERT INTO intake_channelquota AS bucket (channel, tokens, at)
VALUES (%(channel)s, %(burst)s - %(cost)s, %(at)s)
ON CONFLICT (channel) DO UPDATE SET
  tokens = least(%(burst)s, bucket.tokens
    + greatest(0, extract(epoch FROM %(at)s - bucket.at)) * %(rate)s) - %(cost)s,
  at = CASE WHEN bucket.at > %(ahead)s THEN %(at)s ELSE greatest(%(at)s, bucket.at) END
WHERE least(%(burst)s, bucket.tokens
    + greatest(0, extract(epoch FROM %(at)s - bucket.at)) * %(rate)s) >= %(cost)s
RETURNING bucket.tokens
"""
#: What is left in a bucket that was refused; a stamp of the future is taken back, else it would not refill.
_LEFT = """
UPDATE intake_channelquota SET at = CASE WHEN at > %(ahead)s THEN %(at)s ELSE at END
WHERE channel = %(channel)s RETURNING tokens
"""
#: Uses a nonce up: one row when it was new. Without a key there is none to use.
_NONCE = """
INSERT INTO intake_nonce (key, value, at) SELECT %(key)s::uuid, %(nonce)s, %(at)s
WHERE %(key)s::uuid IS NOT NULL ON CONFLICT (key, value) DO NOTHING RETURNING 1
"""
_WAITING = """
SELECT count(*) FROM
  (SELECT 1 FROM intake_rawmessage WHERE channel = %s AND state = 'received' LIMIT %s) AS waiting
"""
#: One statement, so that a delivery needs no transaction of its own: nothing is stored under a used nonce.
_STORE = f"""
WITH nonce AS (
  {_NONCE}
), fresh AS (
  INSERT INTO intake_rawmessage
    (id, version, journal_head, channel, identity, payload, hash, mapping_id, line, state, received_at)
  SELECT id, 0, %(genesis)s, %(channel)s, '~' || encode(hash, 'hex'), payload, hash, %(mapping)s, line,
    %(state)s, %(at)s
  FROM unnest(%(ids)s::uuid[], %(payloads)s::bytea[], %(digests)s::bytea[], %(lines)s::int[])
    AS new (id, payload, hash, line)
  WHERE %(key)s::uuid IS NULL OR EXISTS (SELECT 1 FROM nonce)
  ON CONFLICT (channel, identity) DO NOTHING
  RETURNING hash, id
), hour AS (
  {RECEIVED_SQL}
)
SELECT (SELECT count(*) FROM nonce), array_agg(hash), array_agg(id) FROM fresh
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the messages of one delivery 收件回执.

    Attributes:
        ids: key of each message in order; of one that was in already, the key it has.
        new_ids: keys of those that are new, each once; the others are `unchanged`.
    """

    read: int
    ids: list[UUID] = field(default_factory=list)
    new_ids: list[UUID] = field(default_factory=list)

    @property
    def stored(self) -> int:
        """How many are new."""
        return len(self.new_ids)

    @property
    def unchanged(self) -> int:
        """How many were in already."""
        return self.read - self.stored


def receive_raw(
    *,
    channel: LiveChannel,
    bodies: Sequence[bytes | str],
    at: datetime,
    nonce: tuple[UUID, str] | None = None,
) -> Receipt:
    """Store messages of a channel word for word 原文收存, sealed, to be handled by `handle_waiting`.

    All of them or none; once this returns outside a transaction they are committed. A message that is
    equal, byte for byte, to one that came through the channel before is `unchanged`.

    Args:
        nonce: key and nonce of a signed request, used up in the same transaction.

    Raises:
        TooMany: the channel is over its quota, or too many messages wait.
        Unproved: the nonce has been used.
        Refused: the channel brings no messages.
    """
    if channel.mapping_id is None:
        raise Refused(f"渠道“{channel.name}”没有映射，不接收消息。", code="intake.no_mapping")
    if bodies:
        take_quota(channel, len(bodies), at)
    return _store(channel, bodies, at, nonce)


def take_quota(channel: LiveChannel, cost: int, at: datetime) -> None:
    """Take so many tokens 扣减配额 of a channel, by one statement that all processes share.

    A delivery larger than the burst needs a full bucket, not an impossible one.

    Raises:
        TooMany: there are not enough, or the channel's queue is full; says when to come again.
    """
    quota = channel.definition.quota
    if _waiting(channel) >= quota.waiting:
        count_refusal(channel.code, at, over_quota=cost)
        raise TooMany(f"渠道“{channel.name}”待处理消息过多，请稍后再发。", retry_after=10)
    rate = quota.per_minute / 60
    charged = min(cost, quota.burst)
    given = {
        "channel": channel.code, "burst": float(quota.burst), "cost": float(charged), "rate": rate, "at": at,
        "ahead": at + _AHEAD,
    }  # fmt: skip
    if execute(_TAKE, given).fetchone() is None:
        row = execute(_LEFT, given).fetchone()
        short = charged - (row[0] if row else 0.0)
        count_refusal(channel.code, at, over_quota=cost)
        raise TooMany(
            f"渠道“{channel.name}”超出配额（每分钟 {quota.per_minute} 条），请稍后再发。",
            retry_after=max(1, math.ceil(short / rate)),
        )


_lock = threading.Lock()
_seen: dict[tuple[str, str], tuple[float, int]] = {}


def _waiting(channel: LiveChannel) -> int:
    """How many messages of a channel wait, as seen at most `_GLANCE` ago; counts no further than needed."""
    key = (str(connection.settings_dict["NAME"]), channel.code)
    now = time.monotonic()
    known = _seen.get(key)
    if known is not None and now - known[0] < _GLANCE:
        return known[1]
    (found,) = execute(_WAITING, [channel.code, channel.definition.quota.waiting]).fetchall()[0]
    with _lock:
        _seen[key] = (now, found)
    return found


def use_nonce(nonce: tuple[UUID, str], at: datetime) -> None:
    """Use up the nonce of a signed request, for a door that stores for itself; joins the open transaction.

    Raises:
        Unproved: it has been used.
    """
    if execute(_NONCE, {"key": nonce[0], "nonce": nonce[1], "at": at}).fetchone() is None:
        raise Unproved(_REPLAYED)


def _store(
    channel: LiveChannel, bodies: Sequence[bytes | str], at: datetime, nonce: tuple[UUID, str] | None
) -> Receipt:
    sealed = sealer()
    rows = []
    for line, body in enumerate(bodies, start=1):
        raw = body if isinstance(body, bytes) else body.encode("utf-8", "replace")
        key = uuid7()
        rows.append((hashlib.sha256(raw).digest(), line, key, sealed(text_of_body(body), key.bytes)))
    order = [row[0] for row in rows]
    rows.sort(key=lambda row: row[:2])  # two overlapping deliveries insert in one order and never deadlock
    digests, lines, ids, payloads = map(list, zip(*rows, strict=True)) if rows else ([],) * 4
    given = {
        "key": nonce[0] if nonce else None, "nonce": nonce[1] if nonce else "", "at": at, "shard": shard(),
        "genesis": GENESIS, "channel": channel.code, "mapping": channel.mapping_id,
        "state": str(MessageState.RECEIVED), "ids": ids, "payloads": payloads, "digests": digests,
        "lines": lines, "read": len(bodies),
    }  # fmt: skip
    used, new_digests, new_ids = execute(_STORE, given, binary=True).fetchall()[0]
    if nonce is not None and not used:
        raise Unproved(_REPLAYED)
    known = dict(zip(new_digests or (), new_ids or (), strict=True))
    if missing := [f"~{digest.hex()}" for digest in order if digest not in known]:
        before = RawMessage.objects.filter(channel=channel.code, identity__in=missing)
        known.update((bytes(digest), key) for digest, key in before.values_list("hash", "id"))
    return Receipt(len(bodies), [known[digest] for digest in order], list(new_ids or ()))


def forget_old_nonces(*, before: datetime) -> int:
    """Delete nonces older than any time stamp that would be accepted; how many."""
    return Nonce.objects.filter(at__lt=before).delete()[0]
