"""Alerts 预警 as readers see them: in force at an instant, by colour and area, with their history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ...orgs.public import AreaIndex, area_index, unit_index
from ..models import Alert, AlertArea, AlertReference
from ..rules.cap.colours import COLOURS, LEVELS, UNKNOWN_LEVEL
from ..rules.cap.standing import standing_of

BY_COLOUR = Order("colour", "level")
RECENT = Order("recent", "sent", descending=True)
_MOST_IN_LINE = 50
_MOST_SHOWN = 200


def in_force(at: datetime) -> Q:
    """Condition: warns at an instant. What ended or expired by then does not, whenever we learnt of it."""
    return (
        Q(kind__in=("Alert", "Update"), effective_at__lte=at, expires_at__gt=at)
        & (Q(ended_at=None) | Q(ended_at__gt=at))
        & ~Q(status__in=("Draft", "System"))
    )


def colour_of(alert: Alert) -> str:
    """Name of an alert's colour, such as `red`; `unknown` where it has none."""
    return COLOURS.get(alert.level, "unknown")


def standing(alert: Alert, at: datetime) -> str:
    """How an alert stands at an instant."""
    return standing_of(
        kind=alert.kind, status=alert.status, effective_at=alert.effective_at, expires_at=alert.expires_at,
        ended_at=alert.ended_at, ending=alert.ending, at=at,
    )  # fmt: skip


def alerts_page(
    *,
    at: datetime | None,
    colour: str = "",
    area: UUID | None = None,
    status: str = "",
    order: Order = BY_COLOUR,
    cursor: str = "",
    size: int = 50,
) -> Page[Alert]:
    """One page of alerts with their areas.

    Args:
        at: those in force then; None for every alert that came in.
        colour: of one colour.
        area: those that mean this area, one inside it, or one around it as a whole.
        status: of one status, such as `Actual`.
    """
    rows = _rows().filter(in_force(at)) if at is not None else _rows()
    if colour:
        rows = rows.filter(level=LEVELS.get(colour, UNKNOWN_LEVEL))
    if status:
        rows = rows.filter(status=status)
    if area is not None:
        rows = rows.filter(pk__in=_meaning(area, area_index(timezone.localdate(at))))
    return page_by_key(rows, order, cursor=cursor, size=size)


def _rows() -> QuerySet[Alert]:
    areas = AlertArea.objects.select_related("area").order_by("area__code")
    return Alert.objects.defer("raw", "body").prefetch_related(Prefetch("areas", areas))


def _meaning(area: UUID, index: AreaIndex) -> QuerySet[AlertArea, Any]:
    """Keys of the alerts that mean an area."""
    inside = [area, *(node.id for node in index.descendants(area) if node.kind != "grid")]
    around = [node.id for node in index.ancestors(area)[1:]]
    found = AlertArea.objects.filter(Q(area__in=inside) | Q(area__in=around, whole=True))
    return found.values("alert")


def alert_with_areas(alert_id: UUID) -> Alert | None:
    """One alert with its areas and its body."""
    return _rows().defer(None).defer("raw").filter(pk=alert_id).first()


def line_of(alert: Alert) -> list[Alert]:
    """Every message of an alert's line 更新历史, in the order they were sent."""
    same = Alert.objects.defer("raw", "body").filter(source=alert.source, root=alert.root)
    return list(same.order_by("sent", "id")[:_MOST_IN_LINE])


def unknown_references(alert: Alert) -> list[AlertReference]:
    """What an alert names that has not come in."""
    named = list(AlertReference.objects.filter(alert=alert).order_by("sent", "identifier"))
    known = set(
        Alert.objects.filter(source=alert.source, identifier__in=[each.identifier for each in named])
        .order_by()
        .values_list("identifier", flat=True)
    )
    return [each for each in named if each.identifier not in known]


def alerts_touching(actor: Actor, at: datetime) -> list[Alert]:
    """Actual alerts in force that mean an area of the actor's posts, the highest level first."""
    rows = list(_rows().filter(in_force(at), status="Actual").order_by("level", "-sent", "-id")[:_MOST_SHOWN])
    if not rows or actor.scope("cases.view").everywhere:
        return [row for row in rows if row.areas.all()]
    index = area_index(timezone.localdate(at))
    mine = _communities(actor, index, at)
    return [row for row in rows if _touches(row.areas.all(), mine, index)]


def _communities(actor: Actor, index: AreaIndex, at: datetime) -> frozenset[UUID]:
    """Communities of what the actor may see, and of the home of the actor's unit."""
    found = actor.scope("cases.view").communities
    unit = unit_index(timezone.localdate(at)).by_id.get(actor.unit_id) if actor.unit_id else None
    if unit is not None and unit.home_area_id is not None:
        found = found | index.communities_under(unit.home_area_id)
    return found


def _touches(areas: Iterable[AlertArea], mine: frozenset[UUID], index: AreaIndex) -> bool:
    return any(area.whole and not mine.isdisjoint(index.communities_under(area.area_id)) for area in areas)
