"""Health of channels 渠道运行: what came, how well, how late, and whether a channel is unusually quiet.

Every figure is bounded: hours of the last eight weeks, waiting messages and given-up write-backs only up to
`MOST`. The baseline by hour of week is read once an hour and kept in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from ...ledger.public import VersionedCache
from ..models import PullCursor, RunnerState
from ..rules.channel_health import Figures, Finding, findings_of, level_of
from ..rules.silence import QUIET_BY_NATURE, SLOTS, Silence, expected_between, silence_of, slot_of
from .channels import CHANNELS, LiveChannel, channel_index

#: What waits is counted up to so many.
MOST = 1_000
WEEKS = 8
#: A part of the intake process that was not heard of for so long is not running.
DEAD = timedelta(seconds=45)
#: Door → the part of the intake process that serves it; other doors are served by the web.
PARTS = {"pull": "pull", "mqtt": "mqtt", "files": "files", "mail": "mail", "jetstream": "jetstream"}
DRAIN = "drain"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_BASELINE = """
SELECT channel, (extract(isodow FROM hour AT TIME ZONE 'Asia/Shanghai')::int - 1) * 24
    + extract(hour FROM hour AT TIME ZONE 'Asia/Shanghai')::int,
  sum(received), min(hour), max(last_at)
FROM intake_channelhour WHERE channel = ANY(%s) AND hour >= %s AND hour < %s GROUP BY 1, 2
"""
_LATELY = """
SELECT channel, sum(received), sum(accepted), sum(updated), sum(unchanged), sum(quarantined), sum(refused),
  sum(over_quota), sum(ignored), sum(handled), sum(lag_ms)::bigint, max(lag_max_ms), max(last_at),
  coalesce(sum(received) FILTER (WHERE hour >= %s), 0)
FROM intake_channelhour WHERE channel = ANY(%s) AND hour > %s GROUP BY channel
"""
_NAMES = (
    "received", "accepted", "updated", "unchanged", "quarantined", "refused", "over_quota", "ignored",
    "handled", "lag_ms", "lag_max_ms", "last_at", "this_hour",
)  # fmt: skip
_WAITING = """
SELECT code,
  (SELECT count(*) FROM (SELECT 1 FROM intake_rawmessage m WHERE m.channel = code AND m.state = 'received'
   LIMIT %s) w),
  (SELECT min(received_at) FROM (SELECT received_at FROM intake_rawmessage m WHERE m.channel = code
   AND m.state = 'received' ORDER BY received_at, id LIMIT 1) o)
FROM unnest(%s::text[]) AS channel (code)
"""
_GIVEN_UP = """
SELECT channel_id, count(*) FROM (SELECT channel_id FROM intake_writeback WHERE state = 'given_up'
  ORDER BY created_at DESC, id DESC LIMIT %s) w GROUP BY channel_id
"""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a channel usually brings 基线: messages an hour by slot of the week, and when it was heard of."""

    means: Sequence[float]
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How one channel fares 渠道运行情况.

    Attributes:
        counts: sums of the last 24 hours by name of `ChannelHour`'s columns, besides `this_hour`.
        usual_so_far: what the baseline expects of this hour up to now; None without a baseline.
        oldest_waiting: since when the oldest waiting message waits.
        findings: empty for a channel that is not open.
        level: `off`, `good`, `warning` or `bad`.
    """

    channel: LiveChannel
    last_at: datetime | None
    counts: dict[str, int]
    usual_so_far: float | None
    figures: Figures
    findings: list[Finding]
    level: str
    oldest_waiting: datetime | None = None
    pull: PullCursor | None = None

    @property
    def lag_mean(self) -> float | None:
        """Mean seconds from commit to handling; None when nothing was handled."""
        handled = self.counts.get("handled", 0)
        return self.counts["lag_ms"] / handled / 1000 if handled else None

    @property
    def lag_max(self) -> float | None:
        """The longest of them."""
        return self.counts["lag_max_ms"] / 1000 if self.counts.get("handled") else None


@dataclass(frozen=True, slots=True)
class PartState:
    """One part of the intake process 对接进程."""

    row: RunnerState
    is_alive: bool


@dataclass(frozen=True, slots=True)
class Health:
    """The whole health page 渠道运行."""

    at: datetime
    channels: list[ChannelHealth] = field(default_factory=list)
    parts: list[PartState] = field(default_factory=list)

    @property
    def by_code(self) -> dict[str, ChannelHealth]:
        """Health by channel code."""
        return {health.channel.code: health for health in self.channels}

    @property
    def troubled(self) -> list[ChannelHealth]:
        """Those with a warning or worse, worst first."""
        found = [health for health in self.channels if health.level in {"warning", "bad"}]
        return sorted(found, key=lambda health: health.level)


def health_of(at: datetime, codes: Sequence[str] | None = None) -> Health:
    """How channels fare at an instant, by the same few queries however many there are.

    Args:
        codes: the channels asked for; all of the registry without them.
    """
    known = channel_index().by_code
    channels = list(known.values()) if codes is None else [known[code] for code in codes if code in known]
    parts = [PartState(row, at - row.seen_at <= DEAD) for row in RunnerState.objects.order_by("name")]
    if not channels:
        return Health(at, [], parts)
    names = [channel.code for channel in channels]
    read = _Read(
        at, baselines_of(at), _lately(names, at), _waiting(names), _given_up(),
        PullCursor.objects.in_bulk([channel.id for channel in channels]),
        {part.row.name: part.is_alive for part in parts},
    )  # fmt: skip
    return Health(at, [_health(channel, read) for channel in channels], parts)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the queries found, for all channels."""

    at: datetime
    baselines: dict[str, Baseline]
    lately: dict[str, dict[str, Any]]
    waiting: dict[str, tuple[int, datetime | None]]
    given_up: dict[UUID, int]
    pulls: dict[UUID, PullCursor]
    alive: dict[str, bool]


