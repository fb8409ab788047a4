"""Warning identifiers 预警标识 of the national release system (12379): 31 characters.

`ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N`: division of the issuer 6 (GB/T 2260), trade of its unit 3 (GB/T 4657),
inner level 3 (default 000), extension 2 (default 00), time of entry 14, serial 0 to 9. Source: GB/T 35965.1.

Example: `32010041600000_20260701080000_0` was entered in 320100 by a weather service (416) at 08:00.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from ....kernel.working_time import SHANGHAI

LENGTH = 31
_FORM = re.compile(r"([0-9]{6})([0-9]{3})([0-9]{3})([0-9]{2})_([0-9]{14})(?:_([0-9]))?")
#: First two digits of every province-level division (GB/T 2260), and of the nation's own warnings.
_PROVINCES = frozenset(
    f"{number:02}"
    for first, last in (
        (0, 0),
        (11, 15),
        (21, 23),
        (31, 37),
        (41, 46),
        (50, 54),
        (61, 65),
        (71, 71),
        (81, 82),
    )
    for number in range(first, last + 1)
) | {"10"}


@dataclass(frozen=True, slots=True)
class WarningIdentifier:
    """One identifier, taken apart 预警标识.

    Attributes:
        division: issuer's division, 6 digits.
        trade: trade of the issuer, 3 digits (GB/T 4657).
        entered_at: when it was entered, Asia/Shanghai.
        serial: 0 to 9; None in the older form of 29 characters, which has none.
    """

    division: str
    trade: str
    inner: str
    extension: str
    entered_at: datetime
    serial: int | None


def looks_like_warning_identifier(text: str) -> bool:
    """Whether an identifier means to be one of 12379, right or wrong: digits, underscore, digits."""
    return re.fullmatch(r"[0-9]{8,20}_[0-9]{8,16}(_[0-9]+)?", text) is not None


def read_warning_identifier(text: str) -> WarningIdentifier:
    """Take an identifier apart.

    Raises:
        ValueError: with the reason in Chinese.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text[:60]}”应为 {LENGTH} 位，形如 32010041600000_20260701080000_0")
    division, trade, inner, extension, entered, serial = found.groups()
    if division[:2] not in _PROVINCES:
        raise ValueError(f"区划代码 {division} 不存在")
    try:
        entered_at = datetime.strptime(entered, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        raise ValueError(f"录入时间 {entered} 不存在") from None
    return WarningIdentifier(
        division, trade, inner, extension, entered_at, int(serial) if serial is not None else None
    )
