"""Splitting 拆分: one delivery into its messages, each word for word as it was sent."""

from __future__ import annotations

import json
import re

#: Messages in one delivery, at most.
MOST = 1_000
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


def split_delivery(body: bytes, kind: str) -> list[bytes | str]:
    """The messages of a delivery.

    A body that cannot be taken apart is one message, which handling will set aside.

    Args:
        kind: `ndjson` (a message a line), `json` (one object, or a list of them) or anything else (one).
    """
    if kind == "ndjson":
        return [line for line in body.splitlines() if line.strip()]
    if kind == "json" and body.lstrip()[:1] == b"[":
        try:
            return list(_items(body.decode("utf-8-sig")))
        except (ValueError, RecursionError):
            return [body]
    return [body] if body.strip() else []


def _items(text: str) -> list[str]:
    """The items of a JSON list as they are written."""
    found: list[str] = []
    position = _after(text, text.index("[") + 1)
    while text[position : position + 1] != "]":
        _value, end = _DECODER.raw_decode(text, position)
        found.append(text[position:end])
        position = _after(text, end)
        if text[position : position + 1] == ",":
            position = _after(text, position + 1)
        elif text[position : position + 1] != "]":
            raise ValueError("no list")
    if text[position + 1 :].strip():
        raise ValueError("something follows the list")
    return found


def _after(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
