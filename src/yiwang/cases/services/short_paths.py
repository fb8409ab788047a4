"""Short paths 短路径: a direct answer, and what is fixed on the spot; a share of both is rechecked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...files.public import stages_of
from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, invalid
from ...ledger.public import Act
from ..enums import CasePath, Ending, RecheckResult
from ..models import Case, Recheck, Task
from ..permissions import require
from ..rules import is_sampled
from ..states import CASE, CLOSED, DONE
from .checking import finish
from .confirming import expect_same_day
from .handling import EVIDENCE_OWNER
from .moving import acting_on, case_policy, facts_of, move, permitted, set_fields
from .sampling import draw_of


def answer_directly(
    *, actor: Actor, at: datetime, case_id: UUID, answer: str, expected: int | None = None
) -> Case:
    """Answer directly 直接答复: a question answered at intake from the knowledge base; no task.

    The answer is kept as the remark of the closing entry and shown to the reporter.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        facts = facts_of(case, actor=actor, at=at, reply_given=bool(answer.strip()))
        row = permitted(case, "answer", actor=actor, facts=facts)
        set_fields(act, case, path=CasePath.ANSWER, handlers=_with(case, actor), handled_at=at)
        _draw_sample(act, case)
        _say(act, case, answer)
        finish(act, case, row, Ending.ANSWERED)
    return case


def handle_on_the_spot(
    *, actor: Actor, at: datetime, case_id: UUID, result: str, expected: int | None = None
) -> Case:
    """Handle on the spot 自行处置: fixed at once, with pictures before and after; no dispatch.

    Raises:
        Conflict: a picture is missing.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        facts = facts_of(
            case, actor=actor, at=at, reply_given=bool(result.strip()),
            evidence_required=frozenset({"before", "after"}),
            evidence=stages_of(EVIDENCE_OWNER, case.id),
        )  # fmt: skip
        row = permitted(case, "handle_on_the_spot", actor=actor, facts=facts)
        set_fields(act, case, path=CasePath.ON_THE_SPOT, handlers=_with(case, actor), handled_at=at)
        _draw_sample(act, case)
        _say(act, case, result)
        finish(act, case, row, Ending.FIXED_ON_THE_SPOT)
    return case


def _with(case: Case, actor: Actor) -> list[UUID]:
    return [*case.handlers, actor.account_id] if actor.account_id else list(case.handlers)


def _say(act: Act, case: Case, text: str) -> None:
    text = text.strip()
    task = act.insert(
        Task(
            case_id=case.id, case_created_at=case.created_at, state=DONE, round=case.round,
            unit=act.actor.unit_id or case.community or case.id, dispatched_at=act.at,
            signed_at=act.at, done_at=act.at, handler=act.actor.account_id, result=text,
        )
    )  # fmt: skip
    act.record(
        case,
        "cases.answered_at_once",
        {"state": case.state, "task": task.id, "result": commitment(text, bytes(task.salt))},
    )


def _draw_sample(act: Act, case: Case) -> None:
    draw = draw_of(case.id, case.round, purpose="recheck")
    if not is_sampled(draw, case_policy(case, act.at).sample_percent):
        return
    act.insert(Recheck(case_id=case.id, round=case.round, is_sample=True, opened_at=act.at))


def recheck_sample(
    *, actor: Actor, at: datetime, case_id: UUID, result: str, note: str = "", expected: int | None = None
) -> Case:
    """Recheck a drawn short-path case 抽查, by another person; a failed one is reopened for dispatch.

    Raises:
        Conflict: no sample recheck waits, or the actor handled the case.
    """
    if result not in {r.value for r in RecheckResult if r != RecheckResult.PENDING}:
        raise invalid("result", result, "请选择核查通过、核查不通过或无法核查。")
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        require(actor, "cases.recheck", case)
        if actor.account_id in case.handlers:
            raise Conflict("处置人员本人不能核查，请由他人办理。", code="case.guard_refused")
        waiting = [r for r in act.fetch(Recheck, case=case.id) if r.result == RecheckResult.PENDING]
        if not waiting or case.state != CLOSED:
            raise Conflict("该案件没有待核查的抽查任务。", code="cases.no_sample")
        _note_result(act, waiting[0], result, note)
        body = {"recheck": waiting[0].id, "result": result}
        if result == RecheckResult.FAILED:
            if not note.strip():
                raise invalid("note", note, "核查不通过须写明原因。")
            row = next(t for t in CASE.transitions if t.action == "reopen")
            set_fields(act, case, path=CasePath.LOOP, ending="", closed_at=None)
            expect_same_day(act, case, found_at=at)
            move(act, case, row, body=body, reason=note)
        else:
            act.record(case, "cases.sample_rechecked", {"state": case.state, **body})
    return case


def _note_result(act: Act, recheck: Recheck, result: str, note: str) -> None:
    recheck.result = result
    recheck.note = note.strip()
    recheck.by = act.actor.account_id
    recheck.at = act.at
    act.update(recheck, "result", "note", "by", "at")
