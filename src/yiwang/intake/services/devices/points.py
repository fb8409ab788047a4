"""Measuring points 测点 in memory and in the database: read once, written when it matters.

A process keeps the points it has seen. What an alarm hangs on is written in the transaction of its readings;
calm readings of a calm point are written now and then. Each write names the stamp it started from; when
another process has moved a point meanwhile the write matches fewer rows, the transaction is given up and the
points are read anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from ....kernel.ids import uuid7
from ...rules.debounce import AlarmState, waits

#: Code of the device, metric.
PointKey = tuple[str, str]
#: A calm point is written when its last write is so many milliseconds ago, or twice that by the clock.
CALM_EVERY = 30_000
_WRITE = """
UPDATE intake_measuringpoint AS p SET
  last_at = to_timestamp(n.last_ms / 1000.0), last_value = n.last_value, memory = n.memory,
  waiting_since = to_timestamp(n.waiting_ms / 1000.0), stamp = p.stamp + 1
FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::float8[], %s::text[], %s::bigint[])
  AS n (id, stamp, last_ms, last_value, memory, waiting_ms)
WHERE p.id = n.id AND p.stamp = n.stamp
"""
_KEEP = """
INSERT INTO intake_keptreading (point_id, at, value)
SELECT point, to_timestamp(ms / 1000.0), value FROM unnest(%s::uuid[], %s::bigint[], %s::float8[])
  AS n (point, ms, value)
ON CONFLICT (point_id, at) DO NOTHING
"""
_READ = """
SELECT p.device_id, p.metric, p.id, p.stamp, p.last_at, p.last_value, p.memory, p.waiting_since
FROM intake_measuringpoint p JOIN unnest(%s::uuid[], %s::text[]) AS w (device, metric)
  ON p.device_id = w.device AND p.metric = w.metric
"""
_ADD = """
INSERT INTO intake_measuringpoint (id, device_id, metric, memory, stamp)
SELECT id, device, metric, '{}', 0 FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS n (id, device, metric)
ON CONFLICT (device_id, metric) DO NOTHING
"""


class PointMoved(Exception):
    """Another process has written a measuring point meanwhile; read it anew and try again."""


@dataclass(slots=True)
class LivePoint:
    """A measuring point in memory 测点; instants in milliseconds.

    Attributes:
        states: rule code to what the rule remembers.
        kept: time of the newest kept reading.
        written: when it was last written; 0 for never.
        dirty: it has moved since.
        waiting: since when something waits for the clock.
    """

    id: UUID
    stamp: int = 0
    last: int | None = None
    value: float | None = None
    waiting: int | None = None
    kept: int = 0
    written: int = 0
    dirty: bool = False
    states: dict[str, AlarmState] = field(default_factory=dict)

    def memory(self) -> str:
        """The states as JSON."""
        packed = {code: state.packed() for code, state in self.states.items()}
        return json.dumps(packed, separators=(",", ":"))

    def look(self, now: int) -> None:
        """Note whether something waits for the clock, and since when."""
        if not any(waits(state) for state in self.states.values()):
            self.waiting = None
        elif self.waiting is None:
            self.waiting = now


class PointStore:
    """The measuring points of one channel that this process has seen 测点缓存."""

    #: Points kept in memory; beyond it all are forgotten and read anew.
    MOST = 200_000

    def __init__(self) -> None:
        self._kept: dict[PointKey, LivePoint] = {}

    def forget(self) -> None:
        """Forget everything; the database knows."""
        self._kept.clear()

    def get(self, keys: Iterable[PointKey], ids: Mapping[str, UUID]) -> dict[PointKey, LivePoint]:
        """These points, made when they are new; joins the open transaction.

        Args:
            ids: device by code.
        """
        wanted = list(keys)
        if len(self._kept) + len(wanted) > self.MOST:
            self.forget()
        missing = [key for key in wanted if key not in self._kept]
        if missing:
            self._read(missing, ids)
            absent = [key for key in missing if key not in self._kept]
            if absent:
                self._add(absent, ids)
                self._read(absent, ids)
        return {key: self._kept[key] for key in wanted}

    def stale(self, now: int) -> list[LivePoint]:
        """Calm points that have moved and were not written for long."""
        late = now - 2 * CALM_EVERY
        return [point for point in self._kept.values() if point.dirty and point.written <= late]

    def dirty(self) -> list[LivePoint]:
        """Every point that has moved since it was written."""
        return [point for point in self._kept.values() if point.dirty]

    def _read(self, keys: Sequence[PointKey], ids: Mapping[str, UUID]) -> None:
        codes = {ids[key[0]]: key[0] for key in keys}
        with connection.cursor() as cursor:
            cursor.execute(_READ, [[ids[key[0]] for key in keys], [key[1] for key in keys]])
            for device, metric, *row in cursor.fetchall():
                self._kept[codes[device], metric] = _point(row)

    def _add(self, keys: Sequence[PointKey], ids: Mapping[str, UUID]) -> None:
        fresh = [uuid7() for _ in keys]
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [fresh, [ids[key[0]] for key in keys], [key[1] for key in keys]])

    def write(self, points: Sequence[LivePoint], now: int) -> None:
        """Write changed points; joins the open transaction.

        Raises:
            PointMoved: another process was faster; nothing counts.
        """
        if not points:
            return
        points = sorted(points, key=lambda point: point.id)
        with connection.cursor() as cursor:
            cursor.execute(
                _WRITE,
                [
                    [point.id for point in points], [point.stamp for point in points],
                    [point.last for point in points], [point.value for point in points],
                    [point.memory() for point in points], [point.waiting for point in points],
                ],
            )  # fmt: skip
            if cursor.rowcount != len(points):
                raise PointMoved
        for point in points:
            point.stamp += 1
            point.written, point.dirty = now, False


def keep_readings(rows: Sequence[tuple[UUID, int, float]]) -> None:
    """Keep readings for the curve: point, milliseconds, value; joins the open transaction."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [list(column) for column in zip(*rows, strict=True)])


def _point(row: Sequence[Any]) -> LivePoint:
    key, stamp, last_at, value, memory, waiting = row
    states = {code: AlarmState.unpacked(packed) for code, packed in json.loads(memory).items()}
    last = milliseconds(last_at)
    return LivePoint(key, stamp, last, value, milliseconds(waiting), last or 0, states=states)


def milliseconds(at: datetime | None) -> int | None:
    """An instant as whole milliseconds since 1970."""
    return None if at is None else round(at.timestamp() * 1000)


def instant(ms: int) -> datetime:
    """Milliseconds since 1970 as an instant in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)
