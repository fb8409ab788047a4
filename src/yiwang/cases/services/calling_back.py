"""Calling back 回访: opened at closing, done by somebody else than the handler, tried again by a plan.

One voice: nobody is called whose source makes the final call, and nobody who left no contact. What the
reporter says is a `Rating` as through the link; not solved brings the case back (`closing.redo_if_unsolved`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound, invalid
from ...ledger.public import Act
from ..enums import (
    AttemptResult,
    CallbackCause,
    CallbackState,
    CallbackWay,
    CasePath,
    Ending,
    QuestionKind,
    RatingQuestion,
)
from ..loop_rules import callback_questions, callback_rule_for
from ..models import Callback, CallbackAttempt, Case, Rating, Report, Task
from ..permissions import require
from ..rules import is_sampled, is_somebody_else, who_tells
from ..states import CLOSED
from .moving import acting_on, facts_of, note
from .sampling import draw_of
from .telling import tell_by_message

CALL = "cases.rate"
_MISSED = (AttemptResult.NO_ANSWER.value, AttemptResult.BUSY.value, AttemptResult.WRONG.value)


@dataclass(frozen=True, slots=True)
class Said:
    """What a reporter said in a call 回访答复.

    Attributes:
        outcome, satisfaction: codes of the rating scale.
        answers: code of a yes-or-no question to `yes` or `no`.
        comment: their words.
    """

    outcome: str
    satisfaction: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""


def open_callbacks(act: Act, case: Case, *, ending: str) -> list[Callback]:
    """Open the call-backs of a case that is being closed, inside its act: all unsolved ones, and a share.

    The share is drawn by a key that nobody at work knows, anew in each round (`sampling`).
    """
    rule = callback_rule_for(case.matter_class, act.at)
    reports = Report.objects.filter(links__case=case, links__until=None).order_by("received_at", "id")
    opened = []
    for report in reports:
        cause = _cause(case, report, ending, rule.sample_percent)
        if not cause or not _is_ours(report):
            continue
        row = Callback(
            case_id=case.id, report_id=report.id, round=case.round, cause=cause, opened_at=act.at,
            next_at=act.at + timedelta(hours=rule.wait_hours), attempts_most=rule.attempts,
            retry_hours=rule.retry_hours,
        )  # fmt: skip
        opened.append(act.insert(row))
    return opened


def _cause(case: Case, report: Report, ending: str, share: int) -> str:
    if case.redo_count:
        return CallbackCause.REDONE
    if ending == Ending.ANSWERED and case.path == CasePath.LOOP:
        return CallbackCause.ANSWERED
    draw = draw_of(report.id, case.round, purpose="callback")
    return CallbackCause.SAMPLE if is_sampled(draw, share) else ""


def _is_ours(report: Report) -> bool:
    reachable = report.contact is not None
    teller = who_tells(
        "callback", voice=report.voice, rated_by_source=report.rated_by_source, is_reachable=reachable
    )
    return teller == "us"


def call_in_person(act: Act, case: Case, report_id: UUID) -> Callback | None:
    """Have a person call 人工回访 at once, when a case stays closed though its reporter demands it again.

    The report's call-back of this round waits anew, whatever became of it. None when its source makes the
    call.
    """
    report = act.fetch(Report, lock=False, id=report_id)[0]
    if who_tells("callback", voice=report.voice, rated_by_source=report.rated_by_source) == "source":
        return None
    rule = callback_rule_for(case.matter_class, act.at)
    found = [row for row in act.fetch(Callback, case=case.id, report=report_id) if row.round == case.round]
    if not found:
        row = Callback(
            case_id=case.id, report_id=report_id, round=case.round, cause=CallbackCause.DEMANDED,
            opened_at=act.at, next_at=act.at, attempts_most=rule.attempts, retry_hours=rule.retry_hours,
        )  # fmt: skip
        return act.insert(row)
    row = found[0]
    row.cause, row.state, row.next_at = CallbackCause.DEMANDED, CallbackState.WAITING, act.at
    row.attempts, row.by, row.ended_at = 0, None, None
    act.update(row, "cause", "state", "next_at", "attempts", "by", "ended_at")
    return row


def awaits_person(rows: Iterable[Callback], case: Case, report_id: UUID) -> bool:
    """Whether a person is about to call this reporter of a case, who demanded more than the rule allows."""
    return any(
        row.report_id == report_id and row.round == case.round and row.cause == CallbackCause.DEMANDED
        and row.state == CallbackState.WAITING
        for row in rows
    )  # fmt: skip


def try_callback(*, actor: Actor, at: datetime, callback_id: UUID, result: str, words: str = "") -> Callback:
    """Record a call that reached nobody 未接通: planned again by the rule, or 无效联系 when it was the last.

    Args:
        result: `no_answer`, `busy` or `wrong`; a wrong number ends it at once.

    Raises:
        Conflict: it does not wait any more, the actor handled the case, or called a moment ago.
    """
    if result not in _MISSED:
        raise invalid("result", result, f"只能是 {'、'.join(_MISSED)} 之一。")
    case_id = _case_of(callback_id)
    with acting_on(case_id, actor=actor, at=at) as (act, case):
        row = _waiting(act, case, callback_id)
        _refuse_too_soon(row, result, at)
        row.attempts += 1
        is_last = result == AttemptResult.WRONG or row.attempts >= row.attempts_most
        if is_last:
            row.state, row.ended_at, row.by = CallbackState.UNREACHED, at, actor.account_id
        else:
            row.next_at = at + timedelta(hours=row.retry_hours)
        act.update(row, "attempts", "state", "ended_at", "by", "next_at")
        _attempt(act, case, row, way=CallbackWay.PHONE, result=result, words=words)
    return row


def _refuse_too_soon(row: Callback, result: str, at: datetime) -> None:
    """Calls stand apart, or three clicks in a minute would make a reporter unreachable."""
    if row.attempts and at < row.next_at and result != AttemptResult.WRONG:
        when = timezone.localtime(row.next_at).strftime("%Y-%m-%d %H:%M")
        raise Conflict(
            f"刚联系过，请在 {when} 之后再次联系；接通的可随时登记。", code="cases.called_too_soon"
        )


def record_message(*, actor: Actor, at: datetime, callback_id: UUID, words: str) -> Callback:
    """Record the text of a message 短信文本 to the reporter; it goes out when a gateway of ours is on.

    It plans the next call a step later, so that the reporter has time to answer.

    Raises:
        Conflict: it does not wait any more, or a message of this try is on its way already.
    """
    words = words.strip()
    if not words:
        raise invalid("words", words, "请填写短信内容。")
    case_id = _case_of(callback_id)
    with acting_on(case_id, actor=actor, at=at) as (act, case):
        row = _waiting(act, case, callback_id)
        row.next_at = max(row.next_at, at + timedelta(hours=row.retry_hours))
        act.update(row, "next_at")
        is_sent = tell_by_message(act, case, row, words)
        result = AttemptResult.QUEUED if is_sent else AttemptResult.RECORDED
        _attempt(act, case, row, way=CallbackWay.MESSAGE, result=result, words=words)
    return row


def finish_callback(*, actor: Actor, at: datetime, callback_id: UUID, said: Said) -> Rating:
    """Record what the reporter said in the call 完成回访: the rating, and what follows from it.

    A person who calls a reporter that has rated this round already (人工回访) notes what was said; the rating
    stays, and the case closed until somebody who may reopens it.

    Raises:
        Conflict: it does not wait any more, the actor handled the case, or the report was rated already.
        Invalid: an answer that is not on the scale or in the script.
    """
    from .closing import check_option, rate_within

    case_id = _case_of(callback_id)
    with acting_on(case_id, actor=actor, at=at) as (act, case):
        row = _waiting(act, case, callback_id)
        row.answers = _checked(said.answers, at)
        row.attempts += 1
        act.update(row, "answers", "attempts")
        rated = _rated(row) if row.cause == CallbackCause.DEMANDED else None
        if rated is not None:
            check_option(RatingQuestion.OUTCOME, said.outcome, at)
            row.state, row.by, row.ended_at = CallbackState.DONE, actor.account_id, at
            act.update(row, "state", "by", "ended_at")
            words = said.comment
            _attempt(act, case, row, way=CallbackWay.PHONE, result=AttemptResult.REACHED, words=words)
            return rated
        _attempt(act, case, row, way=CallbackWay.PHONE, result=AttemptResult.REACHED)
        return rate_within(
            act, case, row.report_id, outcome=said.outcome, satisfaction=said.satisfaction,
            comment=said.comment, callback=row,
        )  # fmt: skip


def _rated(row: Callback) -> Rating | None:
    return Rating.objects.filter(report=row.report_id, case=row.case_id, round=row.round).first()


def end_by_rating(act: Act, case: Case, rating: Rating, callback: Callback | None) -> None:
    """End the call-back that a rating answers, whichever way it came 评价即回访, inside the act."""
    if callback is None:
        found = act.fetch(Callback, case=case.id)
        callback = next((c for c in found if (c.report_id, c.round) == (rating.report_id, case.round)), None)
        if callback is None or callback.state != CallbackState.WAITING:
            return
        way = CallbackWay.LINK if act.actor.account_id is None else CallbackWay.PHONE
        _attempt(act, case, callback, way=way, result=AttemptResult.REACHED)
    callback.state, callback.rating_id = CallbackState.DONE, rating.id
    callback.ended_at, callback.by = act.at, act.actor.account_id
    act.update(callback, "state", "rating", "ended_at", "by")


def _case_of(callback_id: UUID) -> UUID:
    found = Callback.objects.filter(pk=callback_id).values_list("case_id", flat=True).first()
    if found is None:
        raise NotFound("没有这条回访任务。", code="cases.no_callback")
    return found


def _waiting(act: Act, case: Case, callback_id: UUID) -> Callback:
    """The waiting call-back, locked, for somebody who may call and did not handle the case."""
    require(act.actor, CALL, case)
    problem = is_somebody_else(facts_of(case, actor=act.actor, at=act.at))
    if problem is not None or _has_handled(act, case):
        raise Conflict("处置人员本人不能回访，请由他人回访。", code="cases.own_callback")
    row = act.fetch(Callback, id=callback_id)[0]
    if row.state != CallbackState.WAITING or case.state != CLOSED:
        raise Conflict("这条回访已经结束，无需再联系。", code="cases.callback_ended")
    return row


def _has_handled(act: Act, case: Case) -> bool:
    """Whether the actor fed back in any round: the first handler does not ask about the second time."""
    who = act.actor.account_id
    return who is not None and any(task.handler == who for task in act.fetch(Task, lock=False, case=case.id))


def _checked(answers: Mapping[str, str], at: datetime) -> dict[str, str]:
    known = {row.code for row in callback_questions(at) if row.kind == QuestionKind.YES_NO}
    for code, answer in answers.items():
        if code not in known or answer not in {"yes", "no"}:
            raise invalid("answers", code, "请按回访问题逐项回答“是”或“否”。")
    return dict(answers)


def _attempt(act: Act, case: Case, row: Callback, *, way: str, result: str, words: str = "") -> None:
    body = {
        "state": case.state,
        "callback": row.id,
        "report": row.report_id,
        "way": way,
        "result": result,
        "attempt": row.attempts,
        "outcome": row.state,
    }
    seq = note(act, case, "cases.callback_tried", body, words)
    act.insert(
        CallbackAttempt(
            callback_id=row.id, way=way, result=result, seq=seq, by=act.actor.account_id, at=act.at
        )
    )
