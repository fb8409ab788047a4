"""Checking 审核、核查与结案: somebody else looks before the case is closed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import invalid
from ...kernel.states import Transition
from ...ledger.public import Act
from ..enums import Ending, RecheckResult
from ..events import CaseClosed
from ..models import Case, Recheck, Task
from ..states import DONE
from .calling_back import open_callbacks
from .dispatching import check_limit, issue_tasks
from .moving import acting_on, case_policy, facts_of, move, permitted, set_fields

_RECHECK_ACTIONS = {
    RecheckResult.PASSED.value: "pass_recheck",
    RecheckResult.FAILED.value: "fail_recheck",
    RecheckResult.IMPOSSIBLE.value: "skip_recheck",
}


def approve_feedback(*, actor: Actor, at: datetime, case_id: UUID, expected: int | None = None) -> Case:
    """Approve 审核通过: the feedback goes on to the recheck."""
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        row = permitted(case, "approve", actor=actor, facts=facts_of(case, actor=actor, at=at))
        move(act, case, row)
    return case


def rework_case(
    *, actor: Actor, at: datetime, case_id: UUID, reason: str, expected: int | None = None
) -> Case:
    """Rework 返工: back to the same units, with a reason and a new clock."""
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        row = permitted(case, "rework", actor=actor, facts=facts_of(case, actor=actor, at=at))
        again(act, case, row, reason)
    return case


def units_again(act: Act, case: Case) -> list[UUID]:
    """The units that answer for the last round, the host first; none for a case that had no host."""
    if case.host is None:
        return []
    last = [t for t in act.fetch(Task, case=case.id) if t.round == case.round and t.state == DONE]
    last.sort(key=lambda t: (t.unit != case.host, str(t.id)))
    return list(dict.fromkeys(t.unit for t in last)) or [case.host]


def again(act: Act, case: Case, row: Transition, reason: str) -> None:
    """Send the case back to the units of its last round with a fresh clock."""
    units = units_again(act, case)
    issue_tasks(act, case, units, instruction=reason.strip(), limit=check_limit(case, None))
    move(act, case, row, body={"due_at": case.due_at, "round": case.round}, reason=reason)


def recheck_case(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    result: str,
    note: str = "",
    expected: int | None = None,
) -> Case:
    """Recheck 核查 on the spot, by a person who did not handle the case.

    Args:
        result: `passed`, `failed` (goes back for rework) or `impossible` (with a reason).
    """
    action = _RECHECK_ACTIONS.get(result)
    if action is None:
        raise invalid("result", result, "请选择核查通过、核查不通过或无法核查。")
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        row = permitted(case, action, actor=actor, facts=facts_of(case, actor=actor, at=at))
        recheck = act.insert(
            Recheck(
                case_id=case.id, round=case.round, result=result, by=actor.account_id, note=note.strip(),
                opened_at=case.handled_at or at, at=at,
            )
        )  # fmt: skip
        if result == RecheckResult.FAILED:
            again(act, case, row, note)
        else:
            body = {"recheck": recheck.id, "note": commitment(recheck.note, bytes(recheck.salt))}
            move(act, case, row, body=body, reason=note)
    return case


def close_case(
    *, actor: Actor, at: datetime, case_id: UUID, ending: str, expected: int | None = None
) -> Case:
    """Close 结案: with the required evidence, never by a person who handled it.

    Args:
        ending: `solved` 已解决 or `answered` 已答复; they are different endings, so there is no default.
    """
    if ending not in {Ending.SOLVED.value, Ending.ANSWERED.value}:
        raise invalid("ending", ending, "请说明办结方式：已解决（solved）或已答复（answered）。")
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        required = case_policy(case, at).evidence
        facts = facts_of(
            case, actor=actor, at=at, evidence_required=required,
            evidence=_evidence_of(act, case) if required else frozenset(),
        )  # fmt: skip
        row = permitted(case, "close", actor=actor, facts=facts)
        finish(act, case, row, ending)
    return case


def _evidence_of(act: Act, case: Case) -> frozenset[str]:
    tasks = act.fetch(Task, lock=False, case=case.id)
    return frozenset(stage for t in tasks if t.round == case.round for stage in t.evidence)


def finish(act: Act, case: Case, row: Transition, ending: str) -> None:
    """Close the case inside an open act: ending, instant, entry and event."""
    set_fields(act, case, ending=ending, closed_at=act.at, claimed_by=None, claimed_at=None)
    move(act, case, row, body={"ending": ending, "path": case.path})
    open_callbacks(act, case, ending=ending)
    act.announce(CaseClosed(case_id=case.id, at=act.at, ending=ending, path=case.path))
