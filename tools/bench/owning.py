"""Owners found a second, and a replay of 100,000 cases, with a responsibility list as long as a city's."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import Any

from .figures import write
from .stage import AT

REPORTS = 20_000
REPLAYED = 100_000


def run() -> None:
    """Measure in a transaction that is undone, so that the instance keeps its own list."""
    from django.db import transaction

    from yiwang.ledger.public import forget

    with transaction.atomic():
        size = _fill_list()
        _own(size)
        _replay()
        transaction.set_rollback(True)
    forget(everything=True)


def _fill_list() -> int:
    """A row a scheme for the city, a row a class and district, and one for every tenth class and street."""
    from yiwang.catalog.public import ResponsibilityRow, catalog_index
    from yiwang.ledger.public import bump_now
    from yiwang.orgs.public import area_index, unit_index

    dice = random.Random(4)
    index, areas = catalog_index(AT), area_index()
    units = sorted(node.id for node in unit_index().by_id.values())
    rows: list[Any] = []
    for scheme in sorted(index.schemes):
        of = [node for node in index.classes(scheme) if node.level == "small"]
        rows.append((index.schemes[scheme].id, None, None))
        for node in areas.by_code.values():
            if node.tree == "legal" and node.kind == "district":
                rows += [(one.scheme_id, one.id, node.id) for one in of]
            if node.tree == "legal" and node.kind == "street":
                rows += [(one.scheme_id, one.id, node.id) for one in of[::10]]
    ResponsibilityRow.objects.all().delete()
    ResponsibilityRow.objects.bulk_create(
        ResponsibilityRow(
            scheme_id=scheme, matter_class_id=matter, area_id=area, host_unit_id=dice.choice(units)
        )
        for scheme, matter, area in rows
    )
    bump_now("catalog.responsibilities")
    return len(rows)


def _own(size: int) -> None:
    from yiwang.catalog.public import catalog_index
    from yiwang.kernel.ids import uuid7
    from yiwang.orgs.public import area_index
    from yiwang.triage.rules.said import Said
    from yiwang.triage.services.owning import own

    dice = random.Random(5)
    communities = sorted(n.id for n in area_index().by_code.values() if n.kind == "community")
    index = catalog_index(AT)
    classes = [n.id for s in sorted(index.schemes) for n in index.classes(s) if not index.children(n.id)]
    texts = (
        "店外桌椅占道，妨碍通行",
        "违建已经形成，请依法查处",
        "路面塌陷有人身危险",
        "有人乱扔垃圾，已反映多次仍未处理",
    )
    said = [
        Said(
            key=uuid7(), text=dice.choice(texts), at=AT, class_id=dice.choice(classes),
            area_id=dice.choice(communities),
        )
        for _ in range(REPORTS)
    ]  # fmt: skip
    start = time.process_time()
    own(said[:1000], at=AT)
    write("owning.first_thousand", size=size, value=time.process_time() - start, unit="s of CPU")
    start = time.process_time()
    own(said, at=AT)
    write("owning.own", size=size, value=REPORTS / (time.process_time() - start), unit="reports/s")


def _replay() -> None:
    from yiwang.cases.public import Case
    from yiwang.catalog.public import (
        ResponsibilityRow,
        add_change,
        create_draft,
        draft_for,
    )
    from yiwang.kernel.actor import system_actor
    from yiwang.triage.models import Replay
    from yiwang.triage.services.owning_replays import run_replay

    editor = system_actor("bench", "catalog.edit")
    draft = create_draft(actor=editor, at=AT, title="测速", takes_effect=AT.date())
    for row in ResponsibilityRow.objects.order_by("id")[:50]:
        add_change(actor=editor, at=AT, draft_id=draft.id, terms=None, row_id=row.id)
    draft = draft_for(draft.id)
    newest = Case.objects.order_by("-created_at").values_list("created_at", flat=True)
    until = newest[0] + timedelta(seconds=1)
    oldest = list(newest[:REPLAYED])[-1]
    asked = Replay.objects.create(
        draft=draft, draft_version=draft.version, months=6, since=oldest, until=until, asked_at=AT
    )
    start, clock = time.process_time(), time.perf_counter()
    done = run_replay(at=AT, replay_id=asked.id)
    write("owning.replay", size=done.total, value=time.perf_counter() - clock, unit="s")
    write("owning.replay_cpu", size=done.total, value=time.process_time() - start, unit="s of CPU")
