"""Alerts over the API 预警接口: what is in force at an instant, by area and colour."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from ...interface.public import ProblemOut, page_size
from ...kernel.errors import NotFound, invalid
from ...orgs.public import area_index
from ..enums import AlertColour, AlertStatus
from ..models import Alert
from ..queries.alerts import BY_COLOUR, RECENT, alert_with_areas, alerts_page, colour_of, line_of, standing

router = Router(tags=["alerts"])


PROBLEMS = dict.fromkeys((401, 403, 404, 422), ProblemOut)


class AreaOut(Schema):
    """One of our areas that an alert means; `whole` is false where only some of its streets are."""

    code: str
    name: str
    whole: bool
    by: str


class AlertOut(Schema):
    """One alert; `level` is 1 red to 4 blue, 5 unknown."""

    id: UUID
    identifier: str
    sender: str
    sent: datetime
    status: str
    kind: str
    colour: str
    level: int
    event: str
    headline: str
    issuer: str
    effective_at: datetime
    expires_at: datetime
    standing: str
    ended_at: datetime | None
    ended_by: UUID | None
    areas: list[AreaOut]


class AlertDetailOut(AlertOut):
    """One alert with the message as it was read, and the keys of its line in the order they were sent."""

    message: dict[str, Any]
    line: list[UUID]


class AlertListOut(Schema):
    """One page of alerts."""

    items: list[AlertOut]
    next: str | None
    previous: str | None


class AlertQuery(Schema):
    """Filters of the list.

    Attributes:
        at: those in force then; now when it is not given.
        every: everything that came in, newest first, whether in force or not.
        area: key or code of an area.
    """

    at: datetime | None = None
    every: bool = False
    area: str = ""
    colour: str = ""
    status: str = ""
    cursor: str = ""
    limit: int = 50


@router.get("/alerts", response={200: AlertListOut, **PROBLEMS}, summary="预警列表")
def get_alerts(request: HttpRequest, query: Query[AlertQuery]) -> dict[str, Any]:
    """One page of the alerts in force, by key; no total is counted."""
    at = _instant(query.at)
    _one_of("colour", query.colour, AlertColour.values)
    _one_of("status", query.status, AlertStatus.values)
    page = alerts_page(
        at=None if query.every else at,
        colour=query.colour,
        area=_area(query.area, at) if query.area else None,
        status=query.status,
        order=RECENT if query.every else BY_COLOUR,
        cursor=query.cursor,
        size=page_size(query.limit),
    )
    return {"items": [alert_out(row, at) for row in page.rows], "next": page.next, "previous": page.previous}


@router.get("/alerts/{alert_id}", response={200: AlertDetailOut, **PROBLEMS}, summary="预警详情")
def get_alert(request: HttpRequest, alert_id: UUID) -> dict[str, Any]:
    """One alert with its message."""
    row = alert_with_areas(alert_id)
    if row is None:
        raise NotFound("没有这条预警。", code="intake.no_alert")
    line = [each.id for each in line_of(row)]
    return {**alert_out(row, timezone.now()), "message": row.body, "line": line}


def alert_out(row: Alert, at: datetime) -> dict[str, Any]:
    """An alert as the API shows it, standing as at an instant."""
    names = (
        "id", "identifier", "sender", "sent", "status", "kind", "level", "event", "headline", "issuer",
        "effective_at", "expires_at", "ended_at",
    )  # fmt: skip
    areas = [
        {"code": each.area.code, "name": each.area.name, "whole": each.whole, "by": each.by}
        for each in row.areas.all()
    ]
    return {
        **{name: getattr(row, name) for name in names},
        "ended_by": row.ended_by_id, "colour": colour_of(row), "standing": standing(row, at), "areas": areas,
    }  # fmt: skip


def _instant(at: datetime | None) -> datetime:
    if at is not None and at.tzinfo is None:
        raise invalid("at", at.isoformat(), "请带上时区，如 2026-07-01T08:00:00+08:00。")
    return at or timezone.now()


def _one_of(field: str, value: str, allowed: list[str]) -> None:
    if value and value not in allowed:
        raise invalid(field, value, f"只能是 {'、'.join(allowed)} 之一。")


def _area(text: str, at: datetime) -> UUID:
    index = area_index(timezone.localdate(at))
    try:
        return UUID(text)
    except ValueError:
        node = index.by_code.get(text)
    if node is None:
        raise invalid("area", text, "没有这个区域，请填写区域的编号或代码。")
    return node.id
