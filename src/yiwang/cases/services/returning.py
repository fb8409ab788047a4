"""Returning 退单: a unit asks to give its task back; the dispatcher decides, later an arbitration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ...clocks.public import due_at
from ...files.public import attachments_of
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound, Refused, invalid
from ...kernel.states import Transition, transition
from ...ledger.public import Act, JournalEntry
from ...orgs.public import post_index, unit_index
from ..enums import ArbitrationCause, ReturnStart, TaskRole
from ..models import Case, Task, TaskReturn
from ..permissions import require
from ..queries import absorbed_keys
from ..return_policy import ReturnLimits, return_limits, return_reasons
from ..rules import WishFacts
from ..states import (
    ARBITRATING,
    ASKED,
    HANDLING,
    LAPSED,
    OPEN_TASK_STATES,
    RECALLED,
    RETURN,
    TAKEN_BACK,
    TASK,
)
from .arbitration_opening import open_arbitration
from .handling import EVIDENCE_OWNER
from .lapsing import lapse_applications
from .leaving import lapse_questions, leave_task, refuse_final
from .moving import acting_on, facts_of, move, note, permitted, set_fields
from .stages import end_task_stages

ASK = "cases.ask_return"


@dataclass(frozen=True, slots=True)
class ReturnTerms:
    """What a unit says when it returns a task 退单申请.

    Attributes:
        reason: code of a reason that holds today.
        words: why, in words; kept beside the journal.
        proposed_unit: the unit whose job it is in the asking unit's view.
        evidence: attachments of the case.
    """

    reason: str
    words: str
    proposed_unit: UUID | None = None
    evidence: Sequence[UUID] = ()


def ask_return(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    terms: ReturnTerms,
    unit: UUID | None = None,
    expected: int | None = None,
) -> TaskReturn:
    """Ask to return 申请退单 the unit's task; the task and its clock go on until it is decided.

    From the return that the rules name on (the second, say) an arbitration decides instead of the dispatcher;
    those of cases that were merged into this one count.

    Raises:
        Refused, StaleVersion; NotFound: no task waits.
        Invalid: an unknown reason, unit or attachment, or no words.
        Conflict: too late, asked already, ruled already, first asked, or somebody of the unit is at work.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        task, rows = open_task_of(act, case, actor, unit), act.fetch(TaskReturn, case=case.id)
        absorbed = absorbed_keys(case.id)
        before = list(TaskReturn.objects.filter(case__in=absorbed)) if absorbed else []
        limits = return_limits(case, at)
        refuse_final(case)
        _refuse_return(case, task, rows)
        _refuse_late(task, limits, at)
        _refuse_assigned(case, task, actor)
        _check_terms(case, task, terms, at)
        row = act.insert(_new_return(act, task, terms, [*before, *rows], limits))
        row.asked_seq = note(act, case, "cases.return_asked", _body(case, row), terms.words)
        set_fields(
            act, case, return_count=row.number, return_waiting=case.return_waiting or row.state == ASKED
        )
        if row.state == ARBITRATING:
            open_arbitration(
                act, case, cause=ArbitrationCause.RETURNS, asking=task.unit, proposed=terms.proposed_unit,
                words=terms.words, returns=[*rows, row], task_return=row,
            )  # fmt: skip
    return row


def grant_return(
    *,
    actor: Actor,
    at: datetime,
    return_id: UUID,
    keeps_co_units: bool = True,
    words: str = "",
    expected: int | None = None,
) -> Case:
    """Grant a return 准予退单: the task ends; the host's takes the case back to dispatch, its promise kept.

    Args:
        keeps_co_units: whether the co-units go on when the host leaves, or are taken back with it.

    Raises:
        Refused, StaleVersion; Conflict: by whoever asked, decided already, or a ruling is being made.
    """
    with _deciding(return_id, "grant", actor=actor, at=at, expected=expected) as (act, case, row):
        tasks = {task.id: task for task in act.fetch(Task, case=case.id)}
        task = tasks[row.task_id]
        if case.arbitration is not None:
            raise Conflict(
                "该案件正在争议裁定，这份退单随裁定一并了结，不能先行准予。", code="cases.being_arbitrated"
            )
        leave_task(act, task, "give_back")
        lapse_applications(act, case, [task])
        body = {"return": row.id, "task": task.id, "unit": task.unit}
        if task.role != TaskRole.HOST:
            row.decided_seq = note(act, case, "cases.return_granted", {"state": case.state, **body}, words)
        else:
            known = permitted(case, "give_back", actor=actor, facts=facts_of(case, actor=actor, at=at))
            others = [t for t in tasks.values() if t.state in OPEN_TASK_STATES]
            if not keeps_co_units:
                _recall(act, case, others)
            set_fields(act, case, host=None, returned_at=at)
            row.decided_seq = move(
                act, case, known, body={**body, "keeps_co_units": keeps_co_units}, reason=words
            )
    return case


