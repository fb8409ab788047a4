"""Reports of cases as the stages take them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ...cases.public import Case, Report, ReportLink
from ..rules.said import Said


def said_of(report: Report, case: Case) -> Said:
    """One report of a case, without its reporter's name or phone."""
    return Said(
        key=report.id,
        text=report.text,
        at=report.occurred_at or report.received_at,
        case_id=case.id,
        address=report.address,
        lon=report.lon,
        lat=report.lat,
        area_id=case.grid or case.community,
        class_id=case.matter_class,
        channel=report.channel,
        reporter=bytes(report.contact_index) if report.contact_index is not None else b"",
    )


def first_reports(case_ids: Sequence[UUID]) -> dict[UUID, tuple[Case, Report]]:
    """Each case with the first of its reports that still says something, by case; one query."""
    links = (
        ReportLink.objects.filter(case__in=case_ids, until=None, report__erased_at=None)
        .select_related("report", "case")
        .order_by("since", "id")
    )
    found: dict[UUID, tuple[Case, Report]] = {}
    for link in links:
        found.setdefault(link.case_id, (link.case, link.report))
    return found
