"""Whistles the actor may see, one of them, and the lists by what has to be done."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from ...cases.public import visible_to as visible_cases
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor, Scope
from ...kernel.errors import NotFound, invalid
from ..enums import CheckInResult
from ..models import CheckIn, Whistle, WhistleClock, WhistleTask
from ..permissions import may_see
from ..states import (
    ANSWERING_STATES,
    APPROVING,
    CONTACTED,
    COORDINATE,
    DRAFT,
    JUDGE,
    JUDGING,
    OPEN_STATES,
    OPEN_TASK_STATES,
    ORGANISE,
    RAISED,
    RATE,
    RATING,
    RECALLED,
    REPORT,
    SIGNED,
    VIEW,
)
from .rulebook import rulebook

_NEWEST = Order("newest", "created_at", descending=True)
#: Lists of the page, in its order.
QUEUES = ("all", "ours", "approve", "judge", "report", "confirm", "rate", "escalated", "raised")


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
    """Condition on whistles of a list; everything for `all`."""
    if queue not in _CONDITIONS:
        return Q()
    return _CONDITIONS[queue](actor)


def _ours(actor: Actor) -> Any:
    return Q(whistler_unit__in=actor.scope(VIEW).units) | Q(created_by=actor.account_id)


def _to_report(actor: Actor) -> Any:
    return Exists(_tasks(actor.scope(REPORT)).filter(state__in=OPEN_TASK_STATES))


def _to_confirm(actor: Actor) -> Any:
    waiting = CheckIn.objects.filter(
        task__whistle=OuterRef("pk"), result=CheckInResult.WAITING, task__state__in=(SIGNED, CONTACTED)
    )
    return Q(state__in=ANSWERING_STATES) & at_home(actor, ORGANISE) & Exists(waiting)


def _escalated(actor: Actor) -> Any:
    """Late, refused or without power, of whistles that are not over."""
    told = WhistleTask.objects.filter(whistle=OuterRef("pk"), escalated_at__isnull=False)
    late = WhistleClock.objects.filter(task__whistle=OuterRef("pk"), late_at__isnull=False)
    return Q(state__in=OPEN_STATES) & (Exists(told) | Exists(late))


_CONDITIONS: dict[str, Callable[[Actor], Any]] = {
    "ours": _ours,
    "approve": _to_approve,
    "judge": lambda actor: Q(state=JUDGING) & at_home(actor, JUDGE),
    "report": _to_report,
    "confirm": _to_confirm,
    "rate": lambda actor: Q(state=RATING) & at_home(actor, RATE),
    "escalated": _escalated,
    "raised": lambda actor: Q(state=RAISED) & at_home(actor, COORDINATE),
}


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


def cases_numbered(actor: Actor, text: str) -> list[UUID]:
    """Keys of cases that the actor may see, by their numbers, divided by commas, spaces or lines.

    Raises:
        Invalid: names the numbers that the actor finds no case for.
    """
    wanted = list(dict.fromkeys(re.split(r"[\s,，、;；]+", text.strip()))) if text.strip() else []
    found = dict(visible_cases(actor).filter(number__in=wanted).values_list("number", "id"))
    missing = [number for number in wanted if number not in found]
    if missing:
        raise invalid("cases", "、".join(missing), f"找不到案件 {'、'.join(missing)}，或您无权查看。")
    return [found[number] for number in wanted]


def whistles_of_case(actor: Actor, case_id: UUID) -> list[Whistle]:
    """Whistles blown for a case that the actor may see, newest first."""
    rows = visible_to(actor).filter(case_links__case=case_id).select_related("kind")
    return list(rows.order_by("-created_at", "-id")[:20])
