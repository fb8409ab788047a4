"""Erasing 删除个人信息: asked for by one person, executed by another; the journal of it stays.

The journal keeps only a salted commitment; once the salt is gone with the text, it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, NotFound, Refused, invalid
from ...kernel.states import Transition, transition
from ...ledger.public import Act, acting
from ...notify.public import forget_report
from ..events import ReportErased
from ..models import (
    Case,
    ContactAttempt,
    Correction,
    ErasureRequest,
    FollowUp,
    Rating,
    Remark,
    Report,
    ReportLink,
)
from ..permissions import require
from ..rules import WishFacts
from ..states import ASKED, ERASURE
from .moving import note
from .receiving import current_link
from .searching import rebuild

ERASED = "（内容已依法删除）"
ERASE = "cases.erase"


def request_erasure(*, actor: Actor, at: datetime, report_id: UUID, basis: str) -> ErasureRequest:
    """Ask for a report to be erased 申请删除 (PIPL §47), with the legal basis.

    Staff ask for somebody, or the reporter himself through his tracking link (`RESIDENT`).

    Raises:
        Refused: the actor may not ask there.
        Invalid: no basis. Conflict: it is erased, or a request waits already.
    """
    if not basis.strip():
        raise invalid("basis", basis, "请写明删除的依据。")
    with acting(actor=actor, at=at) as act:
        report = act.lock(Report, report_id)
        case = act.lock(Case, current_link(act, report_id).case_id)
        require(actor, "cases.request_erasure", case)
        if report.erased_at is not None:
            raise Conflict("该诉求的内容已经删除。", code="cases.erased_already")
        if act.fetch(ErasureRequest, report=report.id, state=ASKED):
            raise Conflict("该诉求已有待执行的删除申请。", code="cases.erasure_waits")
        body = {"state": case.state, "report": report.id}
        seq = note(act, case, "cases.erasure_requested", body, basis)
        return act.insert(
            ErasureRequest(
                report_id=report.id, case_id=case.id, asked_by=actor.account_id, asked_post=actor.post_id,
                asked_at=at, asked_seq=seq,
            )
        )  # fmt: skip


def execute_erasure(*, actor: Actor, at: datetime, erasure_id: UUID) -> Report:
    """Erase the report's text, contact, follow-ups and comments 执行删除; returns the emptied row.

    The case, its number, place, class and history stay. Its title, which quotes the text, is replaced, and
    it is found by its number, address and other reports only. Texts of corrections of the case go too, and
    with the last report that still said something the remarks of staff, but for the grounds of erasures.

    Raises:
        Refused: the actor may not erase there. Conflict: decided already, or by whoever asked.
    """
    with _deciding(erasure_id, "execute", actor=actor, at=at) as (act, report, case, wish, _row):
        _blank(act, report, at)
        case.title = ERASED
        act.update(case, "title")
        for correction in act.fetch(Correction, case=case.id):
            correction.before, correction.after = _forgotten(correction.before), _forgotten(correction.after)
            correction.salt = b""
            act.update(correction, "before", "after", "salt")
        remarks = 0 if _still_speaks(case, report) else _blank_remarks(act, case)
        rebuild(act, case, without=report.id)
        act.record(report, "cases.report_erased", {"case": case.id, "request": wish.id})
        body = {"state": case.state, "report": report.id, "request": wish.id, "remarks": remarks}
        wish.decided_seq = note(act, case, "cases.report_erased", body)
        act.announce(ReportErased(case_id=case.id, at=at, report_id=report.id))
    return report


def refuse_erasure(*, actor: Actor, at: datetime, erasure_id: UUID, reason: str) -> ErasureRequest:
    """Refuse to erase 不予删除, with a reason (such as a duty to keep that has not ended).

    Raises:
        Refused, Conflict: as `execute_erasure`. Invalid: no reason.
    """
    if not reason.strip():
        raise invalid("reason", reason, "请填写理由。")
    with _deciding(erasure_id, "refuse", actor=actor, at=at) as (act, report, case, wish, _row):
        body = {"state": case.state, "report": report.id, "request": wish.id}
        wish.decided_seq = note(act, case, "cases.erasure_refused", body, reason)
    return wish


@contextmanager
def _deciding(
    erasure_id: UUID, action: str, *, actor: Actor, at: datetime
) -> Iterator[tuple[Act, Report, Case, ErasureRequest, Transition]]:
    """Lock report, case and request, ask permission and table, and write the decision when all went well."""
    found = ErasureRequest.objects.filter(pk=erasure_id).first()
    if found is None:
        raise NotFound("没有这份删除申请。")
    with acting(actor=actor, at=at) as act:
        report = act.lock(Report, found.report_id)
        case = act.lock(Case, current_link(act, report.id).case_id)
        if not actor.may(ERASE, community=case.community):
            raise Refused("您没有删除个人信息的权限。", code="cases.refused", act=ERASE)
        (wish,) = act.fetch(ErasureRequest, id=erasure_id)
        row = transition(ERASURE, wish.state, action, WishFacts(actor.account_id, wish.asked_by))
        yield act, report, case, wish, row
        assert row.target is not None
        wish.state, wish.decided_by, wish.decided_at = row.target, actor.account_id, at
        act.update(wish, "state", "decided_by", "decided_at", "decided_seq")


def _forgotten(texts: dict[str, str | None]) -> dict[str, str | None]:
    return {name: ERASED if name in {"title", "address"} else value for name, value in texts.items()}


def _still_speaks(case: Case, report: Report) -> bool:
    """Whether another report of the case is not erased."""
    others = ReportLink.objects.filter(case=case.id, until=None, report__erased_at=None)
    return others.exclude(report=report.id).exists()


def _blank_remarks(act: Act, case: Case) -> int:
    """Blank what staff wrote about the case and those merged into it, and the salts; how many texts went.

    The grounds that staff gave for erasing or for refusing to are kept: they prove that it was lawful. What a
    reporter wrote in asking is his own words and goes.
    """
    wishes = ErasureRequest.objects.filter(case=case.id)
    kept: set[int | None] = {wish.asked_seq for wish in wishes if wish.asked_by is not None}
    kept |= {wish.decided_seq for wish in wishes}
    gone = [row for row in act.fetch(Remark, case=case.id) if row.text and row.seq not in kept]
    for absorbed in _absorbed(case.id):
        gone += [row for row in act.fetch(Remark, case=absorbed) if row.text]
    for remark in gone:
        remark.text, remark.salt = "", b""
        act.update(remark, "text", "salt")
    return len(gone)


def _absorbed(case_id: UUID) -> list[UUID]:
    """The cases that were merged into a case, directly or through another."""
    found: list[UUID] = []
    level = [case_id]
    while level:
        level = list(Case.objects.filter(merged_into__in=level).values_list("id", flat=True))
        found += level
    return found


def _blank(act: Act, report: Report, at: datetime) -> None:
    report.text, report.salt, report.address = "", b"", ""
    forget_report(act, report.id)
    report.contact, report.contact_index, report.erased_at = None, None, at
    act.update(report, "text", "salt", "address", "contact", "contact_index", "erased_at")
    for follow_up in act.fetch(FollowUp, report=report.id):
        follow_up.text, follow_up.salt = "", b""
        act.update(follow_up, "text", "salt")
    for rating in act.fetch(Rating, report=report.id):
        rating.comment, rating.salt = "", b""
        act.update(rating, "comment", "salt")
    for attempt in act.fetch(ContactAttempt, report=report.id):
        attempt.note, attempt.salt = "", b""
        act.update(attempt, "note", "salt")
