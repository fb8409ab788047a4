"""Real exports through the whole pipeline: nothing is lost, nothing comes in twice, every history replays."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from uuid import UUID

import pytest
from django.db import models

from yiwang.cases.models import Case, Report
from yiwang.cases.replaying import replay_case, replay_report
from yiwang.cases.tests.factories import AT
from yiwang.catalog.public import MatterClass, load_catalog
from yiwang.intake.models import QuarantineEntry, RawMessage
from yiwang.intake.public import publish_mapping, run_import, shipped_mapping, start_run
from yiwang.intake.services.importing import Counts
from yiwang.kernel.actor import system_actor
from yiwang.kernel.canonical import entry_hash
from yiwang.ledger.public import JournalEntry

ACTOR = system_actor("import", "intake.import", "cases.receive", "catalog.edit", "places.import", "orgs.edit")
LOS_ANGELES = (-118.70, 33.70, -118.15, 34.35)


def run(path: Path, mapping_name: str) -> Counts:
    mapping = publish_mapping(actor=ACTOR, at=AT, text=shipped_mapping(mapping_name))
    started = start_run(actor=ACTOR, at=AT, mapping=mapping, path=path)
    return run_import(actor=ACTOR, at=AT, run_id=started.id, path=path)


def differences(model: type[models.Model], replay: object) -> list[str]:
    """What chains, heads and replays of a model's rows say against the journal."""
    found = []
    entries = JournalEntry.objects.order_by("stream", "seq")  # all: without statistics a join would crawl
    rows: dict[UUID, Case | Report] = model.objects.in_bulk()  # type: ignore[attr-defined]
    for stream, group in groupby(entries.iterator(chunk_size=5000), key=attrgetter("stream")):
        if stream not in rows:
            continue
        listed, row, head = list(group), rows.pop(stream), bytes(32)
        for entry in listed:
            head = entry_hash(
                head, stream=stream, seq=entry.seq, kind=entry.kind, at=entry.at,
                actor=entry.actor, post=entry.post, agent=entry.agent, body=entry.body,
            )  # fmt: skip
        if head != bytes(row.journal_head) or row.version != len(listed):
            found.append(f"{stream}: the chain does not end at the head")
        found += replay(row, listed)  # type: ignore[operator]
    return found + [f"{key}: no journal" for key in rows]


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.usefixtures("fresh_plans")
def test_los_angeles_is_imported_whole_once_and_replays(real_data: Path) -> None:
    from yiwang.places.public import create_extent_city

    create_extent_city(
        actor=ACTOR, at=AT, code="900000", name="Los Angeles", extent=LOS_ANGELES, rows=60, cols=60
    )
    path = real_data / "requests311" / "los_angeles_311_40k.csv.gz"
    counts = run(path, "los_angeles_311")
    assert counts.read == 39_999
    assert counts.read == counts.accepted + counts.quarantined
    assert Report.objects.count() == Case.objects.count() == counts.accepted
    assert RawMessage.objects.count() == counts.read
    reasons = Counter(QuarantineEntry.objects.values_list("reason", flat=True))
    assert sum(reasons.values()) == counts.quarantined > 0
    assert set(reasons) == {"closed_before_created"}
    states = Counter(Case.objects.values_list("state", flat=True))
    assert set(states) == {"closed", "voided", "rejected", "received"}
    assert states["closed"] > 37_000
    unlocated = Case.objects.filter(lon=None).count()
    assert 2_500 < unlocated < 2_900
    assert Case.objects.exclude(lon=None).filter(community=None).count() < 100
    assert run(path, "los_angeles_311") == Counts(39_999, 0, 39_999, 0)
    assert differences(Case, replay_case) == []
    assert differences(Report, replay_report) == []


@pytest.mark.real_data
@pytest.mark.usefixtures("fresh_plans")
def test_the_labelled_petitions_come_in_under_their_classes(real_data: Path) -> None:
    load_catalog(actor=ACTOR, at=AT)
    path = real_data / "petitions" / "petitions_labelled.csv"
    assert run(path, "petitions") == Counts(3_261, 3_261, 0, 0)
    names = dict(MatterClass.objects.values_list("id", "name"))
    found = Counter(names[key] for key in Case.objects.values_list("matter_class", flat=True))
    assert found["城乡建设"] == 716
    assert (sum(found.values()), len(found)) == (3_261, 7)
    assert set(
        MatterClass.objects.filter(id__in=Case.objects.values("matter_class")).values_list("level", flat=True)
    ) == {"big"}
    assert Report.objects.exclude(received_at=AT).count() == 3_261 - 2_258
    assert run(path, "petitions") == Counts(3_261, 0, 3_261, 0)
    assert differences(Case, replay_case) == differences(Report, replay_report) == []
