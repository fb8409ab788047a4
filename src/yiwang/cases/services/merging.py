"""Merging 合并与拆分: several reports of one problem become one case, with undo.

Within one scope (the actor may merge in both cases' places), before a recheck. Open tasks of the absorbed
case are recalled with the reason; no deadline moves, and the earliest answer clock stands. What was settled
about whose job it is passes to the survivor (`merged_marks`). Undo is a new act, until the survivor closes,
and restores case and tasks with their instants.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ...clocks.public import cancel_timers, plan_timer
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, invalid
from ...kernel.ids import uuid7
from ...kernel.states import Transition
from ...ledger.public import Act, acting
from ..enums import LapseCause, LinkCause, Stage
from ..models import Case, CaseSearch, Merge, ReportLink, Task
from ..permissions import require
from ..states import MERGEABLE_STATES
from .bounds import earliest, limited_reports
from .dispatching import recall_tasks
from .ladders import replan_steps
from .lapsing import restore_applications
from .merged_marks import pass_marks, refuse_losing_marks, take_marks_back
from .moving import facts_of, move, permitted, set_fields
from .searching import index_more
from .stages import OVERDUE_TIMER, return_to_stage


def _lock_both(act: Act, first: UUID, second: UUID) -> tuple[Case, Case]:
    """Lock two cases in key order, so that two merges never wait for each other in a ring."""
    rows = {key: act.lock(Case, key) for key in sorted((first, second))}
    return rows[first], rows[second]


def merge_cases(*, actor: Actor, at: datetime, survivor: UUID, absorbed: UUID, reason: str) -> Case:
    """Merge 并入: `absorbed` becomes part of `survivor`; its reports are linked there; returns the survivor.

    Raises:
        Conflict: one of them is past its recheck or ended, a return or a ruling about the absorbed one waits,
            or its ruling would be lost.
        Invalid: the same case twice.
    """
    if survivor == absorbed:
        raise invalid("absorbed", absorbed, "不能把案件并入它自己，请选择另一个案件。")
    with acting(actor=actor, at=at) as act:
        into, gone = _lock_both(act, survivor, absorbed)
        require(actor, "cases.merge", into)
        row = permitted(gone, "merge", actor=actor, facts=facts_of(gone, actor=actor, at=at))
        absorb(act, into, gone, row, reason=reason)
    return into


def absorb(act: Act, into: Case, gone: Case, row: Transition, *, reason: str) -> None:
    """Make a locked case part of another inside an open act, after somebody was permitted to.

    Raises:
        Conflict: the survivor is past its recheck, has more time than a hazard that it would swallow, or
            would lose what was ruled about the absorbed one.
    """
    if into.state not in MERGEABLE_STATES:
        raise Conflict("主案已进入核查或已结束，不能再并入。", code="cases.merge_too_late")
    _refuse_losing_same_day(into, gone)
    refuse_losing_marks(into, gone)
    links = _move_links(act, gone, into, LinkCause.MERGE)
    merge = _remember(act, into, gone)
    given = pass_marks(act, into, gone, merge)
    recall_tasks(act, gone, cause=LapseCause.MERGED)
    move(act, gone, row, body={"into": into.id}, reason=reason)
    set_fields(act, gone, merged_into=into.id)
    _keep_earliest_clock(act, into, gone)
    if gone.source_due_at is not None:
        set_fields(act, into, source_due_at=min(gone.source_due_at, into.source_due_at or gone.source_due_at))
    set_fields(
        act, into, report_count=into.report_count + len(links),
        is_reachable=into.is_reachable or gone.is_reachable,
        return_count=into.return_count + gone.return_count,
    )  # fmt: skip
    act.record(
        into,
        "cases.absorbed",
        {
            "state": into.state,
            "case": gone.id,
            "reports": [x.report_id for x in links],
            "due_at": into.due_at,
            "marks": given,
        },
    )
    for row_of_search in act.fetch(CaseSearch, lock=False, case=gone.id):
        index_more(act, into, row_of_search.body)


def _refuse_losing_same_day(into: Case, gone: Case) -> None:
    """A hazard keeps its day: it is not merged into a case that need not be cleared, or only later."""
    due = gone.same_day_due_at
    if due is None or (into.same_day_due_at is not None and into.same_day_due_at <= due):
        return
    raise Conflict(
        "被并入的案件须当日清零，而主案没有清零时限或时限更晚。请以须清零的案件为主案合并。",
        code="cases.merge_loses_same_day",
    )


def _move_links(act: Act, source: Case, target: Case, cause: str) -> list[ReportLink]:
    links = [x for x in act.fetch(ReportLink, case=source.id) if x.until is None]
    for link in links:
        link.until = act.at
        act.update(link, "until")
    act.flush()
    for link in links:
        act.insert(ReportLink(report_id=link.report_id, case_id=target.id, cause=cause, since=act.at))
    return links


def _remember(act: Act, into: Case, gone: Case) -> Merge:
    tasks = [t for t in act.fetch(Task, case=gone.id) if t.recalled_at is None]
    return act.insert(
        Merge(
            id=uuid7(),
            survivor_id=into.id,
            absorbed_id=gone.id,
            state_before=gone.state,
            due_before=gone.due_at,
            survivor_due_before=into.due_at,
            tasks_before=[{"id": str(t.id), "state": t.state} for t in tasks],
            by=act.actor.account_id,
            at=act.at,
        )
    )


def _keep_earliest_clock(act: Act, into: Case, gone: Case) -> None:
    """The earliest answer clock stands: an earlier promise of the absorbed case binds the survivor."""
    if gone.due_at is None or into.due_at is None or gone.due_at >= into.due_at:
        return
    set_fields(act, into, due_at=gone.due_at)
    if _is_promised(into):
        _plan_promise(act, into)


def unmerge_cases(*, actor: Actor, at: datetime, absorbed: UUID, reason: str) -> Case:
    """Undo a merge 拆分还原: reports, tasks and instants return; returns the restored case.

    Raises:
        Conflict: the survivor has been closed, or the case was not merged.
    """
    with acting(actor=actor, at=at) as act:
        merge = next((m for m in act.fetch(Merge, absorbed=absorbed) if m.undone_at is None), None)
        if merge is None:
            raise Conflict("该案件没有并入其他案件，无需拆分。", code="cases.not_merged")
        into, gone = _lock_both(act, merge.survivor_id, merge.absorbed_id)
        row = permitted(gone, "unmerge", actor=actor, facts=facts_of(gone, actor=actor, at=at))
        if into.state not in MERGEABLE_STATES:
            raise Conflict("主案已进入核查或已结束，不能再拆分。", code="cases.unmerge_too_late")
        merge.undone_at, merge.undone_by = at, actor.account_id
        act.update(merge, "undone_at", "undone_by")
        reports = _return_links(act, merge)
        _restore(act, into, gone, merge)
        if into.source_due_at is not None:
            left = [row for row in limited_reports(into.id) if row.id not in reports]
            set_fields(act, into, source_due_at=earliest(left))
        take_marks_back(act, into, merge)
        set_fields(
            act, into, report_count=into.report_count - len(reports),
            return_count=max(0, into.return_count - gone.return_count),
        )  # fmt: skip
        body: dict[str, Any] = {"from": into.id, "due_at": gone.due_at}
        move(act, gone, row, body=body, reason=reason)
        act.record(
            into,
            "cases.released_case",
            {"state": into.state, "case": gone.id, "reports": reports, "due_at": into.due_at},
        )
    return gone


def _return_links(act: Act, merge: Merge) -> list[UUID]:
    """Close the survivor's links that came by this merge, reopen them on the restored case."""
    moved = [
        x
        for x in act.fetch(ReportLink, case=merge.survivor_id)
        if x.until is None and x.cause == LinkCause.MERGE and x.since == merge.at
    ]
    former = {x.report_id for x in act.fetch(ReportLink, case=merge.absorbed_id) if x.until == merge.at}
    reports = [x.report_id for x in moved if x.report_id in former]
    for link in moved:
        if link.report_id in former:
            link.until = act.at
            act.update(link, "until")
    act.flush()
    for report in reports:
        act.insert(
            ReportLink(report_id=report, case_id=merge.absorbed_id, cause=LinkCause.UNDO, since=act.at)
        )
    return reports


