"""Reports of cases as the stages take them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ...cases.public import Case, Report, ReportLink
from ...orgs.public import AreaIndex, AreaKind, area_index
from ..rules.part_codes import part_code_in
from ..rules.said import Said
from .pictures import picture_hashes


def said_of_all(pairs: Sequence[tuple[Case, Report]]) -> list[Said]:
    """Reports of cases without name or phone, in order, with their pictures; one query for all pictures.

    The scene pictures of a case are those of the report that opened it, not of reports merged into it.
    """
    own = {case.id for case, report in pairs if _opened(report, case)}
    hashes = picture_hashes(sorted(own)) if own else {}
    areas = area_index()
    return [
        _said_of(report, case, areas, hashes.get(case.id, ()) if _opened(report, case) else ())
        for case, report in pairs
    ]


def _opened(report: Report, case: Case) -> bool:
    """Whether the case came from this report; both then bear the same instant."""
    return report.received_at == case.created_at


def _said_of(report: Report, case: Case, areas: AreaIndex, pictures: tuple[int, ...]) -> Said:
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
        part_code=part_code_of(report.text, report.address, areas=areas),
        pictures=pictures,
    )


def part_code_of(text: str, address: str, *, areas: AreaIndex) -> str:
    """The national code of a part (部件标识码) written in a text or else in an address; empty without."""

    def is_district(code: str) -> bool:
        node = areas.by_code.get(code)
        return node is not None and node.kind == AreaKind.DISTRICT

    return part_code_in(text, address, is_district=is_district)


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
