"""Erasing 删除个人信息: what a person said and who they are, gone from rows and index; the act is journaled.

The journal keeps only a salted commitment; once the salt is gone with the text, it says nothing.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Refused, invalid
from ...kernel.search_text import index_grams, normalise
from ...ledger.public import Act, acting
from ..models import Case, CaseSearch, FollowUp, Rating, Report
from .moving import note
from .receiving import current_link

ERASED = "（内容已依法删除）"


def erase_report(*, actor: Actor, at: datetime, report_id: UUID, basis: str) -> Report:
    """Erase a report's text, contact, follow-ups and comments 依法删除 (PIPL §47); returns the emptied row.

    The case, its number, place, class and history stay. Its title, which quotes the text, is replaced, and
    it is found by its number and address only. A report merged with others takes its words out of the
    search row by rebuilding it from those that remain.

    Raises:
        Invalid: no legal basis given.
        Refused: the actor may not erase there.
    """
    if not basis.strip():
        raise invalid("basis", basis, "请写明删除的依据。")
    with acting(actor=actor, at=at) as act:
        report = act.lock(Report, report_id)
        case = act.lock(Case, current_link(act, report_id).case_id)
        if not actor.may("cases.erase", community=case.community):
            raise Refused("您没有删除个人信息的权限。", code="cases.refused", act="cases.erase")
        _blank(act, report, at)
        case.title = ERASED
        act.update(case, "title")
        _reindex(act, case, report)
        act.record(report, "cases.report_erased", {"case": case.id})
        note(act, case, "cases.report_erased", {"state": case.state, "report": report.id}, basis)
    return report


def _blank(act: Act, report: Report, at: datetime) -> None:
    report.text, report.salt, report.address = "", b"", ""
    report.contact, report.contact_index, report.erased_at = None, None, at
    act.update(report, "text", "salt", "address", "contact", "contact_index", "erased_at")
    for follow_up in act.fetch(FollowUp, report=report.id):
        follow_up.text, follow_up.salt = "", b""
        act.update(follow_up, "text", "salt")
    for rating in act.fetch(Rating, report=report.id):
        rating.comment, rating.salt = "", b""
        act.update(rating, "comment", "salt")


def _reindex(act: Act, case: Case, report: Report) -> None:
    others = Report.objects.filter(links__case=case, links__until=None).exclude(pk=report.pk)
    texts = " ".join(others.values_list("text", flat=True))
    body = normalise(f"{case.number} {texts}")
    for row in act.fetch(CaseSearch, case=case.id):
        row.body = body
        row.grams = index_grams(body, (case.district, case.street, case.community))
        act.update(row, "body", "grams")
