"""W3C date and time 日期时间 (NOTE-datetime), as GeoReport v2 writes every instant: with an offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ....kernel.working_time import SHANGHAI

_FORM = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<clock>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(?P<zone>Z|z|[+\- ]\d{2}:?\d{2})?)?"
)
#: Years that a city's records can name; others are typing errors and would overflow the arithmetic of days.
_FIRST, _LAST = 1970, 2199


def instant_from(text: str) -> datetime:
    """The aware instant that a text names; a date alone begins its day in Shanghai.

    A plus sign that came through a form undone (`2026-03-02T09:30:00 08:00`) is understood. A time without
    an offset, which the specification forbids, is read as Shanghai's.

    Example: `instant_from("1994-11-05T08:15:30-05:00")` is 13:15:30 UTC (the specification's own).

    Raises:
        ValueError: it is no such text, or lies outside the years 1970 to 2199.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None or not text.isascii():
        raise ValueError(f"not a W3C date and time: {text[:40]!r}")
    day, clock, zone = found["day"], found["clock"] or "00:00", (found["zone"] or "").replace(" ", "+")
    read = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in {'Z', 'z'} else zone}")
    if not _FIRST <= read.year <= _LAST:
        raise ValueError(f"the year {read.year} is outside {_FIRST} to {_LAST}")
    return read.replace(tzinfo=SHANGHAI) if read.tzinfo is None else read


def w3c(at: datetime) -> str:
    """An instant in Shanghai's time with its offset, such as `2026-03-02T09:30:00+08:00`."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def w3c_utc(at: datetime) -> str:
    """An instant in UTC with `Z`, the form that every endpoint reads, such as `2026-03-02T01:30:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
