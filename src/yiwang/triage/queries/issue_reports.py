"""Reports of a period as the grouping takes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ...cases.public import Case, Privacy, Report, ReportLink, RequestKind
from ...orgs.public import area_index
from ..rules.issues.messages import Message

#: Most reports of one reckoning; of more the newest count.
MOST = 20_000
#: States of cases that are no problem in the world.
_VOID = ("voided", "rejected")


@dataclass(frozen=True, slots=True)
class Gathered:
    """A report of a reckoning, with where it belongs."""

    message: Message
    report: UUID
    case: UUID
    community: UUID | None
    at: datetime


def gather_reports(*, area: UUID | None, days: int, until: datetime) -> dict[str, Gathered]:
    """Reports that came in the `days` before `until`, within an area (None: everywhere), by key as text.

    Erased reports, and those of cases that were rejected or made void, are left out. What is sensitive, a
    tip-off, or not open is counted and never quoted.
    """
    links = ReportLink.objects.filter(
        until=None, report__received_at__gte=until - timedelta(days=days), report__received_at__lt=until,
        report__erased_at=None,
    ).exclude(case__state__in=_VOID)  # fmt: skip
    if area is not None:
        links = links.filter(case__community__in=area_index().communities_under(area))
    rows = links.select_related("report", "case").order_by("-report__received_at", "report_id")[:MOST]
    return {str(row.report_id): _gathered(row.report, row.case) for row in rows}


def may_be_quoted(report: Report, case: Case) -> bool:
    """Whether a report's words may name an issue."""
    is_open = report.privacy == Privacy.OPEN and case.privacy == Privacy.OPEN
    return is_open and not case.is_sensitive and report.kind != RequestKind.TIP_OFF


def _gathered(report: Report, case: Case) -> Gathered:
    district = area_index().by_id.get(case.district) if case.district else None
    title = case.title.rstrip("…")
    message = Message(
        id=str(report.id),
        at=report.received_at,
        reporter=bytes(report.contact_index).hex() if report.contact_index is not None else "",
        title="" if report.text.startswith(title) else title,
        text=report.text,
        area=district.name if district else "",
        spot=str(case.community or ""),
        is_quoted=may_be_quoted(report, case),
    )
    return Gathered(message, report.id, case.id, case.community, report.received_at)
