"""Headers 表头: which rows of a table name its columns, however many titles and merged cells stand there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .specification import FieldRule

Cells = Sequence[Any]

#: How far down a header is looked for, and how many rows it may have.
DEEPEST_START, MOST_ROWS = 20, 4
_QUOTED = re.compile(r'"([^"]+)"')
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range 合并单元格 of a sheet, counted from 0, both ends within."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header stands 表头位置: its first row and how many rows it has, and the columns' names."""

    start: int
    depth: int
    names: tuple[str, ...]


def wanted_columns(fields: Mapping[str, FieldRule]) -> frozenset[str]:
    """The column names that a mapping speaks of: its columns, and the quoted names of its expressions."""
    found: set[str] = set()
    for rule in fields.values():
        found.add(rule.source)
        found.update(_QUOTED.findall(rule.source))
    return frozenset(found)


def find_header(
    rows: Sequence[Cells],
    wanted: frozenset[str],
    *,
    skip_rows: int = 0,
    header_rows: int = 1,
    merges: Sequence[Merge] = (),
) -> Header | None:
    """The header of a table; None when there is none.

    With `skip_rows` it stands exactly there. Without, it is where most of the wanted names are found, of
    equals the highest; so titles, notes and dates above it need not be counted. When no wanted name is found
    at all, the first row that is not blank is taken.

    Args:
        rows: the first rows of the table, at least `DEEPEST_START + MOST_ROWS` when it has so many.

    A sheet `[["热线导出"], ["编号", "内容"], ["1", "坑"]]` with the wanted name 内容 has its header at 1.
    """
    if skip_rows:
        return _header(rows, skip_rows, header_rows, merges, wanted)
    first = next((number for number, cells in enumerate(rows) if any(map(_text, cells))), None)
    if first is None:
        return None
    best = _header(rows, first, header_rows, merges, wanted)
    most = _matches(best, wanted)
    starts = range(first, min(first + DEEPEST_START, len(rows)))
    for start in (number for number in starts if any(map(_text, rows[number]))):
        for depth in dict.fromkeys((header_rows, *range(1, MOST_ROWS + 1))):
            found = _header(rows, start, depth, merges, wanted)
            if _matches(found, wanted) > most:
                best, most = found, _matches(found, wanted)
    return best


def _matches(header: Header | None, wanted: frozenset[str]) -> int:
    return len(wanted.intersection(header.names)) if header else 0


def _header(
    rows: Sequence[Cells], start: int, depth: int, merges: Sequence[Merge], wanted: frozenset[str]
) -> Header | None:
    chosen = [list(map(_text, cells)) for cells in rows[start : start + depth]]
    if len(chosen) < depth or not any(map(any, chosen)):
        return None
    width = max(map(len, chosen))
    for cells in chosen:
        cells.extend([""] * (width - len(cells)))
    covering = [merge for merge in merges if merge.bottom >= start and merge.top < start + depth]
    if covering:
        _spread(chosen, start, covering)
    else:
        _reach_right(chosen)
    return Header(start, depth, tuple(_names(chosen, width, wanted)))


def _spread(rows: list[list[str]], start: int, merges: Iterable[Merge]) -> None:
    """Write the text of each merged range into all its cells; one that starts above the header has none."""
    for merge in merges:
        if merge.top < start:
            continue
        text = rows[merge.top - start][merge.left] if merge.left < len(rows[0]) else ""
        for row in rows[merge.top - start : merge.bottom - start + 1]:
            for column in range(merge.left, min(merge.right + 1, len(row))):
                row[column] = text


def _reach_right(rows: list[list[str]]) -> None:
    """Without known ranges an upper name reaches right over blanks, as exports to CSV leave them."""
    for row in rows[:-1]:
        kept = ""
        for column, text in enumerate(row):
            kept = row[column] = text or kept


def _names(rows: list[list[str]], width: int, wanted: frozenset[str]) -> list[str]:
    """One name a column: upper names before lower ones with a slash; doubled names told apart by `#2`."""
    spelled = {_plain(name): name for name in sorted(wanted)}
    names: list[str] = []
    for column in range(width):
        parts: list[str] = []
        for row in rows:
            if row[column] and row[column] not in parts[-1:]:
                parts.append(row[column])
        name = "/".join(parts) or f"第{column + 1}列"
        name = name if name in wanted else spelled.get(_plain(name), name)
        count = sum(known == name or known.startswith(f"{name}#") for known in names)
        names.append(f"{name}#{count + 1}" if count else name)
    return names


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _plain(name: str) -> str:
    """A name without what exports change at will: full-width forms, blanks, line breaks, stars."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", name)).strip("*").casefold()


def best_delimiter(lines: Sequence[str], candidates: str) -> str:
    """The character that parts the cells of the first lines of a text table 分隔符.

    The one that most lines hold equally often, of equals the more frequent; titles hold none.
    """
    scores: dict[str, tuple[int, int]] = {}
    for delimiter in candidates:
        counts = [line.count(delimiter) for line in lines]
        agreed = {number: counts.count(number) for number in set(counts) if number}
        scores[delimiter] = max(((lines, number) for number, lines in agreed.items()), default=(0, 0))
    return max(candidates, key=lambda delimiter: scores[delimiter])
