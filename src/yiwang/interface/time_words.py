"""Words of times 时间语句: days, moments, lengths and limits that a Chinese sentence tells, in English.

Services write sentences with times in them, above all explanations of deadlines, and keep them. A time is
recognised here by its shape alone, so a stored one is read again whoever wrote it:
`2月14日（周六，调休上班）` is `Sat 14 Feb (make-up workday)`, `2 小时 40 分` is `2 h 40 min`, `4 工作时` is
`4 working hours`. Templates of `error_words` name their gaps by `SHAPES`, so that two times side by side are
told apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from types import MappingProxyType

from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation import gettext, ngettext

from ..kernel.working_time import UNIT_NAMES

_DATE = r"(?:\d{4}年)?\d{1,2}月\d{1,2}日"
_EXTRA = r"(?:[^（）]|（[^（）]*）)+"
_DAY = rf"{_DATE}（周[一二三四五六日](?:，{_EXTRA})?）"
_CLOCK = r"\d{2}:\d{2}(?::\d{2})?"
_HOURS = rf"{_CLOCK}—{_CLOCK}"
_LENGTH = r"(?:\d+ 小时(?: \d+ 分)?(?: \d+ 秒)?|\d+ 分(?: \d+ 秒)?|\d+ 秒)"
#: What stands in a gap of this name, and in no other, is a time of this shape.
SHAPES = MappingProxyType(
    {
        "told_day": _DAY,
        "told_days": rf"{_DATE}(?:—{_DATE})?",
        "told_spans": rf"{_HOURS}(?:、{_HOURS})*",
        "told_length": _LENGTH,
        "told_start": rf"{_DAY}{_CLOCK}",
        "told_moment": rf"{_DAY}{_CLOCK}",
        "told_code": r"[0-9A-Za-z]+",
        "told_date": r"\d{4}-\d{2}-\d{2}",
        "told_minute": rf"\d{{4}}-\d{{2}}-\d{{2}} {_CLOCK}",
    }
)
_UNITS = {name: code for code, name in UNIT_NAMES.items()}
_WEEKDAYS = "一二三四五六日"
_TO = "\N{EN DASH}"


def time_words(text: str) -> str:
    """A time in the language of the reader; empty when the text is no time."""
    for shape, said in _SAYINGS:
        found = shape.fullmatch(text)
        if found is not None:
            return said(found)
    return ""


def spoken_limit(amount: Decimal, unit: str) -> str:
    """A limit in the language of the reader, `4 工作时` or `4 working hours`; the unit by its code."""
    number, name = f"{amount.normalize():f}", UNIT_NAMES.get(unit, unit)
    many = 1 if amount == 1 else 2
    said = {
        "work_hour": ngettext("{n} 工作时", "{n} 工作时", many),
        "work_day": ngettext("{n} 工作日", "{n} 工作日", many),
        "urgent_hour": ngettext("{n} 紧急工作时", "{n} 紧急工作时", many),
        "urgent_day": ngettext("{n} 紧急工作日", "{n} 紧急工作日", many),
    }
    return said[unit].format(n=number) if unit in said else f"{number} {name}"


def _date(found: re.Match[str]) -> str:
    year = f" {found['year']}" if found["year"] else ""
    return f"{int(found['day'])} {MONTHS_3[int(found['month'])].capitalize()}{year}"


def _day(found: re.Match[str]) -> str:
    said = f"{WEEKDAYS_ABBR[_WEEKDAYS.index(found['weekday'])]} {_date(found)}"
    if found["extra"]:
        said += f" ({gettext(found['extra'])})"
    return f"{said} {found['clock']}" if found["clock"] else said


def _days(found: re.Match[str]) -> str:
    return _TO.join(time_words(day) for day in found[0].split("—"))


def _spans(found: re.Match[str]) -> str:
    return found[0].replace("—", _TO).replace("、", ", ")


def _length(found: re.Match[str]) -> str:
    return found[0].replace("小时", "h").replace("分", "min").replace("秒", "s")


def _limit(found: re.Match[str]) -> str:
    return spoken_limit(Decimal(found["amount"]), _UNITS[found["unit"]])


_ONE_DATE = r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日"
_SAYINGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(
            rf"{_ONE_DATE}（周(?P<weekday>[一二三四五六日])(?:，(?P<extra>{_EXTRA}))?）(?P<clock>{_CLOCK})?"
        ),
        _day,
    ),
    (re.compile(_ONE_DATE), _date),
    (re.compile(rf"{_DATE}—{_DATE}"), _days),
    (re.compile(SHAPES["told_spans"]), _spans),
    (re.compile(_LENGTH), _length),
    (re.compile(r"(?P<amount>\d+(?:\.\d+)?) (?P<unit>(?:紧急)?工作[时日])"), _limit),
)
