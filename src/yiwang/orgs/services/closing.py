"""Closing many areas 批量撤销区域: what a load of boundaries leaves out, in a few statements."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from ...kernel.actor import Actor
from ...ledger.public import Act, acting
from ..models import Area, AreaLink, AreaTie, Post, Unit
from ..permissions import EDIT, demand_area
from .caches import areas_changed
from .dated import end_dated

_BATCH = 300


def close_areas(*, actor: Actor, at: datetime, area_ids: Collection[UUID], valid_to: date) -> dict[UUID, str]:
    """End areas 批量撤销区域 from a day on, each journaled; their links and ties end with them.

    Areas that begin on that day or later stay, and so do those that have ended. All are ended, or none when
    one of them is still in use.

    Returns:
        The areas that are still in use, by key, with the reason; empty when all were ended.

    Raises:
        Refused: without `orgs.edit` everywhere.
    """
    demand_area(actor, EDIT, None, at)
    with acting(actor=actor, at=at) as act:
        found = Area.objects.select_for_update().filter(id__in=area_ids, valid_from__lt=valid_to)
        areas = list(found.exclude(valid_to__lte=valid_to).order_by("id"))
        ending = [area.id for area in areas]
        in_use = _in_use(ending, valid_to)
        if in_use or not areas:
            return in_use
        _end_ties(act, ending, valid_to)
        for start in range(0, len(areas), _BATCH):
            with acting(actor=actor, at=at) as batch:
                for area in areas[start : start + _BATCH]:
                    area.valid_to = valid_to
                    batch.update(area, "valid_to")
                    batch.record(area, "orgs.area_closed", {"code": area.code, "valid_to": valid_to})
        areas_changed(act)
    return {}


def _end_ties(act: Act, ending: list[UUID], day: date) -> None:
    links = AreaLink.objects.filter(Q(operational_id__in=ending) | Q(legal_id__in=ending))
    ended: list[AreaLink | AreaTie] = [*links, *AreaTie.objects.filter(area_id__in=ending)]
    for row in ended:
        end_dated(act, row, day)


def _in_use(ending: list[UUID], day: date) -> dict[UUID, str]:
    """Areas with parts that stay, with units at home, or with posts."""
    below = Area.objects.filter(parent_id__in=ending).exclude(valid_to__lte=day).exclude(id__in=ending)
    homes = Unit.objects.filter(home_area_id__in=ending).exclude(valid_to__lte=day)
    posts = Post.objects.filter(area_id__in=ending, closed_at=None)
    reasons = (
        (posts.values_list("area_id", flat=True), "该区域还有岗位，请先撤销岗位。"),
        (homes.values_list("home_area_id", flat=True), "该区域还有所在机构，请先撤销机构。"),
        (below.values_list("parent_id", flat=True), "该区域下还有下级区域，请先撤销下级。"),
    )
    return {key: reason for keys, reason in reasons for key in keys if key is not None}
