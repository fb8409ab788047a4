"""Values 取值: cells of a source as texts, instants and degrees, however the source spells them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

#: Tried when a mapping names no formats, in this order.
COMMON_FORMATS = (
    "iso", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日%H时%M分", "%Y年%m月%d日", "%Y%m%d%H%M%S", "excel",
)  # fmt: skip
_SPACES = re.compile(r"[ \t\u3000]+")
#: Excel counts days from here (its 1900 was no leap year, which the offset swallows from March 1900 on).
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall-clock origin, the zone is added after
_NOTHING = frozenset({"", "null", "none", "nan", "n/a", "-", "--", "/", "无"})


def text_of(value: Any) -> str:
    """A cell as a clean text: no NUL, no lone surrogate, no outer white space; whole floats without `.0`."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, list):
        return "、".join(filter(None, map(text_of, value)))
    text = value if isinstance(value, str) else str(value)
    text = text.strip()
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def plain_of(value: Any) -> str:
    """A cell that holds a number, code or time: half-width, spaces shrunk; empty for words such as `N/A`."""
    text = text_of(value)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = _SPACES.sub(" ", text).strip()
    return "" if text.lower() in _NOTHING else text


def degrees_of(value: Any) -> float | None:
    """A coordinate in decimal degrees; None when the cell is empty.

    Raises:
        ValueError: for anything else.
    """
    text = plain_of(value)
    return float(text.rstrip("°")) if text else None


def instant_of(value: Any, formats: tuple[str, ...], zone: tzinfo) -> datetime | None:
    """A moment in UTC; None when the cell is empty.

    Args:
        formats: tried in order; empty means `COMMON_FORMATS`.
        zone: of a time that names none.

    Raises:
        ValueError: when no format fits, or the year is not between 1970 and 2100.
    """
    if isinstance(value, datetime):
        found: datetime | None = value
    elif isinstance(value, date):
        found = datetime.combine(value, time())
    else:
        text = plain_of(value)
        if not text:
            return None
        found = _read(text, formats or COMMON_FORMATS)
    if found is None or not 1970 <= found.year <= 2100:
        raise ValueError(f"no time: {value!r}")
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    return found.astimezone(UTC)


def _read(text: str, formats: tuple[str, ...]) -> datetime | None:
    for form in formats:
        try:
            if form == "excel":
                return _serial(text)
            if form in {"iso", "%Y-%m-%d %H:%M:%S"}:
                return datetime.fromisoformat(text)
            return datetime.strptime(text, form)  # noqa: DTZ007 - the caller adds the zone
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None


def _serial(text: str) -> datetime:
    days = float(text)
    if not 1 <= days < 80_000:
        raise ValueError(f"no Excel serial: {text}")
    return _EXCEL_EPOCH + timedelta(seconds=round(days * 86_400))
