"""Reading 读取: files of rows as a stream — CSV (also gzipped), Excel workbooks, JSON lines.

Encodings are found out (UTF-8 with or without mark, UTF-16 with mark, GB18030, which holds GBK and GB2312);
titles above the header are passed over; memory does not grow with the file.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import json
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ..kernel.errors import invalid
from .rules.headers import (
    DEEPEST_START,
    MOST_ROWS,
    Header,
    Merge,
    best_delimiter,
    find_header,
    wanted_columns,
)
from .rules.specification import Specification

if TYPE_CHECKING:
    from .workbook import Row

_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENCODINGS = ("utf-8", "gb18030")
#: A file with more undecodable bytes a million than this is in an encoding that we do not know.
_MOST_DAMAGE = 1_000
_DELIMITERS = ",\t;|，"
_HEAD = DEEPEST_START + MOST_ROWS + 1
_LOST = "\ufffd"
_TABLES = frozenset({"csv", "xlsx"})
SUFFIXES = {".csv": "csv", ".xlsx": "xlsx", ".ndjson": "json", ".jsonl": "json", ".json": "json"}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of a file 来源行.

    Attributes:
        line: where it stands in the file, from 1.
        values: column to cell.
        broken: why the row can not be trusted (Chinese); empty for a good one.
    """

    line: int
    values: dict[str, Any]
    broken: str = ""


def format_of(path: Path) -> str:
    """`csv`, `xlsx` or `json` by a file's name.

    Raises:
        Invalid: when the ending is none of those known.
    """
    name = Path(path.name.lower().removesuffix(".gz"))
    found = SUFFIXES.get(name.suffix)
    if found is None:
        raise invalid("file", path.name, f"文件名须以 {'、'.join(SUFFIXES)} 结尾（可再加 .gz）。")
    return found


def file_hash(path: Path) -> bytes:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def read_rows(path: Path, spec: Specification) -> Iterator[SourceRow]:
    """The rows of a file, blank ones left out. Text tables and workbooks may stand for one another.

    Raises:
        Invalid: when the file can not be read as what the specification says it is.
    """
    given = format_of(path)
    if given != spec.format and not {given, spec.format} <= _TABLES:
        raise invalid("file", path.name, f"映射“{spec.name}”用于 {spec.format} 文件，请换文件或换映射。")
    if given == "xlsx":
        return _workbook(path, spec)
    encoding = _encoding_of(path) if spec.encoding == "auto" else spec.encoding
    return _csv(path, spec, encoding) if given == "csv" else _json(path, encoding)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as stream:
        if stream.read(2) == b"\x1f\x8b":
            stream.seek(0)
            with gzip.open(stream) as unpacked:
                yield unpacked  # type: ignore[misc]
        else:
            stream.seek(0)
            yield stream


def _encoding_of(path: Path) -> str:
    """The encoding in which the whole file can be read, or all but a few bytes of it.

    Exports cut texts at a number of bytes and so leave half characters behind; rows that hold one are broken,
    the file is not.
    """
    with _opened(path) as stream:
        head = stream.read(_BLOCK)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    damage: dict[str, float] = {}
    for name in _ENCODINGS:
        with _opened(path) as stream:
            damage[name] = _damage(stream, name)
        if not damage[name]:
            return name
    best = min(_ENCODINGS, key=lambda name: damage[name])
    if damage[best] <= _MOST_DAMAGE:
        return best
    raise invalid("file", path.name, "文件编码无法识别，请另存为 UTF-8 后再导入。")


