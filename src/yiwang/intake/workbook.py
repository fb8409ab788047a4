"""Workbook 工作簿: the sheets of an .xlsx file as streams of rows, in the same memory whatever their size.

Cells are read with expat straight from the package; the table of shared strings is laid on disk while it is
read. Files that declare entities are refused. Dates are recognised by the cell's number format, Excel's
Chinese ones included.
"""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast
from xml.etree import ElementTree
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.cell import column_index_from_string, range_boundaries
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, from_ISO8601

from ..kernel.errors import invalid
from .rules.headers import Merge

_BLOCK = 1 << 18
#: Number formats that Chinese editions of Excel use for dates without spelling them out.
_CHINESE_DATES = frozenset({*range(27, 37), *range(50, 59)})
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*ref=\"([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})\"")
_END_OF_ROWS = re.compile(rb"</(?:\w+:)?sheetData>|<(?:\w+:)?sheetData/>")
#: More merged ranges than this are a layout, not a table.
_MOST_MERGES = 100_000
#: Below this row gaps are no longer filled with blank rows.
_DENSE = 100
_BROKEN = (
    zipfile.BadZipFile,
    ElementTree.ParseError,
    expat.ExpatError,
    KeyError,
    ValueError,
    OSError,
    EOFError,
)
_REMEDY = "不是有效的 Excel 工作簿，请另存为 .xlsx。"

Row = tuple[int, Sequence[Any]]


class _Refused(ValueError):
    """The package holds what no office program writes."""


class Strings:
    """Shared strings 共享字符串: texts by number, kept in a scratch file."""

    def __init__(self, scratch: IO[bytes]) -> None:
        self._file = scratch
        self._ends = array("Q", [0])

    def read(self, source: IO[bytes]) -> None:
        """Read the part of the package that holds them."""
        deque(_feed(_StringsParser(self._add).parser, source), maxlen=0)
        self._file.flush()

    def _add(self, text: str) -> None:
        written = text.encode("utf-8", "surrogatepass")
        self._file.write(written)
        self._ends.append(self._ends[-1] + len(written))

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends) - 1:
            raise ValueError(f"no shared string {number}")
        start, end = self._ends[number], self._ends[number + 1]
        return os.pread(self._file.fileno(), end - start, start).decode("utf-8", "surrogatepass")


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def refuse(*_: Any) -> None:
        raise _Refused("entities")

    parser.EntityDeclHandler = refuse
    return parser


def _feed(parser: expat.XMLParserType, source: IO[bytes]) -> Iterator[None]:
    while block := source.read(_BLOCK):
        parser.Parse(block, False)
        yield
    parser.Parse(b"", True)
    yield


class _StringsParser:
    """Every `si` as one text; phonetic hints (`rPh`) are left out."""

    def __init__(self, add: Callable[[str], None]) -> None:
        self._add = add
        self._parts: list[str] = []
        self._reading = self._hint = False
        self.parser = _parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, name: str, _: dict[str, str]) -> None:
        tag = name.rpartition("}")[2]
        if tag == "rPh":
            self._hint = True
        elif tag == "t":
            self._reading = not self._hint

    def _end(self, name: str) -> None:
        tag = name.rpartition("}")[2]
        if tag == "si":
            self._add("".join(self._parts))
            self._parts.clear()
        elif tag == "rPh":
            self._hint = False
        elif tag == "t":
            self._reading = False

    def _text(self, data: str) -> None:
        if self._reading:
            self._parts.append(data)


class _SheetParser:
    """Rows of one sheet, as expat meets them."""

    def __init__(self, cell: Callable[[str, str, int], Any]) -> None:
        self.ready: list[Row] = []
        self._cell = cell
        self._line = self._column = self._style = 0
        self._type = ""
        self._cells: list[Any] = []
        self._parts: list[str] = []
        self._reading = False
        self.parser = _parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, name: str, given: dict[str, str]) -> None:
        tag = name.rpartition("}")[2]
        if tag == "c":
            place = given.get("r", "")
            letters = place.rstrip("0123456789")
            self._column = column_index_from_string(letters) - 1 if letters else len(self._cells)
            self._type, self._style = given.get("t", "n"), int(given.get("s", 0))
            self._parts = []
        elif tag in {"v", "t"}:
            self._reading = True
        elif tag == "row":
            self._line = int(given.get("r", self._line + 1))
            self._cells = []

    def _end(self, name: str) -> None:
        tag = name.rpartition("}")[2]
        if tag in {"v", "t"}:
            self._reading = False
        elif tag == "c":
            written = "".join(self._parts)
            if written:
                self._cells.extend([None] * (self._column - len(self._cells)))
                self._cells[self._column :] = [self._cell(written, self._type, self._style)]
        elif tag == "row":
            self.ready.append((self._line, self._cells))

    def _text(self, data: str) -> None:
        if self._reading:
            self._parts.append(data)


