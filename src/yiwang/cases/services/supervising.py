"""Supervising 督办 by people: urging, supervising, listing a case; the reply; settling and lifting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ...clocks.public import due_at
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound, Refused, invalid
from ...kernel.limits import limit_problem
from ...kernel.states import Transition, transition
from ...kernel.working_time import UNIT_NAMES
from ...ledger.public import Act
from ...orgs.public import unit_index
from ..enums import StepAct, StepCause
from ..models import Case, Supervision
from ..permissions import OWED_STATES, require
from ..queries import task_units
from ..rules import SupervisionFacts
from ..states import LISTED, OPEN_STATES, SUPERVISION
from .moving import acting_on, note, open_tasks, set_fields
from .stepping import Notice, record_step

URGE, SUPERVISE, LIST, REPLY = "cases.urge", "cases.supervise", "cases.list", "cases.handle"
_KINDS = {
    "reply": "cases.supervision_replied",
    "demand_again": "cases.supervision_demanded_again",
    "settle": "cases.supervision_settled",
    "lift": "cases.listing_lifted",
}
#: Within what a unit replies when nothing else is said: 1 工作日 (示例).
USUAL_REPLY = (Decimal(1), "work_day")


def urge_case(
    *, actor: Actor, at: datetime, case_id: UUID, text: str, expected: int | None = None
) -> Supervision:
    """Urge 催办 an open case on: its units are told; nothing is demanded."""
    with _open_case(case_id, URGE, actor=actor, at=at, expected=expected, text=text) as (act, case):
        units = _working(act, case)
        return record_step(act, case, Notice(StepAct.URGE, StepCause.PERSON, units, text=text))


def supervise_case(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    text: str,
    units: Sequence[UUID] = (),
    reply: tuple[Decimal, str] = USUAL_REPLY,
    expected: int | None = None,
) -> Supervision:
    """Supervise 督办 an open case: units must answer within a limit, and somebody settles it.

    Args:
        units: whom it is addressed to; by default the units that work on the case.
        reply: amount and unit of the limit for the answer.

    Raises:
        Invalid: no words, a limit that no clock can run, an unknown unit, or nobody to answer.
    """
    amount, unit = reply
    problem = limit_problem(amount, unit)
    if problem:
        raise invalid("reply", f"{amount.normalize():f} {UNIT_NAMES.get(unit, unit)}", problem)
    unknown = [key for key in units if key not in unit_index().by_id]
    if unknown:
        raise invalid("units", unknown[0], "没有这个单位，请重新选择。")
    with _open_case(case_id, SUPERVISE, actor=actor, at=at, expected=expected, text=text) as (act, case):
        addressed = list(dict.fromkeys(units)) or _working(act, case)
        if not addressed:
            raise invalid("units", "", "案件还没有承办单位，请选择要求答复的单位。")
        if case.complained_unit in addressed:
            raise invalid("units", case.complained_unit, "被投诉单位不能承接该案件的督办。")
        until = due_at(at, amount, unit, at=at).due_at
        notice = Notice(StepAct.SUPERVISE, StepCause.PERSON, addressed, text=text, reply_due_at=until)
        return record_step(act, case, notice)


def list_case(
    *, actor: Actor, at: datetime, case_id: UUID, text: str, expected: int | None = None
) -> Supervision:
    """List 挂牌督办 an open case; it stays listed until somebody else lifts it.

    Raises:
        Conflict: it is listed already.
    """
    with _open_case(case_id, LIST, actor=actor, at=at, expected=expected, text=text) as (act, case):
        if case.listed_at is not None:
            raise Conflict("案件已经挂牌督办，解除之前不能再挂。", code="cases.listed_already")
        units = _working(act, case)
        return record_step(act, case, Notice(StepAct.LIST, StepCause.PERSON, units, text=text))


def reply_supervision(*, actor: Actor, at: datetime, supervision_id: UUID, text: str) -> Supervision:
    """Reply 答复督办 for a unit it is addressed to.

    Raises:
        Refused: the actor handles for none of the units.
        Conflict: no answer is awaited.
    """
    with _acting(supervision_id, actor=actor, at=at) as (act, case, row):
        mine = [unit for unit in row.units if actor.may(REPLY, units=[unit])]
        require(actor, REPLY, case, row.units)
        if not mine:
            raise Refused("只有督办对象单位可以答复。", code="cases.refused", act=REPLY)
        step = _step(row, "reply", actor, reply_given=bool(text.strip()))
        row.replied_by, row.replied_unit, row.replied_at = actor.account_id, mine[0], at
        row.replied_seq = _move(act, case, row, step, text)
        act.update(row, "replied_by", "replied_unit", "replied_at", "replied_seq")
        return row


def demand_again(*, actor: Actor, at: datetime, supervision_id: UUID, reason: str) -> Supervision:
    """Send an answer back 退回重答 with the reason; the limit for the answer does not move."""
    with _acting(supervision_id, actor=actor, at=at) as (act, case, row):
        require(actor, SUPERVISE, case, row.units)
        step = _step(row, "demand_again", actor)
        _move(act, case, row, step, reason)
        return row


def settle_supervision(*, actor: Actor, at: datetime, supervision_id: UUID, reason: str) -> Supervision:
    """Settle 督办销号, by somebody who did not reply to it; the case's mark goes with the last one."""
    with _acting(supervision_id, actor=actor, at=at) as (act, case, row):
        require(actor, SUPERVISE, case, row.units)
        step = _step(row, "settle", actor)
        _settle(act, case, row, step, reason)
        others = [r for r in act.fetch(Supervision, case=case.id) if r.id != row.id]
        if not any(r.act == StepAct.SUPERVISE and r.state in OWED_STATES for r in others):
            set_fields(act, case, supervised_at=None)
        return row


