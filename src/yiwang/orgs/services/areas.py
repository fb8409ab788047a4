"""Services on single areas 区域服务: add, rename, close."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, invalid
from ...ledger.public import acting
from ..enums import AreaKind, AreaTree
from ..errors import StillInUse
from ..models import Area, AreaLink, AreaTie, Post, Unit
from ..permissions import EDIT, demand_area
from ..rules.divisions import style_of
from .caches import areas_changed
from .dated import end_dated


def add_area(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    name: str,
    kind: AreaKind,
    tree: AreaTree,
    parent_id: UUID | None,
    valid_from: date,
) -> Area:
    """Add one area 新增区域 below a parent of the same tree.

    Raises:
        Refused: when the parent (or, for a root, the whole city) is outside the actor's `orgs.edit`.
        Invalid: for an empty or taken code, an empty name, or a parent in the other tree.
    """
    demand_area(actor, EDIT, parent_id, at)
    code = code.strip()
    if not code or "/" in code or any(mark.isspace() for mark in code):
        raise invalid("code", code, "请填写代码，且不得含有“/”和空格。")
    if not name.strip():
        raise invalid("name", name, "请填写名称。")
    with acting(actor=actor, at=at) as act:
        parent = act.lock(Area, parent_id) if parent_id is not None else None
        if parent is not None and parent.tree != tree:
            raise invalid("parent", parent.code, "上级须与本区域同属一棵树。")
        if Area.objects.filter(code=code).exclude(valid_to__lte=valid_from).exists():
            raise invalid("code", code, "该代码已被使用。")
        area = act.insert(
            Area(
                code=code,
                name=name.strip(),
                kind=kind,
                style=style_of(kind, name.strip()),
                tree=tree,
                parent=parent,
                path=f"{parent.path if parent else ''}{code}/",
                valid_from=valid_from,
            )
        )
        act.record(area, "orgs.area_added", {"code": code, "kind": str(kind), "parent": parent_id})
        areas_changed(act)
    return area


def rename_area(*, actor: Actor, at: datetime, area_id: UUID, name: str, expected: int | None = None) -> Area:
    """Rename an area 区域更名; key and code stay."""
    demand_area(actor, EDIT, area_id, at)
    if not name.strip():
        raise invalid("name", name, "请填写名称。")
    with acting(actor=actor, at=at) as act:
        area = act.lock(Area, area_id, expected=expected)
        area.name = name.strip()
        act.update(area, "name")
        act.record(area, "orgs.area_renamed", {"code": area.code})
        areas_changed(act)
    return area


def close_area(
    *, actor: Actor, at: datetime, area_id: UUID, valid_to: date, expected: int | None = None
) -> Area:
    """End an area 撤销区域 from a day on; its links and ties end with it, those to come are cancelled.

    Raises:
        StillInUse: while areas below it, units at home or posts in it stand.
        Invalid: when the day is not after its first day.
        Conflict: when it has ended already.
    """
    demand_area(actor, EDIT, area_id, at)
    with acting(actor=actor, at=at) as act:
        area = act.lock(Area, area_id, expected=expected)
        if area.valid_to is not None and area.valid_to <= valid_to:
            raise Conflict(f"该区域已自 {area.valid_to} 起撤销。", code="orgs.area_closed")
        if valid_to <= area.valid_from:
            raise invalid("valid_to", valid_to, "失效日须晚于生效日。")
        _demand_unused(area_id, valid_to)
        area.valid_to = valid_to
        act.update(area, "valid_to")
        links = AreaLink.objects.filter(Q(operational_id=area_id) | Q(legal_id=area_id))
        ended: list[AreaLink | AreaTie] = [*links, *AreaTie.objects.filter(area_id=area_id)]
        for row in ended:
            end_dated(act, row, valid_to)
        act.record(area, "orgs.area_closed", {"code": area.code, "valid_to": valid_to})
        areas_changed(act)
    return area


def _demand_unused(area_id: UUID, valid_to: date) -> None:
    if Area.objects.filter(parent_id=area_id).exclude(valid_to__lte=valid_to).exists():
        raise StillInUse("该区域下还有下级区域，请先撤销下级。")
    if Unit.objects.filter(home_area_id=area_id).exclude(valid_to__lte=valid_to).exists():
        raise StillInUse("该区域还有所在机构，请先撤销机构。")
    if Post.objects.filter(area_id=area_id, closed_at=None).exists():
        raise StillInUse("该区域还有岗位，请先撤销岗位。")
