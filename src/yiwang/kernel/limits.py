"""Limits 处置时限: read what a standard spells, never guess.

Standards spell a limit as `4小时`, `2 个工作日`, `2紧急工作时制止`, `种植季节15工作日`, `二十四小时内`,
with stray line breaks and full-width digits. In them 小时 means 工作时 and 天 means 工作日 unless the file
says otherwise.
What cannot be read without a doubt raises `LimitUnreadable`, so that it goes to quarantine.

Example: `read_limit("2紧急工作时制止")` is `Limit(2, "urgent_hour", "制止")`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from .working_time import UNIT_NAMES, UNITS

#: Beyond this many units a limit is a typing error.
LARGEST = 9999

_DIGITS = {
    **{character: value for value, character in enumerate("零一二三四五六七八九")},
    **{character: value for value, character in enumerate("壹贰叁肆伍陆柒捌玖", start=1)},
    "\u3007": 0,
    "两": 2,
}
_PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_NUMERAL = "".join((*_DIGITS, *_PLACES))
_FIXED_UNITS = {
    "紧急工作小时": "urgent_hour",
    "紧急工作时": "urgent_hour",
    "紧急工作日": "urgent_day",
    "紧急工作天": "urgent_day",
    "自然日": "urgent_day",
    "日历日": "urgent_day",
    "日历天": "urgent_day",
    "工作小时": "work_hour",
    "工作时": "work_hour",
    "工作日": "work_day",
    "工作天": "work_day",
}
_LIMIT = re.compile(
    rf"(?P<number>\d+(?:\.\d+)?|[{_NUMERAL}]+|(?=半))个?(?P<half>半)?个?"
    rf"(?P<unit>{'|'.join(_FIXED_UNITS)}|小时|天|日(?=内|之内|以内))"
)
_VAGUE = re.compile(r"以上|不少于|至少|超过|左右|大约|^约|或|另行|除外|每")
_RANGE = re.compile(rf"[-~—\u2013\u301c至到][{_NUMERAL}半]?$|^[-~—\u2013\u301c至到]")


class LimitUnreadable(ValueError):
    """A limit cannot be read 时限无法识别; the message is Chinese and says why.

    Attributes:
        text: the text as it was given.
    """

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"时限“{text.strip()}”无法识别：{reason}")
        self.text = text
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit 时限: how much of which unit, and what else the text said.

    Attributes:
        amount: positive; a Fraction only for hours that are not whole.
        unit: one of `working_time.UNITS`.
        remark: the rest of the text, such as 制止 or 种植季节; empty when there is none.
    """

    amount: int | Fraction
    unit: str
    remark: str = ""

    def __str__(self) -> str:
        amount = self.amount if isinstance(self.amount, int) else float(self.amount)
        return f"{amount} {UNIT_NAMES[self.unit]}"


def read_limit(text: str, *, hour_means: str = "work_hour", day_means: str = "work_day") -> Limit:
    """The limit that a text spells.

    Args:
        text: as found in the file; white space of all kinds is dropped.
        hour_means, day_means: what the file means by a bare 小时 and 天.

    Raises:
        LimitUnreadable: when there is no limit, more than one, a range, a vague word, a number that is not
            positive, or a part of a working day.
    """
    if hour_means not in UNITS or day_means not in UNITS:
        raise ValueError(f"小时与天须指 {'、'.join(UNITS)} 之一。")
    plain = _without_spaces(text)
    found = list(_LIMIT.finditer(plain))
    if not found:
        raise LimitUnreadable(
            text, "没有“数字加单位”，单位须为小时、天、工作时、工作日、紧急工作时或紧急工作日。"
        )
    if len(found) > 1:
        raise LimitUnreadable(text, "写了不止一个时限，请分成几行。")
    match = found[0]
    before, after = plain[: match.start()], plain[match.end() :]
    unit = _unit(match["unit"], hour_means, day_means)
    _refuse_doubt(text, before, after, unit)
    return Limit(_amount(text, match, unit), unit, _remark(before, after))


