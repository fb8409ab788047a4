"""Services on single areas 区域服务: add, rename, close, link and unlink, tie leaders."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from ...kernel.actor import Actor
from ...kernel.errors import NotFound, invalid
from ...ledger.public import acting
from ..enums import AreaKind, AreaTree, TieKind
from ..errors import StillInUse
from ..models import Area, AreaLink, AreaTie, Post
from ..permissions import ASSIGN, EDIT, demand_area, demand_post
from ..rules.divisions import style_of
from .caches import areas_changed


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
    if not code.strip() or "/" in code:
        raise invalid("code", code, "请填写代码，且不得含有“/”。")
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
    """End an area 撤销区域 from a day on; its links end with it.

    Raises:
        StillInUse: while areas below it or posts in it stand.
        Invalid: when the day is not after its first day.
    """
    demand_area(actor, EDIT, area_id, at)
    with acting(actor=actor, at=at) as act:
        area = act.lock(Area, area_id, expected=expected)
        if valid_to <= area.valid_from:
            raise invalid("valid_to", valid_to, "失效日须晚于生效日。")
        if Area.objects.filter(parent_id=area_id).exclude(valid_to__lte=valid_to).exists():
            raise StillInUse("该区域下还有下级区域，请先撤销下级。")
        if Post.objects.filter(area_id=area_id, closed_at=None).exists():
            raise StillInUse("该区域还有岗位，请先撤销岗位。")
        area.valid_to = valid_to
        act.update(area, "valid_to")
        for link in AreaLink.objects.filter(Q(operational_id=area_id) | Q(legal_id=area_id)).exclude(
            valid_to__lte=valid_to
        ):
            link.valid_to = max(valid_to, link.valid_from)
            act.update(link, "valid_to")
        act.record(area, "orgs.area_closed", {"code": area.code, "valid_to": valid_to})
        areas_changed(act)
    return area


def link_areas(
    *, actor: Actor, at: datetime, operational_id: UUID, legal_id: UUID, valid_from: date
) -> AreaLink:
    """Let an operational area run a legal one 建立对应关系 from a day on.

    Raises:
        Refused: unless the legal area lies in the actor's `orgs.edit`.
        Invalid: when the sides are of the wrong trees, or the link stands already.
    """
    demand_area(actor, EDIT, legal_id, at)
    with acting(actor=actor, at=at) as act:
        zone = act.lock(Area, operational_id)
        legal = act.fetch(Area, lock=False, id=legal_id)
        if zone.tree != AreaTree.OPERATIONAL or not legal or legal[0].tree != AreaTree.LEGAL:
            raise invalid("legal", legal_id, "须由运行片区指向法定区划。")
        standing = AreaLink.objects.filter(operational_id=operational_id, legal_id=legal_id)
        if standing.exclude(valid_to__lte=valid_from).exists():
            raise invalid("legal", legal_id, "该对应关系已存在。")
        link = act.insert(AreaLink(operational=zone, legal=legal[0], valid_from=valid_from))
        act.record(zone, "orgs.area_linked", {"legal": legal_id, "valid_from": valid_from})
        areas_changed(act)
    return link


def unlink_areas(*, actor: Actor, at: datetime, link_id: UUID, valid_to: date) -> AreaLink:
    """End a link 终止对应关系 from a day on; cases keep their community, only scopes move.

    Raises:
        Invalid: when the day is not after the first day of the link.
    """
    with acting(actor=actor, at=at) as act:
        found = act.fetch(AreaLink, id=link_id)
        if not found:
            raise NotFound("没有这条对应关系。")
        link = found[0]
        demand_area(actor, EDIT, link.legal_id, at)
        if valid_to <= link.valid_from:
            raise invalid("valid_to", valid_to, "失效日须晚于生效日。")
        zone = act.lock(Area, link.operational_id)
        link.valid_to = valid_to
        act.update(link, "valid_to")
        act.record(zone, "orgs.area_unlinked", {"legal": link.legal_id, "valid_to": valid_to})
        areas_changed(act)
    return link


def tie_leader(
    *,
    actor: Actor,
    at: datetime,
    area_id: UUID,
    kind: TieKind,
    valid_from: date,
    account_id: UUID | None = None,
    post_id: UUID | None = None,
) -> AreaTie:
    """Tie a leader to an area 挂包、挂钩, by account or by post.

    Raises:
        Invalid: unless exactly one of account and post is named.
    """
    demand_area(actor, ASSIGN, area_id, at)
    if (account_id is None) == (post_id is None):
        raise invalid("account", account_id, "请在账号与岗位中选择一项。")
    with acting(actor=actor, at=at) as act:
        area = act.lock(Area, area_id)
        if post_id is not None:
            demand_post(actor, ASSIGN, act.lock(Post, post_id), at)
        tie = act.insert(
            AreaTie(area=area, kind=kind, account_id=account_id, post_id=post_id, valid_from=valid_from)
        )
        act.record(
            area,
            "orgs.leader_tied",
            {"kind": str(kind), "account": account_id, "post": post_id, "tie": tie.id},
        )
    return tie


def untie_leader(*, actor: Actor, at: datetime, tie_id: UUID, valid_to: date) -> AreaTie:
    """End the tie of a leader 解除挂联 from a day on."""
    with acting(actor=actor, at=at) as act:
        found = act.fetch(AreaTie, id=tie_id)
        if not found:
            raise NotFound("没有这条挂联。")
        tie = found[0]
        demand_area(actor, ASSIGN, tie.area_id, at)
        if valid_to <= tie.valid_from:
            raise invalid("valid_to", valid_to, "失效日须晚于生效日。")
        area = act.lock(Area, tie.area_id)
        tie.valid_to = valid_to
        act.update(tie, "valid_to")
        act.record(area, "orgs.leader_untied", {"tie": tie.id, "valid_to": valid_to})
    return tie
