"""Messages 来件: what the grouping reads, and a reader of CSV files with dirty times, counts and rows."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ....kernel.working_time import SHANGHAI

#: Names a column may have, English first.
COLUMNS = {
    "id": ("id", "留言编号", "编号"),
    "time": ("time", "留言时间", "时间"),
    "reporter": ("reporter", "留言用户", "用户"),
    "title": ("title", "留言主题", "主题", "topic"),
    "text": ("text", "留言详情", "详情", "内容"),
    "likes": ("likes", "点赞数", "点赞"),
}
_CLAUSE = re.compile(r"[，。！？；：,.!?;:\s]+")
#: Characters that a clause must have to stand for a title.
_CLAUSE_LENGTH = 8
_NUMBERS = re.compile(r"\d+")
_DAY = re.compile(r"(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})(.*)", re.DOTALL)
_CLOCK = re.compile(r"(\d{1,2})\s*[:：时点]\s*(\d{1,2})?(?:\s*[:：分]\s*(\d{1,2}))?")
_ZONE = re.compile(r"(?:Z|([+-])(\d{2}):?(\d{2}))\s*$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\D?(\d{2})(\d{2})(\d{2})?)?")
#: A spreadsheet's first day, and the days it may well mean (1990 to 2100).
_SHEET_EPOCH = datetime(1899, 12, 30, tzinfo=SHANGHAI)
_SHEET_DAYS = (32874, 73051)
#: Seconds and milliseconds since 1970 that may well be meant (2001 and later).
_SECONDS, _MILLISECONDS = 1_000_000_000, 1_000_000_000_000
_NOON = 12


@dataclass(frozen=True, slots=True)
class Message:
    """One message 来件.

    Attributes:
        id: as its source names it.
        at: when it came, None when the source does not say.
        reporter: equal for equal people, never readable; empty when unknown.
        likes: people who agreed to it, 0 or more.
        area: name of the district it is known to lie in; empty when unknown.
        spot: the small area it lies in (a community), for counting how far an issue spreads.
        is_quoted: whether its words may name the issue; others are counted only.
    """

    id: str
    at: datetime | None
    reporter: str
    title: str
    text: str
    likes: int = 0
    area: str = ""
    spot: str = ""
    is_quoted: bool = True

    @property
    def headline(self) -> str:
        """The title, else the first clause of the text that says something."""
        return self.title or next(
            (part for part in _CLAUSE.split(self.text) if len(part) >= _CLAUSE_LENGTH), ""
        )

    @property
    def voice(self) -> str:
        """Whose voice it is: the reporter; when unknown, whoever says the very same words."""
        return self.reporter or f"={''.join(self.title.split())}|{''.join(self.text.split())}"


def instant_of(text: str) -> datetime | None:
    """The instant a time means, in its usual spellings; None when it is empty or cannot be read.

    Read as Shanghai time unless it carries a zone.

    >>> instant_of("2019/11/15 9:57:11").isoformat()
    '2019-11-15T09:57:11+08:00'
    >>> instant_of("2019年11月15日 下午3时5分").isoformat()
    '2019-11-15T15:05:00+08:00'
    """
    text = text.strip()
    try:
        return _number(text) if re.fullmatch(r"\d+(\.\d+)?", text) else _written(text)
    except (ValueError, OverflowError):
        return None


def _number(text: str) -> datetime | None:
    compact = _COMPACT.fullmatch(text)
    if compact and 1900 < int(compact[1]) < 2200:
        return datetime(*(int(part) for part in compact.groups() if part), tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]
    value = float(text)
    if value >= _MILLISECONDS:
        return datetime.fromtimestamp(value / 1000, SHANGHAI)
    if value >= _SECONDS:
        return datetime.fromtimestamp(value, SHANGHAI)
    if _SHEET_DAYS[0] <= value <= _SHEET_DAYS[1]:
        return _SHEET_EPOCH + timedelta(seconds=round(value * 86400))
    return None


def _written(text: str) -> datetime | None:
    day = _DAY.match(text) or _COMPACT.match(text)
    if day is None:
        return None
    rest = text[day.end(3) :]
    found = _CLOCK.search(rest)
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    if hour < _NOON and re.search(r"下午|晚|PM|pm", rest):
        hour += _NOON
    instant = datetime(int(day[1]), int(day[2]), int(day[3]), hour, minute, second, tzinfo=SHANGHAI)
    zone = _ZONE.search(rest) if found else None
    if zone is None:
        return instant
    away = timedelta(hours=int(zone[2] or 0), minutes=int(zone[3] or 0)) * (-1 if zone[1] == "-" else 1)
    return (instant.replace(tzinfo=UTC) - away).astimezone(SHANGHAI)


def likes_of(text: str) -> int:
    """How many people agreed; 0 when it is empty, negative or unreadable."""
    found = _NUMBERS.search(text.replace(",", ""))
    return int(found[0]) if found and not text.strip().startswith("-") else 0


def read_messages(text: str) -> list[Message]:
    """Messages of a CSV text; a message without title and text is left out, a repeated id gets `#2`, `#3`.

    Raises:
        ValueError: no column of ids, or none of words; names the columns that are needed.
    """
    csv.field_size_limit(10_000_000)
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff").replace("\0", "")), skipinitialspace=True)
    names = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    columns = {key: next((names[n] for n in known if n in names), "") for key, known in COLUMNS.items()}
    if not columns["id"] or not (columns["text"] or columns["title"]):
        raise ValueError("缺少列 id 或 text、title：首行须为 id,time,reporter,title,text,likes。")
    found: list[Message] = []
    seen: dict[str, int] = {}
    for row in rows:
        given = {key: (row.get(name) or "").strip() if name else "" for key, name in columns.items()}
        if given["title"] or given["text"]:
            found.append(_message(given, seen, len(found)))
    return found


def _message(given: dict[str, str], seen: dict[str, int], ordinal: int) -> Message:
    key = given["id"] or f"第{ordinal + 1}条"
    seen[key] = seen.get(key, 0) + 1
    return Message(
        id=key if seen[key] == 1 else f"{key}#{seen[key]}",
        at=instant_of(given["time"]),
        reporter=given["reporter"],
        title=given["title"],
        text=given["text"],
        likes=likes_of(given["likes"]),
    )
