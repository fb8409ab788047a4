"""After closing 结案之后: rating, reopening by the reporter, withdrawal, archiving."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, invalid
from ...kernel.states import Transition, transition
from ...ledger.public import Act, JournalEntry, acting
from ..enums import CasePath, FollowUpKind, RatingQuestion, RedoCause
from ..events import CaseRated, CaseRepeated, CaseUnsolved
from ..loop_rules import callback_rule_for
from ..models import Callback, Case, Rating, Report, ReportLink
from ..permissions import require
from ..policy import rating_options
from ..rules import reopen_until, who_tells
from ..states import CASE, HANDLING, MERGEABLE_STATES
from .admitting import may_have
from .calling_back import awaits_person, call_in_person, end_by_rating
from .checking import again, units_again
from .confirming import expect_same_day
from .merging import absorb
from .moving import acting_on, case_policy, facts_of, move, note, open_tasks, permitted, set_fields
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
    with acting_on(case_id, actor=actor, at=at) as (act, case):
        return rate_within(
            act, case, report_id, outcome=outcome, satisfaction=satisfaction, comment=comment,
            by_source=by_source,
        )  # fmt: skip


def rate_within(
    act: Act,
    case: Case,
    report_id: UUID,
    *,
    outcome: str,
    satisfaction: str = "",
    comment: str = "",
    by_source: bool = False,
    callback: Callback | None = None,
) -> Rating:
    """Rate a locked case inside an open act 评价, end its call-back, bring it back when it is not solved."""
    at, actor = act.at, act.actor
    check_option(RatingQuestion.OUTCOME, outcome, at)
    if satisfaction:
        check_option(RatingQuestion.SATISFACTION, satisfaction, at)
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
    end_by_rating(act, case, rating, callback)
    act.announce(
        CaseRated(case_id=case.id, at=at, report_id=report_id, outcome=outcome, satisfaction=satisfaction)
    )
    if not _is_solved(outcome, at):
        act.flush()  # what cancels the other call-backs must not meet this one in the same statement
        redo_if_unsolved(act, case, rating)
    return rating


def _is_solved(outcome: str, at: datetime) -> bool:
    return any(
        option.code == outcome and option.is_positive for option in rating_options(RatingQuestion.OUTCOME, at)
    )


def redo_if_unsolved(act: Act, case: Case, rating: Rating) -> None:
    """Bring a case back that is not solved 不满意重办: to its host, with a fresh clock and a mark.

    A case of a short path, which had no host, goes to dispatch, and so does one whose units the admitted
    lists no longer let have it. After the rule's number of times (repeats and reporters' own wishes do not
    count), and after the window in which a reporter may reopen, it stays closed and event `CaseUnsolved`
    tells of it; a reporter who said so alone through the link is called by a person.
    """
    rule = callback_rule_for(case.matter_class, act.at)
    until = _reopen_until(case, act.at)
    is_used_up = _times_unsatisfied(case) >= rule.redo_most
    if is_used_up or (until is not None and act.at > until):
        _stay_closed(act, case, rating.report_id, body={"rating": rating.id})
        if is_used_up and act.actor.kind == "resident":
            call_in_person(act, case, rating.report_id)
        return
    units = units_again(act, case)
    action = "redo" if units and may_have(case, units, act.at) else "redo_elsewhere"
    row = permitted(case, action, actor=act.actor, facts=facts_of(case, actor=act.actor, at=act.at))
    reason = rating.comment or "诉求人反映问题未解决。"
    _begin_again(act, case, RedoCause.UNSATISFIED, found_at=act.at)
    if row.target == HANDLING:
        again(act, case, row, reason)
    else:
        set_fields(act, case, host=None, final_owner=None)
        move(act, case, row, body={"redo_count": case.redo_count}, reason=reason)


def _times_unsatisfied(case: Case) -> int:
    """How often a reporter who was not satisfied has brought the case back."""
    return JournalEntry.objects.filter(
        stream=case.id, kind__in=("cases.redo", "cases.redo_elsewhere")
    ).count()


def _stay_closed(
    act: Act, case: Case, report_id: UUID, *, body: Mapping[str, object], words: str = ""
) -> None:
    """Write and tell that a case stays closed though its reporter says it is not solved."""
    told = {"state": case.state, "report": report_id, "times": case.redo_count, **body}
    note(act, case, "cases.unsolved", told, words)
    act.announce(CaseUnsolved(case_id=case.id, at=act.at, report_id=report_id, times=case.redo_count))


def _begin_again(act: Act, case: Case, cause: str, *, found_at: datetime, channel: str = "") -> None:
    """Mark a closed case that is done again: a fresh promise at its dispatch, a fresh same-day clock.

    Args:
        found_at: the discovery that the same-day clock counts from.
        channel: of the report that says it again; the case's own by default.
    """
    set_fields(
        act, case, path=CasePath.LOOP, ending="", closed_at=None, handled_at=None, due_at=None,
        overdue_at=None, redo_count=case.redo_count + 1, redo_cause=cause,
    )  # fmt: skip
    expect_same_day(act, case, found_at=found_at, channel=channel)


def _reopen_until(case: Case, at: datetime) -> datetime | None:
    return reopen_until(case.closed_at, case_policy(case, at).reopen_days) if case.closed_at else None


def _check_caller(act: Act, report_id: UUID, by_source: bool) -> None:
    """One call for one result: the source's reports are rated by the source."""
    report = act.fetch(Report, lock=False, id=report_id)[0]
    caller = who_tells("callback", voice=report.voice, rated_by_source=report.rated_by_source)
    if caller == "source" and not by_source:
        raise Conflict("该诉求由来源单位回访，评价由来源传回，请勿重复回访。", code="cases.rated_by_source")


