"""Rules of a list of holdings 任职清单: how a file is read, and what each row means beside what stands.

A row reads: account, name, post code, from, until. A plain date in `from` begins at its midnight, in
`until` it is the last day. An empty `from` means now, an empty `until` until further notice.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from .holdings import HeldPost, Period, clashes

#: The columns, by the headings a file may use for them.
COLUMNS: Mapping[str, str] = {
    "account": "account", "账号": "account", "用户名": "account",
    "name": "name", "姓名": "name",
    "post": "post", "岗位代码": "post", "岗位": "post",
    "from": "from", "起始": "from", "起始日期": "from", "起": "from",
    "until": "until", "终止": "until", "终止日期": "until", "止": "until",
}  # fmt: skip
#: The columns as the pages and problems name them.
HEADINGS: Mapping[str, str] = {
    "account": "账号", "name": "姓名", "post": "岗位代码", "from": "起始", "until": "终止",
}  # fmt: skip
_DATES = ("%Y-%m-%d", "%Y/%m/%d")
_TIMES = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y/%m/%d %H:%M")
MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One wrong row: its line in the file, the field, the value given and what to do about it."""

    line: int
    field: str
    value: str
    remedy: str


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """One row of the list as the file says it."""

    line: int
    account: str
    name: str
    post: str
    starts_at: datetime | None
    ends_at: datetime | None


def read_holding_rows(text: str, zone: ZoneInfo) -> tuple[list[HoldingRow], list[RowProblem]]:
    """Rows that can be read, and the problems of those that cannot.

    Empty lines, and posts without anybody, count for nothing.
    """
    reader = csv.reader(text.lstrip("\ufeff").splitlines())
    heading = [COLUMNS.get(cell.strip().lower(), "") for cell in next(reader, [])]
    missing = [HEADINGS[name] for name in ("account", "post") if name not in heading]
    if missing:
        return [], [RowProblem(1, "、".join(missing), "", "首行须有“账号、姓名、岗位代码、起始、终止”各列。")]
    rows: list[HoldingRow] = []
    problems: list[RowProblem] = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        line = reader.line_num
        raw = dict.fromkeys(HEADINGS, "")
        raw.update({name: cell.strip() for name, cell in zip(heading, cells, strict=False) if name})
        if not any(value for name, value in raw.items() if name != "post"):
            continue
        if len(rows) + len(problems) >= MOST_ROWS:
            problems.append(RowProblem(line, "", "", f"一次最多载入 {MOST_ROWS} 行，请拆分文件。"))
            break
        found = list(_problems(line, raw, zone))
        problems += found
        if not found:
            rows.append(_row(line, raw, zone))
    return rows, problems


def _problems(line: int, raw: Mapping[str, str], zone: ZoneInfo) -> Iterator[RowProblem]:
    for name in ("account", "post"):
        if not raw[name]:
            yield RowProblem(line, HEADINGS[name], "", "请填写。")
    wrong = [name for name in ("from", "until") if raw[name] and _instant(raw[name], zone) is None]
    for name in wrong:
        yield RowProblem(line, HEADINGS[name], raw[name], "请写成 2026-03-01 或 2026-03-01 08:00。")
    if not wrong and raw["from"] and raw["until"]:
        row = _row(line, raw, zone)
        if row.starts_at is not None and row.ends_at is not None and row.ends_at <= row.starts_at:
            yield RowProblem(line, HEADINGS["until"], raw["until"], "终止须晚于起始。")


def _row(line: int, raw: Mapping[str, str], zone: ZoneInfo) -> HoldingRow:
    ends_at = _instant(raw["until"], zone)
    if ends_at is not None and not _has_time(raw["until"]):
        ends_at += timedelta(days=1)
    return HoldingRow(line, raw["account"], raw["name"], raw["post"], _instant(raw["from"], zone), ends_at)


def _has_time(text: str) -> bool:
    return ":" in text


def _instant(text: str, zone: ZoneInfo) -> datetime | None:
    for shape in _TIMES if _has_time(text) else _DATES:
        try:
            return datetime.strptime(text, shape).replace(tzinfo=zone)
        except ValueError:
            continue
    return None


def shown_until(ends_at: datetime | None, zone: ZoneInfo) -> str:
    """How a file writes an end: the last day where it is a midnight, else the instant.

    Example: 2026-03-02 00:00 is `2026-03-01`.
    """
    if ends_at is None:
        return ""
    local = ends_at.astimezone(zone)
    if (local.hour, local.minute) == (0, 0):
        return (local - timedelta(days=1)).strftime("%Y-%m-%d")
    return local.strftime("%Y-%m-%d %H:%M")


