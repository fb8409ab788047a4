"""Handling 任务处理: sign for, do, and feed back with evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ...clocks.public import cancel_timers
from ...files.public import stages_of
from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, NotFound, Refused
from ...kernel.states import transition
from ...ledger.public import Act
from ..enums import TaskRole
from ..models import Case, Task
from ..rules import CaseFacts
from ..states import DONE, OPEN_TASK_STATES, TASK, WORKING
from .leaving import lapse_questions
from .moving import acting_on, case_policy, facts_of, move, permitted, set_fields
from .resting import refuse_resting
from .stages import OVERDUE_TIMER, end_task_stages, note_signing

EVIDENCE_OWNER = "cases.case"


def task_for(act: Act, case: Case, actor: Actor, unit: UUID | None) -> tuple[Task, list[Task]]:
    """The open task the actor's scope reaches (the named unit's, if given), and all open tasks."""
    refuse_resting(case)
    waiting = [t for t in act.fetch(Task, case=case.id) if t.state in OPEN_TASK_STATES]
    for task in sorted(waiting, key=lambda t: t.role != TaskRole.HOST):
        if unit is not None and task.unit != unit:
            continue
        if actor.may("cases.handle", community=None, units=[task.unit]):
            return task, waiting
    if waiting:
        raise Refused("该案件没有派给您所在单位的任务。", code="cases.refused", act="cases.handle")
    raise NotFound("该案件没有待办任务。")


def sign_task(
    *, actor: Actor, at: datetime, case_id: UUID, unit: UUID | None = None, expected: int | None = None
) -> Task:
    """Sign for 签收 the unit's task. The handling clock is not touched: it started at dispatch."""
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        task, _ = task_for(act, case, actor, unit)
        transition(TASK, task.state, "sign")
        task.state = WORKING
        task.signed_at = at
        act.update(task, "state", "signed_at")
        note_signing(act, case, task)
        act.record(case, "cases.signed", {"state": case.state, "task": task.id, "unit": task.unit})
    return task


def complete_task(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    result: str,
    unit: UUID | None = None,
    evidence: Sequence[UUID] = (),
    expected: int | None = None,
) -> Case:
    """Feed back 反馈: what was done, with evidence. The host's feedback moves the case on.

    The host answers for all: its feedback waits until no co-unit is still working.

    Args:
        evidence: attachments of the case that belong to this feedback; by default all of this round.

    Raises:
        Conflict: evidence or text is missing, or a co-unit has not fed back yet.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        task, waiting = task_for(act, case, actor, unit)
        facts = _facts(case, task, actor=actor, at=at, result=result, evidence=evidence)
        transition(TASK, task.state, "complete", facts)
        if task.role == TaskRole.HOST:
            _finish_round(act, case, waiting, facts)
        _write_result(act, case, task, result, facts)
    return case


def _facts(
    case: Case, task: Task, *, actor: Actor, at: datetime, result: str, evidence: Sequence[UUID]
) -> CaseFacts:
    required = case_policy(case, at).evidence if task.role == TaskRole.HOST else frozenset()
    given: frozenset[str] = frozenset()
    if required or evidence:
        given = stages_of(EVIDENCE_OWNER, case.id, ids=evidence or None, since=task.dispatched_at)
    return facts_of(
        case, actor=actor, at=at, evidence=given, evidence_required=required, reply_given=bool(result.strip())
    )


def _finish_round(act: Act, case: Case, waiting: list[Task], facts: CaseFacts) -> None:
    late = [t for t in waiting if t.role == TaskRole.CO]
    if late:
        raise Conflict(
            f"还有 {len(late)} 个协办单位未反馈，主办单位暂不能反馈。",
            code="cases.co_units_open",
            units=[str(t.unit) for t in late],
        )
    action = "feed_back" if facts.review_required else "feed_back_straight"
    row = permitted(case, action, actor=act.actor, facts=facts)
    set_fields(act, case, handled_at=act.at)
    cancel_timers(act, subject=case.id, kind=OVERDUE_TIMER)
    move(act, case, row, body={"on_time": case.due_at is None or act.at <= case.due_at})


def _write_result(act: Act, case: Case, task: Task, result: str, facts: CaseFacts) -> None:
    end_task_stages(act, task, signed=True)
    task.state = DONE
    lapse_questions(act, case, [task])
    task.signed_at = task.signed_at or act.at
    task.done_at = act.at
    task.handler = act.actor.account_id
    task.result = result.strip()
    task.evidence = sorted(facts.evidence)
    act.update(task, "state", "signed_at", "done_at", "handler", "result", "evidence")
    if act.actor.account_id is not None and act.actor.account_id not in case.handlers:
        set_fields(act, case, handlers=[*case.handlers, act.actor.account_id])
    act.record(
        case,
        "cases.task_done",
        {
            "state": case.state,
            "task": task.id,
            "unit": task.unit,
            "result": commitment(task.result, bytes(task.salt)),
            "evidence": task.evidence,
        },
    )