class Sheet:
    """One sheet of a workbook 工作表."""

    def __init__(self, archive: zipfile.ZipFile, member: str, cell: Callable[[str, str, int], Any]) -> None:
        self._archive, self._member, self._cell = archive, member, cell

    @cached_property
    def merges(self) -> tuple[Merge, ...]:
        """The merged ranges; they stand behind the rows."""
        found: list[Merge] = []
        tail = b""
        behind = False
        with self._archive.open(self._member) as source:
            while (block := source.read(_BLOCK)) and len(found) < _MOST_MERGES:
                text = tail + block
                if not behind:
                    end = _END_OF_ROWS.search(text)
                    if end is None:
                        tail = text[-40:]
                        continue
                    behind, text = True, text[end.end() :]
                last = 0
                for match in _MERGED.finditer(text):
                    left, top, right, bottom = range_boundaries(match[1].decode())
                    found.append(Merge(top - 1, left - 1, bottom - 1, right - 1))
                    last = match.end()
                tail = text[last:][-200:]
        return tuple(found)

    def rows(self) -> Iterator[Row]:
        """Line and cells of every row; the first hundred lines without gaps."""
        sheet = _SheetParser(self._cell)
        seen = 0
        with self._archive.open(self._member) as source:
            for _ in _feed(sheet.parser, source):
                ready, sheet.ready = sheet.ready, []
                for line, cells in ready:
                    for gap in range(seen + 1, min(line, _DENSE)):
                        yield gap, ()
                    seen = line
                    yield line, cells


class Book:
    """An opened workbook: its visible sheets, in order."""

    def __init__(self, archive: zipfile.ZipFile, strings: Strings) -> None:
        self._archive = archive
        self._strings = strings
        self._dates = frozenset[int]()
        self._epoch = WINDOWS_EPOCH
        for name in archive.namelist():
            if name.casefold().endswith("xl/sharedstrings.xml"):
                with archive.open(name) as source:
                    strings.read(source)
        self._read_styles()
        self.sheets = tuple(Sheet(archive, member, self._value) for member in self._members())

    def _tree(self, member: str) -> ElementTree.Element:
        return _small_tree(self._archive, member)

    def _members(self) -> Iterator[str]:
        targets = {
            node.get("Id", ""): node.get("Target", "") for node in self._tree("xl/_rels/workbook.xml.rels")
        }
        book = self._tree("xl/workbook.xml")
        for node in book.iter():
            tag = node.tag.rpartition("}")[2]
            if tag == "workbookPr" and node.get("date1904", "0") in {"1", "true"}:
                self._epoch = MAC_EPOCH
            if tag == "sheet" and node.get("state", "visible") == "visible":
                key = next(value for name, value in node.attrib.items() if name.endswith("}id"))
                target = targets[key]
                member = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))
                if "worksheets" in member:
                    yield member

    def _read_styles(self) -> None:
        if "xl/styles.xml" not in self._archive.namelist():
            return
        styles = self._tree("xl/styles.xml")
        own: dict[int, str] = {}
        formats: list[int] = []
        for node in styles.iter():
            tag = node.tag.rpartition("}")[2]
            if tag == "numFmt":
                own[int(node.get("numFmtId", 0))] = node.get("formatCode", "")
            elif tag == "cellXfs":
                formats = [int(inner.get("numFmtId", 0)) for inner in node]
        self._dates = frozenset(
            number
            for number, code in enumerate(formats)
            if code in _CHINESE_DATES or is_date_format(own.get(code) or BUILTIN_FORMATS.get(code))
        )

    def _value(self, written: str, kind: str, style: int) -> Any:
        """A cell's value: text, whole number, number, moment or flag; None for an error such as `#N/A`."""
        if kind == "s":
            return self._strings[int(written)]
        if kind == "n":
            return self._number(written, style)
        if kind == "b":
            return written == "1"
        if kind == "d":
            return from_ISO8601(written)
        return None if kind == "e" else written

    def _number(self, written: str, style: int) -> Any:
        number = float(written) if "." in written or "e" in written.lower() else int(written)
        if style not in self._dates:
            return number
        try:
            return cast(datetime, from_excel(number, self._epoch))
        except (OverflowError, ValueError):
            return number


def _small_tree(archive: zipfile.ZipFile, member: str) -> ElementTree.Element:
    """A part that describes the book; refused when it is larger than any book needs, or declares entities."""
    if archive.getinfo(member).file_size > 64 << 20:
        raise _Refused("too large")
    content = archive.read(member)
    if b"<!ENTITY" in content or b"<!DOCTYPE" in content:
        raise _Refused("entities")
    return ElementTree.fromstring(content)


@contextmanager
def open_workbook(path: Path) -> Iterator[Book]:
    """A workbook, closed at the end.

    Raises:
        Invalid: it is no workbook.
    """
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryFile() as scratch:
            yield Book(archive, Strings(scratch))
    except _BROKEN as error:
        raise invalid("file", path.name, _REMEDY) from error
