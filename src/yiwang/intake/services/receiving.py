"""Receiving 收件: messages stored raw before anything is made of them; acknowledged means committed."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from ...kernel.canonical import GENESIS
from ...kernel.errors import Refused
from ...kernel.ids import uuid7
from ...ledger.public import sealer
from ..enums import MessageState
from ..errors import TooMany, Unproved
from ..models import Nonce, RawMessage
from ..queries.channels import LiveChannel
from ..rules.bodies import text_of_body
from .counting import RECEIVED_SQL, count, shard

#: Seconds for which a process believes what it last saw of a channel's queue.
_GLANCE = 1.0
_REPLAYED = "该请求已经收到过（随机数重复），不再受理。"
_TAKE = """
INSERT INTO intake_channelquota (channel, tokens, at) VALUES (%(channel)s, %(burst)s - %(cost)s, %(at)s)
ON CONFLICT (channel) DO UPDATE SET
  tokens = least(%(burst)s, intake_channelquota.tokens
    + greatest(0, extract(epoch FROM %(at)s - intake_channelquota.at)) * %(rate)s) - %(cost)s,
  at = greatest(%(at)s, intake_channelquota.at)
WHERE least(%(burst)s, intake_channelquota.tokens
    + greatest(0, extract(epoch FROM %(at)s - intake_channelquota.at)) * %(rate)s) >= %(cost)s
RETURNING tokens
"""
#: Uses a nonce up: one row when it was new. Without a key there is none to use.
_NONCE = """
INSERT INTO intake_nonce (key, value, at) SELECT %(key)s::uuid, %(nonce)s, %(at)s
WHERE %(key)s::uuid IS NOT NULL ON CONFLICT (key, value) DO NOTHING RETURNING 1
"""
#: One statement, so that a delivery needs no transaction of its own: nothing is stored under a used nonce.
_STORE = f"""
WITH nonce AS (
  {_NONCE}
), fresh AS (
  INSERT INTO intake_rawmessage
    (id, version, journal_head, channel, identity, payload, hash, mapping_id, line, state, received_at)
  SELECT id, 0, %(genesis)s, %(channel)s, identity, payload, hash, %(mapping)s, line, %(state)s, %(at)s
  FROM unnest(%(ids)s::uuid[], %(identities)s::text[], %(payloads)s::bytea[], %(digests)s::bytea[],
    %(lines)s::int[]) AS new (id, identity, payload, hash, line)
  WHERE %(key)s::uuid IS NULL OR EXISTS (SELECT 1 FROM nonce)
  ON CONFLICT (channel, identity) DO NOTHING
  RETURNING identity, id
), hour AS (
  {RECEIVED_SQL}
)
SELECT (SELECT count(*) FROM nonce), array_agg(identity), array_agg(id) FROM fresh
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
        with transaction.atomic():
            count(channel.code, at, over_quota=cost)
        raise TooMany(f"渠道“{channel.name}”待处理消息过多，请稍后再发。", retry_after=10)
    rate = quota.per_minute / 60
    charged = min(cost, quota.burst)
    with connection.cursor() as cursor:
        given: dict[str, Any] = {
            "channel": channel.code,
            "burst": float(quota.burst),
            "cost": charged,
            "rate": rate,
            "at": at,
        }
        cursor.execute(_TAKE, given)
        taken = cursor.fetchone() is not None
        if not taken:
            cursor.execute("SELECT tokens FROM intake_channelquota WHERE channel = %s", [channel.code])
            row = cursor.fetchone()
    if not taken:
        short = charged - (row[0] if row else 0.0)
        with transaction.atomic():
            count(channel.code, at, over_quota=cost)
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
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM intake_rawmessage WHERE channel = %s AND state = 'received' "
            "LIMIT %s) AS waiting",
            [channel.code, channel.definition.quota.waiting],
        )
        found: int = cursor.fetchone()[0]
    with _lock:
        _seen[key] = (now, found)
    return found


def use_nonce(nonce: tuple[UUID, str], at: datetime) -> None:
    """Use up the nonce of a signed request, for a door that stores for itself; joins the open transaction.

    Raises:
        Unproved: it has been used.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NONCE, {"key": nonce[0], "nonce": nonce[1], "at": at})
        if cursor.fetchone() is None:
            raise Unproved(_REPLAYED)


def _store(
    channel: LiveChannel, bodies: Sequence[bytes | str], at: datetime, nonce: tuple[UUID, str] | None
) -> Receipt:
    sealed = sealer()
    rows = []
    for line, body in enumerate(bodies, start=1):
        raw = body if isinstance(body, bytes) else body.encode("utf-8", "replace")
        digest, key = hashlib.sha256(raw).digest(), uuid7()
        rows.append((f"~{digest.hex()}", line, key, sealed(text_of_body(body), key.bytes), digest))
    order = [row[0] for row in rows]
    rows.sort(key=lambda row: row[:2])  # two overlapping deliveries insert in one order and never deadlock
    identities, lines, ids, payloads, digests = map(list, zip(*rows, strict=True)) if rows else ([],) * 5
    given = {
        "key": nonce[0] if nonce else None, "nonce": nonce[1] if nonce else "", "at": at, "shard": shard(),
        "genesis": bytes(GENESIS), "channel": channel.code, "mapping": channel.mapping_id, "ids": ids,
        "state": MessageState.RECEIVED, "identities": identities, "payloads": payloads, "digests": digests,
        "lines": lines, "read": len(bodies),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_STORE, given)
        used, new_identities, new_ids = cursor.fetchone()
    if nonce is not None and not used:
        raise Unproved(_REPLAYED)
    known = dict(zip(new_identities or (), new_ids or (), strict=True))
    if missing := [identity for identity in order if identity not in known]:
        before = RawMessage.objects.filter(channel=channel.code, identity__in=missing)
        known.update(before.values_list("identity", "id"))
    return Receipt(len(bodies), [known[identity] for identity in order], list(new_ids or ()))


def forget_old_nonces(*, before: datetime) -> int:
    """Delete nonces older than any time stamp that would be accepted; how many."""
    return Nonce.objects.filter(at__lt=before).delete()[0]
