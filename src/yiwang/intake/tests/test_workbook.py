"""Workbooks: what offices really send — titles, merged cells, dates in Chinese formats, several sheets."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from yiwang.intake.reading import SourceRow, read_rows
from yiwang.intake.rules.specification import read_specification
from yiwang.kernel.errors import Invalid

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FIELDS = "{text: 内容, source_number: 工单/编号, occurred_at: 时间}"
MORNING = datetime(2026, 2, 13, 15, 20)  # noqa: DTZ001 - cells know no zone


def save(path: Path, fill: Callable[[Worksheet], None]) -> Path:
    book = Workbook()
    assert book.active is not None
    fill(book.active)
    book.save(path)
    return path


def rows(path: Path, fields: str = FIELDS, options: str = "") -> list[SourceRow]:
    spec = read_specification(f"name: d\nchannel: d\nformat: xlsx\nfields: {fields}\n{options}")
    return list(read_rows(path, spec))


def shared(path: Path) -> Path:
    """The workbook with its texts in a table of their own, as office programs write them."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    texts: list[str] = []

    def moved(match: re.Match[str]) -> str:
        texts.append(match[1])
        return f't="s"><v>{len(texts) - 1}</v>'

    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(r't="inlineStr"><is>(<t>.*?</t>)</is>', moved, parts[sheet])
    table = "".join(f"<si>{text}</si>" for text in texts)
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{table}</sst>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def rewritten(path: Path, member: str, change: Callable[[str], str]) -> Path:
    """The workbook with one part changed by hand."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[member] = change(parts[member].decode()).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_titles_and_merged_headers_of_two_rows_are_understood_without_settings(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["二〇二六年二月工单"])
        sheet.append(["工单", None, "内容", "时间"])
        sheet.append(["编号", "状态", None, None])
        sheet.append([7, "办结", "路灯不亮", MORNING])
        for merged in ("A1:D1", "A2:B2", "C2:C3", "D2:D3"):
            sheet.merge_cells(merged)

    found = rows(save(tmp_path / "a.xlsx", fill))
    assert found == [SourceRow(4, {"工单/编号": 7, "工单/状态": "办结", "内容": "路灯不亮", "时间": MORNING})]


def test_cells_merged_over_several_rows_hold_for_each_of_them(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        for cells in (["街道", "内容"], ["泰山", "甲"], [None, "乙"], [None, "丙"], ["顶山", "丁"]):
            sheet.append(cells)
        sheet.merge_cells("A2:A3")

    found = [row.values["街道"] for row in rows(save(tmp_path / "a.xlsx", fill), "{text: 内容}")]
    assert found == ["泰山", "泰山", None, "顶山"]


def test_dates_are_known_by_their_chinese_formats_and_by_the_epoch_of_the_book(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["内容", "时间", "发生", "序列"])
        sheet.append(["甲", MORNING, MORNING, 46066])
        sheet["B2"].number_format = 'yyyy"年"m"月"d"日" h"时"mm"分"'
        sheet["C2"].number_format = "mm-dd-yy"

    def chinese(xml: str) -> str:
        assert 'numFmtId="14"' in xml
        return xml.replace('numFmtId="14"', 'numFmtId="31"')

    path = rewritten(save(tmp_path / "a.xlsx", fill), "xl/styles.xml", chinese)
    assert rows(path)[0].values == {"内容": "甲", "时间": MORNING, "发生": MORNING, "序列": 46066}
    path = rewritten(
        path, "xl/workbook.xml", lambda xml: re.sub(r"<workbookPr\b", '<workbookPr date1904="1"', xml)
    )
    assert rows(path)[0].values["时间"] == datetime(2030, 2, 14, 15, 20)  # noqa: DTZ001


def test_hidden_sheets_are_left_out_and_sheets_of_the_same_header_go_on(tmp_path: Path) -> None:
    book = Workbook()
    first = book.active
    assert first is not None
    first.append(["内容", "字典"])
    first.append(["不是数据", 1])
    first.sheet_state = "hidden"
    for name, text in (("1", "甲"), ("2", "乙"), ("说明", None)):
        sheet = book.create_sheet(name)
        sheet.append(["编号", "内容"] if text else ["填表说明"])
        sheet.append([name, text] if text else ["每月五日前报送"])
    book.save(tmp_path / "a.xlsx")
    found = rows(tmp_path / "a.xlsx", "{text: 内容}")
    assert [(row.line, row.values["内容"]) for row in found] == [(2, "甲"), (4, "乙")]


def test_blank_lines_errors_flags_and_inline_texts_are_read_as_they_stand(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["内容", "甲", "乙", "丙"])
        sheet.append(["路灯", True, "#N/A", 1.5])
        sheet["C2"].data_type = "e"
        sheet["A9"] = "井盖"

    path = save(tmp_path / "a.xlsx", fill)
    found = rows(path, "{text: 内容}")
    assert [(row.line, row.values) for row in found] == [
        (2, {"内容": "路灯", "甲": True, "乙": None, "丙": 1.5}),
        (9, {"内容": "井盖"}),
    ]
    inline = rewritten(
        path, "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace('<c r="D2" t="n"><v>1.5</v></c>', '<c t="inlineStr"><is><t>12</t></is></c>'),
    )  # fmt: skip
    assert rows(inline, "{text: 内容}")[0].values["丙"] == "12"


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_a_workbook_that_declares_entities_is_refused(tmp_path: Path, member: str) -> None:
    def poisoned(xml: str) -> str:
        head, tag, rest = xml.partition("?>\n") if xml.startswith("<?xml") else ("", "", xml)
        return f'{head}{tag}<!DOCTYPE a [<!ENTITY b "bomb">]>{rest}'

    path = shared(save(tmp_path / "a.xlsx", lambda sheet: sheet.append(["内容"])))
    with pytest.raises(Invalid):
        rows(rewritten(path, member, poisoned))


def test_a_package_cut_short_is_refused_by_name(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        for number in range(5_000):
            sheet.append(["内容" if not number else f"第 {number} 件"])

    path = save(tmp_path / "a.xlsx", fill)
    path.write_bytes(path.read_bytes()[:-2_000])
    with pytest.raises(Invalid) as refused:
        rows(path)
    assert refused.value.problems[0].value == "a.xlsx"


def test_phonetic_hints_are_no_part_of_a_shared_text(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["内容", "时间"])
        sheet.append(["甲", MORNING])

    def hinted(xml: str) -> str:
        return xml.replace("<t>&#30002;</t>", "<r><t>中</t></r><r><t>山</t></r><rPh><t>ZHONG</t></rPh>")

    path = rewritten(shared(save(tmp_path / "a.xlsx", fill)), "xl/sharedStrings.xml", hinted)
    assert [row.values for row in rows(path)] == [{"内容": "中山", "时间": MORNING}]


def test_a_cell_that_names_no_shared_text_makes_the_workbook_invalid(tmp_path: Path) -> None:
    path = shared(save(tmp_path / "a.xlsx", lambda sheet: sheet.append(["内容"])))
    with pytest.raises(Invalid):
        rows(rewritten(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("<v>0</v>", "<v>9</v>")))
