"""Texting 短信上行: what a gateway posts — messages, parts of long ones, delivery receipts, words to stop."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .webhooks import (
    GATEWAY_KEYS,
    Names,
    Tree,
    answer_of,
    check_expression,
    check_gateway,
    items_of,
    read_names,
    word_list,
)
from .yaml_tree import YamlTree

#: Words by which a person ends what is sent to them; a message that is nothing else is no report.
STOP_WORDS = ("退订", "取消订阅", "TD", "T", "N", "R", "QX", "STOP", "UNSUBSCRIBE")
_FIELDS = ("text", "phone", "number", "time", "to", "reference", "part", "parts", "kind")
_KEYS = frozenset({"items", "fields", "receipts", "stop_words", "window_seconds", "answer", *GATEWAY_KEYS})
_MOST_PARTS = 30
_EDGES = " \t\r\n。.!！,，"


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """Settings 设置 of an SMS channel.

    Attributes:
        items: where the messages stand in a request; empty when the request is the message.
        names: the provider's names.
        receipts: values of the field `kind` that mark a delivery receipt.
        window_seconds: how long parts wait for one another.
        answer: the JSON text that the provider wants to hear.
    """

    items: str
    names: Names
    receipts: tuple[str, ...]
    stop_words: frozenset[str]
    window_seconds: int
    answer: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a long message 短信分段, `number` of `total`, from 1."""

    reference: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Text:
    """One message as the gateway gave it 上行短信."""

    text: str
    phone: str
    number: str
    time: str
    to: str
    part: Part | None


def sms_settings(tree: YamlTree) -> SmsSettings:
    """The settings of an SMS channel, checked.

    Raises:
        Invalid: the first that is wrong, with its line.
    """
    tree.known(_KEYS)
    items = tree.text("items")
    if items:
        check_expression(tree, "items", expression=items)
    check_gateway(tree)
    stop_words = word_list(tree, "stop_words", STOP_WORDS)
    return SmsSettings(
        items=items,
        names=read_names(tree, "fields", allowed=_FIELDS, needed=("text", "phone")),
        receipts=word_list(tree, "receipts", ()),
        stop_words=frozenset(map(_plain, stop_words)),
        window_seconds=tree.count("window_seconds", 600, 10, 86_400),
        answer=answer_of(tree),
    )


def texts_of(body: Any, settings: SmsSettings) -> tuple[list[Text], int]:
    """The messages of one request, and how many of its items were receipts or words to stop.

    Items without a text or a sender are receipts too: gateways post them to the same address.
    """
    found, passed = [], 0
    for item in items_of(body, settings.items):
        text = _read(item, settings.names)
        is_receipt = settings.names.plain("kind", item) in settings.receipts and settings.receipts
        if is_receipt or not text.text or not text.phone or _plain(text.text) in settings.stop_words:
            passed += 1
        else:
            found.append(text)
    return found, passed


def _read(item: Tree, names: Names) -> Text:
    return Text(
        names.text("text", item), names.plain("phone", item), names.plain("number", item),
        names.text("time", item), names.plain("to", item), _part(item, names),
    )  # fmt: skip


def _part(item: Tree, names: Names) -> Part | None:
    reference = names.plain("reference", item)
    number, total = names.plain("part", item), names.plain("parts", item)
    if not (reference and number.isdigit() and total.isdigit()):
        return None
    part = Part(reference[:60], int(number), int(total))
    return part if 1 <= part.number <= part.total <= _MOST_PARTS and part.total > 1 else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(_EDGES).casefold()


def joined(parts: Mapping[int, Text], total: int) -> Text:
    """One message of the parts that came, in order; what is missing is named where it is missing.

    >>> a, b = Text("路灯", "1", "9", "", "", None), Text("不亮", "1", "10", "", "", None)
    >>> joined({2: b, 1: a}, 2).text
    '路灯不亮'
    """
    pieces: list[str] = []
    for number in range(1, total + 1):
        pieces.append(parts[number].text if number in parts else f"（第 {number} 条短信未收到）")
    first = parts[min(parts)]
    return Text("".join(pieces), first.phone, first.number, first.time, first.to, None)


def body_of(text: Text) -> str:
    """The message as the JSON text that the channel's mapping reads."""
    tree = {
        "text": text.text, "phone": text.phone, "number": text.number, "time": text.time, "to": text.to,
    }  # fmt: skip
    return json.dumps(tree, ensure_ascii=False, sort_keys=True)


def complete(parts: Sequence[int], total: int) -> bool:
    """Whether every part is there."""
    return set(parts) >= set(range(1, total + 1))
