"""Ownership 权责归属: what a message says of things that its source owns, carried out by acts of their own.

The limit, the verdict on what we asked, the rating of the source's own call, and a withdrawal. What is
carried out here is not told again as a follow-up; what cannot be carried out stays a follow-up.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...cases.public import (
    Case,
    Rating,
    RatingQuestion,
    Report,
    ReportLink,
    rate_case,
    rating_options,
    withdraw_report,
)
from ...kernel.errors import Conflict
from ..queries.channels import LiveChannel
from ..queries.requests import open_request
from ..rules.applying import MappedReport, RowFailed
from ..rules.source_words import GRANTED, VERDICTS, is_late, is_new_verdict, rating_of
from .source_limits import limit_by_source
from .source_requests import SOURCE, settle_request

SOURCE_OWNS = "source"
#: No order that is open today has an earlier limit; sources write 1970 for none.
_FIRST_YEAR = 2000


def check_source_words(channel: LiveChannel, mapped: MappedReport, at: datetime) -> None:
    """Refuse words of the source that no table turns into ours.

    Raises:
        RowFailed: names the field, the word and what it may be.
    """
    owners = channel.definition.owners
    if mapped.due_at is not None and owners.limits == SOURCE_OWNS and mapped.due_at.year < _FIRST_YEAR:
        raise RowFailed("bad_time", "due_at", mapped.due_at, "来源时限的年份有误，请核对。")
    decides = SOURCE_OWNS in {owners.extension, owners.handing_back}
    if mapped.verdict and decides and mapped.verdict not in VERDICTS:
        remedy = f"请在映射的 table 中把来源的审批结果对照为 {'、'.join(VERDICTS)} 之一。"
        raise RowFailed("unknown_value", "verdict", mapped.verdict, remedy)
    if mapped.rating and owners.callback == SOURCE_OWNS and _codes(mapped.rating, at) is None:
        known = "、".join(
            option.code for question in RatingQuestion for option in rating_options(question, at)
        )
        remedy = f"请在映射的 table 中把来源的回访结果对照为评价选项，如“solved satisfied”。可用：{known}。"
        raise RowFailed("unknown_value", "rating", mapped.rating, remedy)


def _codes(words: str, at: datetime) -> tuple[str, str] | None:
    outcomes = [option.code for option in rating_options(RatingQuestion.OUTCOME, at)]
    return rating_of(words, outcomes, [o.code for o in rating_options(RatingQuestion.SATISFACTION, at)])


def rating_words(words: str, at: datetime) -> str:
    """A rating's codes in the words of our scale; the text itself when it is none."""
    labels = {
        option.code: option.label for question in RatingQuestion for option in rating_options(question, at)
    }
    found = _codes(words, at)
    return "、".join(labels[code] for code in found if code) if found else words


def take_over(
    channel: LiveChannel, report_id: UUID, before: MappedReport, now: MappedReport, *, at: datetime
) -> frozenset[str]:
    """Carry out what the source owns 来源权责入案; the names of the fields that are done with.

    A message that is older than what is known changes nothing here.
    """
    if is_late(before, now):
        return frozenset()
    done = _verdict(report_id, before, now, at)
    if "due_at" not in done:
        done |= _limit(channel, report_id, now, at)
    done |= _rating(channel, report_id, now, at)
    return frozenset(done | _withdrawal(report_id, before, now, at))


def _verdict(report_id: UUID, before: MappedReport, now: MappedReport, at: datetime) -> set[str]:
    if not is_new_verdict(before, now):
        return set()
    request = open_request(report_id)
    if request is None:
        return set()
    known = Report.objects.values_list("source_due_at", flat=True).get(pk=report_id)
    due = now.due_at if now.due_at != known else None
    settle_request(actor=SOURCE, at=at, request_id=request.id, verdict=now.verdict, due_at=due)
    is_extended = request.kind == "extension" and now.verdict == GRANTED
    return {"verdict", "due_at"} if is_extended else {"verdict"}


def _limit(channel: LiveChannel, report_id: UUID, now: MappedReport, at: datetime) -> set[str]:
    if channel.definition.owners.limits != SOURCE_OWNS or now.due_at is None:
        return set()
    known = Report.objects.values_list("source_due_at", flat=True).get(pk=report_id)
    if now.due_at == known:
        return set()
    limit_by_source(channel, report_id, now.due_at, actor=SOURCE, at=at)
    return {"due_at"}


def _rating(channel: LiveChannel, report_id: UUID, now: MappedReport, at: datetime) -> set[str]:
    if channel.definition.owners.callback != SOURCE_OWNS or not now.rating:
        return set()
    return {"rating", "rating_comment"} if rate_by_source(report_id, now, at) else set()


def rate_by_source(report_id: UUID, now: MappedReport, at: datetime) -> bool:
    """Rate a closed case by what its source found 来源评价入案; False when it is not closed or is rated."""
    case = _case_of(report_id)
    codes = _codes(now.rating, at)
    if codes is None or case.state != "closed":
        return False
    if Rating.objects.filter(report=report_id, case=case, round=case.round).exists():
        return False
    try:
        rate_case(
            actor=SOURCE, at=at, case_id=case.id, report_id=report_id, outcome=codes[0],
            satisfaction=codes[1], comment=now.rating_comment, by_source=True,
        )  # fmt: skip
    except Conflict:
        return False
    return True


def _withdrawal(report_id: UUID, before: MappedReport, now: MappedReport, at: datetime) -> set[str]:
    if now.state != "withdrawn" or before.state == "withdrawn":
        return set()
    withdraw_report(actor=SOURCE, at=at, report_id=report_id, reason=_withdrawn_words(report_id))
    return {"state"}


def _withdrawn_words(report_id: UUID) -> str:
    case = _case_of(report_id)
    ends = case.state in {"received", "verifying", "registering", "dispatching"} and case.report_count == 1
    return "来源撤回工单。" if ends else "来源撤回工单；本案已在办理或另有诉求，继续办理。"


def _case_of(report_id: UUID) -> Case:
    return ReportLink.objects.select_related("case").get(report=report_id, until=None).case
