"""Schedules 定期哨 the actor may see: of its own units, about its communities, or of whistlers on them."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ...kernel.errors import NotFound
from ..models import WhistleSchedule
from ..states import VIEW

_NEWEST = Order("newest", "created_at", descending=True)


def schedules_page(actor: Actor, cursor: str = "") -> Page[WhistleSchedule]:
    """One page of schedules, newest first."""
    return page_by_key(_visible_to(actor), _NEWEST, cursor=cursor or None)


def schedule_for(actor: Actor, schedule_id: UUID) -> WhistleSchedule:
    """One schedule the actor may see.

    Raises:
        NotFound: there is none, or not for this actor; both look the same.
    """
    row = _visible_to(actor).filter(pk=schedule_id).first()
    if row is None:
        raise NotFound("找不到这个定期哨，或您无权查看。", code="whistles.schedule_not_found")
    return row


def _visible_to(actor: Actor) -> QuerySet[WhistleSchedule]:
    scope = actor.scope(VIEW)
    rows = WhistleSchedule.objects.select_related("matter")
    if scope.everywhere:
        return rows
    known = sorted(scope.communities)
    about = Q(communities__overlap=known) | Q(home_communities__overlap=known)
    return rows.filter(Q(whistler_unit__in=scope.units) | about)
