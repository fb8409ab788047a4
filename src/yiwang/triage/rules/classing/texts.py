"""Texts as the class stage reads them 文本规范化."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from .grams import BREAK

#: Characters of a report that are read; what it is about stands long before.
MOST_CHARACTERS = 8_000


@dataclass(frozen=True, slots=True)
class Message:
    """One report to class 待分类诉求: its words and, if it has one, its title."""

    text: str
    title: str = ""


def normalised(text: str) -> str:
    """Full-width forms narrowed, letters small, white space and control characters gone.

    >>> normalised("Ａ区　３号楼\\n 停电！")
    'a区3号楼停电!'
    """
    plain = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).lower()
    return "".join(plain.split()).replace("\0", "")


def readable(messages: Sequence[Message]) -> list[str]:
    """What is read of each report: the title, a break, the text; the title also counts within the text."""
    return [
        f"{normalised(one.title)}{BREAK}{normalised(one.text)}" if one.title else normalised(one.text)
        for one in messages
    ]
