"""Watching 设备值守: who has fallen silent, and what need not be kept any longer."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from ....ledger.public import bump_now
from ...enums import DeviceState
from ...models import Device, KeptReading, MeasuringPoint, ReadingBatch
from ...queries.channels import LiveChannel
from ...queries.devices import DEVICES, facts_of
from ...rules.alarm_words import offline_body
from ..receiving import receive_raw
from .points import milliseconds

#: Seconds between two looks at silent devices, and between two sweeps.
SILENCE_EVERY, SWEEP_EVERY = 20.0, 600.0
#: Devices that are found silent in one look.
_MOST = 2_000
_last: dict[tuple[str, str, str], float] = {}


def watch(channel: LiveChannel, at: datetime, *, after: timedelta, report: bool, keep: timedelta) -> None:
    """Look after the devices of a channel now and then; cheap to call often."""
    if _is_due(channel, "silence", SILENCE_EVERY):
        find_silent(channel, at, after=after, report=report)
    if _is_due(channel, "sweep", SWEEP_EVERY):
        sweep_readings(channel, before=at - keep)


def find_silent(channel: LiveChannel, at: datetime, *, after: timedelta, report: bool) -> int:
    """Mark devices offline 离线 that have been silent for too long; how many.

    Args:
        after: silence of a device that has no period of its own.
        report: tell each as one report; its return is told on the same.
    """
    with transaction.atomic():
        silent = list(
            Device.objects.select_for_update(skip_locked=True)
            .filter(channel=channel.code, state=DeviceState.ONLINE)
            .filter(_silent(at, after))
            .order_by("code")[:_MOST]
        )
        if not silent:
            return 0
        bodies = []
        for device in silent:
            device.state, device.silence_told = DeviceState.OFFLINE, report
            device.silences = device.silences + 1 if report else device.silences
            if report and device.last_seen is not None:
                since, now = milliseconds(device.last_seen) or 0, milliseconds(at) or 0
                bodies.append(
                    offline_body(facts_of(device), number=device.silences, back=False, since=since, time=now)
                )
        Device.objects.bulk_update(silent, ["state", "silences", "silence_told"])
        if bodies:
            texts = [json.dumps(body, ensure_ascii=False, sort_keys=True) for body in bodies]
            receive_raw(channel=channel, bodies=texts, at=at)
        bump_now(DEVICES)
    return len(silent)


def _silent(at: datetime, after: timedelta) -> Q:
    own = Q(offline_after__isnull=False) & Q(last_seen__lt=at - F("offline_after") * timedelta(minutes=1))
    return own | Q(offline_after=None, last_seen__lt=at - after)


def sweep_readings(channel: LiveChannel, *, before: datetime) -> int:
    """Delete kept readings and raw batches of a channel that are older than `before`; how many."""
    points = MeasuringPoint.objects.filter(device__channel=channel.code)
    old = KeptReading.objects.filter(at__lt=before, point__in=points)
    batches = ReadingBatch.objects.filter(channel=channel.code, received_at__lt=before)
    return old.delete()[0] + batches.delete()[0]


def _is_due(channel: LiveChannel, what: str, every: float) -> bool:
    key = (str(connection.settings_dict["NAME"]), channel.code, what)
    now = time.monotonic()
    if now - _last.get(key, -every) < every:
        return False
    _last[key] = now
    return True
