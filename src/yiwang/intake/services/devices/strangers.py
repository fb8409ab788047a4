"""Strangers 未登记设备: devices nobody registered, and messages nobody can read, as quarantine entries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from ....kernel.canonical import GENESIS
from ....kernel.ids import uuid7
from ....ledger.public import seal
from ...enums import DeviceState, EntryState, MessageState, Reason
from ...models import Device, QuarantineEntry, RawMessage
from ...queries.channels import LiveChannel
from ...queries.devices import LiveDevice, live
from ..staging import copy_into

if TYPE_CHECKING:
    from .readings import Arrival

#: Beyond so many unregistered devices of a channel new ones are only counted: somebody is making codes up.
MOST_STRANGERS = 1_000
#: Broken messages of one batch that become entries of their own; all of them are in the batch.
MOST_BROKEN = 3


def note_strangers(
    channel: LiveChannel, strangers: Mapping[str, Arrival], at: datetime
) -> dict[str, LiveDevice]:
    """Put devices that nobody registered on the list, each with one quarantine entry 设备未登记.

    Returns:
        Those that are new or that this process did not know, for its index once this is committed.
    """
    if not strangers or channel.mapping_id is None:
        return {}
    waiting = Device.objects.filter(channel=channel.code, state=DeviceState.UNREGISTERED)
    room = MOST_STRANGERS - len(waiting.values_list("id", flat=True)[:MOST_STRANGERS])
    rows = Device.objects.filter(channel=channel.code, code__in=list(strangers))
    known = set(rows.values_list("code", flat=True))
    fresh = [code for code in strangers if code not in known][: max(room, 0)]
    Device.objects.bulk_create(
        [
            Device(
                channel=channel.code, code=code, state=DeviceState.UNREGISTERED, last_seen=at, found_at=at,
                changed_at=at,
            )
            for code in fresh
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    remedy = "请在“物联设备”页登记这台设备；登记后的读数才参与告警。"
    for code in fresh:
        identity = stranger_identity(code)
        if not RawMessage.objects.filter(channel=channel.code, identity=identity).exists():
            why = (Reason.UNKNOWN_DEVICE.value, "device", code, remedy)
            quarantine(channel, identity, _text(strangers[code]), why, at)
    return {device.code: live(device) for device in rows.all()}


def stranger_identity(code: str) -> str:
    """Identity of the raw message by which a device was first heard of."""
    return f"~device:{code}"


def quarantine_broken(channel: LiveChannel, broken: Sequence[tuple[Arrival, str]], at: datetime) -> None:
    """Quarantine some of the messages that could not be read; the rest stand in the batch and its count."""
    if channel.mapping_id is None:
        return
    for arrival, reason in broken[:MOST_BROKEN]:
        text = _text(arrival)
        identity = f"~{hashlib.sha256(text.encode()).hexdigest()}"
        if not RawMessage.objects.filter(channel=channel.code, identity=identity).exists():
            why = (Reason.UNREADABLE.value, "row", arrival.topic, reason)
            quarantine(channel, identity, text, why, at)


def quarantine(
    channel: LiveChannel, identity: str, text: str, why: tuple[str, str, str, str], at: datetime
) -> UUID:
    """Store one raw message as quarantined, with its entry.

    Args:
        why: reason, field, value and remedy.
    """
    key = uuid7()
    copy_into(
        RawMessage,
        [
            {
                "id": key, "version": 0, "journal_head": GENESIS, "channel": channel.code,
                "identity": identity, "payload": seal(text, context=key.bytes),
                "hash": hashlib.sha256(text.encode()).digest(), "mapping": channel.mapping_id,
                "state": MessageState.QUARANTINED, "received_at": at, "handled_at": at,
            }
        ],
    )  # fmt: skip
    reason, field, value, remedy = why
    copy_into(
        QuarantineEntry,
        [
            {
                "id": uuid7(), "version": 0, "journal_head": GENESIS, "message": key, "run": None,
                "reason": reason, "field": field, "value": value[:200], "remedy": remedy[:300],
                "state": EntryState.OPEN, "created_at": at,
            }
        ],
    )  # fmt: skip
    return key


def _text(arrival: Arrival) -> str:
    payload = arrival.payload.decode("utf-8", "replace").replace("\0", "\ufffd")
    return json.dumps({"topic": arrival.topic, "payload": payload[:20_000]}, ensure_ascii=False)
