"""Falling back 兜底: a case that nobody owns goes to its area's fallback owner, by an act with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...catalog.public import responsible
from ...clocks.public import due_at
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, invalid
from ...orgs.public import unit_index
from ..enums import FallbackCause
from ..events import CaseDispatched
from ..models import Case, FallbackTaking, StageClock
from ..return_policy import Fallback, fallback_of, return_limits
from ..states import DISPATCHING
from .dispatching import check_limit, issue_tasks
from .leaving import seat_units
from .moving import acting_on, facts_of, move, permitted


@dataclass(frozen=True, slots=True)
class FallbackOffer:
    """The fallback owner that is proposed for a case 兜底建议.

    Attributes:
        owner: None when no fallback owner is set for its areas.
        from_at: the instant from which it may be given the case.
        explanation: how that instant came about.
        is_listed: whether the responsibility list names a unit, so that only unclear duty leads here.
    """

    owner: Fallback | None
    from_at: datetime
    explanation: str
    is_listed: bool


def fallback_offer(case: Case, at: datetime) -> FallbackOffer | None:
    """What is proposed for a case that waits to be dispatched; None in any other state."""
    if case.state != DISPATCHING:
        return None
    due = due_at(_unowned_since(case), *return_limits(case, at).fallback, at=at)
    return FallbackOffer(fallback_of(case, at), due.due_at, due.explanation, _is_listed(case, at))


def take_fallback(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    cause: str,
    reason: str,
    expected: int | None = None,
) -> Case:
    """Give a case to its fallback owner 兜底派遣, once it has waited unowned for as long as the rules say.

    Args:
        cause: one of `FallbackCause`; `unlisted` is refused while the responsibility list names a unit.

    Raises:
        Refused, StaleVersion; Invalid: an unknown cause, or no reason.
        Conflict: too early, no fallback owner, or the list names a unit.
    """
    if cause not in FallbackCause.values:
        raise invalid("cause", cause, f"只能是 {'、'.join(FallbackCause.values)} 之一。")
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        offer = fallback_offer(case, at)
        owner = _usable(case, offer, cause, at)
        facts = facts_of(case, actor=actor, at=at, units=(owner.unit_id,))
        row = permitted(case, "take_fallback", actor=actor, facts=facts)
        kept = seat_units(act, case, (owner.unit_id,))
        issue_tasks(
            act,
            case,
            (owner.unit_id,),
            instruction=reason.strip(),
            limit=check_limit(case, None),
            keeping=kept,
        )
        body = {"host": owner.unit_id, "cause": cause, "due_at": case.due_at, "round": case.round}
        seq = move(act, case, row, body=body, reason=reason)
        act.insert(
            FallbackTaking(case_id=case.id, unit=owner.unit_id, cause=cause, round=case.round, at=at, seq=seq)
        )
        act.announce(CaseDispatched(case_id=case.id, at=at, host_id=owner.unit_id, units=(owner.unit_id,)))
    return case


def _usable(case: Case, offer: FallbackOffer | None, cause: str, at: datetime) -> Fallback:
    if offer is None:
        raise Conflict("案件不在待派遣，不能兜底派遣。", code="cases.not_dispatching")
    if offer.owner is None:
        raise Conflict("该区域没有设定兜底单位，请先在退单规则中设定。", code="cases.no_fallback")
    if cause == FallbackCause.UNLISTED and offer.is_listed:
        raise Conflict(
            "权责清单已列明承办单位，请派遣该单位；职责不清的，请选择“职责不清”。", code="cases.owner_listed"
        )
    if at < offer.from_at:
        raise Conflict(f"尚未到可以兜底的时间。{offer.explanation}", code="cases.fallback_early")
    return offer.owner


def _is_listed(case: Case, at: datetime) -> bool:
    if case.matter_class is None:
        return False
    place = case.grid or case.community or case.street or case.district
    answer = responsible(case.matter_class, place, case.condition, at=at)
    return answer is not None and answer.host_id in unit_index().by_id


def _unowned_since(case: Case) -> datetime:
    """Since when nobody owns the case: the start of its running stage, else its last leaving or its start."""
    row = StageClock.objects.filter(pk=case.clock).first() if case.clock is not None else None
    return row.started_at if row is not None else case.returned_at or case.created_at
