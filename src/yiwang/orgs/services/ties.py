"""Services on ties 挂联服务: which district leader (挂包) or street leader (挂钩) answers for an area."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ...accounts.public import Account
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound, invalid
from ...ledger.public import acting
from ..enums import TieKind
from ..models import Area, AreaTie, Post
from ..permissions import ASSIGN, demand_area, demand_post
from .dated import end_dated


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
        Conflict: when the same tie stands already, or the account is inactive.
    """
    demand_area(actor, ASSIGN, area_id, at)
    if (account_id is None) == (post_id is None):
        raise invalid("account", account_id, "请在账号与岗位中选择一项。")
    with acting(actor=actor, at=at) as act:
        area = act.lock(Area, area_id)
        if post_id is not None:
            demand_post(actor, ASSIGN, act.lock(Post, post_id), at)
        elif not act.fetch(Account, lock=False, id=account_id, is_active=True):
            raise Conflict("该账号已停用，不能挂联。", code="orgs.account_inactive")
        standing = AreaTie.objects.filter(area_id=area_id, kind=kind).exclude(valid_to__lte=valid_from)
        if (account_id, post_id) in standing.values_list("account_id", "post_id"):
            raise Conflict("该领导已挂联此区域。", code="orgs.already_tied")
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
    """End the tie of a leader 解除挂联 from a day on; one that has not begun by then is cancelled.

    Raises:
        Conflict: when it has ended by then.
    """
    with acting(actor=actor, at=at) as act:
        found = act.fetch(AreaTie, id=tie_id)
        if not found:
            raise NotFound("没有这条挂联。")
        tie = found[0]
        demand_area(actor, ASSIGN, tie.area_id, at)
        if tie.valid_to is not None and tie.valid_to <= valid_to:
            raise Conflict(f"该挂联已自 {tie.valid_to} 起解除。", code="orgs.tie_ended")
        area = act.lock(Area, tie.area_id)
        end_dated(act, tie, valid_to)
        act.record(area, "orgs.leader_untied", {"tie": tie.id, "valid_to": valid_to})
    return tie
