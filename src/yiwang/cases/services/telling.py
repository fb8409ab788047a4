"""Telling reporters 告知诉求人: short messages by our gateway, where the voice is ours.

One voice: nothing for a report whose source contacts its reporter. Each reporter of a case hears once of one
occurrence. A confidential or sensitive case is told of without a title.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.working_time import SHANGHAI
from ...ledger.public import Act, acting, unseal
from ...notify.public import Notice, Telling, gateway_on, queue_message, title_words, told_already
from ...orgs.public import unit_index
from ..enums import FollowUpKind, Privacy, Urgency
from ..models import Callback, Case, FollowUp, Report
from ..queries import reports_of
from ..rules import who_tells
from ..tracking import tracking_path
from .contacts import is_hidden

#: Notice → what kind of telling it is for the rule of one voice.
_EVENT_OF = {
    Notice.ACCEPTED: "progress", Notice.REDO: "progress", Notice.REJECTED: "answer",
    Notice.ANSWERED: "answer", Notice.CLOSED: "answer", Notice.CALLBACK: "callback",
}  # fmt: skip


def tell_reporters(*, actor: Actor, at: datetime, case_id: UUID, notice: str, occurrence: str = "") -> int:
    """Queue a message to each reporter of a case who is ours to tell; how many were queued.

    Args:
        notice: one of `Notice`.
        occurrence: which of several, such as the round; the same one is told once.
    """
    if gateway_on(at) is None:
        return 0
    case = Case.objects.filter(pk=case_id).first()
    if case is None:
        return 0
    told = 0
    with acting(actor=actor, at=at) as act:
        for report in reports_of(case):
            if _is_ours(report, notice):
                telling = _telling(report, case, notice, occurrence)
                told += queue_message(act, telling) is not None
    return told


def tell_by_message(act: Act, case: Case, callback: Callback, words: str) -> bool:
    """Queue the message of a call-back inside its act; False when no gateway is on or no mobile is known.

    Raises:
        Conflict: this call has its message already.
    """
    report = act.fetch(Report, lock=False, id=callback.report_id)[0]
    if gateway_on(act.at) is None or not _is_ours(report, Notice.CALLBACK):
        return False
    occurrence = f"{callback.id}:{callback.attempts}"
    queued = queue_message(act, _telling(report, case, Notice.CALLBACK, occurrence, words=words))
    if queued is None:
        raise told_already()
    return queued.sealed is not None


def sends_messages(at: datetime) -> bool:
    """Whether a gateway is on, so that what is recorded as a message goes out."""
    return gateway_on(at) is not None


def _is_ours(report: Report, notice: str) -> bool:
    """Whether we tell this reporter: the voice is ours, reachable, neither erased nor withdrawn."""
    if report.contact is None or report.erased_at is not None or report.privacy == Privacy.ANONYMOUS:
        return False
    voice = who_tells(_EVENT_OF[Notice(notice)], voice=report.voice, rated_by_source=report.rated_by_source)
    if voice != "us" or not _phone(report):
        return False
    return not FollowUp.objects.filter(report=report, kind=FollowUpKind.WITHDRAWAL).exists()


def _phone(report: Report) -> str:
    contact: Mapping[str, str] = json.loads(unseal(bytes(report.contact or b""), context=report.id.bytes))
    return contact.get("phone", "")


def _telling(report: Report, case: Case, notice: str, occurrence: str, *, words: str = "") -> Telling:
    is_secret = case.is_sensitive or is_hidden(report, case)
    title = " ".join(report.text.split())  # his own words: the case's title may be another reporter's
    unit = unit_index().by_id.get(case.host) if case.host else None
    due = case.due_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") if case.due_at else ""
    return Telling(
        report_id=report.id, number=report.number, notice=notice, occurrence=occurrence,
        phone=_phone(report), path=tracking_path(report), words=words,
        is_urgent=case.urgency == Urgency.URGENT,
        facts={
            "number": report.number, "title": title_words(title, is_secret=is_secret),
            "unit": unit.name if unit else "承办单位", "limit": due,
        },
    )  # fmt: skip
