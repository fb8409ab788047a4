"""The feed of changes 变化流 for upper and lower platforms: codes and names of units, no personal data.

Each event is a CloudEvents 1.0 object. A follower sees only cases that its token may view, as they are now;
an event of a case it may not view is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...cases.public import (
    Case,
    CaseClosed,
    CaseDispatched,
    CaseMoved,
    CaseOverdue,
    CaseRated,
    CaseReceived,
    ReportFollowedUp,
    visible_to,
)
from ...catalog.public import catalog_index
from ...kernel.actor import Actor
from ...ledger.public import FeedCursor, FeedEvent, events_after
from ...orgs.public import area_index
from .facts import unit_name

#: Event kinds that are told, with the type under which they are.
TYPES: Mapping[str, str] = {
    CaseReceived.kind: "yiwang.case.received",
    CaseMoved.kind: "yiwang.case.moved",
    CaseDispatched.kind: "yiwang.case.dispatched",
    CaseClosed.kind: "yiwang.case.closed",
    CaseRated.kind: "yiwang.case.rated",
    CaseOverdue.kind: "yiwang.case.overdue",
    ReportFollowedUp.kind: "yiwang.case.followed_up",
}
MOST = 500
SOURCE = "urn:yiwang"


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of the feed.

    Attributes:
        cursor: where to go on; moves past events that are not shown.
        more: whether there is more already.
    """

    events: list[dict[str, Any]]
    cursor: str
    more: bool


def feed_page(actor: Actor, *, cursor: str, limit: int, at: datetime) -> FeedPage:
    """The next events that the actor may see.

    Raises:
        Invalid: the cursor is none.
        FeedGone: it is older than what is kept.
    """
    start = FeedCursor.read(cursor)
    found = events_after(start, kinds=list(TYPES), limit=min(limit, MOST), at=at)
    keys = {event.stream for event in found}
    cases = {case.id: case for case in visible_to(actor).filter(pk__in=keys)} if keys else {}
    shown = [_cloud_event(event, cases[event.stream]) for event in found if event.stream in cases]
    more = len(found) == min(limit, MOST)
    last = found[-1].cursor if found else start
    if not more:
        last = last.up_to_date(at)
    return FeedPage(shown, str(last) if last.event else cursor, more)


def _cloud_event(event: FeedEvent, case: Case) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(event.id),
        "source": SOURCE,
        "type": TYPES[event.kind],
        "subject": case.number,
        "time": event.at.isoformat(),
        "datacontenttype": "application/json",
        "cursor": str(event.cursor),
        "data": {**case_facts(case), **_details(event)},
    }


def case_facts(case: Case) -> dict[str, Any]:
    """What may be told of a case to another platform."""
    areas, classes = area_index().by_id, catalog_index().class_by_id
    where = case.community or case.street or case.district
    place = areas.get(where) if where else None
    node = classes.get(case.matter_class) if case.matter_class else None
    return {
        "case": case.number,
        "state": case.state,
        "channel": case.channel,
        "kind": case.kind,
        "urgency": case.urgency,
        "area_code": place.code if place else "",
        "class_code": node.code if node else "",
        "class_name": node.name if node else "",
        "unit": unit_name(case.host),
        "created_at": case.created_at.isoformat(),
        "due_at": case.due_at.isoformat() if case.due_at else None,
        "closed_at": case.closed_at.isoformat() if case.closed_at else None,
    }


_TOLD = ("action", "state", "ending", "path", "outcome", "satisfaction", "follow_up")


def _details(event: FeedEvent) -> dict[str, Any]:
    """The event's own words: codes only."""
    names: Iterable[str] = (name for name in _TOLD if hasattr(event.event, name))
    return {("new_state" if name == "state" else name): getattr(event.event, name) for name in names}
