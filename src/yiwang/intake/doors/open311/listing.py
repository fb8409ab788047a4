"""Listing 查询: requests of a channel as GeoReport shows them, by what the asker may know.

With a key the channel's own reports are shown; without one, of a public channel, only open ones of cases
that are not sensitive: no contact, no street address, coordinates to about 100 m, and texts only when the
channel says so. Of a report that asks for confidence, is anonymous or a tip-off (要求保密、匿名、举报) even
the channel's key sees nothing but its state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from ....cases.public import (
    CASE,
    CASE_STATES,
    OPEN_STATES,
    Case,
    Privacy,
    Report,
    ReportLink,
    RequestKind,
    is_hidden,
)
from ....catalog.public import catalog_index
from ....ledger.public import JournalEntry
from ....orgs.public import area_index, post_label, unit_index
from ...models import RawMessage, ServiceRequest
from ...rules.open311.filters import MOST, STATUSES, RequestFilter
from ...rules.open311.submission import MAX_DESCRIPTION
from ...rules.open311.w3c import w3c
from .asking import Asker, refuse

_DIGITS = re.compile(r"\d{7,}")
_ACTS = tuple(f"cases.{action}" for action in CASE.actions())
_ENDED = ("closed", "archived")
#: Service requests with the key of their report in the annotation `report`.
_Rows = Any


@dataclass(frozen=True, slots=True)
class Line:
    """A request with its report, its case now, and the last act on the case."""

    request: ServiceRequest
    report: Report
    case: Case
    touched_at: datetime
    post: UUID | None


def check_may_list(asker: Asker) -> None:
    """Refuse whoever shows no key to a channel that is not public.

    Raises:
        Unanswerable: 403.
    """
    if asker.sees_public_only and not asker.settings.public:
        raise refuse(403, _("查询诉求需要 api_key。"))


def requests_of(asker: Asker, wanted: RequestFilter) -> list[dict[str, Any]]:
    """The documents of the requests that a filter asks for, newest first."""
    rows = _visible(asker)
    if wanted.ids is not None:
        reports = Report.objects.filter(number__in=wanted.ids, channel=asker.channel.code)
        rows = rows.filter(report__in=list(reports.values_list("id", flat=True)))
        found = list(rows.order_by("-received_at", "-id")[:MOST])
    else:
        rows = _matching(rows, wanted).order_by("-received_at", "-id")
        found = list(rows[wanted.offset : wanted.offset + wanted.size])
    return [_document(asker, line) for line in _lines(found)]


def _visible(asker: Asker) -> _Rows:
    """The channel's requests that have become a report, as far as the asker may know of them."""
    message = RawMessage.objects.filter(pk=OuterRef("message"))
    rows = (
        ServiceRequest.objects.filter(channel=asker.channel.code)
        .annotate(report=Subquery(message.values("report")[:1]))
        .filter(report__isnull=False)
    )
    if asker.sees_public_only:
        known = Report.objects.filter(pk=OuterRef("report"), privacy=Privacy.OPEN, erased_at=None)
        rows = rows.filter(
            Exists(known.exclude(kind=RequestKind.TIP_OFF)),
            Exists(_link().filter(case__is_sensitive=False, case__privacy=Privacy.OPEN)),
        )
    return rows


def _link() -> QuerySet[ReportLink]:
    return ReportLink.objects.filter(report=OuterRef("report"), until=None)


def _matching(rows: _Rows, wanted: RequestFilter) -> _Rows:
    rows = rows.filter(received_at__gte=wanted.start, received_at__lt=wanted.end)
    if wanted.codes:
        rows = rows.filter(service_code__in=wanted.codes)
    if wanted.statuses != frozenset(STATUSES):
        is_open = Exists(_link().filter(case__state__in=OPEN_STATES))
        rows = rows.filter(is_open if "open" in wanted.statuses else ~is_open)
    if wanted.updated_after or wanted.updated_before:
        last = JournalEntry.objects.filter(stream=OuterRef("case"), kind__in=_SHOWN).order_by("-seq")
        rows = rows.annotate(case=Subquery(_link().values("case")[:1])).annotate(
            touched=Subquery(last.values("at")[:1])
        )
        if wanted.updated_after:
            rows = rows.filter(touched__gte=wanted.updated_after)
        if wanted.updated_before:
            rows = rows.filter(touched__lt=wanted.updated_before)
    return rows


