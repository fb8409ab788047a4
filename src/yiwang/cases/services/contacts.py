"""Contacts 联系方式: masked by default; revealing asks for a purpose and is journaled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import Refused, invalid
from ...ledger.public import acting, blind_index, unseal
from ..enums import Privacy, RequestKind
from ..models import Case, Report
from ..permissions import require
from .moving import note
from .receiving import current_link


def masked_contact(report: Report) -> dict[str, str]:
    """Name and phone with their middles masked, such as `王*` and `138****0000`; empty when unknown."""
    if report.contact is None:
        return {}
    plain = _open(report)
    masked = {}
    if name := plain.get("name"):
        masked["name"] = name[0] + "*" * max(1, len(name) - 1)
    if phone := plain.get("phone"):
        masked["phone"] = phone[:3] + "****" + phone[-4:] if len(phone) >= 8 else "****"
    return masked


def _open(report: Report) -> Mapping[str, str]:
    return json.loads(unseal(bytes(report.contact or b""), context=report.id.bytes))


def reveal_contact(*, actor: Actor, at: datetime, report_id: UUID, purpose: str) -> Mapping[str, str]:
    """The reporter's contact in clear; the purpose is journaled in the case's stream.

    A 要求保密 or 举报 report never shows its reporter to somebody who reaches the case only through the
    handling unit (信访工作条例 §30; 济南市12345条例 §32).

    Raises:
        Invalid: no purpose. Refused: no permission, or the reporter is hidden from the unit.
    """
    if not purpose.strip():
        raise invalid("purpose", purpose, "请写明查看联系方式的用途。")
    with acting(actor=actor, at=at) as act:
        report = act.lock(Report, report_id)
        case = act.lock(Case, current_link(act, report_id).case_id)
        require(actor, "cases.reveal_contact", case)
        if is_hidden(report, case) and not actor.may("cases.reveal_contact", community=case.community):
            raise Refused("该诉求要求保密，承办单位不能查看诉求人信息。", code="cases.reporter_hidden")
        note(act, case, "cases.contact_revealed", {"state": case.state, "report": report.id}, purpose)
        return _open(report) if report.contact is not None else {}


def is_hidden(report: Report, case: Case) -> bool:
    """Whether the reporter is hidden from the handling unit: by the report's own wish, or the case's."""
    open_to_all = report.privacy == Privacy.OPEN and case.privacy == Privacy.OPEN
    return not open_to_all or report.kind == RequestKind.TIP_OFF


def earlier_reports(report: Report, *, limit: int = 20) -> list[Report]:
    """来电历史: earlier reports with the same phone, newest first, found by the blind index."""
    if report.contact_index is None:
        return []
    found = Report.objects.filter(contact_index=bytes(report.contact_index)).exclude(pk=report.pk)
    return list(found.order_by("-received_at")[:limit])


def reports_by_phone(phone: str, *, limit: int = 20) -> list[Report]:
    """Reports of one phone number, newest first, found without opening any contact."""
    index = blind_index(phone.strip(), purpose="reporter")
    return list(Report.objects.filter(contact_index=index).order_by("-received_at")[:limit])
