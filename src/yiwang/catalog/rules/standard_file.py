"""Rows of a standard's file 标准文件: one row is one registering condition with its limit.

Columns are those that cities publish: 大类代码, 大类名称, 小类代码, 小类名称, 立案条件, 结案条件,
处置时限, 类 and, optionally, 单位 (used when the limit is a bare number). What cannot be read without
a doubt is refused with a reason, never filled in.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...kernel.canonical import canonical_text
from ...kernel.limits import Limit, LimitUnreadable, read_limit

BIG_CODE, BIG_NAME, SMALL_CODE, NAME = "大类代码", "大类名称", "小类代码", "小类名称"
CONDITION, CLOSING, LIMIT, KIND, UNIT = "立案条件", "结案条件", "处置时限", "类", "单位"
REQUIRED = (BIG_CODE, BIG_NAME, SMALL_CODE, NAME, CONDITION, CLOSING, LIMIT, KIND)
#: Columns that somebody may correct in quarantine.
CORRECTABLE = (*REQUIRED, UNIT)
_KINDS = {"部件": ("part", "P"), "事件": ("event", "E")}
_NAME_SIZE = 120


class RowUnreadable(ValueError):
    """A row of a standard cannot be taken in; the message is Chinese and says why.

    Attributes:
        column: the column that is wrong, empty when it is the row as a whole.
    """

    def __init__(self, message: str, column: str = "") -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the file 原始行.

    Attributes:
        number: 1 for the first row under the heading.
        key: names the row by class and condition, so that a second import finds it again.
    """

    number: int
    key: str
    raw: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StandardRow:
    """One row as understood 标准行."""

    key: str
    kind: str
    big_code: str
    big_name: str
    code: str
    name: str
    condition: str
    closing: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Reading:
    """What a bare 小时 and 天 mean in a file 读法; units of `kernel.working_time`."""

    hour: str = "work_hour"
    day: str = "work_day"


def missing_columns(names: Iterable[str]) -> list[str]:
    """Required columns that a heading lacks, in their usual order."""
    given = set(names)
    return [name for name in REQUIRED if name not in given]


def keyed(rows: Iterable[Mapping[str, str]]) -> list[RawRow]:
    """Number the rows and give each its key; equal conditions of one class are told apart by their order."""
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for number, raw in enumerate(rows, start=1):
        named = (
            _plain(raw.get(KIND)),
            _padded(raw.get(BIG_CODE)),
            _padded(raw.get(SMALL_CODE)),
            _plain(raw.get(CONDITION)),
        )
        seen[named] += 1
        text = canonical_text({"row": list(named), "ordinal": seen[named]})
        kept = {column: value.replace("\x00", "\ufffd") for column, value in raw.items()}
        found.append(RawRow(number, hashlib.sha256(text.encode()).hexdigest(), kept))
    return found


def read_row(row: RawRow, reading: Reading) -> StandardRow:
    """Understand one row.

    Example: `1,公用设施,1,上水井盖,缺失,恢复,2紧急工作时,部件` is the condition 缺失 of class P0101 with a
    limit of 2 urgent hours.

    Raises:
        RowUnreadable: naming the column and what is wrong with it.
    """
    raw = row.raw
    kind, letter = _kind(raw.get(KIND))
    big = letter + _code(raw, BIG_CODE)
    return StandardRow(
        key=row.key,
        kind=kind,
        big_code=big,
        big_name=_name(raw, BIG_NAME),
        code=big + _code(raw, SMALL_CODE),
        name=_name(raw, NAME),
        condition=_text(raw, CONDITION),
        closing=_plain(raw.get(CLOSING)),
        limit=_limit(raw, reading),
    )


def _plain(value: str | None) -> str:
    """Without white space of any kind: standards break lines inside cells; Chinese needs none."""
    return "".join((value or "").split())


def _padded(value: str | None) -> str:
    text = unicodedata.normalize("NFKC", _plain(value))
    return text.zfill(2) if text.isascii() and text.isdigit() else text


def _code(raw: Mapping[str, str], column: str) -> str:
    text = _padded(raw.get(column))
    if not (text.isascii() and text.isdigit() and len(text) == 2):
        raise RowUnreadable(f"{column}“{raw.get(column) or ''}”不是一至两位数字。")
    return text


def _kind(value: str | None) -> tuple[str, str]:
    found = _KINDS.get(_plain(value))
    if found is None:
        raise RowUnreadable(f"{KIND}“{value or ''}”不是部件或事件。")
    return found


def _name(raw: Mapping[str, str], column: str) -> str:
    text = _text(raw, column)
    if len(text) > _NAME_SIZE:
        raise RowUnreadable(f"{column}超过 {_NAME_SIZE} 个字。")
    return text


def _text(raw: Mapping[str, str], column: str) -> str:
    text = _plain(raw.get(column))
    if not text:
        raise RowUnreadable(f"{column}为空。")
    return text


def _limit(raw: Mapping[str, str], reading: Reading) -> Limit:
    text = raw.get(LIMIT) or ""
    plain = unicodedata.normalize("NFKC", _plain(text))
    if plain.isascii() and plain.replace(".", "", 1).isdigit():
        text = plain + _plain(raw.get(UNIT))
    try:
        return read_limit(text, hour_means=reading.hour, day_means=reading.day)
    except LimitUnreadable as problem:
        raise RowUnreadable(str(problem), LIMIT) from problem
