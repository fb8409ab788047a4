"""Schedules 定期哨 the actor may see: of its own units, or about its communities."""

from __future__ import annotations

from django.db.models import Q

from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ..models import WhistleSchedule
from ..states import VIEW

_NEWEST = Order("newest", "created_at", descending=True)


def schedules_page(actor: Actor, cursor: str = "") -> Page[WhistleSchedule]:
    """One page of schedules, newest first."""
    scope = actor.scope(VIEW)
    rows = WhistleSchedule.objects.select_related("matter")
    if not scope.everywhere:
        rows = rows.filter(
            Q(whistler_unit__in=scope.units) | Q(communities__overlap=sorted(scope.communities))
        )
    return page_by_key(rows, _NEWEST, cursor=cursor or None)
