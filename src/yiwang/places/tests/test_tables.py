"""Tables of parts and addresses: good rows go in, each wrong row is named, the same file changes nothing."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from yiwang.catalog.public import load_catalog
from yiwang.kernel.actor import Scope, system_actor
from yiwang.kernel.coordinates import from_wgs84
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.ledger.public import JournalEntry
from yiwang.places.commands import register
from yiwang.places.public import (
    Address,
    Part,
    TableCounts,
    create_part,
    import_addresses,
    import_parts,
    part_classes,
    restore_part,
    retire_part,
)
from yiwang.places.rules.tables import read_table

from .factories import ACTOR, AT, COMMUNITIES, area, at_point, load_city
from .test_parts import CODE, make

COLUMNS = {"code": ("标识码", "code"), "lon": ("经度", "lon")}


def lines(*rows: object, heading: str = "标识码,经度,纬度,状态,定位精度,权属单位") -> bytes:
    return "\n".join([heading, *map(str, rows)]).encode()


def row(code: str = CODE, x: float = 1, y: float = 1, *more: str) -> str:
    lon, lat = at_point(x, y)
    return ",".join([code, str(lon), str(lat), *more])


def bring(content: bytes, **options: object) -> TableCounts:
    return import_parts(**{"actor": ACTOR, "at": AT, "content": content, "crs": "wgs84", **options})  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.text("0123456789", min_size=1), st.text("0123456789.", min_size=1))))
def test_every_row_is_read_with_the_line_it_stands_on(rows: list[tuple[str, str]]) -> None:
    content = "\n".join(["标识码,经度", *(",".join(cells) for cells in rows)]).encode()
    table = read_table(content, COLUMNS, needed=("code", "lon"))
    assert [(one.line, one.cells["code"], one.cells["lon"]) for one in table.rows] == [
        (number, *cells) for number, cells in enumerate(rows, 2)
    ]


def test_a_table_is_read_in_both_encodings_and_by_either_heading() -> None:
    for content in (
        "标识码,经度\n1,2".encode("gb18030"),
        b"\xef\xbb\xbflon,code\n2,1",
        b"lon,code\r\n\r\n2,1\r\n",
    ):
        table = read_table(content, COLUMNS, needed=("code", "lon"))
        assert [(one.cells["code"], one.cells["lon"]) for one in table.rows] == [("1", "2")]


def test_a_quoted_line_break_does_not_shift_the_lines_named() -> None:
    table = read_table(b'code,lon\n"1\n1",2\n,3\n4,5\n', COLUMNS, needed=("code", "lon"))
    assert [one.line for one in table.rows] == [2, 5]
    assert [(one.line, one.field, one.remedy) for one in table.problems] == [(4, "标识码", "请填写标识码。")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"code\n1", "第一行缺少列：经度。"),
        (b"", "第一行缺少列：标识码、经度。"),
        (b'code,lon\n"1,2', "请检查引号"),
        (b"code,lon\n\xff\xff\xff", "编码无法识别"),
        (b"code,lon\n1,2\n1,2\n1,2", "文件超过 2 行"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(content: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_table(content, COLUMNS, needed=("code", "lon"), most_rows=2)


@pytest.mark.django_db
def test_good_rows_go_in_and_the_same_file_changes_nothing() -> None:
    load_city()
    content = lines(
        row(CODE, 1, 1, "破损", "A"), row("3201990102000035", 3, 1), "", row("3201990102000036", 3, 2)
    )
    counts = bring(content)
    assert (counts.read, counts.accepted, counts.unchanged, counts.refused) == (3, 3, 0, 0)
    part = Part.objects.get(code=CODE)
    assert (part.status, part.precision, part.community_id) == ("damaged", "a", area(COMMUNITIES[0]))
    entries = JournalEntry.objects.count()
    again = bring(content)
    assert (again.accepted, again.unchanged, JournalEntry.objects.count()) == (0, 3, entries)


@pytest.mark.django_db
def test_a_row_changes_only_what_it_says() -> None:
    load_city()
    bring(lines(row(CODE, 1, 1, "破损", "A")))
    counts = bring(lines(row(CODE, 3, 1), heading="标识码,经度,纬度"))
    part = Part.objects.get(code=CODE)
    assert (counts.accepted, part.status, part.precision) == (1, "damaged", "a")
    assert part.community_id == area(COMMUNITIES[1])
    assert part.version == JournalEntry.objects.filter(stream=part.id).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        (row("123"), "标识码", "部件标识码应为 16 位数字"),
        (row("3201980102000035"), "标识码", "前 6 位应为所在区代码 320199"),
        ("3201990102000035,118.71,abc", "纬度", "应为 -90 到 90 之间的度数"),
        ("3201990102000035,nan,32", "经度", "应为 -180 到 180 之间的度数"),
        (row("3201990102000035", 9, 9), "经度", "坐标不在任何社区内"),
        (row("3201990102000035", 1, 1, "坏了"), "状态", "状态应为完好、破损、丢失、占用、废弃之一。"),
        (row("3201990102000035", 1, 1, "", "D"), "定位精度", "定位精度应为 A、B 或 C。"),
        (row("3201990102000035", 1, 1, "", "", "无此单位"), "权属单位", "没有这个单位"),
        (row(CODE, 3, 1), "标识码", "与第 2 行重复"),
    ],
)
def test_a_wrong_row_is_named_and_the_others_go_in(wrong: str, field: str, said: str) -> None:
    load_city()
    counts = bring(lines(row(), wrong, row("3201990102000077")))
    assert (counts.read, counts.accepted, counts.refused) == (3, 2, 1)
    (problem,) = counts.problems
    assert (problem.line, problem.field, said in problem.remedy) == (3, field, True)
    assert problem.value


@pytest.mark.django_db
def test_a_dry_run_tells_everything_and_writes_nothing() -> None:
    load_city()
    counts = bring(lines(row(), row("123")), dry_run=True)
    assert (counts.accepted, counts.refused) == (1, 1)
    assert not Part.objects.exists()
    assert not JournalEntry.objects.filter(kind="places.part_added").exists()


@pytest.mark.django_db
def test_a_file_reaches_only_where_the_actor_may_keep_parts() -> None:
    load_city()
    make("3201990102000050", x=3)
    own = replace(ACTOR, grants={"places.maintain": Scope(communities=frozenset([area(COMMUNITIES[0])]))})
    content = lines(row(), row("3201990102000035", 3, 1), row("3201990102000050", 1, 1))
    counts = bring(content, actor=own)
    assert (counts.accepted, [problem.line for problem in counts.problems]) == (1, [3, 4])
    with pytest.raises(Refused):
        bring(content, actor=replace(ACTOR, grants={}))


@pytest.mark.django_db
def test_a_retired_part_is_not_revived_by_a_file() -> None:
    load_city()
    part = make()
    retire_part(actor=ACTOR, at=AT, part_id=part.id)
    with pytest.raises(Conflict):
        retire_part(actor=ACTOR, at=AT, part_id=part.id)
    assert "已停用" in bring(lines(row(CODE, 3, 1))).problems[0].remedy
    restore_part(actor=ACTOR, at=AT, part_id=part.id)
    assert bring(lines(row(CODE, 3, 1))).accepted == 1


@pytest.mark.django_db
def test_many_rows_go_in_in_batches() -> None:
    load_city()
    content = lines(*(row(f"3201990102{n:06d}", 0.5 + n / 500, 1) for n in range(1, 701)))
    assert bring(content).accepted == 700
    moved = lines(*(row(f"3201990102{n:06d}", 0.5 + n / 500, 2) for n in range(1, 701)))
    assert (bring(moved).accepted, bring(moved).unchanged) == (700, 700)
    assert set(Part.objects.values_list("version", flat=True)) == {2}


@pytest.mark.django_db
def test_addresses_come_by_file_in_the_system_of_the_file() -> None:
    load_city()
    lon, lat = (float(v) for v in from_wgs84(*at_point(3, 3), "gcj02"))
    content = f"地址,lon,lat\n示例街道和平路 12 号,{lon},{lat}\n示例街道,{lon},91\n".encode()
    counts = import_addresses(actor=ACTOR, at=AT, content=content, crs="gcj02")
    assert (counts.accepted, [(p.line, p.field) for p in counts.problems]) == (1, [(3, "纬度")])
    address = Address.objects.get()
    assert (address.lon, address.lat) == pytest.approx(at_point(3, 3), abs=1e-9)
    again = import_addresses(actor=ACTOR, at=AT, content=content, crs="gcj02")
    assert (again.accepted, again.unchanged) == (0, 1)
    with pytest.raises(Invalid):
        import_addresses(actor=ACTOR, at=AT, content=content, crs="utm")


@pytest.mark.django_db
def test_a_code_is_built_from_district_class_and_the_next_serial() -> None:
    load_city()
    lon, lat = at_point(1, 1)
    made = [create_part(actor=ACTOR, at=AT, class_code="0102", lon=lon, lat=lat).code for _ in range(2)]
    assert made == ["3201990102000001", "3201990102000002"]
    make("3201990102000900")
    assert create_part(actor=ACTOR, at=AT, class_code="0102", lon=lon, lat=lat).code == "3201990102000901"
    with pytest.raises(Invalid):
        create_part(actor=ACTOR, at=AT, lon=lon, lat=lat)


@pytest.mark.django_db
def test_the_class_must_stand_in_the_catalog_once_there_is_one() -> None:
    load_city()
    load_catalog(actor=system_actor("test", "catalog.edit"), at=AT)
    assert part_classes()["0102"] == "污水井盖"
    make()
    lon, lat = at_point(1, 1)
    with pytest.raises(Invalid, match="事项目录里没有这个部件类别"):
        create_part(actor=ACTOR, at=AT, class_code="9999", lon=lon, lat=lat)
    problem = bring(lines(row("3201999999000001"))).problems[0]
    assert (problem.field, problem.value) == ("类别代码", "9999")


@pytest.fixture
def cli() -> click.Group:
    root = click.Group("yiwang", commands={"import": click.Group("import")})
    register(root)
    return root


@pytest.mark.django_db
def test_the_command_counts_names_wrong_rows_and_writes_them(cli: click.Group, tmp_path: Path) -> None:
    load_city()
    file, errors = tmp_path / "parts.csv", tmp_path / "errors.csv"
    file.write_bytes(lines(row(), row("123")))
    command = ["import", "parts", str(file), "--crs", "wgs84", "--errors", str(errors)]
    result = CliRunner().invoke(cli, [*command, "--json"])
    assert json.loads(result.stdout) == {"read": 2, "accepted": 1, "unchanged": 0, "quarantined": 1}
    assert result.stderr.startswith("第 3 行 标识码（123）：部件标识码应为 16 位数字")
    with errors.open(encoding="utf-8-sig") as stream:
        assert [one["行号"] for one in csv.DictReader(stream)] == ["3"]
    told = CliRunner().invoke(cli, command)
    assert told.stdout == "已导入：读取 2 行，接受 0，未变 1，有误 1。\n"
    file.write_bytes(b"a,b\n")
    assert CliRunner().invoke(cli, command).exit_code == 1
