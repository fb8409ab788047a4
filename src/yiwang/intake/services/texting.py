"""Texting 短信收件: texts of a gateway are stored; parts of a long one wait for one another, sealed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from ...kernel.ids import uuid7
from ...ledger.public import blind_index, seal, unseal
from ..models import SmsPart
from ..queries.channels import LiveChannel
from ..rules.door_settings import read_settings
from ..rules.texting import Part, Text, body_of, complete, joined, sms_settings
from .counting import count
from .receiving import Receipt, receive_raw

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('intake.sms'), hashtext(%s))"
_PURPOSE = "sms"


def take_texts(
    *,
    channel: LiveChannel,
    texts: Sequence[Text],
    ignored: int,
    at: datetime,
    nonce: tuple[UUID, str] | None = None,
) -> Receipt:
    """Store the texts of one request 短信收存; a part of a long one is kept until the others are there.

    Args:
        ignored: how many others the request held; they are counted and not kept.

    Raises:
        TooMany: the channel is over its quota; nothing of the request is kept then.
    """
    with transaction.atomic():
        bodies = [body for text in texts for body in _ready(channel, text, at)]
        if ignored:
            count(channel.code, at, ignored=ignored)
        return receive_raw(channel=channel, bodies=bodies, at=at, nonce=nonce)


def join_late(*, channel: LiveChannel, at: datetime) -> int:
    """Store long texts whose window has passed with the parts that came 过期拼接; how many.

    Forgets joined parts that no gateway posts again.
    """
    since = at - _window(channel)
    waiting = SmsPart.objects.filter(channel=channel.code, joined_at=None, received_at__lt=since)
    late = {(bytes(row.sender), row.reference) for row in waiting.only("sender", "reference")[:1_000]}
    count_joined = 0
    for sender, reference in late:
        with transaction.atomic():
            long_text = _LongText(channel, sender, reference)
            rows = long_text.locked()
            if rows and min(row.received_at for row in rows) < since:
                receive_raw(channel=channel, bodies=[_joined(rows, at)], at=at)
                count_joined += 1
    SmsPart.objects.filter(channel=channel.code, joined_at__lt=at - 2 * _window(channel)).delete()
    return count_joined


def _window(channel: LiveChannel) -> timedelta:
    return timedelta(seconds=read_settings(channel.definition, sms_settings).window_seconds)


def _ready(channel: LiveChannel, text: Text, at: datetime) -> list[str]:
    """The bodies that are whole once this text is in: none, one, or two where a reference is used anew."""
    part = text.part
    if part is None:
        return [body_of(text)]
    long_text = _LongText(channel, blind_index(text.phone, purpose=_PURPOSE), part.reference)
    rows = long_text.locked()
    mark = blind_index(f"{part.number}\0{text.text}", purpose=_PURPOSE)
    if long_text.knows(part, mark, at):
        return []
    found: list[str] = []
    if any(row.number == part.number or row.total != part.total for row in rows):
        found.append(_joined(rows, at))
        rows = []
    rows.append(long_text.keep(text, part, mark, at))
    if complete([row.number for row in rows], part.total):
        found.append(_joined(rows, at))
    return found


@dataclass(frozen=True, slots=True)
class _LongText:
    """A long text of one sender under one reference of the gateway."""

    channel: LiveChannel
    sender: bytes
    reference: str

    def locked(self) -> list[SmsPart]:
        """The parts that wait, under a lock that ends with the transaction."""
        with connection.cursor() as cursor:
            cursor.execute(_ONE_AT_A_TIME, [f"{self.channel.code}:{self.sender.hex()}:{self.reference}"])
        return list(self._rows().filter(joined_at=None).order_by("number"))

    def _rows(self) -> QuerySet[SmsPart]:
        return SmsPart.objects.filter(channel=self.channel.code, sender=self.sender, reference=self.reference)

    def knows(self, part: Part, mark: bytes, at: datetime) -> bool:
        """Whether the gateway posts a part again that came lately."""
        since = at - 2 * _window(self.channel)
        same = self._rows().filter(number=part.number, total=part.total, mark=mark, received_at__gte=since)
        return same.exists()

    def keep(self, text: Text, part: Part, mark: bytes, at: datetime) -> SmsPart:
        """Keep a part, sealed."""
        key = uuid7()
        words = json.dumps(asdict(replace(text, part=None)), ensure_ascii=False)
        return SmsPart.objects.create(
            id=key, channel=self.channel.code, sender=self.sender, reference=self.reference,
            number=part.number, total=part.total, mark=mark, payload=seal(words, context=key.bytes),
            received_at=at,
        )  # fmt: skip


def _joined(rows: Sequence[SmsPart], at: datetime) -> str:
    """The whole text of parts; their words are blanked."""
    parts: dict[int, Text] = {}
    for row in rows:
        assert row.payload is not None
        parts[row.number] = Text(**json.loads(unseal(bytes(row.payload), context=row.id.bytes)))
    SmsPart.objects.filter(id__in=[row.id for row in rows]).update(payload=None, joined_at=at)
    return body_of(joined(parts, rows[0].total))
