"""Tables 表格: CSV files of parts and addresses, read row by row; each wrong row is named with its remedy."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...kernel.errors import invalid
from ...kernel.text_files import text_of


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One wrong row 错误行: its line in the file from 1, the column, the value there, and what to do."""

    line: int
    field: str
    value: str
    remedy: str


@dataclass(frozen=True, slots=True)
class TableCounts:
    """What an import of a table did 导入结果.

    Attributes:
        read: rows of the file, the heading not counted.
        accepted: rows that added or changed something.
        unchanged: rows that stood as they are.
        problems: what is wrong with the rows that were left out.
    """

    read: int
    accepted: int
    unchanged: int
    problems: Sequence[RowProblem] = ()

    @property
    def refused(self) -> int:
        """Rows that were left out."""
        return self.read - self.accepted - self.unchanged


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row as text by the name of its column, trimmed; a column that the file has not reads as empty."""

    line: int
    cells: Mapping[str, str]


@dataclass(slots=True)
class Table:
    """A file that was read 表格."""

    rows: list[TableRow] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Rows of the file."""
        return len(self.rows) + len({problem.line for problem in self.problems})


def read_table(
    content: bytes,
    columns: Mapping[str, Sequence[str]],
    *,
    needed: Sequence[str],
    most_rows: int | None = None,
) -> Table:
    """Read a CSV file in UTF-8 or GB 18030 whose first row names the columns.

    Args:
        columns: name of a column to the headings it goes by; the first one is used in messages.
        needed: columns without which the file is refused, and without a value in which a row is.
        most_rows: refuse longer files; None for no bound.

    Raises:
        Invalid: for a file that is no such table; nothing of it is read then.
    """
    reader = csv.reader(io.StringIO(_decoded(content), newline=""), strict=True)
    try:
        heading = [cell.strip() for cell in next(reader, [])]
        places = {
            name: heading.index(found)
            for name, known in columns.items()
            if (found := next((word for word in known if word in heading), None)) is not None
        }
        missing = [columns[name][0] for name in needed if name not in places]
        if missing:
            raise invalid("file", "、".join(heading), f"第一行缺少列：{'、'.join(missing)}。")
        table = Table()
        for number, (line, cells) in enumerate(_lines(reader)):
            if number == most_rows:
                raise invalid("file", most_rows, f"文件超过 {most_rows} 行，请拆分，或用命令行导入。")
            _add(table, line, cells, places, [(name, columns[name][0]) for name in needed])
    except csv.Error as error:
        raise invalid(
            "file", "", f"第 {reader.line_num} 行不是完整的 CSV（{error}），请检查引号。"
        ) from error
    return table


def _decoded(content: bytes) -> str:
    try:
        return text_of(content)
    except UnicodeDecodeError as error:
        raise invalid("file", "", "文件的编码无法识别，请另存为 UTF-8。") from error


def _lines(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with the line they begin at."""
    begins = 2
    for cells in reader:
        line, begins = begins, reader.line_num + 1  # type: ignore[attr-defined]
        if any(cell.strip() for cell in cells):
            yield line, cells


def _add(
    table: Table, line: int, cells: list[str], places: Mapping[str, int], needed: Sequence[tuple[str, str]]
) -> None:
    found = {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()}
    empty = [label for name, label in needed if not found[name]]
    if empty:
        table.problems += [RowProblem(line, label, "", f"请填写{label}。") for label in empty]
    else:
        table.rows.append(TableRow(line, found))
