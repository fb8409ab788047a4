"""Identifiers 标识: UUIDv7 keys and the numbers that people read.

Keys are UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random bits. They are never used as a
paging cursor. A number that people read is `YYYYMMDD-NNNNNNNN-C`: the Shanghai date of allocation, a
global cycling sequence and a check digit by ISO 7064 MOD 11,10 over the sixteen digits before it.
"""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, date, datetime
from uuid import UUID

_NUMBER = re.compile(r"^([A-Z]?)(\d{8})-(\d{8})-(\d)$")
SEQUENCE_SIZE = 10**8
#: MOD 11,10: the next product by product and digit, as a text of ASCII digits gives it byte by byte.
_NEXT = [[((product + digit) % 10 or 10) * 2 % 11 for digit in range(10)] for product in range(11)]


def uuid7(at: datetime | None = None) -> UUID:
    """A new UUIDv7.

    Args:
        at: the instant to embed (aware); by default now. Tests and seeding give their own.
    """
    millis = time.time_ns() // 1_000_000 if at is None else int(at.timestamp() * 1000)
    raw = millis.to_bytes(6, "big") + os.urandom(10)
    value = int.from_bytes(raw, "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def uuid7s(count: int) -> list[UUID]:
    """New UUIDv7 of this moment, ascending, so that an index takes them all at its end.

    Clock and random bytes are asked for once, which is most of what a single key costs.
    """
    head = (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | 0x2 << 62
    noise = os.urandom(10 * count)
    drawn = (int.from_bytes(noise[start : start + 10], "big") for start in range(0, len(noise), 10))
    return [UUID(int=value) for value in sorted(head | (n >> 68) << 64 | n & (1 << 62) - 1 for n in drawn)]


def instant_of(key: UUID) -> datetime:
    """The instant embedded in a UUIDv7, to the millisecond, in UTC."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, tz=UTC)


def check_digit(digits: str) -> str:
    """Check digit of a string of decimal digits by ISO 7064 MOD 11,10.

    Example: `check_digit("0794")` is `"5"` (ISO 7064, annex).

    Raises:
        ValueError: when `digits` holds anything but the digits 0 to 9.
    """
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"expected decimal digits only, got {digits!r}")
    product = 10
    for byte in digits.encode():
        product = _NEXT[product][byte - 48]
    return str((11 - product) % 10)


def format_number(day: date, sequence: int, prefix: str = "") -> str:
    """The number that people read, such as `20260215-00000042-7`.

    Args:
        day: Shanghai date of allocation.
        sequence: value of the global sequence; it cycles at 100,000,000.
        prefix: one letter for reports (`R`) and tasks (`T`), empty for cases.
    """
    body = day.isoformat().replace("-", ""), f"{sequence % SEQUENCE_SIZE:08d}"
    return f"{prefix}{body[0]}-{body[1]}-{check_digit(''.join(body))}"


def is_number(text: str) -> bool:
    """Whether `text` is a well-formed number with a right check digit."""
    match = _NUMBER.match(text)
    return match is not None and check_digit(match[2] + match[3]) == match[4]
