"""Characters 字符: one form for full-width signs, numerals and dialect units, so that one rule reads all.

`folded` keeps the length of a text, so places in it are places in what was written.
"""

from __future__ import annotations

import re

_FULL = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B)}
_DASHES = dict.fromkeys((0x2010, 0x2013, 0x2014, 0xFE63, 0xFF0D, 0xFF5E), "-")
_SIGNS = _DASHES | {0xFF03: "#", 0x3007: "零"}
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "\u3007": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
NUMERALS = "零\u3007一二三四五六七八九十百两"
_NUMBERED = re.compile(f"[{NUMERALS}千]+(?=号|弄|幢|栋|座|单元|室|楼|层|巷|支弄|组|队|房)")


def folded(text: str) -> str:
    """The text with full-width letters, digits and dashes as plain ones; of the same length."""
    return text.translate(_FULL).translate(_SIGNS)


def number_of(numeral: str) -> int | None:
    """The value of a numeral, Arabic or Chinese (十二, 一百零三, 二〇五); None when it is none.

    >>> number_of("一百零三"), number_of("十二"), number_of("二〇五")
    (103, 12, 205)
    """
    numeral = folded(numeral)
    if numeral.isascii() and numeral.isdigit():
        return int(numeral)
    if not numeral or any(sign not in _DIGITS and sign not in _UNITS for sign in numeral):
        return None
    if not any(sign in _UNITS for sign in numeral):
        return int("".join(str(_DIGITS[sign]) for sign in numeral))
    total, digit = 0, 0
    for sign in numeral:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total += (digit or 1) * _UNITS[sign]
            digit = 0
    return total + digit


def arabic(text: str) -> str:
    """The folded text with Chinese numerals before a unit as Arabic ones; its length may change.

    >>> arabic("十二号三栋")
    '12号3栋'
    """
    return _NUMBERED.sub(_as_digits, folded(text))


def _as_digits(match: re.Match[str]) -> str:
    value = number_of(match[0])
    return str(value) if value is not None else match[0]
