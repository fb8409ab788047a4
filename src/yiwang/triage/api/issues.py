"""API of hot issues and of the answer check 热点与答复接口; nothing that is sent is kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from ...cases.public import case_for
from ...interface.public import ProblemOut, actor_of
from ...kernel.actor import Actor
from ...kernel.errors import Refused
from ..queries.answers import first_report, replies_of
from ..rules.answers.checking import AnswerWarning, EarlierReply
from ..rules.issues.finding import find_issues
from ..rules.issues.messages import Message, instant_of
from ..rules.issues.plain import plain_issue
from ..services.answers import check_answer

router = Router(tags=["triage"])
PROBLEMS = dict.fromkeys((401, 403, 404, 422), ProblemOut)
#: Most messages in one call, and earlier replies.
MOST_MESSAGES, MOST_EARLIER = 5000, 500


class MessageIn(Schema):
    """One message; the time in any usual spelling, or empty."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=120)
    time: str = Field("", max_length=60)
    reporter: str = Field("", max_length=120)
    title: str = Field("", max_length=400)
    text: str = Field("", max_length=8000)
    likes: int = Field(0, ge=0, le=10**9)


class MessagesIn(Schema):
    """Messages to be grouped."""

    model_config = ConfigDict(extra="forbid")

    messages: list[MessageIn] = Field(min_length=1, max_length=MOST_MESSAGES)
    top: int = Field(10, ge=1, le=200)


class IssuesOut(Schema):
    """Issues, hottest first; as `yiwang evaluate hot --json` prints them."""

    issues: list[dict[str, Any]]


class AnswerIn(Schema):
    """A report and the reply to it."""

    model_config = ConfigDict(extra="forbid")

    report: str = Field("", max_length=8000)
    reply: str = Field(max_length=8000)
    address: str = Field("", max_length=300)
    earlier: list[str] = Field(default_factory=list, max_length=MOST_EARLIER)


class WarningOut(Schema):
    """One thing that strikes the eye."""

    code: str
    words: str
    passage: str
    other: str
    score: float


class WarningsOut(Schema):
    """Warnings, the weightiest first; none is a judgement."""

    warnings: list[WarningOut]


class ReplyOut(Schema):
    """A unit's reply of the current round with its warnings."""

    unit: str
    warnings: list[WarningOut]


class RepliesOut(Schema):
    """Replies of a case's current round."""

    replies: list[ReplyOut]


def _demand(request: HttpRequest, act: str) -> Actor:
    found = actor_of(request)
    if found is None:
        raise Refused("请先登录，或在请求头中提供有效的令牌。", code="refused")
    if not found.may_anywhere(act):
        raise Refused("您没有使用该接口的权限。", code="triage.refused", act=act)
    return found


@router.post("/triage/hot", response={200: IssuesOut, **PROBLEMS}, summary="Group messages into hot issues")
def hot(request: HttpRequest, given: MessagesIn) -> IssuesOut:
    """Group messages by place and matter, name and rank them; 5,000 take some seconds."""
    _demand(request, "cases.view")
    messages = [
        Message(m.id, instant_of(m.time), m.reporter, m.title, m.text, m.likes) for m in given.messages
    ]
    issues = find_issues(messages, top=given.top)
    return IssuesOut(issues=[plain_issue(issue, rank) for rank, issue in enumerate(issues, start=1)])


@router.post("/triage/answers/check", response={200: WarningsOut, **PROBLEMS}, summary="Check a reply")
def check(request: HttpRequest, given: AnswerIn) -> WarningsOut:
    """What strikes the eye in a reply, with reasons and passages."""
    _demand(request, "cases.view")
    earlier = [EarlierReply(f"第 {n} 条", text) for n, text in enumerate(given.earlier, start=1)]
    found = check_answer(report=given.report, reply=given.reply, address=given.address, earlier=earlier)
    return WarningsOut(warnings=[_out(one) for one in found])


@router.get(
    "/cases/{case_id}/answers/check",
    response={200: RepliesOut, **PROBLEMS},
    summary="Check the replies of a case",
)
def check_case(request: HttpRequest, case_id: UUID) -> RepliesOut:
    """The replies of the current round, each against its report and the unit's earlier replies."""
    case = case_for(_demand(request, "cases.review"), case_id)
    report = first_report(case)
    text = report.text if report else ""
    return RepliesOut(
        replies=[
            ReplyOut(
                unit=reply.unit,
                warnings=[
                    _out(one)
                    for one in check_answer(
                        report=text, reply=reply.text, address=case.address, earlier=reply.earlier
                    )
                ],
            )
            for reply in replies_of(case)
        ]
    )


def _out(one: AnswerWarning) -> WarningOut:
    return WarningOut(code=one.code, words=one.words, passage=one.passage, other=one.other, score=one.score)
