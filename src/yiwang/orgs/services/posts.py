"""Services on posts 岗位服务: what a kind permits, opening and closing a post."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from ...kernel.actor import Actor
from ...kernel.errors import Refused, invalid
from ...ledger.public import acting
from ..enums import OfficerBranch
from ..errors import ExclusivePosts, SelfGrant, StillInUse
from ..models import Holding, Post, PostKind
from ..permissions import EDIT, GRANT, demand_post
from ..queries import post_kinds
from ..rules.grants import read_grants
from ..rules.holdings import HeldPost, Period, clashes
from ..rules.officers import branches_of
from .caches import post_kinds_changed, posts_changed

_CODE = re.compile(r"^[a-z][a-z0-9_]{0,39}$")


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
    as_shipped: bool = False,
) -> PostKind:
    """Create a post kind or change what it permits 设定岗位授权; in force for its holders within a second.

    Args:
        as_shipped: this is what the package says of the kind; remembered beside it, and in the journal.

    Raises:
        Refused: without `orgs.grant` everywhere.
        SelfGrant: when the actor holds a post of the kind himself.
        Invalid: for a malformed code, name or grant, grants of two officers at once (三员分立), or a kind
            that excludes itself.
        ExclusivePosts: when somebody would then hold two kinds that exclude one another.
    """
    if not actor.scope(GRANT).everywhere:
        raise Refused("您没有设定岗位授权的权限。", act=GRANT)
    others = sorted(set(exclusive_with))
    pairs = _checked_grants(code, name, grants, others)
    with acting(actor=actor, at=at) as act:
        found = PostKind.objects.filter(code=code).values_list("id", flat=True).first()
        if found is None:
            kind = act.insert(PostKind(code=code))
        else:
            kind = act.lock(PostKind, found, expected=expected)
            _demand_not_own(actor, kind, at)
            demand_holders_apart(kind.code, pairs, others, at)
        kind.name, kind.grants, kind.exclusive_with = name.strip(), list(grants), others
        kind.position = position
        body: dict[str, Any] = {"code": code, "grants": list(grants), "exclusive_with": others}
        if as_shipped:
            kind.shipped = {"name": kind.name, "grants": kind.grants, "exclusive_with": others}
            body["as_shipped"] = True
        act.update(kind, "name", "grants", "exclusive_with", "position", "shipped")
        act.record(kind, "orgs.post_kind_saved", body)
        post_kinds_changed(act)
    return kind


def _checked_grants(
    code: str, name: str, grants: Sequence[dict[str, Any]], others: list[str]
) -> tuple[tuple[str, str], ...]:
    """The grants as pairs of act and scope, when code, name and grants are in order."""
    if not _CODE.match(code):
        raise invalid("code", code, "代码须为小写字母开头的字母、数字和下划线，最多 40 位。")
    if not name.strip():
        raise invalid("name", name, "请填写名称。")
    try:
        pairs = read_grants(list(grants))
    except ValueError as problem:
        raise invalid("grants", code, str(problem)) from None
    branches = branches_of(act for act, _ in pairs)
    if len(branches) > 1:
        mixed = "、".join(str(branch.label) for branch in OfficerBranch if branch in branches)
        raise invalid("grants", code, f"三员分立：同一岗位类别不得兼有{mixed}的权限，请分设岗位类别。")
    if code in others:
        raise invalid("exclusive_with", code, "岗位类别不能与自身互斥。")
    return pairs


def _demand_not_own(actor: Actor, kind: PostKind, at: datetime) -> None:
    if actor.account_id is None:
        return
    own = Holding.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), account_id=actor.account_id)
    if own.filter(post__kind_id=kind.id).exists():
        raise SelfGrant("不能修改本人所任岗位类别的授权，请由不任此岗位的安全管理员办理。")


def demand_holders_apart(
    code: str, pairs: Iterable[tuple[str, str]], others: Iterable[str], at: datetime
) -> None:
    """Nobody who holds the kind may hold another that would exclude it from now on.

    Raises:
        ExclusivePosts: somebody would.
    """
    kinds = post_kinds()
    exclusive = {known: node.exclusive_with for known, node in kinds.items()} | {code: frozenset(others)}
    branches = {known: node.branches for known, node in kinds.items()}
    branches[code] = branches_of(act for act, _ in pairs)
    open_rows = Holding.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at))
    holders = open_rows.filter(post__kind__code=code).values("account_id")
    held: dict[UUID, list[HeldPost]] = defaultdict(list)
    rows = open_rows.filter(account_id__in=holders)
    for account_id, kind_code, starts_at, ends_at in rows.values_list(
        "account_id", "post__kind__code", "starts_at", "ends_at"
    ):
        held[account_id].append(HeldPost(kind_code, Period(starts_at, ends_at)))
    wrong = sum(
        any(clashes(mine, posts, exclusive, branches) for mine in posts if mine.kind_code == code)
        for posts in held.values()
    )
    if wrong:
        raise ExclusivePosts(f"有 {wrong} 人兼任与此互斥的岗位，请先终止其中一项任职。")


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
