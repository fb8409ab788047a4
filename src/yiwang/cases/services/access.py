"""Access 敏感案件: marking a case sensitive and keeping the list of who may see it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import NotFound, invalid
from ..models import Case, CaseAccess
from ..permissions import require
from .moving import acting_on, note, set_fields

CLEARANCE = "cases.view_sensitive"


def mark_sensitive(
    *, actor: Actor, at: datetime, case_id: UUID, is_sensitive: bool, reason: str, expected: int | None = None
) -> Case:
    """Mark a case sensitive 设为敏感, or lift the mark, with a reason; by `cases.view_sensitive`."""
    if not reason.strip():
        raise invalid("reason", reason, "请填写理由。")
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        require(actor, CLEARANCE, case)
        set_fields(act, case, is_sensitive=is_sensitive)
        kind = "cases.marked_sensitive" if is_sensitive else "cases.unmarked_sensitive"
        note(act, case, kind, {"state": case.state}, reason)
    return case


def grant_access(
    *, actor: Actor, at: datetime, case_id: UUID, account: UUID | None = None, unit: UUID | None = None
) -> CaseAccess:
    """Put an account or a unit on the access list of a sensitive case 列入名单.

    Raises:
        Invalid: neither or both are named.
    """
    if (account is None) == (unit is None):
        raise invalid("account", account, "请指定一个账号或一个单位。")
    with acting_on(case_id, actor=actor, at=at) as (act, case):
        require(actor, CLEARANCE, case)
        row = act.insert(
            CaseAccess(case_id=case.id, account=account, unit=unit, granted_by=actor.account_id, at=at)
        )
        body = {"state": case.state, "account": account, "unit": unit}
        act.record(case, "cases.access_granted", body)
    return row


def revoke_access(*, actor: Actor, at: datetime, access_id: UUID) -> None:
    """Take an account or a unit off the access list 移出名单."""
    row = CaseAccess.objects.filter(pk=access_id).first()
    if row is None:
        raise NotFound("名单中没有这一项。")
    with acting_on(row.case_id, actor=actor, at=at) as (act, case):
        require(actor, CLEARANCE, case)
        act.also("DELETE FROM cases_caseaccess WHERE id = %s", [access_id])
        body = {"state": case.state, "account": row.account, "unit": row.unit}
        act.record(case, "cases.access_revoked", body)
