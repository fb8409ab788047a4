"""Whistles the actor may see, one of them, and the lists by what has to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor, Scope
from ...kernel.errors import NotFound
from ..models import Whistle, WhistleClock, WhistleTask
from ..permissions import may_see
from ..states import (
    APPROVING,
    COORDINATE,
    DRAFT,
    JUDGE,
    JUDGING,
    OPEN_STATES,
    OPEN_TASK_STATES,
    RAISED,
    RECALLED,
    REPORT,
    VIEW,
)
from .rulebook import rulebook

_NEWEST = Order("newest", "created_at", descending=True)
#: Lists of the page, in its order.
QUEUES = ("all", "ours", "approve", "judge", "report", "escalated", "raised")


def visible_to(actor: Actor) -> QuerySet[Whistle]:
    """Whistles the actor may see; the same as `permissions.may_see`.

    - a draft: the whistler's unit is one of the scope's units, or the actor wrote it;
    - others: the actor wrote it; it is of the whistler's side; a unit of the scope has a task of it that was
      not recalled; or, once it is sent to units, one of its communities is in the scope.
    """
    scope = actor.scope(VIEW)
    if scope.is_empty:
        return Whistle.objects.none()
    mine: Any = Q(created_by=actor.account_id) if actor.account_id is not None else Q(pk__in=[])
    if scope.everywhere:
        if actor.kind == "system":
            return Whistle.objects.all()
        return Whistle.objects.filter(~Q(state=DRAFT) | mine | Q(whistler_unit__in=scope.units))
    ours = Q(whistler_unit__in=scope.units)
    communities = sorted(scope.communities)
    away: Any = Q(home_communities__overlap=communities) | (
        Q(judged_at__isnull=False) & Q(communities__overlap=communities)
    )
    if scope.units:
        away |= Exists(_tasks(scope).exclude(state=RECALLED))
    return Whistle.objects.filter(mine | ours | (~Q(state=DRAFT) & away))


def _tasks(scope: Scope) -> QuerySet[WhistleTask]:
    return WhistleTask.objects.filter(whistle=OuterRef("pk")).filter(
        Q(unit__in=scope.units) | Q(outside__in=scope.units)
    )


def at_home(actor: Actor, act: str) -> Any:
    """Condition on whistles: the actor may do `act` of the whistler's side; as `may_at_home`."""
    scope = actor.scope(act)
    if scope.everywhere:
        return Q()
    return Q(whistler_unit__in=scope.units) | Q(home_communities__overlap=sorted(scope.communities))


def _to_approve(actor: Actor) -> Any:
    found: Any = Q(pk__in=[])
    for act in {kind.approve_act for kind in rulebook().kinds}:
        found |= Q(kind__approve_act=act) & at_home(actor, act)
    return found & Q(state=APPROVING)


def _of_queue(actor: Actor, queue: str) -> Any:
    report = actor.scope(REPORT)
    waiting = _tasks(report).filter(state__in=OPEN_TASK_STATES)
    if queue == "ours":
        return Q(whistler_unit__in=actor.scope(VIEW).units) | Q(created_by=actor.account_id)
    if queue == "approve":
        return _to_approve(actor)
    if queue == "judge":
        return Q(state=JUDGING) & at_home(actor, JUDGE)
    if queue == "report":
        return Exists(waiting)
    if queue == "escalated":
        late = WhistleClock.objects.filter(task__whistle=OuterRef("pk"), late_at__isnull=False)
        return Q(state__in=OPEN_STATES) & Exists(late)
    if queue == "raised":
        return Q(state=RAISED) & at_home(actor, COORDINATE)
    return Q()


@dataclass(frozen=True, slots=True)
class WhistleFilter:
    """What a list shows: a queue, and perhaps one state or kind."""

    queue: str = "all"
    state: str = ""
    kind: str = ""
    parent: UUID | None = None


def list_whistles(actor: Actor, wanted: WhistleFilter, *, cursor: str = "", size: int = 50) -> Page[Whistle]:
    """One page of whistles, newest first, by key; no total is counted."""
    rows = visible_to(actor).filter(_of_queue(actor, wanted.queue)).select_related("kind", "matter")
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.kind:
        rows = rows.filter(kind__code=wanted.kind)
    if wanted.parent is not None:
        rows = rows.filter(parent=wanted.parent)
    return page_by_key(rows, _NEWEST, cursor=cursor or None, size=size)


def whistle_for(actor: Actor, whistle_id: UUID) -> Whistle:
    """One whistle the actor may see.

    Raises:
        NotFound: there is none, or not for this actor; both look the same.
    """
    row = Whistle.objects.select_related("kind", "matter", "parent").filter(pk=whistle_id).first()
    if row is None or not may_see(actor, row, WhistleTask.objects.filter(whistle=row)):
        raise NotFound("找不到这个哨，或您无权查看。", code="whistles.not_found")
    return row


def whistles_of_case(actor: Actor, case_id: UUID) -> list[Whistle]:
    """Whistles blown for a case that the actor may see, newest first."""
    rows = visible_to(actor).filter(case_links__case=case_id).select_related("kind")
    return list(rows.order_by("-created_at", "-id")[:20])
