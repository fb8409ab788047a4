"""Finding 发现: the hot issues of a set of messages, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .grouping import groups
from .heat import LIKED, Heat, heat_of, is_issue
from .likeness import likeness
from .messages import Message
from .naming import Background, name_issue
from .wording import Worded, word

#: Names of places that an issue's spread counts: those that this share of its people name, at least.
_LEAST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue 热点问题.

    Attributes:
        name: place and matter in a phrase; `place` and `matter` by themselves.
        first, last: instants of the first and last member, None when none is dated.
        members: ids of its messages, by time.
    """

    name: str
    place: str
    matter: str
    area: str
    first: datetime | None
    last: datetime | None
    heat: Heat
    members: tuple[str, ...]


def find_issues(messages: Sequence[Message], *, top: int | None = None) -> list[Issue]:
    """Issues of the messages, hottest first; the same whatever the order of the messages.

    Example: forty people who complain of one estate's parking are one issue of forty members; one person's
    two hundred messages about a lamp are none.
    """
    ordered = sorted(messages, key=_order)
    worded = [word(message) for message in ordered]
    background = Background(worded)
    found = groups(likeness(worded), [message.at for message in ordered])
    grouped = {number for group in found for number in group}
    found += [[n] for n, m in enumerate(ordered) if m.likes >= LIKED and n not in grouped]
    issues = [
        _issue([ordered[n] for n in group], [worded[n] for n in group], background)
        for group in found
        if is_issue([ordered[n] for n in group])
    ]
    issues.sort(key=lambda issue: (-issue.heat.index, -issue.heat.people, issue.members))
    return issues[:top]


def _order(message: Message) -> tuple[str, str, str, str, str]:
    at = message.at.isoformat() if message.at else ""
    return (at, message.title, message.text, message.reporter, message.id)


def _issue(members: Sequence[Message], worded: Sequence[Worded], background: Background) -> Issue:
    quoted = [number for number, message in enumerate(members) if message.is_quoted]
    name = name_issue([members[n] for n in quoted], [worded[n] for n in quoted], background)
    instants = [message.at for message in members if message.at is not None]
    return Issue(
        name=name.phrase,
        place=name.place,
        matter=name.matter,
        area=name.area,
        first=min(instants, default=None),
        last=max(instants, default=None),
        heat=heat_of(members, places=_places(members, worded)),
        members=tuple(message.id for message in members),
    )


def _places(members: Sequence[Message], worded: Sequence[Worded]) -> int:
    """Distinct small areas that the members lie in, else areas that they name first."""
    spots = {message.spot for message in members if message.spot}
    if spots:
        return len(spots)
    areas = [item.areas[0] for item in worded if item.areas]
    least = max(1.0, _LEAST_SHARE * len(worded))
    return max(1, sum(areas.count(area) >= least for area in sorted(set(areas))))
