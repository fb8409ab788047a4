"""Acts on public answers 公开答复: publish, change, withdraw; each dated and journaled."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.canonical import commitment, new_salt
from ...kernel.errors import Conflict, FieldProblem, Invalid, NotFound, Refused
from ...ledger.public import Act, acting
from ..models import HotIssue, PublicAnswer

#: The act to write a public answer.
PUBLISH = "triage.publish_answer"
MOST_TITLE, MOST_TEXT = 80, 4000


def publish_answer(
    *, actor: Actor, at: datetime, title: str, text: str, issue_id: UUID | None = None
) -> PublicAnswer:
    """Publish an answer (公布答复) to what many ask, of an issue or by itself.

    Raises:
        Refused; NotFound: no such issue. Invalid: title or text empty or too long.
    """
    title, text = _checked(actor, title, text)
    if issue_id is not None and not HotIssue.objects.filter(pk=issue_id).exists():
        raise NotFound("没有这个热点问题。", code="triage.no_such_issue")
    with acting(actor=actor, at=at) as act:
        answer = act.insert(
            PublicAnswer(issue=issue_id, title=title, text=text, published_at=at, changed_at=at)
        )
        _record(act, answer, "triage.answer_published")
    return answer


def change_answer(
    *, actor: Actor, at: datetime, answer_id: UUID, title: str, text: str, expected: int | None = None
) -> PublicAnswer:
    """Change a public answer (更新答复); the day of the change is shown with it.

    Raises:
        Refused, NotFound, StaleVersion, Invalid; Conflict: it was withdrawn.
    """
    title, text = _checked(actor, title, text)
    with acting(actor=actor, at=at) as act:
        answer = _standing(act, answer_id, expected)
        answer.title, answer.text, answer.salt, answer.changed_at = title, text, new_salt(), at
        act.update(answer, "title", "text", "salt", "changed_at")
        _record(act, answer, "triage.answer_changed")
    return answer


def withdraw_answer(
    *, actor: Actor, at: datetime, answer_id: UUID, expected: int | None = None
) -> PublicAnswer:
    """Withdraw a public answer (撤下答复): it is shown no more, and stays in the records.

    Raises:
        Refused, NotFound, StaleVersion; Conflict: it was withdrawn before.
    """
    _demand(actor)
    with acting(actor=actor, at=at) as act:
        answer = _standing(act, answer_id, expected)
        answer.withdrawn_at = at
        act.update(answer, "withdrawn_at")
        act.record(answer, "triage.answer_withdrawn", {"issue": answer.issue})
    return answer


def _standing(act: Act, answer_id: UUID, expected: int | None) -> PublicAnswer:
    answer = act.lock(PublicAnswer, answer_id, expected=expected)
    if answer.withdrawn_at is not None:
        raise Conflict("这条公开答复已经撤下。", code="triage.answer_withdrawn")
    return answer


def _record(act: Act, answer: PublicAnswer, kind: str) -> None:
    salt = bytes(answer.salt)
    body = {
        "issue": answer.issue,
        "title": commitment(answer.title, salt),
        "text": commitment(answer.text, salt),
    }
    act.record(answer, kind, body)


def _demand(actor: Actor) -> None:
    if not actor.may_anywhere(PUBLISH):
        raise Refused("您没有公布公开答复的权限。", code="triage.publish_refused", act=PUBLISH)


def _checked(actor: Actor, title: str, text: str) -> tuple[str, str]:
    _demand(actor)
    title, text = " ".join(title.split()), text.strip()
    problems = [
        FieldProblem(name, value, f"请填写，不超过 {most} 字。")
        for name, value, most in (("title", title, MOST_TITLE), ("text", text, MOST_TEXT))
        if not 0 < len(value) <= most
    ]
    if problems:
        raise Invalid("请填写标题和答复内容。", problems)
    return title, text