def refuse_return(
    *, actor: Actor, at: datetime, return_id: UUID, words: str, expected: int | None = None
) -> Case:
    """Refuse a return 不予退单 in words; the task goes on, and its clock was never touched."""
    _demand(words)
    with _deciding(return_id, "refuse", actor=actor, at=at, expected=expected) as (act, case, row):
        body = {"state": case.state, "return": row.id, "task": row.task_id, "unit": row.unit}
        row.decided_seq = note(act, case, "cases.return_refused", body, words)
    return case


def refer_return(
    *, actor: Actor, at: datetime, return_id: UUID, words: str, expected: int | None = None
) -> Case:
    """Refer a return to arbitration 提请裁定: the dispatcher cannot tell whose job it is."""
    _demand(words)
    with _deciding(return_id, "refer", actor=actor, at=at, expected=expected) as (act, case, row):
        if case.arbitration is not None:
            raise Conflict("该案件已在争议裁定中。", code="cases.being_arbitrated")
        body = {"state": case.state, "return": row.id, "task": row.task_id, "unit": row.unit}
        row.decided_seq = note(act, case, "cases.return_referred", body, words)
        open_arbitration(
            act, case, cause=ArbitrationCause.REFERRED, asking=row.unit, proposed=row.proposed_unit,
            words=words, returns=act.fetch(TaskReturn, case=case.id), task_return=row,
        )  # fmt: skip
    return case


def take_back_return(*, actor: Actor, at: datetime, return_id: UUID) -> Case:
    """Take a return back 收回退单申请, by whoever asked; it no longer counts."""
    with _deciding(return_id, "take_back", actor=actor, at=at) as (act, case, row):
        body = {"state": case.state, "return": row.id, "task": row.task_id, "unit": row.unit}
        row.decided_seq = note(act, case, "cases.return_taken_back", body)
        set_fields(act, case, return_count=max(case.return_count - 1, 0))
    return case


def open_task_of(act: Act, case: Case, actor: Actor, unit: UUID | None) -> Task:
    """The open task that the actor may return or dispute (the named unit's, if given), the host's first.

    Raises:
        Refused: none is of the actor's units. NotFound: none is open.
        Conflict: the units are not at work.
    """
    waiting = [t for t in act.fetch(Task, case=case.id) if t.state in OPEN_TASK_STATES]
    if not waiting:
        raise NotFound("该案件没有待办任务。")
    own = [t for t in waiting if unit in {None, t.unit} and actor.may(ASK, units=[t.unit])]
    if not own:
        raise Refused("该案件没有派给您所在单位的任务。", code="cases.refused", act=ASK)
    if case.state != HANDLING:
        raise Conflict("案件不在处置中，不能申请退单或裁定。", code="cases.not_handling")
    task = min(own, key=lambda t: t.role != TaskRole.HOST)
    require(actor, ASK, case, [task.unit])
    return task


def _refuse_return(case: Case, task: Task, rows: Sequence[TaskReturn]) -> None:
    if any(row.task_id == task.id and row.state in (ASKED, ARBITRATING) for row in rows):
        raise Conflict("本单位的退单申请正在审核，请等待决定或先收回。", code="cases.return_waits")
    if task.unit == case.first_unit:
        raise Conflict("本单位是首问单位，应当办理或按规定移交一次，不能退单。", code="cases.first_asked")
    if case.transfers and task.role == TaskRole.HOST:
        raise Conflict(
            "本单位是首问移交的接收单位，不得再转、不得退单；如有争议请申请争议裁定，裁定前继续办理。",
            code="cases.handed_over",
        )


def _refuse_late(task: Task, limits: ReturnLimits, at: datetime) -> None:
    start = task.signed_at if limits.ask_from == ReturnStart.SIGN else task.dispatched_at
    if start is None:
        return
    last = due_at(start, *limits.ask, at=at)
    if at > last.due_at:
        raise Conflict(
            f"已过申请退单的期限。{last.explanation}",
            code="cases.return_late",
            due_at=last.due_at.isoformat(),
        )


