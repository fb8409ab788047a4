"""Reading 读取: files of rows as a stream — CSV (also gzipped), Excel workbooks, JSON lines.

Encodings are found out (UTF-8 with or without mark, UTF-16 with mark, GB18030); memory does not grow with
the file, but for Excel's own table of shared strings.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import json
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ..kernel.errors import invalid
from .rules.specification import Specification

_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",\t;|，"
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
    """The rows of a file, blank ones left out.

    Raises:
        Invalid: when the file can not be read as what the specification says it is.
    """
    given = format_of(path)
    if given != spec.format:
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
    with _opened(path) as stream:
        head = stream.read(_BLOCK)
        for mark, name in _MARKS:
            if head.startswith(mark):
                return name
        for name in ("utf-8", "gb18030"):
            stream.seek(0)
            if _decodes(stream, name):
                return name
    raise invalid("file", path.name, "文件编码无法识别，请另存为 UTF-8 后再导入。")


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := stream.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _csv(path: Path, spec: Specification, encoding: str) -> Iterator[SourceRow]:
    csv.field_size_limit(1 << 27)
    with _opened(path) as stream, io.TextIOWrapper(stream, encoding=encoding, newline="") as text:
        for _ in range(spec.skip_rows):
            text.readline()
        first = text.readline()
        delimiter = max(_DELIMITERS, key=first.count)
        rows = csv.reader(_chained(first, text), delimiter=delimiter)
        header = [next(rows, []) for _ in range(spec.header_rows)]
        names = _names(header, path)
        width = len(names)
        for cells in rows:
            if not any(cells):
                continue
            values: dict[str, Any] = dict(zip(names, cells, strict=False))
            line = rows.line_num + spec.skip_rows
            if len(cells) == width:
                yield SourceRow(line, values)
            elif len(cells) > width:
                values["…"] = cells[width:]
                yield SourceRow(line, values, f"有 {len(cells)} 列，首行只有 {width} 列，请检查逗号和引号。")
            else:
                yield SourceRow(line, values, f"只有 {len(cells)} 列，首行有 {width} 列，请检查换行和引号。")


def _chained(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _names(header: Sequence[Sequence[Any]], path: Path) -> list[str]:
    """One name a column: merged upper cells reach right, and stand before the lower name with a slash."""
    width = max((len(row) for row in header), default=0)
    parts: list[list[str]] = [[] for _ in range(width)]
    for depth, row in enumerate(header):
        kept = ""
        for index in range(width):
            cell = str(row[index]).strip() if index < len(row) and row[index] is not None else ""
            kept = cell or (kept if depth < len(header) - 1 else "")
            if kept and kept not in parts[index][-1:]:
                parts[index].append(kept)
    names: list[str] = []
    for index, part in enumerate(parts):
        name = "/".join(part) or f"第{index + 1}列"
        count = sum(known == name or known.startswith(f"{name}#") for known in names)
        names.append(f"{name}#{count + 1}" if count else name)
    if not any(parts):
        raise invalid("file", path.name, "找不到首行列名，请检查 header_rows 和 skip_rows。")
    return names


def _json(path: Path, encoding: str) -> Iterator[SourceRow]:
    with _opened(path) as stream, io.TextIOWrapper(stream, encoding=encoding) as text:
        for line, written in enumerate(text, start=1):
            if not written.strip():
                continue
            try:
                values = json.loads(written)
            except ValueError:
                yield SourceRow(line, {"…": written.rstrip("\n")}, "不是有效的 JSON，请检查这一行。")
                continue
            if isinstance(values, dict):
                yield SourceRow(line, values)
            else:
                yield SourceRow(line, {"…": values}, "每行须为一个 JSON 对象。")


def _workbook(path: Path, spec: Specification) -> Iterator[SourceRow]:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(path, read_only=True, data_only=True)
        except Exception as error:
            raise invalid("file", path.name, "不是有效的 Excel 工作簿，请另存为 .xlsx。") from error
    try:
        rows = enumerate(book.worksheets[0].iter_rows(values_only=True), start=1)
        header: list[Sequence[Any]] = []
        for line, cells in rows:
            if line > spec.skip_rows:
                header.append(cells)
            if len(header) == spec.header_rows:
                break
        names = _names(header, path)
        for line, cells in rows:
            if any(cell not in (None, "") for cell in cells):
                yield SourceRow(line, dict(zip(names, cells, strict=False)))
    finally:
        book.close()
