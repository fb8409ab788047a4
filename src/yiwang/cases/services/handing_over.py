"""First asked 首问负责: whoever is asked first handles, or hands over once; the receiver keeps it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Refused, invalid
from ...ledger.public import Act
from ...orgs.public import unit_index
from ..enums import TaskRole
from ..events import CaseDispatched
from ..models import Case, Handover, Task
from ..permissions import may, require
from ..return_policy import return_limits
from ..states import HANDLING, OPEN_TASK_STATES
from .dispatching import check_limit, issue_tasks
from .first_asking import note_first_asked
from .leaving import lapse_questions, leave_task, refuse_final, seat_units
from .moving import acting_on, facts_of, move, permitted, set_fields
from .returning import ASK


def mark_first_asked(
    *, actor: Actor, at: datetime, case_id: UUID, unit: UUID | None = None, expected: int | None = None
) -> Case:
    """Note who was asked first 记为首问: the actor's own unit and post, or a unit that the dispatcher names.

    Raises:
        Refused, StaleVersion; Invalid: an unknown unit.
        Conflict: somebody was asked first already, the case is too far on, or the unit was sent it and says
            now that it had been asked.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        own = unit is None or unit == actor.unit_id
        require(actor, "cases.receive" if own else "cases.dispatch", case)
        if own and case.state == HANDLING and not may(actor, "cases.dispatch", case):
            raise Conflict(
                "案件已经派遣，承办单位不能再自记首问；确属首问的，请派遣员记录。",
                code="cases.first_asked_late",
            )
        chosen = unit or actor.unit_id
        if chosen is None or chosen not in unit_index().by_id:
            raise invalid("unit", chosen, "请选择首问单位。")
        note_first_asked(act, case, chosen, actor.post_id if own else None)
    return case


def hand_over_case(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    to_unit: UUID,
    reason: str,
    expected: int | None = None,
) -> Handover:
    """Hand over 首问移交, once: the receiver gets the task with its own full limit, the promise stays.

    Raises:
        Refused, StaleVersion; Invalid: an unknown unit, the own one, or no reason.
        Conflict: the unit was not asked first, has handed over already, or the task is done.
    """
    if not reason.strip():
        raise invalid("reason", reason, "请填写理由。")
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        tasks = act.fetch(Task, case=case.id)
        _check_handover(case, tasks, actor, to_unit, at)
        facts = facts_of(case, actor=actor, at=at, units=(to_unit,))
        row = permitted(case, "hand_over", actor=actor, facts=facts, units=_first(case))
        assert case.first_unit is not None
        own = [t for t in tasks if t.state in OPEN_TASK_STATES and t.unit == case.first_unit]
        for task in own:
            leave_task(act, task, "hand_over")
        act.flush()
        lapse_questions(act, case, own)
        task_id = _give(act, case, to_unit, reason)
        set_fields(act, case, transfers=case.transfers + 1, host=to_unit)
        made = act.insert(
            Handover(
                case_id=case.id, number=case.transfers, from_unit=case.first_unit, from_post=actor.post_id,
                to_unit=to_unit, task_id=task_id, at=at,
            )
        )  # fmt: skip
        body = {"from": case.first_unit, "to": to_unit, "host": to_unit, "number": made.number}
        made.seq = move(act, case, row, body=body, reason=reason)
        act.announce(CaseDispatched(case_id=case.id, at=at, host_id=to_unit, units=(to_unit,)))
    return made


def _first(case: Case) -> tuple[UUID, ...]:
    return (case.first_unit,) if case.first_unit is not None else ()


def _check_handover(case: Case, tasks: list[Task], actor: Actor, to_unit: UUID, at: datetime) -> None:
    refuse_final(case)
    if case.first_unit is None:
        raise Conflict(
            "该案件没有首问单位，不能移交；承办单位如认为不属职责，请申请退单。", code="cases.not_first"
        )
    most = return_limits(case, at).most_transfers
    if case.transfers >= most:
        raise Conflict(f"首问只能移交 {most} 次，接收单位不得再转。", code="cases.handed_over")
    if not actor.may(ASK, units=[case.first_unit]):
        raise Refused("只有首问单位可以移交。", code="cases.refused", act=ASK)
    if to_unit not in unit_index().by_id or to_unit == case.first_unit:
        raise invalid("to_unit", to_unit, "请选择接收单位，不能是本单位。")
    holds = any(
        t.state in OPEN_TASK_STATES and t.unit == case.first_unit and t.role == TaskRole.HOST for t in tasks
    )
    if case.state == HANDLING and not holds:
        raise Conflict("首问单位现在不是本案的主办单位，不能移交。", code="cases.not_first")


def _give(act: Act, case: Case, to_unit: UUID, reason: str) -> UUID:
    """The receiver's task: the one it has already, as host now, or a new one."""
    kept = seat_units(act, case, (to_unit,))
    if to_unit not in kept:
        issue_tasks(act, case, (to_unit,), instruction=reason.strip(), limit=check_limit(case, None))
        act.flush()
    found = [t for t in act.fetch(Task, case=case.id) if t.unit == to_unit and t.state in OPEN_TASK_STATES]
    return found[0].id
