"""Importing a file: every row is a report or a named quarantine row, and the same file adds nothing twice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from yiwang.cases.models import Case, Report
from yiwang.cases.tests.factories import AT, SYSTEM, City, make_city, receive
from yiwang.intake import commands
from yiwang.intake.models import ImportRun, Mapping, QuarantineEntry, RawMessage
from yiwang.intake.public import publish_mapping, run_import, start_run
from yiwang.intake.services.importing import Counts
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Invalid, Refused
from yiwang.ledger.public import JournalEntry, unseal

IMPORTER = system_actor("import", "intake.import", "intake.quarantine", "cases.receive")
MAPPING = """\
name: demo
channel: demo
fields:
  source_number: 编号
  text: 内容
  received_at: 时间
  closed_at: 办结
  state: {column: 状态, table: {已办结: closed}, default: received}
  contact_phone: 电话
required: [text, received_at]
"""
HEADER = "编号,内容,时间,办结,状态,电话"
ROWS = [
    "1,路灯不亮,2026-02-13 15:20,2026-02-14 09:00,已办结,13900001234",
    "2,井盖破损,2026-02-13 16:00,,,",
    "3,,2026-02-13 16:00,,,",
    "4,垃圾成堆,2026-02-13 16:00,2026-02-13 15:00,已办结,",
    ",没有编号,2026-02-13 16:00,,,",
    ",没有编号,2026-02-13 16:00,,,",
]


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def file_of(folder: Path, rows: list[str], name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def imported(path: Path, mapping: str = MAPPING, **options: int) -> Counts:
    published = publish_mapping(actor=IMPORTER, at=AT, text=mapping)
    run = start_run(actor=IMPORTER, at=AT, mapping=published, path=path)
    return run_import(actor=IMPORTER, at=AT, run_id=run.id, path=path, **options)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_every_row_is_a_report_or_a_named_quarantine_row(tmp_path: Path, batch_size: int) -> None:
    path = file_of(tmp_path, ROWS)
    assert imported(path, batch_size=batch_size) == Counts(6, 4, 0, 2)
    reasons = QuarantineEntry.objects.order_by("message__line").values_list(
        "message__line", "reason", "field"
    )
    assert list(reasons) == [(4, "missing", "text"), (5, "closed_before_created", "closed_at")]
    assert Report.objects.count() == Case.objects.count() == 4
    assert imported(path, batch_size=batch_size) == Counts(6, 0, 6, 0)
    assert (Report.objects.count(), QuarantineEntry.objects.count()) == (4, 2)


@pytest.mark.usefixtures("city")
def test_the_raw_message_is_sealed_hashed_and_tied_to_its_report(tmp_path: Path) -> None:
    imported(file_of(tmp_path, ROWS))
    message = RawMessage.objects.get(identity="=1")
    opened = unseal(bytes(message.payload), context=message.id.bytes)
    assert json.loads(opened)["电话"] == "13900001234"
    assert b"13900001234" not in bytes(message.payload)
    assert bytes(message.hash) == hashlib.sha256(opened.encode()).digest()
    report = Report.objects.get(pk=message.report)
    assert (report.source_number, report.text, report.contact is not None) == ("1", "路灯不亮", True)
    assert (message.state, RawMessage.objects.get(identity="=3").report) == ("accepted", None)


@pytest.mark.usefixtures("city")
def test_a_killed_run_is_taken_up_by_running_it_again(tmp_path: Path) -> None:
    path = file_of(tmp_path, ROWS)

    def stop_after_first_batch(count: int) -> None:
        raise KeyboardInterrupt

    mapping = publish_mapping(actor=IMPORTER, at=AT, text=MAPPING)
    run = start_run(actor=IMPORTER, at=AT, mapping=mapping, path=path)
    with pytest.raises(KeyboardInterrupt):
        run_import(
            actor=IMPORTER, at=AT, run_id=run.id, path=path, batch_size=5, progress=stop_after_first_batch
        )
    assert ImportRun.objects.values_list("state", "read").get() == ("running", 5)
    assert imported(path, batch_size=5) == Counts(6, 1, 5, 0)
    assert Report.objects.count() == 4


@pytest.mark.usefixtures("city")
def test_a_number_used_again_for_other_content_is_named_and_not_lost(tmp_path: Path) -> None:
    first, changed = "1,路灯不亮,2026-02-13 15:20,,,", "1,路灯又不亮,2026-02-13 15:20,,,"
    path = file_of(tmp_path, [first, changed])
    assert imported(path) == Counts(2, 1, 0, 1)
    assert QuarantineEntry.objects.get().reason == "number_reused"
    assert imported(path) == Counts(2, 0, 2, 0)
    relaxed = MAPPING + "changed_rows: unchanged\n"
    assert imported(file_of(tmp_path, ["1,第三种,2026-02-13 15:20,,,"]), relaxed) == Counts(1, 0, 1, 0)


def test_a_report_that_came_by_another_door_is_unchanged(city: City, tmp_path: Path) -> None:
    receive(city, channel="demo", source_number="2")
    assert imported(file_of(tmp_path, ROWS)) == Counts(6, 3, 1, 2)


@pytest.mark.usefixtures("city")
def test_counts_and_acts_of_a_run_are_kept_and_journaled(tmp_path: Path) -> None:
    imported(file_of(tmp_path, ROWS), batch_size=2)
    run = ImportRun.objects.get()
    assert (run.state, run.read, run.accepted, run.unchanged, run.quarantined) == ("done", 6, 4, 0, 2)
    entries = list(JournalEntry.objects.filter(stream=run.id).order_by("seq"))
    assert [entry.kind for entry in entries] == ["intake.run_started", "intake.run_ended"]
    assert json.loads(entries[1].body) == {"read": 6, "accepted": 4, "unchanged": 0, "quarantined": 2}


@pytest.mark.usefixtures("city")
def test_a_changed_mapping_file_is_a_new_edition_and_the_same_one_is_not() -> None:
    for text, edition in ((MAPPING, 1), (MAPPING, 1), (MAPPING + "crs: gcj02\n", 2)):
        assert publish_mapping(actor=IMPORTER, at=AT, text=text).edition == edition
    assert Mapping.objects.count() == 2


@pytest.mark.usefixtures("city")
def test_whoever_may_not_import_is_refused(tmp_path: Path) -> None:
    mapping = publish_mapping(actor=IMPORTER, at=AT, text=MAPPING)
    with pytest.raises(Refused):
        publish_mapping(actor=SYSTEM, at=AT, text=MAPPING)
    with pytest.raises(Refused):
        start_run(actor=SYSTEM, at=AT, mapping=mapping, path=file_of(tmp_path, ROWS))


@pytest.mark.usefixtures("city")
def test_a_mapping_into_an_unknown_scheme_is_refused_before_a_row_is_read(tmp_path: Path) -> None:
    text = MAPPING.replace("fields:\n", "fields:\n  class: {column: 类别, scheme: astronomy}\n")
    with pytest.raises(Invalid) as refused:
        imported(file_of(tmp_path, ROWS), text)
    assert refused.value.problems[0].field == "fields.class.scheme"
    assert ImportRun.objects.count() == 0


@pytest.mark.usefixtures("city")
def test_the_command_ends_with_one_line_of_counts_and_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    cli = click.Group(commands={name: click.Group(name) for name in ("import", "check")})
    commands.register(cli)
    path, mapping = file_of(tmp_path, ROWS), tmp_path / "m.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    words = ["import", "reports", str(path), "--mapping", str(mapping), "--json"]
    expected = {"read": 6, "accepted": 4, "unchanged": 0, "quarantined": 2}
    dry = CliRunner().invoke(cli, [*words, "--dry-run"])
    assert json.loads(dry.stdout.splitlines()[-1]) == expected
    assert (Report.objects.count(), RawMessage.objects.count(), ImportRun.objects.count()) == (0, 0, 0)
    real = CliRunner().invoke(cli, words)
    assert json.loads(real.stdout.splitlines()[-1]) == expected
    assert Report.objects.count() == 4
    wrong = CliRunner().invoke(cli, ["import", "reports", str(path), "--mapping", "nothing"])
    assert wrong.exit_code == 1
    assert "hotline_12345" in wrong.output
