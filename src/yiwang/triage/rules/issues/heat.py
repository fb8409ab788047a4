"""Hot index 热度指数: 0 to 100, the sum of six parts that are shown each by itself.

A person counts as one voice at most: the first message of a reporter is half a voice, each further one half
of what is left to one. So two hundred messages of one person weigh less than two of two people.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .messages import Message

#: Most points of each part.
POINTS = {"people": 40.0, "reports": 15.0, "span": 10.0, "growth": 10.0, "spread": 10.0, "likes": 15.0}
#: Amount at which a part reaches half its points: people, voices, days, times, places; likes see below.
HALF = {"people": 8.0, "reports": 8.0, "span": 30.0, "growth": 2.0, "spread": 3.0}
#: Likes at which that part is full; counted by their order of magnitude.
MOST_LIKES = 1000.0
#: Likes that make an issue of a single message.
LIKED = 50
#: Distinct people that make an issue.
LEAST_PEOPLE = 2
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Heat:
    """The index of an issue and what it is made of.

    Attributes:
        index: 0 to 100, the sum of `parts`.
        parts: points by part.
        reports: messages; `people`: distinct reporters; `voices`: reporters by the halves above.
        growth: voices a day of the last third of the span, over those of the two thirds before.
        spread: distinct places within the issue.
    """

    index: float
    parts: dict[str, float]
    reports: int
    people: int
    voices: float
    days: int
    growth: float
    spread: int
    likes: int


def heat_of(messages: Sequence[Message], *, places: int) -> Heat:
    """The hot index of the messages of one issue.

    Args:
        places: distinct places that they name.
    """
    counts = Counter(message.voice for message in messages)
    voices = sum(1 - 0.5**count for count in counts.values())
    likes = sum(message.likes for message in messages)
    instants = sorted(message.at for message in messages if message.at is not None)
    days = (instants[-1] - instants[0]).total_seconds() / _DAY if instants else 0.0
    growth = growth_of(messages)
    loud = len(counts) < LEAST_PEOPLE
    amounts = {
        "people": len(counts) - 1,
        "reports": voices,
        "span": 0.0 if loud else days,
        "growth": max(0.0, growth - 1),
        "spread": max(0, places - 1),
    }
    parts = {name: POINTS[name] * amount / (amount + HALF[name]) for name, amount in amounts.items()}
    parts["likes"] = POINTS["likes"] * min(1.0, math.log1p(likes) / math.log1p(MOST_LIKES))
    rounded = {name: round(parts[name], 2) for name in POINTS}
    return Heat(
        index=round(sum(rounded.values()), 2),
        parts=rounded,
        reports=len(messages),
        people=len(counts),
        voices=round(voices, 2),
        days=math.floor(days) + 1 if instants else 0,
        growth=growth,
        spread=places,
        likes=likes,
    )


def growth_of(messages: Sequence[Message]) -> float:
    """Voices a day in the last third of the span over those of the two thirds before; 1 when it is steady.

    One person counts once a third; a span of less than three days, or unknown, has no growth: 1.
    """
    dated: list[tuple[datetime, str]] = sorted((m.at, m.voice) for m in messages if m.at is not None)
    if not dated or (dated[-1][0] - dated[0][0]).total_seconds() < 3 * _DAY:
        return 1.0
    since = dated[0][0] + (dated[-1][0] - dated[0][0]) * 2 / 3
    late = len({voice for at, voice in dated if at > since})
    early = len({voice for at, voice in dated if at <= since})
    return round(min(9.99, 2 * late / max(1, early)), 2)


def is_issue(messages: Sequence[Message]) -> bool:
    """Whether messages make an issue: two people at least, or one message that many agreed to."""
    people = len({message.voice for message in messages})
    return people >= LEAST_PEOPLE or sum(message.likes for message in messages) >= LIKED