def _without_spaces(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text)
    return "".join(c for c in normal if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))


def _unit(spelled: str, hour_means: str, day_means: str) -> str:
    if spelled == "小时":
        return hour_means
    return _FIXED_UNITS.get(spelled, day_means)


def _refuse_doubt(text: str, before: str, after: str, unit: str) -> None:
    if _RANGE.search(before) or _RANGE.search(after):
        raise LimitUnreadable(text, "写的是范围，请写一个确定的时限。")
    if any(c.isdigit() for c in before + after):
        raise LimitUnreadable(text, "除时限外还有别的数字。")
    if _VAGUE.search(before) or _VAGUE.search(after):
        raise LimitUnreadable(text, "写得不确定，请写一个确定的时限。")
    if "紧急" in before + after and not unit.startswith("urgent"):
        raise LimitUnreadable(text, "提到“紧急”，单位却不是紧急工作时或紧急工作日。")
    if "自然" in before + after or "工作" in before[-2:]:
        raise LimitUnreadable(text, "看不出按自然时间还是按工作时间计。")


def _amount(text: str, match: re.Match[str], unit: str) -> int | Fraction:
    number = match["number"]
    if not number:
        value = Fraction(0)
    elif number[0].isdigit():
        value = Fraction(number)
    else:
        value = Fraction(_chinese_number(text, number))
    if match["half"]:
        value += Fraction(1, 2)
    if not 0 < value <= LARGEST:
        raise LimitUnreadable(text, f"数字须大于 0，不超过 {LARGEST}。")
    problem = limit_problem(value, unit)
    if problem is not None:
        raise LimitUnreadable(text, problem)
    return value.numerator if value.denominator == 1 else value


def limit_problem(amount: int | Fraction | Decimal, unit: str) -> str | None:
    """The Chinese remedy for a limit that no clock can run, else None.

    A limit is positive, at most `LARGEST` units, a whole number of working days or of seconds, and written
    with at most four decimals, as the tables hold it.

    Example: 0.0011 `urgent_hour` are 3.96 seconds, which are refused; 0.5 `work_hour` are fine.
    """
    if unit not in UNITS:
        return f"单位须为 {'、'.join(UNITS)} 之一。"
    exact = Fraction(amount)
    if not 0 < exact <= LARGEST:
        return f"数字须大于 0，不超过 {LARGEST}。"
    seconds = exact if unit == "work_day" else exact * (86_400 if unit == "urgent_day" else 3600)
    if seconds.denominator != 1 or (exact * 10_000).denominator != 1:
        return "工作日须为整数，小时须为整秒，小数不超过四位。"
    return None


def _chinese_number(text: str, spelled: str) -> int:
    """Value of a numeral below ten thousand, such as 二十四 or 一百零五."""
    total, digit, place, zero = 0, None, 10_000, False
    for character in spelled:
        if character in _DIGITS:
            if digit is not None:
                raise LimitUnreadable(text, f"数字“{spelled}”写法不清。")
            value = _DIGITS[character]
            if value == 0:
                zero = True
                continue
            digit = value
            continue
        size = _PLACES[character]
        if size >= place or (digit is None and (size != 10 or (total and not zero))):
            raise LimitUnreadable(text, f"数字“{spelled}”写法不清。")
        total += (1 if digit is None else digit) * size
        digit, place, zero = None, size, False
    if digit is not None and place > 10 and total and not zero:
        raise LimitUnreadable(text, f"数字“{spelled}”写法不清。")
    return total + (digit or 0)


def _remark(before: str, after: str) -> str:
    joined = re.sub(r"^(之内|以内|内)", "", after)
    parts = [part.strip("，,。;；:：、()（）") for part in (before, joined)]
    return "，".join(part for part in parts if part)


__all__ = ["LARGEST", "Limit", "LimitUnreadable", "limit_problem", "read_limit"]