def _refuse_assigned(case: Case, task: Task, actor: Actor) -> None:
    """A task that a person of the unit has taken up is given back by that person, or first released."""
    if case.claimed_by is None or case.claimed_by == actor.account_id or case.claimed_at is None:
        return
    if case.claimed_at < task.dispatched_at:
        return
    entries = JournalEntry.objects.filter(stream=case.id, kind="cases.claimed").order_by("-seq")
    post = next((entry.post for entry in entries[:1]), None)
    node = post_index().get(post) if post else None
    if node is not None and node.unit_id == task.unit:
        raise Conflict("本单位已有人认领办理，请先放回，再申请退单。", code="cases.task_assigned")


def _check_terms(case: Case, task: Task, terms: ReturnTerms, at: datetime) -> None:
    known = {reason.code: reason.label for reason in return_reasons(at)}
    if terms.reason not in known:
        raise invalid("reason", terms.reason, f"请从退单理由中选择：{'、'.join(known.values())}。")
    _demand(terms.words)
    if terms.proposed_unit is not None:
        if terms.proposed_unit not in unit_index().by_id:
            raise invalid("proposed_unit", terms.proposed_unit, "没有这个单位，请重新选择。")
        if terms.proposed_unit == task.unit:
            raise invalid("proposed_unit", terms.proposed_unit, "建议承办单位不能是本单位。")
    if terms.evidence:
        held = {row.id for row in attachments_of(EVIDENCE_OWNER, case.id)}
        missing = [key for key in terms.evidence if key not in held]
        if missing:
            raise invalid("evidence", missing[0], "该附件不属于本案件，请先上传证据。")


def _demand(words: str) -> None:
    if not words.strip():
        raise invalid("words", words, "请写明理由。")


def _new_return(
    act: Act, task: Task, terms: ReturnTerms, rows: Sequence[TaskReturn], limits: ReturnLimits
) -> TaskReturn:
    standing = [row for row in rows if row.state not in (TAKEN_BACK, LAPSED)]
    number = len(standing) + 1
    ruled = number >= limits.arbitrate_from
    due = due_at(act.at, *(limits.ruling if ruled else limits.review), at=act.at)
    return TaskReturn(
        case_id=task.case_id, task_id=task.id, unit=task.unit, number=number, reason=terms.reason,
        proposed_unit=terms.proposed_unit, evidence=list(terms.evidence),
        state=ARBITRATING if ruled else ASKED, due_at=due.due_at, due_explanation=due.explanation,
        calendar_version=due.calendar_version, asked_by=act.actor.account_id, asked_post=act.actor.post_id,
        asked_at=act.at,
    )  # fmt: skip


def _body(case: Case, row: TaskReturn) -> dict[str, Any]:
    return {
        "state": case.state, "return": row.id, "task": row.task_id, "unit": row.unit, "number": row.number,
        "reason": row.reason, "proposed": row.proposed_unit, "evidence": list(row.evidence),
        "due_at": row.due_at,
    }  # fmt: skip


def _recall(act: Act, case: Case, tasks: Sequence[Task]) -> None:
    for task in tasks:
        transition(TASK, task.state, "recall")
        task.state, task.recalled_at = RECALLED, act.at
        act.update(task, "state", "recalled_at")
        end_task_stages(act, task)
    lapse_questions(act, case, tasks)


@contextmanager
def _deciding(
    return_id: UUID, action: str, *, actor: Actor, at: datetime, expected: int | None = None
) -> Iterator[tuple[Act, Case, TaskReturn]]:
    """Lock case and return, ask permission and table, and write the decision when all went well."""
    found = TaskReturn.objects.filter(pk=return_id).first()
    if found is None:
        raise NotFound("没有这份退单申请。")
    with acting_on(found.case_id, actor=actor, at=at, expected=expected) as (act, case):
        known: Transition = next(row for row in RETURN.transitions if row.action == action)
        require(actor, known.permission, case, [found.unit])
        (row,) = act.fetch(TaskReturn, id=return_id)
        rule = transition(RETURN, row.state, action, WishFacts(actor.account_id, row.asked_by))
        if case.state != HANDLING:
            raise Conflict("案件不在处置中，请待恢复办理后再决定。", code="cases.not_handling")
        assert rule.target is not None
        row.state = rule.target
        yield act, case, row
        row.decided_by, row.decided_at = actor.account_id, at
        act.update(row, "state", "decided_by", "decided_at", "decided_seq")
        act.flush()
        others = TaskReturn.objects.filter(case=case.id, state=ASKED).exclude(pk=row.id)
        set_fields(act, case, return_waiting=others.exists())