def shown_from(starts_at: datetime, zone: ZoneInfo) -> str:
    """How a file writes a beginning: the day where it is a midnight, else the instant."""
    local = starts_at.astimezone(zone)
    midnight = (local.hour, local.minute) == (0, 0)
    return local.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M")


@dataclass(frozen=True, slots=True)
class Standing:
    """A holding that stands, or that an earlier row of the file adds (`key` None, `line` its line)."""

    key: UUID | None
    post: UUID
    kind_code: str
    period: Period
    is_regular: bool = True
    has_deputies: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a row asks for, once account and post are known."""

    row: HoldingRow
    post: UUID
    kind_code: str


@dataclass(frozen=True, slots=True)
class Placing:
    """What a row means: `add` or `change` a holding with `period`, `keep` it, or a problem."""

    what: str
    period: Period | None = None
    standing: Standing | None = None
    problem: RowProblem | None = None


@dataclass(frozen=True, slots=True)
class Separation:
    """Which kinds of posts one person may not hold together, and what the kinds are called."""

    exclusive: Mapping[str, frozenset[str]]
    branches: Mapping[str, frozenset[str]]
    names: Mapping[str, str]


def place(wish: Wish, standing: Sequence[Standing], separation: Separation, at: datetime) -> Placing:
    """What one row means beside the holdings of the same account, earlier rows of the file included.

    The row names a holding by account, post and beginning (without one: the regular holding in force or to
    come). An equal end keeps it, another end changes it; where there is none, the row adds one.
    """
    row = wish.row
    same = [one for one in standing if one.post == wish.post]
    found = _named(row, same, at)
    if found is not None and _minute(found.period.ends_at) == row.ends_at:
        return Placing("keep", found.period, found)
    period = Period(row.starts_at or at, row.ends_at) if found is None else replace(
        found.period, ends_at=row.ends_at
    )  # fmt: skip
    others = [one for one in standing if one is not found]
    refusal = _end_refusal(wish, found, period, at) or _clash_refusal(wish, period, others, separation)
    if refusal is not None:
        field, value, remedy = refusal
        return Placing("wrong", problem=RowProblem(row.line, HEADINGS[field], value, remedy))
    return Placing("add" if found is None else "change", period, found)


def _named(row: HoldingRow, same: Sequence[Standing], at: datetime) -> Standing | None:
    regular = [one for one in same if one.is_regular and one.key is not None]
    if row.starts_at is not None:
        return next((one for one in regular if _minute(one.period.starts_at) == row.starts_at), None)
    open_ones = [one for one in regular if one.period.ends_at is None or one.period.ends_at > at]
    return min(open_ones, key=lambda one: one.period.starts_at, default=None)


def _minute(instant: datetime | None) -> datetime | None:
    """An instant as exactly as a file can write it."""
    return None if instant is None else instant.replace(second=0, microsecond=0)


def _end_refusal(
    wish: Wish, found: Standing | None, period: Period, at: datetime
) -> tuple[str, str, str] | None:
    until = wish.row.ends_at.isoformat(" ", "minutes") if wish.row.ends_at else ""
    if period.ends_at is not None and period.ends_at <= period.starts_at:
        return "until", until, "终止须晚于起始。"
    if found is not None and period.ends_at is not None and period.ends_at <= at:
        return "until", until, "不能把任职改为在过去终止，请在岗位页终止任职。"
    if found is not None and found.has_deputies and period.ends_at is not None:
        return "until", until, "该任职有代理安排，请在岗位页办理。"
    return None


def _clash_refusal(
    wish: Wish, period: Period, others: Sequence[Standing], separation: Separation
) -> tuple[str, str, str] | None:
    twice = next((one for one in others if one.post == wish.post and one.period.overlaps(period)), None)
    if twice is not None:
        where = f"与第 {twice.line} 行重复" if twice.line else "该人员在此时段已任该岗位"
        return "post", wish.row.post, f"{where}，请核对起止日期。"
    held = [HeldPost(one.kind_code, one.period) for one in others]
    codes = clashes(HeldPost(wish.kind_code, period), held, separation.exclusive, separation.branches)
    if codes:
        names = "、".join(separation.names[code] for code in codes)
        return "post", wish.row.post, f"该人员已任{names}，与此岗位不得由同一人担任（三员分立）。"
    return None
