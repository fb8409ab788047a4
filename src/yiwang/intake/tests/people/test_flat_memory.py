"""Reading costs the same memory however long the file is."""

from __future__ import annotations

import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from yiwang.intake.reading import read_rows
from yiwang.intake.rules.specification import read_specification

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORDS = "小区门口路面有坑，夜间没有照明，老人孩子经过容易摔倒，请尽快修补。" * 3
SMALL, LARGE = 10_000, 40_000


def workbook(folder: Path, rows: int) -> Path:
    """A workbook whose every row has a text of its own in the table of shared strings."""
    path = folder / f"{rows}.xlsx"
    cells = "".join(f'<row r="{n + 2}"><c r="A{n + 2}" t="s"><v>{n + 1}</v></c></row>' for n in range(rows))
    texts = "".join(f"<si><t>{WORDS}{n}</t></si>" for n in range(rows))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{REL}">'
            '<sheets><sheet name="a" r:id="r1"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        head = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
        sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{head}{cells}</sheetData></worksheet>'
        book.writestr("xl/worksheets/sheet1.xml", sheet)
        book.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}"><si><t>内容</t></si>{texts}</sst>')
    return path


def table(folder: Path, rows: int) -> Path:
    """A text table in GB18030."""
    path = folder / f"{rows}.csv"
    path.write_text("年度导出\n\n内容\n" + "".join(f"{WORDS}{n}\n" for n in range(rows)), encoding="gb18030")
    return path


def peak(path: Path, rows: int) -> int:
    """The most memory in bytes while a file of so many rows is read."""
    spec = read_specification("name: d\nchannel: d\nfields: {text: 内容}\n")
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_rows(path, spec)) == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", [table, workbook])
def test_four_times_the_rows_need_no_more_memory(tmp_path: Path, make: Callable[[Path, int], Path]) -> None:
    peak(make(tmp_path, 10), 10)
    small, large = (peak(make(tmp_path, rows), rows) for rows in (SMALL, LARGE))
    assert large < small + 600_000
