"""Queueing 排队: a message is written down in the act that gives rise to it, once an occurrence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from ...ledger.public import Act, seal
from ..enums import MessageReason, MessageState
from ..models import Message
from ..queries import gateway_on, template_for
from ..rules import fill, mobile_of


@dataclass(frozen=True, slots=True)
class Telling:
    """What a reporter is to be told 告知事项.

    Attributes:
        report_id, number: of the report.
        notice: one of `Notice`.
        occurrence: which of several of one notice, such as the round; the same one is told once.
        phone: as the reporter gave it.
        facts: texts by placeholder: `number`, `title`, `unit`, `limit`.
        path: of the tracking page, such as `/t/…/`; the gateway says what stands before it.
        words: the text of a message that a person wrote; empty for the template in force.
        is_urgent: whether quiet hours do not hold it up.
    """

    report_id: UUID
    number: str
    notice: str
    phone: str
    path: str
    occurrence: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    is_urgent: bool = False


def queue_message(act: Act, telling: Telling) -> Message | None:
    """Queue a message 短信排队 inside an open act; None when there is nothing to send.

    Nothing is queued without a gateway that is on, without a template that is sent, and when this occurrence
    was queued before. A number that is no mobile is written down as skipped, so that it is seen.
    """
    gateway = gateway_on(act.at)
    if gateway is None:
        return None
    words = _words(act, telling, gateway.link_base)
    known = act.fetch(Message, report=telling.report_id, notice=telling.notice, occurrence=telling.occurrence)
    if not words or known:
        return None
    phone = mobile_of(telling.phone)
    row = Message(
        report=telling.report_id, number=telling.number, notice=telling.notice,
        occurrence=telling.occurrence, is_urgent=telling.is_urgent, next_at=act.at, created_at=act.at,
    )  # fmt: skip
    if phone:
        row.sealed = sealed_text(row, phone, words)
    else:
        row.state, row.reason = MessageState.SKIPPED, MessageReason.NO_MOBILE
    act.insert(row)
    body = {"report": telling.report_id, "notice": telling.notice, "occurrence": telling.occurrence}
    act.record(row, "notify.queued" if phone else "notify.skipped", body)
    return row


def sealed_text(row: Message, phone: str, words: str) -> bytes:
    """Number and text of a message, sealed for it."""
    return seal(json.dumps({"phone": phone, "text": words}, ensure_ascii=False), context=row.id.bytes)


def _words(act: Act, telling: Telling, link_base: str) -> str:
    link = link_base.rstrip("/") + telling.path
    if telling.words:
        return f"{telling.words} {link}"
    template = template_for(telling.notice, act.at)
    return "" if template is None else fill(template.text, {**telling.facts, "link": link})


def forget_report(act: Act, report_id: UUID) -> int:
    """Erase number and text of a report's messages inside the act that erases it 清除短信内容; how many.

    What waits is not sent any more; what is on its way this moment cannot be called back.
    """
    rows = act.fetch(Message, report=report_id)
    for row in rows:
        row.sealed, row.answer = None, ""
        if row.state not in {MessageState.SENT, MessageState.SENDING}:
            row.state, row.reason = MessageState.SKIPPED, MessageReason.ERASED
        act.update(row, "sealed", "answer", "state", "reason")
        act.record(row, "notify.erased", {"report": report_id})
    return len(rows)