def _damage(stream: BinaryIO, encoding: str) -> float:
    """Undecodable places a million bytes; it is not read further once that is hopeless."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    lost = size = 0
    while block := stream.read(_BLOCK):
        lost += decoder.decode(block).count(_LOST)
        size += len(block)
        if lost * 1_000_000 > 10 * _MOST_DAMAGE * max(size, _BLOCK):
            break
    lost += decoder.decode(b"", final=True).count(_LOST)
    return lost * 1_000_000 / max(size, 1)


def _csv(path: Path, spec: Specification, encoding: str) -> Iterator[SourceRow]:
    csv.field_size_limit(1 << 27)
    with (
        _opened(path) as stream,
        io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="") as text,
    ):
        lines = [line.replace("\0", "") for line in islice(text, 2 * _HEAD)]
        if lines and lines[0].strip().lower().startswith("sep="):
            lines[0] = "\n"
        delimiter = best_delimiter(lines, _DELIMITERS)
        reader = csv.reader(chain(lines, (line.replace("\0", "") for line in text)), delimiter=delimiter)
        head = [(reader.line_num, cells) for cells in islice(reader, _HEAD)]
        header = _header([cells for _, cells in head], spec, path)
        width = len(header.names)
        for line, cells in chain(
            head[header.start + header.depth :], ((reader.line_num, cells) for cells in reader)
        ):
            if any(cells):
                yield _csv_row(line, header.names, cells, width)


def _csv_row(line: int, names: Sequence[str], cells: list[str], width: int) -> SourceRow:
    values: dict[str, Any] = dict(zip(names, cells, strict=False))
    if len(cells) > width and any(cells[width:]):
        values["…"] = cells[width:]
        return SourceRow(line, values, f"有 {len(cells)} 列，首行只有 {width} 列，请检查逗号和引号。")
    if len(cells) < width:
        return SourceRow(line, values, f"只有 {len(cells)} 列，首行有 {width} 列，请检查换行和引号。")
    if any(_LOST in cell for cell in cells):
        return SourceRow(line, values, "有无法识别的字符（�），请核对来源文件的编码。")
    return SourceRow(line, values)


def _header(rows: Sequence[Sequence[Any]], spec: Specification, path: Path) -> Header:
    found = find_header(
        rows, wanted_columns(spec.fields), skip_rows=spec.skip_rows, header_rows=spec.header_rows
    )
    if found is None:
        raise _no_header(path)
    return found


def _no_header(path: Path) -> Exception:
    return invalid("file", path.name, "找不到首行列名，请检查 header_rows 和 skip_rows。")


def _json(path: Path, encoding: str) -> Iterator[SourceRow]:
    with _opened(path) as stream, io.TextIOWrapper(stream, encoding=encoding, errors="replace") as text:
        for line, written in enumerate(text, start=1):
            if not written.strip():
                continue
            try:
                values = json.loads(written)
            except (ValueError, RecursionError):
                yield SourceRow(line, {"…": written.rstrip("\n")}, "不是有效的 JSON，请检查这一行。")
                continue
            if not isinstance(values, dict):
                yield SourceRow(line, {"…": values}, "每行须为一个 JSON 对象。")
            elif _LOST in written:
                yield SourceRow(line, values, "有无法识别的字符（�），请核对来源文件的编码。")
            else:
                yield SourceRow(line, values)


def _workbook(path: Path, spec: Specification) -> Iterator[SourceRow]:
    """The rows of the first sheet, and of the sheets after it that have the same header (split exports)."""
    from .workbook import open_workbook  # slow to load, and few processes read workbooks

    wanted = wanted_columns(spec.fields)
    names: tuple[str, ...] | None = None
    passed = 0
    with open_workbook(path) as book:
        for sheet in book.sheets:
            rows = sheet.rows()
            head = list(islice(rows, _HEAD))
            header = find_header(
                [cells for _, cells in head], wanted,
                skip_rows=spec.skip_rows, header_rows=spec.header_rows, merges=sheet.merges,
            )  # fmt: skip
            if header is None or (names is not None and header.names != names):
                continue
            names = header.names
            line = 0
            below = chain(head[header.start + header.depth :], rows)
            for line, cells in _filled_down(below, sheet.merges, header):
                if any(cell not in (None, "") for cell in cells):
                    yield SourceRow(passed + line, dict(zip(names, cells, strict=False)))
            passed += line
    if names is None:
        raise _no_header(path)


def _filled_down(rows: Iterator[Row], merges: Sequence[Merge], header: Header) -> Iterator[Row]:
    """Rows whose cells under a merged range repeat its text, as the sheet shows it."""
    waiting = deque(sorted((m for m in merges if m.top >= header.start + header.depth), key=lambda m: m.top))
    open_ranges: list[tuple[Merge, Any]] = []
    for line, cells in rows:
        open_ranges = [(merge, value) for merge, value in open_ranges if merge.bottom >= line - 1]
        if open_ranges:
            written = [*cells, *[None] * (len(header.names) - len(cells))]
            for merge, value in open_ranges:
                if merge.left < len(written) and written[merge.left] in (None, ""):
                    written[merge.left] = value
            yield line, written
        else:
            yield line, cells
        while waiting and waiting[0].top <= line - 1:
            merge = waiting.popleft()
            if merge.top == line - 1 < merge.bottom and merge.left < len(cells):
                open_ranges.append((merge, cells[merge.left]))
