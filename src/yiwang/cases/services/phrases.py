"""Phrases 常用语: sentences for reuse, of a person, of a unit or everybody's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, Refused, invalid
from ...ledger.public import Act, acting
from ...orgs.public import unit_index
from ..enums import PhrasePurpose
from ..models import Phrase

EDIT = "cases.edit_phrases"
LONGEST = 300
#: Added ones come after those of the package, in the order in which they were made.
_LAST = 1000


def may_edit_phrases(actor: Actor, *, account: UUID | None = None, unit: UUID | None = None) -> bool:
    """Whether the actor may change phrases: his own, those of a unit he edits for, or everybody's."""
    scope = actor.scope(EDIT)
    if account is not None:
        return account == actor.account_id and actor.may_anywhere("cases.view")
    if unit is not None:
        return scope.covers(units=[unit])
    return scope.everywhere


def _demand(actor: Actor, account: UUID | None, unit: UUID | None) -> None:
    if not may_edit_phrases(actor, account=account, unit=unit):
        whose = "他人" if account else "该单位" if unit else "全员"
        raise Refused(f"您没有维护{whose}常用语的权限。", code="cases.refused", act=EDIT)


def add_phrase(
    *,
    actor: Actor,
    at: datetime,
    purpose: str,
    text: str,
    account: UUID | None = None,
    unit: UUID | None = None,
) -> Phrase:
    """Add a phrase (新增常用语): of the actor's own account, of a unit, or everybody's.

    Raises:
        Refused; Invalid: an unknown purpose or unit, an empty or long text, two owners.
    """
    if purpose not in PhrasePurpose.values:
        raise invalid("purpose", purpose, f"只能是 {'、'.join(PhrasePurpose.values)} 之一。")
    if account is not None and unit is not None:
        raise invalid("unit", unit, "个人常用语不能同时属于单位。")
    if unit is not None and unit not in unit_index().by_id:
        raise invalid("unit", unit, "没有这个单位，请重新选择。")
    _demand(actor, account, unit)
    with acting(actor=actor, at=at) as act:
        row = act.insert(
            Phrase(account=account, unit=unit, purpose=purpose, text=_checked(text), order=_LAST)
        )
        _record(act, row, "cases.phrase_added")
    return row


def edit_phrase(
    *, actor: Actor, at: datetime, phrase_id: UUID, text: str, expected: int | None = None
) -> Phrase:
    """Change the words of a phrase (修改常用语).

    Raises:
        Refused, NotFound, StaleVersion, Invalid; Conflict: it is retired.
    """
    with acting(actor=actor, at=at) as act:
        row = _own(act, actor, phrase_id, expected)
        row.text = _checked(text)
        act.update(row, "text")
        _record(act, row, "cases.phrase_edited")
    return row


def retire_phrase(*, actor: Actor, at: datetime, phrase_id: UUID, expected: int | None = None) -> Phrase:
    """Retire a phrase (停用常用语): no form offers it any more."""
    with acting(actor=actor, at=at) as act:
        row = _own(act, actor, phrase_id, expected)
        row.retired_at = at
        act.update(row, "retired_at")
        _record(act, row, "cases.phrase_retired")
    return row


def _own(act: Act, actor: Actor, phrase_id: UUID, expected: int | None) -> Phrase:
    row = act.lock(Phrase, phrase_id, expected=expected)
    _demand(actor, row.account, row.unit)
    if row.retired_at is not None:
        raise Conflict("该常用语已停用。", code="cases.phrase_retired")
    return row


def _checked(text: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= LONGEST:
        raise invalid("text", text[:40], f"请填写内容，最多 {LONGEST} 字。")
    return text


def _record(act: Act, row: Phrase, kind: str) -> None:
    body = {"purpose": row.purpose, "account": row.account, "unit": row.unit}
    act.record(row, kind, {**body, "text": commitment(row.text, bytes(row.salt))})