def _restore(act: Act, into: Case, gone: Case, merge: Merge) -> None:
    states = {UUID(row["id"]): row["state"] for row in merge.tasks_before}
    back = [t for t in act.fetch(Task, case=gone.id) if t.id in states and t.recalled_at == merge.at]
    for task in back:
        task.state = states[task.id]
        task.recalled_at = None
        act.update(task, "state", "recalled_at")
        replan_steps(
            act, case=gone, subject=task.id, stage=Stage.HANDLE, started_at=task.dispatched_at,
            amount=task.limit_amount, unit=task.limit_unit, due_at=task.due_at,
        )  # fmt: skip
    set_fields(act, gone, state=merge.state_before, merged_into=None)
    restore_applications(act, gone, back, merge.at)
    return_to_stage(act, gone, back, merge.at)
    if _is_promised(gone):
        _plan_promise(act, gone)
    if into.due_at != merge.survivor_due_before and into.due_at == merge.due_before:
        set_fields(act, into, due_at=merge.survivor_due_before)
        if _is_promised(into):
            _plan_promise(act, into)


def _is_promised(case: Case) -> bool:
    """Whether a promise runs: it was given, and the host has not fed back."""
    return case.due_at is not None and case.handled_at is None


def _plan_promise(act: Act, case: Case) -> None:
    assert case.due_at is not None
    cancel_timers(act, subject=case.id, kind=OVERDUE_TIMER)
    plan_timer(act, subject=case.id, kind=OVERDUE_TIMER, due_at=case.due_at, generation=case.round)
