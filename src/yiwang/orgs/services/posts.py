"""Services on posts 岗位服务: what a kind permits, opening and closing a post."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from ...kernel.actor import Actor
from ...kernel.errors import Refused, invalid
from ...ledger.public import acting
from ..errors import StillInUse
from ..models import Holding, Post, PostKind
from ..permissions import EDIT, demand_post
from ..queries import post_kinds
from ..rules.grants import read_grants
from .caches import post_kinds_changed, posts_changed

GRANT = "orgs.grant"


def save_post_kind(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    name: str,
    grants: Sequence[dict[str, Any]],
    exclusive_with: Iterable[str] = (),
    position: int = 0,
    expected: int | None = None,
) -> PostKind:
    """Create a post kind or change what it permits 设定岗位授权.

    Raises:
        Refused: without `orgs.grant` everywhere.
        Invalid: for a malformed grant, or a kind that excludes itself.
    """
    if not actor.scope(GRANT).everywhere:
        raise Refused("您没有设定岗位授权的权限。", act=GRANT)
    try:
        read_grants(list(grants))
    except ValueError as problem:
        raise invalid("grants", code, str(problem)) from None
    others = sorted(set(exclusive_with))
    if code in others:
        raise invalid("exclusive_with", code, "岗位类别不能与自身互斥。")
    with acting(actor=actor, at=at) as act:
        found = PostKind.objects.filter(code=code).values_list("id", flat=True).first()
        if found is None:
            kind = act.insert(PostKind(code=code))
        else:
            kind = act.lock(PostKind, found, expected=expected)
        kind.name, kind.grants, kind.exclusive_with = name, list(grants), others
        kind.position = position
        act.update(kind, "name", "grants", "exclusive_with", "position")
        act.record(
            kind, "orgs.post_kind_saved", {"code": code, "grants": list(grants), "exclusive_with": others}
        )
        post_kinds_changed(act)
    return kind


def open_post(
    *,
    actor: Actor,
    at: datetime,
    kind_code: str,
    unit_id: UUID,
    area_id: UUID | None = None,
    name: str = "",
) -> Post:
    """Open a post 设立岗位 in a unit.

    Args:
        area_id: where its area grants hold; by default the unit's home area.

    Raises:
        Refused: unless the unit, and the area where one is named, lie in the actor's `orgs.edit`.
        Invalid: for an unknown kind.
    """
    kind = post_kinds().get(kind_code)
    if kind is None:
        raise invalid("kind", kind_code, "没有这个岗位类别。")
    post = Post(kind_id=kind.id, unit_id=unit_id, area_id=area_id, name=name.strip())
    demand_post(actor, EDIT, post, at)
    with acting(actor=actor, at=at) as act:
        act.insert(post)
        act.record(post, "orgs.post_opened", {"kind": kind_code, "unit": unit_id, "area": area_id})
        posts_changed(act)
    return post


def close_post(*, actor: Actor, at: datetime, post_id: UUID, expected: int | None = None) -> Post:
    """Close a post 撤销岗位; it grants nothing from now on.

    Raises:
        StillInUse: while somebody holds it.
    """
    with acting(actor=actor, at=at) as act:
        post = act.lock(Post, post_id, expected=expected)
        demand_post(actor, EDIT, post, at)
        if Holding.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), post_id=post_id).exists():
            raise StillInUse("该岗位还有人任职，请先终止任职。")
        post.closed_at = at
        act.update(post, "closed_at")
        act.record(post, "orgs.post_closed", {})
        posts_changed(act)
    return post
