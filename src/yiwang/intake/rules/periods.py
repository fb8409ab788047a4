"""Periods 时段: texts such as `10 min`, `30 s`, `2 h`, `1 day` in settings, as whole milliseconds."""

from __future__ import annotations

import re
from fractions import Fraction

_UNITS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "day": 86_400_000}
_WORDS = {"ms": "毫秒", "s": "秒", "min": "分钟", "h": "小时", "day": "天"}
_PERIOD = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|min|h|day)s?", re.ASCII)


def period_of(text: str) -> int:
    """Milliseconds of a period.

    Raises:
        ValueError: it is written in another way.
    """
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return int(Fraction(found[1]) * _UNITS[found[2]])


def period_words(milliseconds: int) -> str:
    """A period in Chinese words, in the largest unit that fits: `10分钟`."""
    for unit, size in reversed(_UNITS.items()):
        if milliseconds >= size and milliseconds % size == 0:
            return f"{milliseconds // size}{_WORDS[unit]}"
    return f"{milliseconds}毫秒"