def _health(channel: LiveChannel, read: _Read) -> ChannelHealth:
    at, counts = read.at, read.lately.get(channel.code, {})
    baseline = read.baselines.get(channel.code)
    means = baseline.means if baseline else ()
    heard = [seen for seen in (counts.get("last_at"), baseline.last_at if baseline else None) if seen]
    last, pull = max(heard, default=None), read.pulls.get(channel.id)
    waiting, oldest = read.waiting[channel.code]
    figures = Figures(
        messages=counts.get("received", 0) + counts.get("refused", 0),
        errors=counts.get("quarantined", 0) + counts.get("refused", 0),
        over_quota=counts.get("over_quota", 0),
        waiting=waiting,
        most_waiting=min(MOST, channel.definition.quota.waiting),
        lag_seconds=counts["lag_ms"] / counts["handled"] / 1000 if counts.get("handled") else 0.0,
        pull_failures=pull.failures if pull else 0,
        given_up=read.given_up.get(channel.id, 0),
        part_is_down=_is_down(channel, read.alive),
        silence=_silence(channel, last, at, means),
    )
    is_open = channel.is_open(at)
    findings = findings_of(figures) if is_open else []
    hour = at.replace(minute=0, second=0, microsecond=0)
    usual = expected_between(hour, at, means) if means else None
    level = level_of(findings) if is_open else "off"
    return ChannelHealth(channel, last, counts, usual, figures, findings, level, oldest, pull)


def _silence(channel: LiveChannel, last: datetime | None, at: datetime, means: Sequence[float]) -> Silence:
    if channel.definition.direction == "out":
        return QUIET_BY_NATURE
    return silence_of(last=last, now=at, means=means, limit_minutes=channel.definition.silence_minutes)


_kept: VersionedCache[dict[datetime, dict[str, Baseline]]] = VersionedCache(CHANNELS, dict)


def baselines_of(at: datetime) -> dict[str, Baseline]:
    """The baseline of every channel of the registry, from the eight weeks before this hour."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    kept = _kept.get()
    if hour not in kept:
        kept.clear()
        kept[hour] = _read_baselines(hour)
    return kept[hour]


def _read_baselines(hour: datetime) -> dict[str, Baseline]:
    codes = list(channel_index().by_code)
    with connection.cursor() as cursor:
        cursor.execute(_BASELINE, [codes, hour - timedelta(weeks=WEEKS), hour])
        rows = cursor.fetchall()
    firsts: dict[str, datetime] = {}
    lasts: dict[str, datetime] = {}
    for code, _slot, _received, first, last in rows:
        firsts[code] = min(first, firsts.get(code, first))
        if last is not None:
            lasts[code] = max(last, lasts.get(code, last))
    means = {code: [0.0] * SLOTS for code in firsts}
    turns = {code: _turns(first, hour) for code, first in firsts.items()}
    for code, slot, received, _first, _last in rows:
        means[code][slot] = received / max(1, turns[code][slot])
    return {code: Baseline(listed, lasts.get(code)) for code, listed in means.items()}


def _turns(first: datetime, end: datetime) -> list[int]:
    """How often each slot of the week came between a channel's first hour and now."""
    hours = max(0, round((end - first) / _HOUR))
    whole, rest = divmod(hours, SLOTS)
    start = slot_of(first)
    return [whole + (1 if (slot - start) % SLOTS < rest else 0) for slot in range(SLOTS)]


def _lately(codes: list[str], at: datetime) -> dict[str, dict[str, Any]]:
    hour = at.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, [hour, codes, at - _DAY])
        return {row[0]: dict(zip(_NAMES, row[1:], strict=True)) for row in cursor.fetchall()}


def _waiting(codes: list[str]) -> dict[str, tuple[int, datetime | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [MOST, codes])
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def _given_up() -> dict[UUID, int]:
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN_UP, [MOST])
        return dict(cursor.fetchall())


def _is_down(channel: LiveChannel, alive: dict[str, bool]) -> bool:
    """Whether the part that serves a channel, or the one that handles what is stored, has stopped."""
    wanted = [DRAIN] if channel.spec is not None else []
    if channel.door in PARTS:
        wanted += [PARTS[channel.door], f"{PARTS[channel.door]} {channel.code}"]
    return any(alive.get(name) is False for name in wanted)
