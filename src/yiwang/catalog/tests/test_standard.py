"""A standard's file becomes conditions or named quarantine rows; nothing is guessed."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from yiwang.catalog.commands import read_file, register
from yiwang.catalog.models import LimitQuarantine, MatterClass, RegisteringCondition, Scheme
from yiwang.catalog.public import catalog_index
from yiwang.catalog.rules.standard_file import REQUIRED, Reading
from yiwang.catalog.services.loading import load_catalog
from yiwang.catalog.services.quarantine import correct_row, drop_row, replay_row
from yiwang.catalog.services.standard import ImportCounts, StandardFile, import_standard
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused, StaleVersion
from yiwang.ledger.public import JournalEntry

from .factories import AT, EDITOR

pytestmark = pytest.mark.django_db


def row(
    limit: str, *, condition: str = "盖子不见", small: str = "1", name: str = "上水井盖", **more: str
) -> dict:
    given = ("1", "公用设施", small, name, condition, "复原", limit, "部件")
    return {**dict(zip(REQUIRED, given, strict=True)), **more}


def take(*rows: dict, scheme: str = "ours", days: int = 0, reading: Reading | None = None) -> ImportCounts:
    file = StandardFile(columns=[*REQUIRED, "单位"], rows=rows)
    return import_standard(
        actor=EDITOR, at=AT + timedelta(days=days), file=file, scheme_code=scheme, reading=reading
    )


def limits(days: int = 0, scheme: str = "ours", code: str = "P0101") -> list[tuple[str, object, str]]:
    index = catalog_index(AT + timedelta(days=days))
    node = index.class_by_code(scheme, code)
    assert node is not None
    return [(c.text, c.amount, c.unit) for c in index.conditions(node.id)]


@pytest.mark.real_data
def test_all_rows_of_a_real_standard_become_conditions_or_named_quarantine_rows(real_data: Path) -> None:
    file = real_data / "standards" / "components_standard.csv"
    columns, rows, digest = read_file(file)
    standard = StandardFile(columns=columns, rows=rows, digest=digest)
    first = import_standard(actor=EDITOR, at=AT, file=standard, scheme_code="city")
    assert (first.read, first.accepted + first.unchanged + first.quarantined) == (375, 375)
    assert (first.accepted, first.quarantined) == (375, 0)
    assert RegisteringCondition.objects.count() == 375
    assert MatterClass.objects.filter(level="small").count() == 92
    second = import_standard(actor=EDITOR, at=AT, file=standard, scheme_code="city")
    assert second == ImportCounts(read=375, unchanged=375)
    known = json.loads((real_data / "standards" / "city_management_classes.json").read_text("utf-8"))
    expected = {
        "P" + c["full_code"]: sorted((limit["value"], limit["unit"]) for limit in c["limits"])
        for c in known
        if c["kind"] == "component"
    }
    index = catalog_index(AT)
    found = {
        node.code: sorted(condition.limit for condition in index.conditions(node.id))
        for node in index.classes("city")
        if node.level == "small"
    }
    assert found == expected


@pytest.mark.real_data
def test_a_real_standard_replaces_the_packaged_conditions(real_data: Path) -> None:
    load_catalog(actor=EDITOR, at=AT)
    columns, rows, _ = read_file(real_data / "standards" / "components_standard.csv")
    counts = import_standard(
        actor=EDITOR, at=AT, file=StandardFile(columns, rows), scheme_code="city_management"
    )
    assert (counts.accepted, counts.quarantined, counts.ended) == (375, 0, 375)
    assert len(limits(0, "city_management")) == 4
    assert limits(-1, "city_management") != limits(0, "city_management")


@pytest.mark.real_data
def test_the_packaged_conditions_are_worded_by_ourselves(real_data: Path) -> None:
    load_catalog(actor=EDITOR, at=AT)
    _, rows, _ = read_file(real_data / "standards" / "components_standard.csv")
    theirs = {"".join(r[c].split()) for r in rows for c in ("立案条件",)}
    assert not theirs & set(RegisteringCondition.objects.values_list("text", flat=True))


def test_an_unreadable_limit_goes_to_quarantine_and_never_to_a_default() -> None:
    counts = take(row("2紧急工作时"), row("尽快", condition="盖子翘起"))
    assert counts == ImportCounts(read=2, accepted=1, quarantined=1)
    assert limits() == [("盖子不见", 2, "urgent_hour")]
    held = LimitQuarantine.objects.get()
    assert (held.row_number, held.state, held.raw["处置时限"]) == (2, "open", "尽快")
    assert "无法识别" in held.reason


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"类": "设施"}, "不是部件或事件"),
        ({"大类代码": "甲"}, "不是一至两位数字"),
        ({"小类代码": "101"}, "不是一至两位数字"),
        ({"小类名称": " "}, "小类名称为空"),
        ({"立案条件": "\n"}, "立案条件为空"),
        ({"处置时限": ""}, "无法识别"),
        ({"处置时限": "2至4小时"}, "无法识别"),
        ({"小类名称": "井" * 121}, "超过 120 个字"),
    ],
)
def test_what_cannot_be_read_is_named(more: dict[str, str], reason: str) -> None:
    assert take(row("1天", **more)).quarantined == 1
    assert reason in LimitQuarantine.objects.get().reason


def test_a_code_under_another_name_is_quarantined() -> None:
    take(row("1天"))
    assert take(row("1天"), row("1天", name="污水井盖", condition="破")).quarantined == 1
    assert "在本体系中是“上水井盖”" in LimitQuarantine.objects.get().reason


def test_a_second_import_changes_nothing() -> None:
    rows = (
        row("2紧急工作时"),
        row("1\n天", condition="盖子\n翘起"),
        row("无"),
        row("3天", small="02", name="污水井盖"),
    )
    assert take(*rows).accepted == 3
    entries = JournalEntry.objects.count()
    assert take(*rows, days=5) == ImportCounts(read=4, unchanged=3, quarantined=1)
    assert JournalEntry.objects.count() == entries


def test_a_changed_limit_ends_the_old_condition_and_keeps_its_place() -> None:
    take(row("2紧急工作时"), row("1天", condition="盖子翘起"))
    assert take(row("4小时"), row("1天", condition="盖子翘起"), days=3).accepted == 1
    assert limits(0) == [("盖子不见", 2, "urgent_hour"), ("盖子翘起", 1, "work_day")]
    assert limits(3) == [("盖子不见", 4, "work_hour"), ("盖子翘起", 1, "work_day")]


def test_a_condition_the_file_has_no_more_ends_but_other_classes_are_left_alone() -> None:
    take(row("1天"), row("2天", condition="盖子翘起"), row("3天", small="2", name="污水井盖"))
    assert take(row("1天"), days=1) == ImportCounts(read=1, unchanged=1, ended=1)
    assert limits(1) == [("盖子不见", 1, "work_day")]
    assert limits(1, code="P0102") == [("盖子不见", 3, "work_day")]


def test_an_old_condition_holds_on_while_its_new_row_is_in_quarantine() -> None:
    take(row("1天"), row("2天", condition="盖子翘起"))
    take(row("1天"), row("看情况", condition="盖子翘起"), days=1)
    assert limits(1) == [("盖子不见", 1, "work_day"), ("盖子翘起", 2, "work_day")]


def test_a_bare_number_takes_the_unit_of_its_column_and_hours_mean_what_the_file_says() -> None:
    take(
        row("2", **{"单位": "紧急工作时"}),
        row("4小时", condition="盖子翘起"),
        reading=Reading(hour="urgent_hour"),
    )
    assert limits() == [("盖子不见", 2, "urgent_hour"), ("盖子翘起", 4, "urgent_hour")]


def test_a_corrected_row_is_replayed_with_the_reading_of_its_file() -> None:
    take(row("4 个钟头"), reading=Reading(hour="urgent_hour"))
    held = LimitQuarantine.objects.get()
    correct_row(actor=EDITOR, at=AT, row_id=held.id, correction={"处置时限": "4小时"}, expected=0)
    replay_row(actor=EDITOR, at=AT, row_id=held.id, expected=1)
    held.refresh_from_db()
    assert (held.state, held.correction) == ("corrected", {"处置时限": "4小时"})
    assert limits() == [("盖子不见", 4, "urgent_hour")]
    assert held.condition is not None
    assert take(row("4 个钟头")) == ImportCounts(read=1, unchanged=1)
    assert limits() == [("盖子不见", 4, "urgent_hour")]


def test_a_row_that_still_cannot_be_read_stays_as_it_was() -> None:
    take(row("尽快"))
    held = LimitQuarantine.objects.get()
    with pytest.raises(Invalid, match="还不能重放"):
        replay_row(actor=EDITOR, at=AT, row_id=held.id, correction={"处置时限": "马上"})
    held.refresh_from_db()
    assert (held.state, held.correction, held.version) == ("open", {}, 0)


def test_a_mended_file_takes_its_row_out_of_quarantine() -> None:
    take(row("尽快"))
    assert take(row("1天")).accepted == 1
    held = LimitQuarantine.objects.get()
    assert (held.state, held.condition is not None) == ("corrected", True)


def test_a_dropped_row_stays_dropped_until_its_text_changes() -> None:
    take(row("尽快"))
    held = LimitQuarantine.objects.get()
    with pytest.raises(Invalid):
        drop_row(actor=EDITOR, at=AT, row_id=held.id, decision=" ")
    drop_row(actor=EDITOR, at=AT, row_id=held.id, decision="重复")
    assert take(row("尽快")) == ImportCounts(read=1, unchanged=1)
    assert take(row("马上")) == ImportCounts(read=1, quarantined=1)
    held.refresh_from_db()
    assert held.state == "open"


def test_a_settled_row_is_not_settled_again() -> None:
    take(row("尽快"))
    held = LimitQuarantine.objects.get()
    drop_row(actor=EDITOR, at=AT, row_id=held.id, decision="重复")
    with pytest.raises(Conflict, match="已放弃"):
        replay_row(actor=EDITOR, at=AT, row_id=held.id)
    with pytest.raises(StaleVersion):
        replay_row(actor=EDITOR, at=AT, row_id=held.id, expected=0)


def test_a_heading_that_lacks_columns_refuses_the_whole_file() -> None:
    with pytest.raises(Invalid, match="缺少列：处置时限、类"):
        import_standard(actor=EDITOR, at=AT, file=StandardFile(REQUIRED[:6], []), scheme_code="ours")
    assert Scheme.objects.count() == 0


def test_whoever_may_not_edit_imports_nothing() -> None:
    with pytest.raises(Refused):
        import_standard(
            actor=system_actor("test"), at=AT, file=StandardFile(REQUIRED, [row("1天")]), scheme_code="ours"
        )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_the_command_reads_each_encoding_and_ends_with_its_counts(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "standard.csv"
    with file.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, REQUIRED)
        writer.writeheader()
        writer.writerows([row("2紧急工作时制止"), row("种植季节\n15工作日", condition="盖子翘起"), row("快")])
    cli = click.Group()
    cli.add_command(click.Group("import"))
    register(cli)
    arguments = ["import", "catalog", str(file), "--scheme", "ours", "--from", "2026-02-13", "--json"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.output.splitlines()[-1]) == {
        "read": 3,
        "accepted": 2,
        "unchanged": 0,
        "quarantined": 1,
    }
    assert limits() == [("盖子不见", 2, "urgent_hour"), ("盖子翘起", 15, "work_day")]


def test_the_command_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    file = tmp_path / "standard.csv"
    file.write_text('大类代码,大类名称\n"1,公用设施\n', encoding="utf-8")
    cli = click.Group()
    cli.add_command(click.Group("import"))
    register(cli)
    result = CliRunner().invoke(cli, ["import", "catalog", str(file), "--scheme", "ours"])
    assert (result.exit_code, "请检查引号" in result.output) == (1, True)
