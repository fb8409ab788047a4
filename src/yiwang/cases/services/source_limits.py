"""Source limits 来源时限: a source that owns the limit sets it; the inner limit follows by this act alone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Refused, invalid
from ...kernel.limits import limit_problem
from ...ledger.public import Act, acting
from ..enums import Stage
from ..events import CaseMoved
from ..models import Case, Report
from ..states import PROMISED_STATES
from .bounds import bounded, earliest, limited_reports, margin_words, own_due
from .ladders import replan_steps
from .moving import note, open_tasks, set_fields
from .receiving import current_link
from .recomputing import move_timer

ACT = "cases.set_source_limit"


def set_source_limit(
    *,
    actor: Actor,
    at: datetime,
    report_id: UUID,
    due_at: datetime,
    margin: tuple[Decimal, str] | None = None,
    is_extension: bool = False,
) -> Case:
    """Set the limit of a report's source 设定来源时限; the inner limit follows while units are at work.

    The case keeps the earliest limit of its reports. The same limit again changes nothing.

    Args:
        due_at: the source's own instant.
        margin: amount and unit that we keep before it.
        is_extension: the source grants more time, so that our own limit of this round no longer binds.

    Effects: entries `cases.source_limit_set` in both streams; deadlines of open tasks and the overdue timer.

    Raises:
        Refused: the actor does not speak for sources.
        Invalid: the margin cannot be used.
    """
    _check_margin(margin)
    with acting(actor=actor, at=at) as act:
        report = act.lock(Report, report_id)
        case = act.lock(Case, current_link(act, report_id).case_id)
        if not actor.may(ACT, community=case.community):
            raise Refused("来源时限由来源渠道的消息设定，不能手工改动。", code="cases.refused", act=ACT)
        if report.source_due_at == due_at and not is_extension:
            return case
        before = report.source_due_at
        _keep(act, report, due_at, margin, is_extension)
        body: dict[str, Any] = {
            "report": report.id, "source_due_before": before, "source_due_at": due_at,
            "margin": margin_words(*margin) if margin else "", "extension": is_extension,
        }  # fmt: skip
        act.record(report, "cases.source_limit_set", body)
        _follow(act, case, report, body)
    return case


def _check_margin(margin: tuple[Decimal, str] | None) -> None:
    problem = limit_problem(*margin) if margin is not None else None
    if problem is not None and margin is not None:
        raise invalid("margin", margin_words(*margin), problem)


def _keep(
    act: Act, report: Report, due_at: datetime, margin: tuple[Decimal, str] | None, is_extension: bool
) -> None:
    report.source_due_at = due_at
    report.source_margin = f"{margin[0].normalize():f} {margin[1]}" if margin else ""
    names = ["source_due_at", "source_margin"]
    if is_extension:
        report.source_extended_at = act.at
        names.append("source_extended_at")
    act.update(report, *names)


def _follow(act: Act, case: Case, report: Report, body: dict[str, Any]) -> None:
    """The case takes the earliest limit over; deadlines of tasks that are out move with it."""
    reports = [report, *(other for other in limited_reports(case.id) if other.id != report.id)]
    set_fields(act, case, source_due_at=earliest(reports))
    before, why, entries, shared = case.due_at, "", [], False
    for task in open_tasks(act, case) if case.state in PROMISED_STATES else []:
        own = own_due(task)
        if own is None or task.due_at is None:
            continue
        due, why = bounded(own, reports, at=act.at, since=task.dispatched_at)
        if due == task.due_at:
            continue
        entries.append({"task": task.id, "due_before": task.due_at, "due_at": due})
        shared = shared or task.due_at == before
        task.due_at, task.due_explanation = due, why
        act.update(task, "due_at", "due_explanation")
        replan_steps(
            act, case=case, subject=task.id, stage=Stage.HANDLE, started_at=task.dispatched_at,
            amount=task.limit_amount, unit=task.limit_unit, due_at=due,
        )  # fmt: skip
    why = _move_promise(act, case, reports, may_grow=shared) or why
    if case.due_at != before:
        move_timer(act, case)
    told = {"state": case.state, **body, "due_before": before, "due_at": case.due_at, "tasks": entries}
    note(act, case, "cases.source_limit_set", told, why)
    act.announce(CaseMoved(case_id=case.id, at=act.at, action="set_source_limit", state=case.state))


def _move_promise(act: Act, case: Case, reports: list[Report], *, may_grow: bool) -> str:
    """The promise follows the source while it runs; why, empty when it stays.

    Args:
        may_grow: a task shares its due instant, so that no merge made it earlier than the case's own limit.
    """
    own = own_due(case)
    if case.state not in PROMISED_STATES or case.handled_at or not case.due_at or not own:
        return ""
    due, why = bounded(own, reports, at=act.at, since=case.dispatched_at)
    if due == case.due_at or (due > case.due_at and not may_grow):
        return ""
    set_fields(act, case, due_at=due, due_explanation=why)
    return why
