"""Points located, working time added, bytes a case, bulk import beside a bare COPY."""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np

from .figures import rate, write
from .stage import AT, case_count


def points() -> None:
    """Points located a second on the grid layer, beside a shapely tree over the same polygons."""
    import shapely

    from yiwang.places.public import locator

    found = locator("grid", AT)
    dice = np.random.default_rng(7)
    count = 2_000_000
    lons = dice.uniform(118.4, 119.2, count)
    lats = dice.uniform(31.3, 32.6, count)
    found.locate(lons[:1000], lats[:1000])
    start = time.perf_counter()
    found.locate(lons, lats)
    value = count / (time.perf_counter() - start)
    shapes = found.shapes()
    tree = shapely.STRtree(shapes)
    few = 200_000
    start = time.perf_counter()
    tree.query(shapely.points(lons[:few], lats[:few]), predicate="intersects")
    baseline = few / (time.perf_counter() - start)
    write("points", size=len(shapes), value=value, unit="points/s", baseline=baseline)


def working_time() -> None:
    """`add` of working time, one at a time, beside stepping day by day."""
    from yiwang.clocks.public import current_calendar

    calendar = current_calendar()
    calendar = getattr(calendar, "calendar", calendar)
    starts = [AT + timedelta(minutes=37 * n) for n in range(2000)]
    turn = {"n": 0}

    def add() -> None:
        turn["n"] = (turn["n"] + 1) % len(starts)
        calendar.add(starts[turn["n"]], 100, "work_hour")

    def step() -> None:
        turn["n"] = (turn["n"] + 1) % len(starts)
        at, left = starts[turn["n"]], timedelta(hours=100)
        while left > timedelta():
            after = at + timedelta(days=1)
            left -= calendar.between(at, after)
            at = after

    value, done = rate(add, seconds=3)
    baseline, _ = rate(step, seconds=2)
    write("working_time.add", size=done, value=value, unit="adds/s", baseline=baseline)


def size_of_a_case() -> None:
    """Bytes a case takes with its report, link, task, search row and journal, indexes included."""
    from django.db import connection

    tables = (
        "cases_case", "cases_report", "cases_reportlink", "cases_task", "cases_casesearch",
        "ledger_journalentry",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(t::regclass)) FROM unnest(%s::text[]) t", [list(tables)]
        )
        total = int(cursor.fetchone()[0])
    count = case_count()
    write("size.bytes_a_case", size=count, value=total / max(1, count), unit="bytes")


def bulk() -> None:
    """Bulk import rows a second, as a share of a bare COPY of the same final rows into the same tables."""
    from yiwang.cases.public import ReportDraft
    from yiwang.cases.services.bulk import BulkReport, import_reports

    from .copying import copy_of

    dice = np.random.default_rng(11)
    count = 40_000
    lons, lats = dice.uniform(118.6, 119.0, count), dice.uniform(31.7, 32.0, count)
    drafts = [
        ReportDraft(
            channel="bench-bulk", text=f"{n}号楼旁边路灯不亮，请尽快维修。", lon=float(lons[n]),
            lat=float(lats[n]), source_number=f"{time.time_ns()}-{n}",
        )
        for n in range(count)
    ]  # fmt: skip
    from .stage import system

    start = time.perf_counter()
    for low in range(0, count, 10_000):
        batch = [BulkReport(draft, AT) for draft in drafts[low : low + 10_000]]
        import_reports(batch, actor=system(), at=AT)
    value = count / (time.perf_counter() - start)
    baseline = copy_of("bench-bulk", count)
    write("bulk.import", size=count, value=value, unit="rows/s", baseline=baseline)
