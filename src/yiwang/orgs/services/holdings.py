"""Services on holdings 任职服务: assign, end, deputise 离岗代理, hand over 移交."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from ...accounts.public import Account
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound, Refused, invalid
from ...ledger.public import Act, acting
from ..enums import HoldingKind
from ..errors import AlreadyHeld, ExclusivePosts, SelfAssignment
from ..models import Holding, Post
from ..permissions import ASSIGN, demand_post
from ..queries import post_index, post_kinds
from ..rules.holdings import DeputyRequest, HeldPost, Period, clashes, deputy_refusal
from .caches import holdings_changed


def assign_post(
    *,
    actor: Actor,
    at: datetime,
    post_id: UUID,
    account_id: UUID,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Holding:
    """Give somebody a post 任职, from now on unless told otherwise.

    Raises:
        Refused: when the post is outside the actor's `orgs.assign`, or the account is the actor's own.
        ExclusivePosts: when the account holds a post that excludes this one (三员分立).
        AlreadyHeld: when the account holds this post in an overlapping period.
        Conflict: when the account is inactive or the post closed.
    """
    start = starts_at or at
    if ends_at is not None and ends_at <= start:
        raise invalid("ends_at", ends_at, "终止时间须晚于起始时间。")
    with acting(actor=actor, at=at) as act:
        post = act.lock(Post, post_id)
        demand_post(actor, ASSIGN, post, at)
        _demand_other(actor, account_id)
        holding = _new_holding(act, post, account_id, Period(start, ends_at))
        holdings_changed(act)
    return holding


def _demand_other(actor: Actor, account_id: UUID) -> None:
    if actor.account_id == account_id:
        raise SelfAssignment("不能给本人授予岗位，请由其他管理员办理。")


def _new_holding(
    act: Act,
    post: Post,
    account_id: UUID,
    period: Period,
    *,
    deputy_of: Holding | None = None,
    reason: str = "",
) -> Holding:
    """Check the account under its lock and add the holding."""
    if post.closed_at is not None:
        raise Conflict("该岗位已撤销。", code="orgs.post_closed")
    account = act.lock(Account, account_id)
    if not account.is_active:
        raise Conflict("该账号已停用，不能任职。", code="orgs.account_inactive")
    others = _overlapping(account_id, period)
    if any(row.post_id == post.id for row in others):
        raise AlreadyHeld("该人员在此时段已任该岗位。")
    _demand_separation(post, others, period)
    holding = act.insert(
        Holding(
            account_id=account_id,
            post=post,
            kind=HoldingKind.DEPUTY if deputy_of else HoldingKind.REGULAR,
            deputy_of=deputy_of,
            reason=reason,
            starts_at=period.starts_at,
            ends_at=period.ends_at,
        )
    )
    record_assignment(act, post, holding)
    return holding


def record_assignment(act: Act, post: Post, holding: Holding) -> None:
    """Journal a new holding in the stream of its post."""
    body = {
        "holding": holding.id,
        "account": holding.account_id,
        "kind": str(holding.kind),
        "deputy_of": holding.deputy_of_id,
        "starts_at": holding.starts_at,
        "ends_at": holding.ends_at,
    }
    act.record(post, "orgs.post_assigned", body)


def _overlapping(account_id: UUID, period: Period) -> list[Holding]:
    rows = Holding.objects.filter(Q(ends_at=None) | Q(ends_at__gt=period.starts_at), account_id=account_id)
    if period.ends_at is not None:
        rows = rows.filter(starts_at__lt=period.ends_at)
    return list(rows.select_related("post__kind"))


def _demand_separation(post: Post, held: list[Holding], period: Period) -> None:
    kinds = post_kinds()
    wanted = HeldPost(post_index()[post.id].kind_code, period)
    found = clashes(
        wanted,
        [HeldPost(row.post.kind.code, Period(row.starts_at, row.ends_at)) for row in held],
        {code: kind.exclusive_with for code, kind in kinds.items()},
        {code: kind.branches for code, kind in kinds.items()},
    )
    if found:
        names = "、".join(kinds[code].name for code in found)
        raise ExclusivePosts(f"该人员已任{names}，与“{kinds[wanted.kind_code].name}”不得由同一人担任。")


def _lock_holding(act: Act, holding_id: UUID) -> tuple[Holding, Post]:
    """The holding and its post, locked post first, as every service here does."""
    post_id = Holding.objects.filter(id=holding_id).values_list("post_id", flat=True).first()
    if post_id is None:
        raise NotFound("没有这条任职。")
    post = act.lock(Post, post_id)
    return act.fetch(Holding, id=holding_id)[0], post


def end_holding(*, actor: Actor, at: datetime, holding_id: UUID) -> Holding:
    """End a holding 终止任职 now; its deputies end with it, and one that has not begun is cancelled.

    The holder of the post may send his own deputy home early.

    Raises:
        Refused: when the post is outside the actor's `orgs.assign`.
        Conflict: when it has ended already.
    """
    with acting(actor=actor, at=at) as act:
        holding, post = _lock_holding(act, holding_id)
        if not _is_own_deputy(actor, holding):
            demand_post(actor, ASSIGN, post, at)
        if holding.ends_at is not None and holding.ends_at <= at:
            raise Conflict("该任职已终止。", code="orgs.holding_ended")
        _end(act, post, holding)
        holdings_changed(act)
    return holding


def _is_own_deputy(actor: Actor, holding: Holding) -> bool:
    if holding.deputy_of_id is None or actor.account_id is None:
        return False
    return Holding.objects.filter(id=holding.deputy_of_id, account_id=actor.account_id).exists()


def _end(act: Act, post: Post, holding: Holding) -> None:
    deputies = Holding.objects.filter(deputy_of_id=holding.id, ends_at__gt=act.at)
    for row in [*deputies, holding]:
        if row.starts_at < act.at:
            row.ends_at = act.at
            act.update(row, "ends_at")
        else:
            act.also("DELETE FROM orgs_holding WHERE id = %s", [row.id])
        act.record(post, "orgs.holding_ended", {"holding": row.id, "account": row.account_id})


def deputise(
    *,
    actor: Actor,
    at: datetime,
    holding_id: UUID,
    account_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
) -> Holding:
    """Let somebody stand in for the holder of a post for a period 离岗代理.

    The deputy gets what the post permits; the holder keeps it, so that he may come back early. The holder
    may name a deputy who holds a post in the same unit; anything else takes `orgs.assign`.

    Raises:
        Refused: when the actor is neither.
        Invalid: as `rules.holdings.deputy_refusal` says.
        ExclusivePosts: when the deputy holds a post that excludes this one.
    """
    with acting(actor=actor, at=at) as act:
        holding, post = _lock_holding(act, holding_id)
        _demand_deputising(actor, holding, post, account_id, at)
        others = Holding.objects.filter(deputy_of_id=holding_id, ends_at__gt=starts_at)
        refusal = deputy_refusal(
            DeputyRequest(
                holder=holding.account_id,
                deputy=account_id,
                holding_is_deputy=holding.kind == HoldingKind.DEPUTY,
                holding=Period(holding.starts_at, holding.ends_at),
                starts_at=starts_at,
                ends_at=ends_at,
                reason=reason,
                others=tuple(Period(row.starts_at, row.ends_at) for row in others),
            )
        )
        if refusal is not None:
            raise invalid(refusal[0], None, refusal[1])
        deputy = _new_holding(
            act, post, account_id, Period(starts_at, ends_at), deputy_of=holding, reason=reason.strip()
        )
        holdings_changed(act)
    return deputy


def _demand_deputising(actor: Actor, holding: Holding, post: Post, deputy_id: UUID, at: datetime) -> None:
    if holding.account_id == actor.account_id:
        colleague = Holding.objects.filter(
            Q(ends_at=None) | Q(ends_at__gt=at),
            account_id=deputy_id,
            post__unit_id=post.unit_id,
            starts_at__lte=at,
        )
        if not colleague.exists() and deputy_id != actor.account_id:
            raise Refused("代理人须在同一单位任职；其他人员请由管理员安排。")
        return
    demand_post(actor, ASSIGN, post, at)
    if deputy_id != holding.account_id:
        _demand_other(actor, deputy_id)


def hand_over(*, actor: Actor, at: datetime, holding_id: UUID, account_id: UUID) -> Holding:
    """Hand a post over to somebody else now 移交: the old holding and its deputies end, a new one begins.

    What waits in the post's queue stays with the post.

    Raises:
        Refused, ExclusivePosts, AlreadyHeld, Conflict: as for `assign_post`.
        Invalid: when it would be handed to the same person, or is a deputy's.
    """
    with acting(actor=actor, at=at) as act:
        holding, post = _lock_holding(act, holding_id)
        demand_post(actor, ASSIGN, post, at)
        _demand_other(actor, account_id)
        if holding.kind == HoldingKind.DEPUTY:
            raise invalid("holding", holding_id, "代理不能移交，请移交原任职。")
        if holding.account_id == account_id:
            raise invalid("account", account_id, "请选择另一位接任人员。")
        if not Period(holding.starts_at, holding.ends_at).holds_at(at):
            raise Conflict("该任职不在有效期内，不能移交。", code="orgs.holding_ended")
        ends_at = holding.ends_at
        _end(act, post, holding)
        act.flush()
        successor = _new_holding(act, post, account_id, Period(at, ends_at))
        act.record(post, "orgs.post_handed_over", {"from": holding.id, "to": successor.id})
        holdings_changed(act)
    return successor
