"""Splitting 拆分: one delivery into its messages, each word for word as it was sent."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from itertools import islice

from .bodies import text_of_body

#: Messages in one delivery, at most.
MOST = 1_000
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


def split_delivery(body: bytes, kind: str, *, most: int | None = None) -> list[bytes | str]:
    """The messages of a delivery.

    A body that cannot be taken apart is one message, which handling will set aside.

    Args:
        kind: `ndjson` (a message a line), `json` (one object, or a list of them) or anything else (one).
        most: take no more apart than one message beyond this, which is enough to refuse the delivery.
    """
    end = None if most is None else most + 1
    plain = body.removeprefix(codecs.BOM_UTF8)
    if kind == "ndjson":
        return list(islice((line for line in plain.splitlines() if line.strip()), end))
    if kind == "json" and plain.lstrip()[:1] == b"[":
        try:
            return list(islice(_items(text_of_body(plain)), end))
        except (ValueError, RecursionError):
            return [body]
    return [body] if body.strip() else []


def _items(text: str) -> Iterator[str]:
    """The items of a JSON list as they are written."""
    position = _after(text, text.index("[") + 1)
    while text[position : position + 1] != "]":
        _value, end = _DECODER.raw_decode(text, position)
        yield text[position:end]
        position = _after(text, end)
        if text[position : position + 1] == ",":
            position = _after(text, position + 1)
        elif text[position : position + 1] != "]":
            raise ValueError("no list")
    if text[position + 1 :].strip():
        raise ValueError("something follows the list")


def _after(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
