"""Services on the duty roster 值班服务."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...accounts.public import Account
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound, invalid
from ...ledger.public import acting
from ..models import DutyRoster, Unit
from ..permissions import ASSIGN, demand_unit
from ..queries import post_kinds


def roster_duty(
    *,
    actor: Actor,
    at: datetime,
    unit_id: UUID,
    post_kind: str,
    account_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
) -> DutyRoster:
    """Put somebody on the duty roster of a unit 排班.

    Raises:
        Refused: when the unit is outside the actor's `orgs.assign`.
        Invalid: for an unknown post kind, or a period that does not end after it starts.
        Conflict: when the account is inactive or on that roster in an overlapping period.
    """
    demand_unit(actor, ASSIGN, unit_id, at)
    kind = post_kinds().get(post_kind)
    if kind is None:
        raise invalid("post_kind", post_kind, "没有这个岗位类别。")
    if ends_at <= starts_at:
        raise invalid("ends_at", ends_at, "终止时间须晚于起始时间。")
    with acting(actor=actor, at=at) as act:
        unit = act.lock(Unit, unit_id)
        if not act.fetch(Account, lock=False, id=account_id, is_active=True):
            raise Conflict("该账号已停用，不能排班。", code="orgs.account_inactive")
        same = DutyRoster.objects.filter(unit_id=unit_id, account_id=account_id, post_kind_id=kind.id)
        if same.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
            raise Conflict("该人员在此时段已排班。", code="orgs.already_rostered")
        duty = act.insert(
            DutyRoster(
                unit=unit, post_kind_id=kind.id, account_id=account_id, starts_at=starts_at, ends_at=ends_at
            )
        )
        body = {
            "duty": duty.id,
            "account": account_id,
            "kind": post_kind,
            "starts_at": starts_at,
            "ends_at": ends_at,
        }
        act.record(unit, "orgs.duty_rostered", body)
    return duty


def swap_duty(*, actor: Actor, at: datetime, duty_id: UUID, account_id: UUID) -> DutyRoster:
    """Let somebody else take over a shift 换班; of one that has begun, the rest from now on.

    Returns:
        The shift as the other person holds it.

    Raises:
        NotFound: when there is no such shift.
        Invalid: when it is that person's already.
        Conflict: when it is over, or the other person is inactive or on that roster then.
    """
    with acting(actor=actor, at=at):
        duty = DutyRoster.objects.select_related("post_kind").filter(id=duty_id).first()
        if duty is None:
            raise NotFound("没有这条排班。")
        if duty.account_id == account_id:
            raise invalid("account", account_id, "该班次已由此人承担，请选择其他人员。")
        remove_duty(actor=actor, at=at, duty_id=duty_id)
        return roster_duty(
            actor=actor,
            at=at,
            unit_id=duty.unit_id,
            post_kind=duty.post_kind.code,
            account_id=account_id,
            starts_at=max(duty.starts_at, at),
            ends_at=duty.ends_at,
        )


def remove_duty(*, actor: Actor, at: datetime, duty_id: UUID) -> None:
    """Take somebody off the roster 撤销排班; a shift that has begun ends now.

    Raises:
        NotFound: when there is no such shift.
        Conflict: when it is over.
    """
    with acting(actor=actor, at=at) as act:
        unit_id = DutyRoster.objects.filter(id=duty_id).values_list("unit_id", flat=True).first()
        if unit_id is None:
            raise NotFound("没有这条排班。")
        demand_unit(actor, ASSIGN, unit_id, at)
        unit = act.lock(Unit, unit_id)
        duty = act.fetch(DutyRoster, id=duty_id)[0]
        if duty.ends_at <= at:
            raise Conflict("该班次已结束。", code="orgs.duty_over")
        if duty.starts_at < at:
            duty.ends_at = at
            act.update(duty, "ends_at")
        else:
            act.also("DELETE FROM orgs_dutyroster WHERE id = %s", [duty_id])
        act.record(unit, "orgs.duty_removed", {"duty": duty_id, "account": duty.account_id})
