"""Colours 预警颜色: the four of Chinese law, red 1 to blue 4, read from where files really put them.

Source: 突发事件应对法 (2024) §63: 一级红, 二级橙, 三级黄, 四级蓝, the first being the highest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Level → name of the colour. Level 5 is unknown.
COLOURS = {1: "red", 2: "orange", 3: "yellow", 4: "blue"}
LEVELS = {name: level for level, name in COLOURS.items()}
UNKNOWN_LEVEL = 5
#: Level of CAP's severities, for alerts that name no colour.
BY_SEVERITY = {"Extreme": 1, "Severe": 2, "Moderate": 3, "Minor": 4}
SEVERITY_OF = {level: severity for severity, level in BY_SEVERITY.items()}

_WORDS = {"红": 1, "橙": 2, "黄": 3, "蓝": 4, **LEVELS}
_WORD = re.compile(r"红|橙|黄|蓝|(?<![a-z])(?:red|orange|yellow|blue)(?![a-z])", re.IGNORECASE)
#: The Roman numerals are single characters of Chinese typography, U+2160 to U+2163.
_GRADE = re.compile("(?:^|[^\\w])([一二三四\u2160-\u2163]|IV|I{1,3}|[1-4])(?:级|$)")
_GRADES = {
    "一": 1, "二": 2, "三": 3, "四": 4, "\u2160": 1, "\u2161": 2, "\u2162": 3, "\u2163": 4, "I": 1, "II": 2,
    "III": 3, "IV": 4, "1": 1, "2": 2, "3": 3, "4": 4,
}  # fmt: skip
#: Characters of a name or a value that are looked at.
_LONGEST = 200
_TITLE = re.compile(r"([红橙黄蓝])色(?:风险)?(?:气象)?(?:灾害)?预警")
#: Names of parameters and event codes that carry the colour.
_NAMES = re.compile(
    r"预警.*(?:级别|等级|颜色)|信号.*(?:级别|颜色)|颜色|colou?r|awareness_level|(?:alert|warning)[ _-]?level",
    re.IGNORECASE,
)


def colour_named(text: str) -> int | None:
    """Level of the one colour a short text names; None when it names none or several.

    Example: `colour_named("橙色")` is 2, `colour_named("2; yellow; Moderate")` is 3.
    """
    text = text[:_LONGEST]
    found = {_WORDS[word.lower()] for word in _WORD.findall(text)}
    if len(found) == 1:
        return found.pop()
    if found:
        return None
    grade = _GRADE.search(text.strip())
    return _GRADES[grade.group(1)] if grade else None


def colour_of(
    *, pairs: Iterable[tuple[str, str]], severity: str, headline: str, description: str = ""
) -> tuple[int, str]:
    """Level of a block, and where it was read: `named`, `title`, `severity`, or empty when unknown.

    Args:
        pairs: the block's parameters and event codes.
        severity: as written; some senders put the colour there.
    """
    for name, value in pairs:
        if _NAMES.search(name[:_LONGEST]) and (level := colour_named(value)) is not None:
            return level, "named"
    if severity not in BY_SEVERITY and (level := colour_named(severity)) is not None:
        return level, "named"
    for text in (headline, description[:80]):
        titles = set(_TITLE.findall(text))
        if len(titles) == 1:
            return _WORDS[titles.pop()], "title"
    if severity in BY_SEVERITY:
        return BY_SEVERITY[severity], "severity"
    return UNKNOWN_LEVEL, ""
