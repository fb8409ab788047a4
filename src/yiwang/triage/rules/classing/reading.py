"""Labelled reports 已分类诉求 as a CSV file gives them: columns `text,label`, a title if it has one."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from ....kernel.text_files import text_of
from .texts import Message

#: Columns that may hold a title, the first one there counts; others are not read.
TITLES = ("title", "topic", "标题")
_TEXTS, _LABELS = ("text", "内容"), ("label", "类别")
_LARGEST_FIELD = 10_000_000


class FileWrong(ValueError):
    """The file cannot be read; the message names what is missing and the remedy."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Reports with their labels 已分类诉求; `skipped` counts rows without text or label."""

    messages: tuple[Message, ...]
    labels: tuple[str, ...]
    skipped: int = 0


def read_labelled(content: bytes) -> Labelled:
    """Read a CSV file in UTF-8 (with or without a mark) or GB 18030.

    Raises:
        FileWrong: a column is missing, the encoding is unknown, or it is no CSV.
    """
    try:
        text = text_of(content).replace("\0", "")
    except UnicodeDecodeError as problem:
        raise FileWrong("编码无法识别，请另存为 UTF-8。") from problem
    csv.field_size_limit(_LARGEST_FIELD)
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = {str(name).strip().lower(): name for name in rows.fieldnames or () if name is not None}
        words, label = _column(columns, _TEXTS), _column(columns, _LABELS)
        title = next((columns[name] for name in TITLES if name in columns), None)
        return _rows(rows, words, label, title)
    except csv.Error as problem:
        raise FileWrong(f"第 {rows.line_num} 行读不出（{problem}），请检查引号和逗号。") from problem


def _column(columns: dict[str, str], names: Sequence[str]) -> str:
    for name in names:
        if name in columns:
            return columns[name]
    raise FileWrong(f"缺少列 {names[0]}：首行须有 text,label。")


def _rows(rows: csv.DictReader[str], words: str, label: str, title: str | None) -> Labelled:
    messages, labels, skipped = [], [], 0
    for row in rows:
        said, named = (row.get(words) or "").strip(), (row.get(label) or "").strip()
        heading = (row.get(title) or "").strip() if title else ""
        if not named or not (said or heading):
            skipped += 1
            continue
        messages.append(Message(said or heading, heading))
        labels.append(named)
    return Labelled(tuple(messages), tuple(labels), skipped)