def check_option(question: str, code: str, at: datetime) -> None:
    """Raise `Invalid` for an answer that is not on the scale in force."""
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
        _reopen(act, case, _may_reopen(act, case), reason)
    return case


def demand_redo(*, actor: Actor, at: datetime, case_id: UUID, report_id: UUID, words: str) -> bool:
    """Demand 要求重新办理, by the reporter through the link; whether the case was reopened.

    Within the rule's number of times a case (`reopen_most`) it is. After that it stays closed and a person
    calls the reporter: the words stand beside entry `cases.unsolved`, event `CaseUnsolved` tells of it.

    Raises:
        Invalid: no words.
        Conflict: the window has passed, the case is not closed or the report not of it, or a person is about
            to call already.
    """
    if not words.strip():
        raise invalid("text", words, "请写明还有什么没有解决。")
    with acting_on(case_id, actor=actor, at=at) as (act, case):
        row = _may_reopen(act, case)
        if current_link(act, report_id).case_id != case.id:
            raise Conflict("该诉求不属于此案件。", code="cases.not_its_report")
        if awaits_person(act.fetch(Callback, case=case.id), case, report_id):
            raise Conflict(
                "您的意见已经转给工作人员，会与您联系，请不必重复提交。", code="cases.person_calls"
            )
        if _times_demanded(case, actor) < callback_rule_for(case.matter_class, at).reopen_most:
            _reopen(act, case, row, words)
            return True
        _stay_closed(act, case, report_id, body={"demanded": True}, words=words)
        call_in_person(act, case, report_id)
    return False


def _may_reopen(act: Act, case: Case) -> Transition:
    facts = facts_of(case, actor=act.actor, at=act.at, reopen_until=_reopen_until(case, act.at))
    return permitted(case, "reopen", actor=act.actor, facts=facts)


def _reopen(act: Act, case: Case, row: Transition, reason: str) -> None:
    _begin_again(act, case, RedoCause.REQUESTED, found_at=act.at)
    move(act, case, row, body={"redo_count": case.redo_count}, reason=reason)


def _times_demanded(case: Case, reporter: Actor) -> int:
    """How often reporters have had the case reopened by themselves; what staff reopened does not count."""
    entries = JournalEntry.objects.filter(stream=case.id, kind="cases.reopen", actor=None)
    return entries.filter(agent=reporter.name).count()


def reopen_by_repeat(
    *, actor: Actor, at: datetime, case_id: UUID, repeat_id: UUID, reason: str, expected: int | None = None
) -> Case:
    """Reopen a closed case by a repeat 重复来件重办: the new report joins it, and it is dispatched anew.

    The new report's own case is merged into it, which can be undone as any merge. Who may reopen both may do
    this; it takes no right to merge. A same-day clock counts from the new report.

    Args:
        repeat_id: the case that the new report opened; it must still be open.

    Raises:
        Refused, NotFound, StaleVersion.
        Conflict: closed longer ago than the rule's days, another class or community, or at work too far.
    """
    with acting(actor=actor, at=at) as act:
        rows = {
            key: act.lock(Case, key, expected=expected if key == case_id else None)
            for key in sorted((case_id, repeat_id))
        }
        case, repeat = rows[case_id], rows[repeat_id]
        days = callback_rule_for(case.matter_class, at).repeat_days
        until = reopen_until(case.closed_at, days) if case.closed_at else None
        facts = facts_of(case, actor=actor, at=at, reopen_until=until)
        row = permitted(case, "reopen_by_repeat", actor=actor, facts=facts)
        require(actor, "cases.reopen", repeat)
        if not _is_alike(case, repeat):
            raise Conflict("新来件的类别或社区与该案件不同，不能按重复来件重办。", code="cases.no_repeat")
        joining = transition(CASE, repeat.state, "merge", facts_of(repeat, actor=actor, at=at))
        _begin_again(act, case, RedoCause.REPEATED, found_at=repeat.created_at, channel=repeat.channel)
        move(act, case, row, body={"redo_count": case.redo_count, "case": repeat_id}, reason=reason)
        act.announce(CaseRepeated(case_id=case.id, at=at, repeat_id=repeat_id))
        act.flush()
        absorb(act, case, repeat, joining, reason=reason)
    return case


def _is_alike(case: Case, other: Case) -> bool:
    same_class = other.matter_class is None or other.matter_class == case.matter_class
    return same_class and other.community == case.community and other.state in MERGEABLE_STATES


def withdraw_report(*, actor: Actor, at: datetime, report_id: UUID, reason: str = "") -> Case:
    """Withdraw 撤回: by the reporter; the case ends too when it is the only report and nobody works on it.

    Once units are at work, or when it is a hazard that must be cleared, the withdrawal is noted and the case
    goes on: a danger does not go away because somebody withdrew.
    """
    with acting(actor=actor, at=at) as act:
        report = act.lock(Report, report_id)
        link = current_link(act, report_id)
        case = act.lock(Case, link.case_id)
        facts = facts_of(case, actor=actor, at=at)
        add_follow_up(act, report, case, FollowUpKind.WITHDRAWAL, reason.strip())
        others = [x for x in act.fetch(ReportLink, case=case.id) if x.until is None and x.id != link.id]
        at_work = case.returned_at is not None and bool(open_tasks(act, case))
        is_hazard = case.same_day_due_at is not None
        if case.state in _WITHDRAWABLE and not others and not at_work and not is_hazard:
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