def lift_listing(*, actor: Actor, at: datetime, supervision_id: UUID, reason: str) -> Supervision:
    """Lift a listing 解除挂牌, by somebody who did not list, with a reason."""
    with _acting(supervision_id, actor=actor, at=at) as (act, case, row):
        require(actor, LIST, case, row.units)
        step = _step(row, "lift", actor)
        _settle(act, case, row, step, reason)
        others = [r for r in act.fetch(Supervision, case=case.id, state=LISTED) if r.id != row.id]
        if not others:
            set_fields(act, case, listed_at=None)
        return row


def note_chase(act: Act, case: Case) -> None:
    """A resident chases 群众催办 an open case: counted, and shown to whoever works on it."""
    if case.state in OPEN_STATES:
        units = [case.host] if case.host is not None else []
        record_step(act, case, Notice(StepAct.URGE, StepCause.RESIDENT, units))


@contextmanager
def _open_case(
    case_id: UUID, permission: str, *, actor: Actor, at: datetime, expected: int | None, text: str
) -> Iterator[tuple[Act, Case]]:
    if not text.strip():
        raise invalid("text", text, "请写明催办或督办的意见。")
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        require(actor, permission, case, task_units(case))
        if case.state not in OPEN_STATES:
            raise Conflict("案件已经办结，不能再催办或督办。", code="cases.not_open", state=case.state)
        yield act, case


@contextmanager
def _acting(supervision_id: UUID, *, actor: Actor, at: datetime) -> Iterator[tuple[Act, Case, Supervision]]:
    known = Supervision.objects.filter(pk=supervision_id).only("case_id").first()
    if known is None:
        raise NotFound("没有这条督办记录。", code="cases.supervision_not_found")
    with acting_on(known.case_id, actor=actor, at=at) as (act, case):
        yield act, case, act.fetch(Supervision, id=supervision_id)[0]


def _working(act: Act, case: Case) -> list[UUID]:
    """The units with an open task, the host first."""
    units = sorted({task.unit for task in open_tasks(act, case)}, key=lambda key: (key != case.host, key))
    return units or ([case.host] if case.host is not None else [])


def _step(row: Supervision, action: str, actor: Actor, *, reply_given: bool = True) -> Transition:
    facts = SupervisionFacts(actor.account_id, row.by, row.replied_by, reply_given)
    return transition(SUPERVISION, row.state, action, facts)


def _move(act: Act, case: Case, row: Supervision, step: Transition, text: str) -> int:
    text = text.strip()
    if step.reason and not text:
        raise invalid("reason", text, "请填写理由。")
    row.state = step.target or row.state
    act.update(row, "state")
    body = {
        "state": case.state, "supervision": row.id, "supervision_state": row.state, "unit": row.replied_unit
    }  # fmt: skip
    return note(act, case, _KINDS[step.action], body, text)


def _settle(act: Act, case: Case, row: Supervision, step: Transition, reason: str) -> None:
    row.settled_by, row.settled_at = act.actor.account_id, act.at
    row.settled_seq = _move(act, case, row, step, reason)
    act.update(row, "settled_by", "settled_at", "settled_seq")


__all__ = [
    "demand_again",
    "lift_listing",
    "list_case",
    "note_chase",
    "reply_supervision",
    "settle_supervision",
    "supervise_case",
    "urge_case",
]
