"""Readings 读数: the messages of one batch stored, taken and judged by the rules, in one transaction.

Only after that commit may a door tell its broker that they arrived. A batch that comes again, whole or in
other pieces, changes nothing: a measuring point knows which instants it has taken. What the rules make of
readings goes the way of every message: through `receive_raw`, on the same channel, in the same transaction.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from ....kernel.ids import uuid7
from ....ledger.public import seal
from ...enums import DeviceState
from ...models import Device, MeasuringPoint, ReadingBatch
from ...queries.channels import LiveChannel
from ...queries.devices import LiveDevice, device_index
from ...rules.alarm_words import alarm_body, alarm_text, offline_body
from ...rules.debounce import AlarmRule, AlarmState, Outcome, observe, settle, waits
from ...rules.mqtt_settings import MqttSettings
from ...rules.reading_topics import BrokenMessage, Reading, TopicRule
from ..counting import count
from ..receiving import receive_raw
from .points import CALM_EVERY, LivePoint, PointKey, PointMoved, PointStore, keep_readings, milliseconds
from .strangers import note_strangers, quarantine_broken

#: A reading so far ahead of its arrival is a wrong clock; it is kept, but no rule sees it.
_AHEAD = 600_000
_SEEN_STEP = timedelta(seconds=30)
_TRIES = 5
_SEEN = """
UPDATE intake_device AS d SET last_seen = greatest(d.last_seen, %s), battery = n.battery, state = n.state,
  silence_told = n.told
FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::bool[]) AS n (id, battery, state, told) WHERE d.id = n.id
"""


class Arrival(NamedTuple):
    """One message as the broker delivered it 到达的消息.

    Attributes:
        arrived: milliseconds since 1970.
        retained: the broker kept it from before; without a time of its own it is no new reading.
    """

    topic: str
    payload: bytes
    arrived: int
    retained: bool = False


@dataclass(slots=True)
class Taken:
    """What became of a batch 读数计数.

    Attributes:
        late: readings left out because they came again or too late.
        strange: readings of devices that nobody has registered.
        doubtful: readings no rule saw: of bad quality, of a wrong clock, or retained without a time.
        alarms: messages that the rules made.
    """

    messages: int = 0
    readings: int = 0
    late: int = 0
    strange: int = 0
    doubtful: int = 0
    broken: int = 0
    alarms: int = 0


@dataclass(slots=True)
class _Batch:
    """One batch on its way."""

    at: datetime
    now: int
    taken: Taken = field(default_factory=Taken)
    by_point: dict[PointKey, list[Reading]] = field(default_factory=lambda: defaultdict(list))
    devices: dict[str, LiveDevice] = field(default_factory=dict)
    batteries: dict[str, int] = field(default_factory=dict)
    strangers: dict[str, Arrival] = field(default_factory=dict)
    broken: list[tuple[Arrival, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)


class ReadingTaker:
    """Takes the readings of one channel 读数接收; one for each channel and process.

    Args:
        channel: gives code, quota and mapping; `settings` its topics and rules.
    """

    def __init__(self, channel: LiveChannel, settings: MqttSettings) -> None:
        self.channel = channel
        self.settings = settings
        self._points = PointStore()
        self._topics: dict[str, tuple[TopicRule | None, list[str]]] = {}
        self._known_rules: dict[tuple[str, str], tuple[AlarmRule, ...]] = {}

    def take(self, arrivals: Sequence[Arrival], at: datetime) -> Taken:
        """Store and take one batch; committed when this returns outside a transaction.

        Raises:
            TooMany: alarms are over the channel's quota; nothing has been taken, try again later.
            DatabaseError: the database fails; nothing has been taken.
        """
        for _ in range(_TRIES - 1):
            try:
                return self._take_once(arrivals, at)
            except PointMoved:
                continue
        return self._take_once(arrivals, at)

    def settle(self, at: datetime) -> int:
        """Let what waits at silent measuring points be settled 到时落定; how many messages came of it."""
        rules = [rule for rules in self.settings.rules.values() for rule in rules]
        soonest = min((rule.lateness for rule in rules), default=0)
        waiting = MeasuringPoint.objects.filter(
            device__channel=self.channel.code, waiting_since__lte=at - timedelta(milliseconds=soonest)
        )
        keys = list(waiting.order_by("waiting_since").values_list("device__code", "metric")[:1_000])
        try:
            return self._settle_once(keys, at)
        except PointMoved:
            return 0

    def keep(self, at: datetime) -> None:
        """Write what is in memory only; before the process ends."""
        try:
            with transaction.atomic():
                self._points.write(self._points.dirty(), _now(at))
        except PointMoved:
            self._points.forget()

    def _settle_once(self, keys: list[PointKey], at: datetime) -> int:
        batch = _Batch(at, _now(at))
        known = device_index().of(self.channel.code)
        keys = [key for key in keys if key[0] in known]
        try:
            with transaction.atomic():
                changed = {point.id: point for point in self._points.stale(batch.now)}
                for key, point in self._points.get(keys, _ids(known, keys)).items():
                    if self._settle_point(batch, known[key[0]], key[1], point):
                        changed[point.id] = point
                self._points.write(list(changed.values()), batch.now)
                self._send(batch)
        except BaseException:
            self._points.forget()
            raise
        return len(batch.bodies)

    def _settle_point(self, batch: _Batch, device: LiveDevice, metric: str, point: LivePoint) -> bool:
        """Settle one point and forget rules that its channel has no more; whether it moved."""
        before = sum(len(state.pending) for state in point.states.values())
        rules = {rule.code: rule for rule in self._rules(device, metric)}
        point.states = {code: state for code, state in point.states.items() if code in rules}
        for code, state in point.states.items():
            self._word(batch, device, rules[code], state, settle(rules[code], state, now=batch.now))
        point.look(batch.now)
        return before != sum(len(state.pending) for state in point.states.values())

    def _take_once(self, arrivals: Sequence[Arrival], at: datetime) -> Taken:
        batch = self._read(arrivals, at)
        try:
            with transaction.atomic():
                self._store(batch, arrivals)
                strangers = note_strangers(self.channel, batch.strangers, at)
                quarantine_broken(self.channel, batch.broken, at)
                self._judge(batch)
                self._see(batch)
                self._send(batch)
                late = batch.taken.late
                count(self.channel.code, at, received=batch.taken.messages, unchanged=late)
        except PointMoved:
            self._points.forget()
            raise
        except BaseException:
            self._forget()
            raise
        device_index().of(self.channel.code).update(strangers)
        return batch.taken

    def _forget(self) -> None:
        """Forget what was moved in memory by a transaction that failed."""
        self._points.forget()
        device_index().channels.pop(self.channel.code, None)

    def _read(self, arrivals: Sequence[Arrival], at: datetime) -> _Batch:
        """What the messages say, sorted by measuring point."""
        batch = _Batch(at, _now(at))
        devices = device_index().of(self.channel.code)
        taken = batch.taken
        taken.messages = len(arrivals)
        for arrival in arrivals:
            rule, levels = self._topics.get(arrival.topic) or self._topic(arrival.topic)
            try:
                if rule is None:
                    raise BrokenMessage("没有与该主题对应的规则。")
                readings = rule.read(levels, arrival.payload, arrival.arrived)
            except BrokenMessage as error:
                taken.broken += 1
                batch.broken.append((arrival, str(error)))
                continue
            taken.readings += len(readings)
            for reading in readings:
                self._sort(batch, devices.get(reading.device), reading, arrival)
        return batch

    def _topic(self, topic: str) -> tuple[TopicRule | None, list[str]]:
        """The rule of a topic and its levels; remembered, as devices say the same topic over and over."""
        levels = topic.split("/")
        found = next((rule for rule in self.settings.topics if rule.matches(levels)), None), levels
        if len(self._topics) >= PointStore.MOST:
            self._topics.clear()
        self._topics[topic] = found
        return found

    def _sort(self, batch: _Batch, device: LiveDevice | None, reading: Reading, arrival: Arrival) -> None:
        code, metric, _, time, timed, good, battery = reading
        if device is None or not device.is_registered:
            batch.taken.strange += 1
            if device is None:
                batch.strangers.setdefault(code, arrival)
            else:
                batch.devices[code] = device
        elif not good or time > arrival.arrived + _AHEAD or (arrival.retained and not timed):
            batch.taken.doubtful += 1
        else:
            batch.devices[code] = device
            if battery is not None:
                batch.batteries[code] = battery
            batch.by_point[code, metric].append(reading)

    def _store(self, batch: _Batch, arrivals: Sequence[Arrival]) -> None:
        """The messages word for word, packed and sealed."""
        if not arrivals:
            return
        texts = [(a.topic, a.payload.decode("utf-8", "backslashreplace")) for a in arrivals]
        packed = zlib.compress(json.dumps(texts, separators=(",", ":")).encode(), 1)
        row = ReadingBatch(
            id=uuid7(), channel=self.channel.code, messages=batch.taken.messages,
            readings=batch.taken.readings, broken=batch.taken.broken, received_at=batch.at,
        )  # fmt: skip
        row.payload = seal(base64.b64encode(packed).decode(), context=row.id.bytes)
        row.save(force_insert=True)

    def _judge(self, batch: _Batch) -> None:
        """Readings through the rules, in order of arrival; points and kept readings written."""
        points = self._points.get(batch.by_point, _ids(batch.devices, batch.by_point))
        kept: list[tuple[UUID, int, float]] = []
        pressing = []
        for key, readings in batch.by_point.items():
            point = points[key]
            matters = self._judge_point(batch, key, point, readings)
            for reading in readings:
                time = reading.time
                if point.last is None or time > point.last:
                    point.last, point.value = time, reading.value
                if time >= point.kept + self.settings.keep_every:
                    point.kept = time
                    kept.append((point.id, time, reading.value))
            point.dirty = True
            if matters or batch.now - point.written >= CALM_EVERY:
                pressing.append(point)
        self._points.write(pressing, batch.now)
        keep_readings(kept)

    def _judge_point(
        self, batch: _Batch, key: PointKey, point: LivePoint, readings: Sequence[Reading]
    ) -> bool:
        """Readings of one point through its rules; whether an alarm hangs on them."""
        device, matters = batch.devices[key[0]], False
        for rule in self._rules(device, key[1]):
            state = point.states.get(rule.code)
            if state is None:
                state = point.states[rule.code] = AlarmState()
            hot, late = state.hot, state.late
            for reading in readings:
                found = observe(rule, state, time=reading.time, value=reading.value, arrived=batch.now)
                if found:
                    self._word(batch, device, rule, state, found)
            batch.taken.late += state.late - late
            matters |= state.raised or state.announced or state.hot is not hot or waits(state)
        if matters or point.waiting is not None:
            point.look(batch.now)
        return matters

    def _rules(self, device: LiveDevice, metric: str) -> tuple[AlarmRule, ...]:
        kind = device.facts.kind
        found = self._known_rules.get((kind, metric))
        if found is None:
            rules = self.settings.rules.get(metric, ())
            found = tuple(rule for rule in rules if not rule.kinds or kind in rule.kinds)
            self._known_rules[kind, metric] = found
        return found

    def _word(
        self, batch: _Batch, device: LiveDevice, rule: AlarmRule, state: AlarmState, found: list[Outcome]
    ) -> None:
        wording = self.settings.wordings[rule.code]
        unit = self.settings.units.get(rule.metric, (rule.metric, ""))
        for outcome in found:
            text = alarm_text(
                device.facts, rule=rule, wording=wording, unit=unit, outcome=outcome, peak=state.peak
            )
            batch.bodies.append(alarm_body(device.facts, rule, wording, outcome, text))

    def _see(self, batch: _Batch) -> None:
        """Devices that were heard of: online again, seen, with their battery."""
        moved: list[LiveDevice] = []
        for code, device in batch.devices.items():
            battery = batch.batteries.get(code, device.battery)
            stale = device.last_seen is None or batch.at - device.last_seen >= _SEEN_STEP
            back = device.is_registered and device.state != DeviceState.ONLINE
            if not (stale or back or battery != device.battery):
                continue
            if back and device.silence_told:
                self._tell_back(batch, device)
            moved.append(device)
            device.last_seen, device.battery = batch.at, battery
            if back:
                device.state, device.silence_told = DeviceState.ONLINE, False
        if not moved:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                _SEEN,
                [
                    batch.at, [device.id for device in moved], [device.battery for device in moved],
                    [device.state for device in moved], [device.silence_told for device in moved],
                ],
            )  # fmt: skip

    def _tell_back(self, batch: _Batch, device: LiveDevice) -> None:
        number = Device.objects.values_list("silences", flat=True).get(pk=device.id)
        since = milliseconds(device.last_seen) or batch.now
        batch.bodies.append(offline_body(device.facts, number=number, back=True, since=since, time=batch.now))

    def _send(self, batch: _Batch) -> None:
        """What the rules said, as messages of the channel."""
        if batch.bodies:
            bodies = [json.dumps(body, ensure_ascii=False, sort_keys=True) for body in batch.bodies]
            receive_raw(channel=self.channel, bodies=bodies, at=batch.at)
            batch.taken.alarms = len(bodies)


def _ids(devices: Mapping[str, LiveDevice], keys: Iterable[PointKey]) -> dict[str, UUID]:
    return {code: devices[code].id for code, _ in keys}


def _now(at: datetime) -> int:
    return milliseconds(at) or 0