#: Entries that move `updated_datetime`: what somebody outside may notice.
_SHOWN = (*_ACTS, "cases.received", "cases.signed", "cases.task_done")


def _lines(found: Sequence[Any]) -> list[Line]:
    """The requests with their reports, cases and last acts: four queries, however many."""
    keys: list[UUID] = [row.report for row in found]
    reports = Report.objects.in_bulk(keys)
    links = ReportLink.objects.filter(report__in=keys, until=None).select_related("case")
    cases: dict[UUID, Case] = {link.report_id: link.case for link in links}
    entries = JournalEntry.objects.filter(stream__in=[c.id for c in cases.values()], kind__in=_SHOWN)
    last = {e.stream: e for e in entries.order_by("stream", "-seq").distinct("stream")}
    lines = []
    for row, key in zip(found, keys, strict=True):
        case = cases[key]
        entry = last.get(case.id)
        at = (
            case.closed_at
            if case.state in _ENDED and case.closed_at
            else entry.at
            if entry
            else case.created_at
        )
        lines.append(Line(row, reports[key], case, at, entry.post if entry else None))
    return lines


def _document(asker: Asker, line: Line) -> dict[str, Any]:
    report, case = line.report, line.case
    is_open = case.state in OPEN_STATES
    return {
        "service_request_id": report.number,
        "status": "open" if is_open else "closed",
        "status_notes": _notes(line),
        "service_name": _service_name(asker, line.request.service_code),
        "service_code": line.request.service_code,
        **_details(asker, line),
        "agency_responsible": unit_index().name(case.host) or None,
        "service_notice": asker.settings.notice or None,
        "requested_datetime": w3c(report.received_at),
        "updated_datetime": w3c(line.touched_at),
        "expected_datetime": w3c(case.due_at) if case.due_at else None,
        "zipcode": None,
        "media_url": None,
    }


def _notes(line: Line) -> str:
    """The state in our words with the unit or post that acted last; never a person's name."""
    label = CASE_STATES[line.case.state]
    ending = str(line.case.get_ending_display()) if line.case.ending else ""
    by = post_label(line.post)
    return f"{label}{f'：{ending}' if ending else ''}{f'（{by}）' if by else ''}"


def _service_name(asker: Asker, code: str) -> str:
    node = catalog_index().class_by_code(asker.settings.scheme, code)
    return node.name if node is not None else code


def _details(asker: Asker, line: Line) -> dict[str, Any]:
    """Text and place, as far as the asker may know them."""
    report, case = line.report, line.case
    if is_hidden(report, case) or report.erased_at is not None:
        return {"description": None, "address": None, "address_id": None, "lat": None, "long": None}
    community = area_index().by_id.get(case.community) if case.community else None
    lat, lon, text, address = report.lat, report.lon, report.text[:MAX_DESCRIPTION], report.address
    if asker.sees_public_only:
        lat, lon = _rounded(lat), _rounded(lon)
        text = _DIGITS.sub("****", text) if asker.settings.descriptions else ""
        address = ""
    return {
        "description": text or None,
        "address": address or _area_line(case) or None,
        "address_id": community.code if community else None,
        "lat": lat,
        "long": lon,
    }


def _rounded(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, 3)


def _area_line(case: Case) -> str:
    """Where a case lies by area, most specific first, as the specification asks."""
    index = area_index()
    nodes = (index.by_id.get(key) for key in (case.community, case.street, case.district) if key)
    return "，".join(node.name for node in nodes if node is not None)
