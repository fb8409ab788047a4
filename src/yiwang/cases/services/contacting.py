"""Contacting 联系诉求人: the unit at work reaches the reporter, or tries to, and says so."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, invalid
from ...kernel.states import transition
from ..enums import ContactWay, Stage
from ..models import Case, ContactAttempt, Report
from ..queries import reports_of
from ..rules import who_tells
from ..states import TASK
from .contacts import is_hidden
from .handling import task_for
from .moving import acting_on
from .resting import refuse_resting
from .stages import end_task_stage

MOST_NOTE = 500


def contact_reporter(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    way: str,
    reached: bool,
    note: str = "",
    report_id: UUID | None = None,
    unit: UUID | None = None,
    expected: int | None = None,
) -> ContactAttempt:
    """Contact the reporter 联系诉求人: the act of a unit with an open task; each attempt is kept.

    The clock 联系诉求人 of the task ends when somebody was reached; a vain attempt leaves it running.

    Args:
        way: one of `ContactWay`.
        note: what was said or why nobody was reached; at most 500 characters, a commitment in the journal.
        report_id: whose reporter; by default of the first report that has a contact the unit may use.
        unit: the unit that acts, when the actor's scope reaches several.

    Raises:
        Refused, StaleVersion; Invalid: an unknown way, a long note, or none after a vain attempt.
        Conflict: the case rests, the report is another case's, or its reporter is not the unit's to contact.
    """
    _check(way, reached, note)
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        refuse_resting(case)
        task, _ = task_for(act, case, actor, unit)
        transition(TASK, task.state, "contact")
        report = _report_of(case, report_id)
        row = act.insert(
            ContactAttempt(
                case_id=case.id, task_id=task.id, report_id=report.id, way=way, reached=reached,
                note=note.strip(), by=actor.account_id, at=at,
            )
        )  # fmt: skip
        if reached:
            end_task_stage(act, task, Stage.CONTACT)
        body = {
            "state": case.state, "contact": row.id, "task": task.id, "unit": task.unit, "report": report.id,
            "way": way, "reached": reached,
        }  # fmt: skip
        if row.note:
            body["note"] = commitment(row.note, bytes(row.salt))
        act.record(case, "cases.contacted", body)
    return row


def _check(way: str, reached: bool, note: str) -> None:
    if way not in ContactWay.values:
        raise invalid("way", way, f"只能是 {'、'.join(ContactWay.values)} 之一。")
    if len(note.strip()) > MOST_NOTE:
        raise invalid("note", note[:20], f"联系情况最多 {MOST_NOTE} 字。")
    if not reached and not note.strip():
        raise invalid("note", note, "未联系上的，请写明情况。")


def _report_of(case: Case, report_id: UUID | None) -> Report:
    reports = list(reports_of(case))
    if report_id is not None:
        reports = [report for report in reports if report.id == report_id]
        if not reports:
            raise Conflict("该诉求不属于此案件。", code="cases.not_its_report")
    problems = [_problem(report, case) for report in reports]
    for report, problem in zip(reports, problems, strict=True):
        if problem is None:
            return report
    raise Conflict(
        next(filter(None, problems), "该案件没有可联系的诉求人。"), code="cases.no_reporter_to_contact"
    )


def _problem(report: Report, case: Case) -> str | None:
    """Why a unit is not to contact this reporter, None when it is."""
    if report.contact is None:
        return "诉求人没有留下联系方式，无需联系。"
    if is_hidden(report, case):
        return "诉求人要求保密，承办单位不联系；需要了解情况的，请由派遣单位联系。"
    if who_tells("progress", voice=report.voice, rated_by_source=report.rated_by_source) == "source":
        return "该诉求由来源单位联系诉求人，请勿重复联系。"
    return None
