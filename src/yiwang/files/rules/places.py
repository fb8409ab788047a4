"""Time and place in a picture 拍摄时间与位置: read from EXIF before the picture is cleaned."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from ...kernel.working_time import SHANGHAI

#: Tags of EXIF 2.3: DateTimeOriginal and its offset; and of the GPS directory.
_TAKEN, _OFFSET = 0x9003, 0x9011
_LAT_REF, _LAT, _LON_REF, _LON = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Shot:
    """What a picture says about its making 拍摄信息; degrees are WGS84."""

    taken_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


def shot_of(exif: Mapping[int, Any], gps: Mapping[int, Any]) -> Shot:
    """Time and place of a picture; what is not plausible is left out.

    Args:
        exif: the Exif directory, tag to value.
        gps: the GPS directory.
    """
    lat = _degrees(gps.get(_LAT), gps.get(_LAT_REF), "S", 90)
    lon = _degrees(gps.get(_LON), gps.get(_LON_REF), "W", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        lat = lon = None
    return Shot(_instant(exif.get(_TAKEN), exif.get(_OFFSET)), lon, lat)


def _degrees(value: Any, reference: Any, negative: str, largest: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    total = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(total) or not 0 <= total <= largest:
        return None
    return -total if _word(reference).upper().startswith(negative) else total


def _instant(value: Any, offset: Any) -> datetime | None:
    """EXIF writes local time without a zone; without an offset it is taken as Shanghai's."""
    try:
        naive = datetime.strptime(_word(value), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - the zone comes next
    except ValueError:
        return None
    return naive.replace(tzinfo=_zone(_word(offset)))


def _zone(text: str) -> timezone | ZoneInfo:
    try:
        sign = {"+": 1, "-": -1}[text[:1]]
        hours, minutes = (int(part) for part in text[1:].split(":"))
        return timezone(sign * timedelta(hours=hours, minutes=minutes))
    except (KeyError, ValueError):
        return SHANGHAI


def _word(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return str(value or "").strip("\x00 ")
