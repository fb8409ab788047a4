"""Times 时间 of CAP: the one form the standard allows, and the forms that really come."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ....kernel.working_time import SHANGHAI

#: `2026-07-01T08:00:00+08:00`, with `-00:00` for UTC (CAP 1.2 §3.3.2).
STRICT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[-+][0-9]{2}:[0-9]{2}")
_LONGEST = 40
_BASIC = re.compile(r"\d{14}", re.ASCII)
_LOOSE = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*"
    r"(Z|z|UTC|[-+]\d{2}:?\d{2})?",
    re.ASCII,
)


def read_time(text: str) -> tuple[datetime, str]:
    """An instant, and the name of the deviation its form is; empty when the form is the standard's.

    Times without zone are taken as Asia/Shanghai, the only zone of China.

    Example: `read_time("2026-07-01 08:00:00")` is 2026-07-01T08:00+08:00 and `time_form`.

    Raises:
        ValueError: when it is no time.
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST:
        raise ValueError(stripped[:_LONGEST])
    if STRICT.fullmatch(stripped):
        return _strict(stripped), ""
    if _BASIC.fullmatch(stripped):
        return datetime.strptime(stripped, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI), "time_form"
    found = _LOOSE.fullmatch(stripped)
    if found is None:
        raise ValueError(text)
    year, month, day, hour, minute, second, zone = found.groups(default="")
    shown = f"{year}-{int(month):02}-{int(day):02}T{int(hour or 0):02}:{minute or '00'}:{second or '00'}"
    return _strict(f"{shown}{_zone(zone, shown)}"), "time_form"


def _zone(zone: str, shown: str) -> str:
    if zone in {"Z", "z", "UTC"}:
        return "+00:00"
    if zone:
        return zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    return "+08:00"


def _strict(text: str) -> datetime:
    """An instant in the standard's form; 24:00:00 is the next day's midnight, as XML Schema has it."""
    extra = timedelta()
    if text[11:19] == "24:00:00":
        text, extra = f"{text[:11]}00:00:00{text[19:]}", timedelta(days=1)
    hours, minutes = int(text[20:22]), int(text[23:25])
    if hours > 14 or minutes > 59 or (hours == 14 and minutes):
        raise ValueError(text)
    try:
        moment = datetime.fromisoformat(text) + extra
        moment.timestamp()
    except OverflowError as error:
        raise ValueError(text) from error
    return moment
