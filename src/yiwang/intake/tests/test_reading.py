"""Reading files: encodings, separators, headers, broken rows."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from yiwang.intake.reading import SourceRow, read_rows
from yiwang.intake.rules.specification import Specification, read_specification
from yiwang.kernel.errors import Invalid


def spec(options: str = "") -> Specification:
    return read_specification(f"name: demo\nchannel: demo\nfields: {{text: 内容}}\n{options}")


def rows(path: Path, options: str = "") -> list[SourceRow]:
    return list(read_rows(path, spec(options)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_is_read_in_every_usual_encoding_and_separator(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"编号{separator}内容\n1{separator}路灯不亮\n".encode(encoding))
    assert rows(path) == [SourceRow(2, {"编号": "1", "内容": "路灯不亮"})]


def test_a_gzipped_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    for name in ("a.csv.gz", "b.csv"):
        path = tmp_path / name
        path.write_bytes(gzip.compress("内容\n甲\n".encode()))
        assert [row.values for row in rows(path)] == [{"内容": "甲"}]


def test_a_row_of_the_wrong_width_is_broken_and_keeps_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('编号,内容\n1,甲\n2\n\n3,乙,多\n4,"a\nb"\n', encoding="utf-8")
    found = rows(path)
    assert [bool(row.broken) for row in found] == [False, True, True, False]
    assert found[2].values == {"编号": "3", "内容": "乙", "…": ["多"]}
    assert [row.line for row in found] == [2, 3, 5, 7]


def test_merged_headers_are_joined_and_doubled_names_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("热线导出,,,\n工单,,来电人,内容\n编号,时间,,\n1,2,3,4\n", encoding="utf-8")
    found = rows(path, "skip_rows: 1\nheader_rows: 2")
    assert found[0].values == {"工单/编号": "1", "工单/时间": "2", "来电人": "3", "内容": "4"}
    path.write_text("a,a,\n1,2,3\n", encoding="utf-8")
    assert rows(path)[0].values == {"a": "1", "a#2": "2", "第3列": "3"}


def test_a_workbook_gives_dates_and_numbers_and_skips_blank_rows(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in (["编号", "内容", "时间"], [7, "甲", datetime(2026, 2, 13, 15, 20)], [], [8, "乙", 46066.5]):  # noqa: DTZ001
        sheet.append(cells)
    book.save(tmp_path / "a.xlsx")
    found = rows(tmp_path / "a.xlsx", "format: xlsx")
    assert [row.line for row in found] == [2, 4]
    assert found[0].values == {"编号": 7, "内容": "甲", "时间": datetime(2026, 2, 13, 15, 20)}  # noqa: DTZ001


def test_json_lines_are_read_and_a_bad_line_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text('{"内容": "甲"}\n\n{"内容"\n[1]\n', encoding="utf-8")
    assert [(row.line, bool(row.broken)) for row in rows(path, "format: json")] == [
        (1, False),
        (3, True),
        (4, True),
    ]


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("a.pdf", b"", ""),
        ("a.csv", "内容\n甲\n".encode(), "format: json"),
        ("a.xlsx", b"not a workbook", "format: xlsx"),
        ("a.csv", b"\n\n", ""),
        ("a.csv", b"\xff\xff\xff\x80\xff", ""),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_by_name(
    tmp_path: Path, name: str, content: bytes, options: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        rows(path, options)
    assert refused.value.problems[0].field == "file"


def test_a_few_half_characters_break_their_rows_and_not_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good = "".join(f"{n},第 {n} 件\n" for n in range(5_000)).encode("gb18030")
    path.write_bytes("编号,内容\n".encode("gbk") + b"0,\xc2\xb7\xb5\n" + good)
    found = rows(path)
    assert (len(found), [row.line for row in found if row.broken]) == (5_001, [2])
    assert found[2].values == {"编号": "1", "内容": "第 1 件"}


def test_titles_above_the_header_of_a_text_table_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\ufeffsep=;\n热线导出\n导出时间：2026-03-01\n\n编号;内容\n1;甲\n", encoding="utf-8")
    assert rows(path) == [SourceRow(6, {"编号": "1", "内容": "甲"})]


def test_empty_cells_behind_the_last_column_do_not_break_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,内容\n1,甲,,\n2,乙,,x\n", encoding="utf-8")
    assert [bool(row.broken) for row in rows(path)] == [False, True]
