"""Silence 静默: whether a channel has been quiet for longer than it usually is, by hour of the week."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...kernel.working_time import SHANGHAI

#: Hours of a week; slot 0 is Monday 00:00 to 01:00 in Shanghai.
SLOTS = 168
#: A channel warns when silence so long would come by chance less often than this.
RAREST = 0.001
#: No channel warns by its baseline before this: sources that send in batches pause between them.
LEAST = timedelta(minutes=15)
#: Expected messages beyond which nothing more is added up: the chance of none is 1e-17 by then.
_ENOUGH = 40.0
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Silence:
    """How a channel's silence stands 静默情况.

    Attributes:
        expected: messages that the baseline expects since the last one.
        chance: probability that none came (Poisson); 1 without a baseline.
        reason: `unusual` (rarer than `RAREST`), `limit` (over the definition's minutes), `never`, or empty.
    """

    expected: float
    chance: float
    reason: str = ""

    @property
    def is_warning(self) -> bool:
        """Whether somebody should look."""
        return bool(self.reason)


#: Of a channel that nothing is expected of.
QUIET_BY_NATURE = Silence(0.0, 1.0)


def slot_of(at: datetime) -> int:
    """The hour of the week of an instant, in Shanghai."""
    local = at.astimezone(SHANGHAI)
    return local.weekday() * 24 + local.hour


def expected_between(start: datetime, end: datetime, means: Sequence[float]) -> float:
    """Messages that a baseline expects between two instants, at least `_ENOUGH` cut short.

    Args:
        means: messages an hour by slot; empty without a baseline.
    """
    if not means or end <= start:
        return 0.0
    total, at = 0.0, start
    for _ in range(SLOTS * 8):
        border = min(at.replace(minute=0, second=0, microsecond=0) + _HOUR, end)
        total += means[slot_of(at)] * ((border - at) / _HOUR)
        at = border
        if at >= end or total >= _ENOUGH:
            break
    return total


def silence_of(
    *, last: datetime | None, now: datetime, means: Sequence[float], limit_minutes: int = 0
) -> Silence:
    """Whether the silence since the last message is unusual 静默判断.

    Args:
        last: when the channel was heard of last; None when never.
        limit_minutes: `silence_minutes` of the definition; 0 without one.
    """
    if last is None:
        return Silence(0.0, 1.0, "never" if limit_minutes else "")
    expected = expected_between(last, now, means)
    chance = math.exp(-expected)
    quiet = now - last
    if limit_minutes and quiet > timedelta(minutes=limit_minutes):
        return Silence(expected, chance, "limit")
    return Silence(expected, chance, "unusual" if chance < RAREST and quiet >= LEAST else "")
