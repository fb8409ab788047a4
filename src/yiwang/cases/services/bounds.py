"""Bounds 来源时限约束: what sources that own the limit demand of a case, and the inner limit under them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from ...clocks.public import WALL_CLOCK, calendar_as_of, calendar_at
from ...kernel.working_time import UNIT_NAMES, Amount, OutOfRange
from ..models import Case, Report, ReportLink, Task
from ..rules import SourceLimit, bounded_due


def limit_of(report: Report, at: datetime) -> SourceLimit | None:
    """What the source of a report demands; the margin counted back by the calendar in force at `at`.

    A margin longer than the calendar reaches back is used up.
    """
    if report.source_due_at is None:
        return None
    if not report.source_margin:
        return SourceLimit(report.source_due_at, report.source_due_at)
    amount, unit = report.source_margin.split()
    try:
        inner = calendar_at(at).subtract(report.source_due_at, Decimal(amount), unit)
    except OutOfRange:
        inner = at
    return SourceLimit(report.source_due_at, inner, margin_words(Decimal(amount), unit))


def margin_words(amount: Decimal, unit: str) -> str:
    """A margin in words, such as `4 工作时`."""
    return f"{amount.normalize():f} {UNIT_NAMES.get(unit, unit)}"


def limited_reports(case_id: UUID) -> list[Report]:
    """The case's reports that have a limit of their source."""
    linked = ReportLink.objects.filter(case=case_id, until=None).values("report")
    return list(Report.objects.filter(pk__in=linked, source_due_at__isnull=False))


def bounded(
    own: datetime, reports: list[Report], *, at: datetime, since: datetime | None = None
) -> tuple[datetime, str]:
    """The inner limit of a case under the limits of its reports' sources, with the reason in Chinese.

    Args:
        own: what the class, the condition or the dispatcher gives.
        since: when the units were sent; an extension granted later lifts our own limit.
    """
    limits = [found for report in reports if (found := limit_of(report, at)) is not None]
    extended = since is not None and any(
        report.source_extended_at is not None and report.source_extended_at >= since for report in reports
    )
    return bounded_due(own, limits, at=at, is_extended=extended)


def earliest(reports: list[Report]) -> datetime | None:
    """The earliest limit of some reports' sources."""
    return min((r.source_due_at for r in reports if r.source_due_at is not None), default=None)


def own_due(row: Task | Case) -> datetime | None:
    """What the own limit of a task or promise gives, by the calendar its deadline was computed with."""
    base = base_of(row)
    if base is None:
        return row.due_at
    return calendar_as_of(row.calendar_version or 0).add(*base).due_at


def base_of(row: Task | Case) -> tuple[datetime, Amount, str] | None:
    """What a deadline is counted from: start, amount and unit; None without a limit.

    From its dispatch; after an extension from the old due instant; after a suspension from the resuming, with
    what was left.
    """
    start = row.counted_from or row.dispatched_at
    if row.limit_amount is None or not row.limit_unit or start is None:
        return None
    if row.counted_seconds is None:
        return start, row.limit_amount, row.limit_unit
    unit = "urgent_hour" if row.limit_unit in WALL_CLOCK else "work_hour"
    return start, Fraction(row.counted_seconds, 3600), unit
