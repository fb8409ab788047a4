"""Reads of repeats for pages: clusters of many reports (一事多诉), and candidates of one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Min, Q

from ...cases.public import Case, ReportLink, visible_to
from ...interface.public import Order, Page, page_by_key
from ...kernel.actor import Actor
from ..models import RepeatKey
from ..rules.proposals import RepeatCandidate

_MOST_REPORTS_FIRST = Order("many", "report_count", descending=True, key="case")
#: Fewest reports that make a case a cluster, unless the reader asks for another number.
LEAST_REPORTS = 3


@dataclass(frozen=True, slots=True)
class Cluster:
    """One problem that many people report 一事多诉.

    Attributes:
        reports: reports that belong to it now; last_hour, last_day: those of them that came in since.
        people: different known reporters; reports without a contact are not counted.
        first_at, last_at: span of its reports.
    """

    case: Case
    reports: int
    last_hour: int
    last_day: int
    people: int
    first_at: datetime
    last_at: datetime

    @property
    def an_hour(self) -> float:
        """Reports an hour over the last day."""
        return self.last_day / 24

    @property
    def is_growing(self) -> bool:
        """Whether the last hour brought more than the mean hour of the last day."""
        return self.last_hour > max(1.0, self.an_hour)


@dataclass(frozen=True, slots=True)
class LikelyRepeat:
    """One candidate that the actor may see 疑似重复案件."""

    case: Case
    candidate: RepeatCandidate

    @property
    def percent(self) -> int:
        """Certainty as whole per cent."""
        return int(100 * self.candidate.score)


def cluster_page(
    actor: Actor, *, at: datetime, least: int = LEAST_REPORTS, cursor: str = ""
) -> Page[Cluster]:
    """Open cases with at least so many reports that the actor may see, those with most reports first."""
    rows = RepeatKey.objects.filter(report_count__gte=max(2, least), case__in=visible_to(actor).values("id"))
    page = page_by_key(rows, _MOST_REPORTS_FIRST, cursor=cursor)
    found = {cluster.case.id: cluster for cluster in clusters_of([row.case for row in page.rows], at=at)}
    return Page([found[row.case] for row in page.rows if row.case in found], page.next, page.previous)


def clusters_of(case_ids: Sequence[UUID], *, at: datetime) -> list[Cluster]:
    """Count, growth and span of some cases' reports; two queries."""
    cases = Case.objects.in_bulk(case_ids)
    hour, day = (
        Q(report__received_at__gt=at - timedelta(hours=1)),
        Q(report__received_at__gt=at - timedelta(days=1)),
    )
    counted = (
        ReportLink.objects.filter(case__in=case_ids, until=None)
        .values("case")
        .annotate(
            reports=Count("id"), last_hour=Count("id", filter=hour), last_day=Count("id", filter=day),
            people=Count("report__contact_index", distinct=True), first_at=Min("report__received_at"),
            last_at=Max("report__received_at"),
        )
        .order_by("case")
    )  # fmt: skip
    return [
        Cluster(
            cases[row["case"]], row["reports"], row["last_hour"], row["last_day"], row["people"],
            row["first_at"], row["last_at"],
        )
        for row in counted
        if row["case"] in cases
    ]  # fmt: skip


def likely_repeats(actor: Actor, candidates: Sequence[RepeatCandidate]) -> list[LikelyRepeat]:
    """Those candidates that the actor may see, best first."""
    cases = visible_to(actor).in_bulk([candidate.case_id for candidate in candidates])
    return [LikelyRepeat(cases[one.case_id], one) for one in candidates if one.case_id in cases]
