"""After closing 结案之后: rating, reopening by the reporter, withdrawal, archiving."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, invalid
from ...ledger.public import Act, acting
from ..enums import CasePath, FollowUpKind, RatingQuestion
from ..events import CaseRated
from ..models import Case, Rating, Report, ReportLink
from ..policy import rating_options
from ..rules import reopen_until, who_tells
from .moving import acting_on, case_policy, facts_of, move, permitted, set_fields
from .receiving import add_follow_up, current_link


def rate_case(
    *,
    actor: Actor,
    at: datetime,
    case_id: UUID,
    report_id: UUID,
    outcome: str,
    satisfaction: str = "",
    comment: str = "",
    by_source: bool = False,
) -> Rating:
    """Rate 评价: the reporter (or a call-back clerk for them) says whether it is solved.

    One report rates one round once.

    Args:
        by_source: the rating is what the report's source found by its own call.

    Raises:
        Invalid: an answer that is not on the scale in force.
        Conflict: the case is not closed, this report has rated this round, or its source makes the call.
    """
    _check_option(RatingQuestion.OUTCOME, outcome, at)
    if satisfaction:
        _check_option(RatingQuestion.SATISFACTION, satisfaction, at)
    with acting_on(case_id, actor=actor, at=at) as (act, case):
        row = permitted(case, "rate", actor=actor, facts=facts_of(case, actor=actor, at=at))
        if current_link(act, report_id).case_id != case.id:
            raise Conflict("该诉求不属于此案件。", code="cases.not_its_report")
        if any(r.round == case.round for r in act.fetch(Rating, report=report_id, case=case.id)):
            raise Conflict("该诉求已对本次办理作出评价。", code="cases.rated_already")
        _check_caller(act, report_id, by_source)
        rating = act.insert(
            Rating(
                case_id=case.id, report_id=report_id, round=case.round, outcome=outcome,
                satisfaction=satisfaction, comment=comment.strip(), by=actor.account_id, at=at,
            )
        )  # fmt: skip
        body = {"rating": rating.id, "report": report_id, "outcome": outcome, "satisfaction": satisfaction}
        if rating.comment:
            body["comment"] = commitment(rating.comment, bytes(rating.salt))
        move(act, case, row, body=body)
        act.announce(
            CaseRated(case_id=case.id, at=at, report_id=report_id, outcome=outcome, satisfaction=satisfaction)
        )
    return rating


def _check_caller(act: Act, report_id: UUID, by_source: bool) -> None:
    """One call for one result: the source's reports are rated by the source."""
    report = act.fetch(Report, lock=False, id=report_id)[0]
    caller = who_tells("callback", voice=report.voice, rated_by_source=report.rated_by_source)
    if caller == "source" and not by_source:
        raise Conflict("该诉求由来源单位回访，评价由来源传回，请勿重复回访。", code="cases.rated_by_source")


def _check_option(question: str, code: str, at: datetime) -> None:
    known = [option.code for option in rating_options(question, at)]
    if code not in known:
        raise invalid(question, code, f"只能是 {'、'.join(known)} 之一。")


def reopen_case(
    *, actor: Actor, at: datetime, case_id: UUID, reason: str, expected: int | None = None
) -> Case:
    """Reopen 重新办理: by the reporter within the window; back to dispatch.

    Raises:
        Conflict: the window has passed, or the case is not closed.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        until = reopen_until(case.closed_at, case_policy(case, at).reopen_days) if case.closed_at else None
        facts = facts_of(case, actor=actor, at=at, reopen_until=until)
        row = permitted(case, "reopen", actor=actor, facts=facts)
        set_fields(act, case, path=CasePath.LOOP, ending="", closed_at=None, handled_at=None)
        move(act, case, row, reason=reason)
    return case


def withdraw_report(*, actor: Actor, at: datetime, report_id: UUID, reason: str = "") -> Case:
    """Withdraw 撤回: by the reporter; the case ends too when it is the only report and nobody works on it.

    Once units are at work the withdrawal is noted and the case goes on: a danger does not go away because
    somebody withdrew.
    """
    with acting(actor=actor, at=at) as act:
        report = act.lock(Report, report_id)
        link = current_link(act, report_id)
        case = act.lock(Case, link.case_id)
        facts = facts_of(case, actor=actor, at=at)
        add_follow_up(act, report, case, FollowUpKind.WITHDRAWAL, reason.strip())
        others = [x for x in act.fetch(ReportLink, case=case.id) if x.until is None and x.id != link.id]
        if case.state in _WITHDRAWABLE and not others:
            row = permitted(case, "withdraw", actor=actor, facts=facts)
            move(act, case, row, body={"report": report_id})
    return case


_WITHDRAWABLE = ("received", "verifying", "registering", "dispatching")


def archive_case(*, actor: Actor, at: datetime, case_id: UUID) -> Case:
    """Archive 归档 a closed case."""
    with acting_on(case_id, actor=actor, at=at) as (act, case):
        row = permitted(case, "archive", actor=actor, facts=facts_of(case, actor=actor, at=at))
        move(act, case, row)
    return case
