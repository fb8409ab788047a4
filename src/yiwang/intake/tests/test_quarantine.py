"""The quarantine: correct and replay, one or many; drop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from yiwang.cases.models import Case, Report
from yiwang.cases.tests.factories import AT, SYSTEM, make_city
from yiwang.intake.models import QuarantineEntry, RawMessage
from yiwang.intake.queries import corrections_of, newest_specification, row_of
from yiwang.intake.services.mappings import publish_mapping
from yiwang.intake.services.quarantine import drop_entry, replay_entries, replay_entry
from yiwang.intake.services.revealing import reveal_entry
from yiwang.intake.tests.test_importing import IMPORTER, MAPPING, ROWS, file_of, imported
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused, StaleVersion
from yiwang.ledger.public import JournalEntry


@pytest.fixture
def entries(db: None, tmp_path: Path) -> dict[str, QuarantineEntry]:
    make_city()
    imported(file_of(tmp_path, ROWS))
    return {entry.reason: entry for entry in QuarantineEntry.objects.all()}


def test_a_corrected_message_becomes_a_report(entries: dict[str, QuarantineEntry]) -> None:
    entry = entries["closed_before_created"]
    replay_entry(actor=IMPORTER, at=AT, entry_id=entry.id, corrections={"closed_at": "2026-02-14 10:00"})
    entry.refresh_from_db()
    message = RawMessage.objects.get(pk=entry.message_id)
    report = Report.objects.get(pk=message.report)
    case = Case.objects.get(links__report=report)
    assert (entry.state, message.state, report.source_number, case.state) == (
        "corrected", "replayed", "4", "closed",
    )  # fmt: skip
    assert corrections_of(entry) == {"closed_at": "2026-02-14 10:00"}
    journaled = JournalEntry.objects.get(stream=entry.id)
    assert journaled.kind == "intake.corrected"
    assert json.loads(journaled.body)["fields"] == ["closed_at"]
    assert "2026-02-14" not in journaled.body


def test_a_message_that_still_fails_stays_in_quarantine(entries: dict[str, QuarantineEntry]) -> None:
    entry = entries["missing"]
    for corrections in (None, {"text": " "}, {"text": "有内容", "received_at": "昨天"}):
        with pytest.raises(Invalid):
            replay_entry(actor=IMPORTER, at=AT, entry_id=entry.id, corrections=corrections)
    entry.refresh_from_db()
    assert (entry.state, entry.version, Report.objects.count()) == ("open", 0, 4)


def test_a_settled_entry_is_settled_and_a_stale_one_refused(entries: dict[str, QuarantineEntry]) -> None:
    first, second = entries["missing"], entries["closed_before_created"]
    drop_entry(actor=IMPORTER, at=AT, entry_id=first.id, reason="trial")
    assert RawMessage.objects.get(pk=first.message_id).state == "dropped"
    with pytest.raises(Conflict):
        replay_entry(actor=IMPORTER, at=AT, entry_id=first.id, corrections={"text": "有内容"})
    with pytest.raises(StaleVersion):
        drop_entry(actor=IMPORTER, at=AT, entry_id=second.id, reason="trial", expected=7)


def test_a_better_mapping_frees_many_at_once(entries: dict[str, QuarantineEntry]) -> None:
    ids = [entry.id for entry in entries.values()]
    assert replay_entries(actor=IMPORTER, at=AT, entry_ids=ids) == (0, 2)
    publish_mapping(actor=IMPORTER, at=AT, text=MAPPING + "closed_before_created: keep_without_closing\n")
    assert replay_entries(actor=IMPORTER, at=AT, entry_ids=ids) == (1, 1)
    assert Case.objects.get(links__report__source_number="4").closed_at is None


def test_a_dropped_or_corrected_message_does_not_come_in_again(
    entries: dict[str, QuarantineEntry], tmp_path: Path
) -> None:
    replay_entry(actor=IMPORTER, at=AT, entry_id=entries["missing"].id, corrections={"text": "补上"})
    drop_entry(actor=IMPORTER, at=AT, entry_id=entries["closed_before_created"].id, reason="known")
    assert imported(file_of(tmp_path, ROWS)).unchanged == len(ROWS)
    assert Report.objects.count() == 5


def test_the_quarantine_is_closed_to_whoever_may_not_work_in_it(entries: dict[str, QuarantineEntry]) -> None:
    entry = entries["missing"]
    with pytest.raises(Refused):
        replay_entry(actor=SYSTEM, at=AT, entry_id=entry.id)
    with pytest.raises(Refused):
        drop_entry(actor=SYSTEM, at=AT, entry_id=entry.id, reason="trial")
    with pytest.raises(Refused):
        reveal_entry(actor=IMPORTER, at=AT, entry_id=entry.id, purpose="contact")


def test_a_dropped_message_says_why(entries: dict[str, QuarantineEntry]) -> None:
    entry = entries["missing"]
    with pytest.raises(Invalid):
        drop_entry(actor=IMPORTER, at=AT, entry_id=entry.id, reason="")
    drop_entry(actor=IMPORTER, at=AT, entry_id=entry.id, reason="beyond_repair")
    assert json.loads(JournalEntry.objects.get(stream=entry.id).body)["reason"] == "beyond_repair"


def test_a_reporter_is_revealed_for_a_purpose_that_is_journaled(entries: dict[str, QuarantineEntry]) -> None:
    entry = entries["closed_before_created"]
    inspector = system_actor("inspector", "intake.quarantine", "cases.reveal_contact")
    with pytest.raises(Invalid):
        reveal_entry(actor=inspector, at=AT, entry_id=entry.id, purpose="好奇")
    tree = reveal_entry(actor=inspector, at=AT, entry_id=entry.id, purpose="contact")
    assert tree == row_of(entry.message, newest_specification(entry.message)).values
    journaled = JournalEntry.objects.get(stream=entry.id)
    assert (journaled.kind, json.loads(journaled.body)["purpose"]) == ("intake.entry_revealed", "contact")
