"""The case list at a million: five filters and three search words inside a narrow scope."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from .figures import p50, percentile, write
from .seeding import RARE
from .stage import AT, case_count

SHOTS = 60


def run() -> None:
    """Measure p50 and p95 of a page of 50, and the queries it takes."""
    size = case_count()
    for name, (actor, chosen) in _wanted().items():
        _measure(name, actor, chosen, size)


def _wanted() -> dict[str, tuple[Any, Any]]:
    """Each measured list: who asks, and for what."""
    from yiwang.cases.public import CaseFilter
    from yiwang.kernel.actor import EVERYWHERE, Actor, Scope
    from yiwang.kernel.ids import uuid7
    from yiwang.orgs.public import area_index, unit_index

    index = area_index()
    street = next(n for n in index.by_id.values() if n.kind == "street" and n.tree == "legal")
    inside = index.communities_under(street.id)
    narrow = Actor(account_id=uuid7(), grants={"cases.view": Scope(communities=inside)})
    everywhere = Actor(account_id=uuid7(), grants={"cases.view": EVERYWHERE})
    unit = next(u for u in unit_index().by_id.values() if u.kind == "department")
    handler = Actor(account_id=uuid7(), grants={"cases.view": Scope(units=frozenset({unit.id}))})
    return {
        "state": (narrow, CaseFilter(states=("rechecking",))),
        "class": (narrow, CaseFilter(matter_class=_a_class())),
        "area": (narrow, CaseFilter(area=next(iter(inside)))),
        "unit": (handler, CaseFilter(unit=unit.id)),
        "overdue": (narrow, CaseFilter(overdue=True)),
        "source": (narrow, CaseFilter(channel="h5")),
        "word_rare": (narrow, CaseFilter(text=RARE)),
        "word_common": (narrow, CaseFilter(text="路灯不亮")),
        "word_absent": (narrow, CaseFilter(text="麒麟独角兽")),
        "city_all": (everywhere, CaseFilter()),
        "city_word_common": (everywhere, CaseFilter(text="路灯不亮")),
    }


def _measure(name: str, actor: Any, chosen: Any, size: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from yiwang.cases.public import list_cases

    at = AT + timedelta(days=1)
    list_cases(actor, chosen, at=at)
    samples = []
    for _ in range(SHOTS):
        start = time.perf_counter()
        list_cases(actor, chosen, at=at)
        samples.append((time.perf_counter() - start) * 1000)
    with CaptureQueriesContext(connection) as seen:
        list_cases(actor, chosen, at=at)
    write(f"lists.{name}.p50", size=size, value=p50(samples), unit="ms")
    write(f"lists.{name}.p95", size=size, value=percentile(samples, 0.95), unit="ms")
    write(f"lists.{name}.queries", size=size, value=len(seen), unit="queries")


def _a_class() -> Any:
    from yiwang.cases.models import Case

    return Case.objects.values_list("matter_class", flat=True).first()
