"""Answers 应答 of another city's endpoint: read from JSON or XML, with the deviations met in the wild.

FixMyStreet and others answer in XML only, wrap JSON lists in an object, put a lone request in place of a
list, leave optional fields out and use their own status words. What is no such document is `Unreadable`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.parsers import expat

from .submission import clean
from .w3c import instant_from

#: Larger answers are not read; a list of 1,000 requests has about 1 MB.
LARGEST = 8_000_000
_DEEPEST = 12
_CONTAINERS = ("service_requests", "requests", "errors", "request", "error", "services", "service")
#: Status words beyond the specification's two, as FixMyStreet and city systems send them.
CLOSED_WORDS = frozenset({
    "closed", "resolved", "completed", "complete", "done", "solved", "fixed", "fixed - council",
    "fixed - user", "duplicate", "no_further_action", "no further action", "internal_referral",
    "not_councils_responsibility", "not responsible", "unable to fix", "archived", "cancelled", "rejected",
})  # fmt: skip
_UNSOLVED = frozenset({
    "duplicate", "no_further_action", "no further action", "internal_referral",
    "not_councils_responsibility", "not responsible", "unable to fix", "cancelled", "rejected",
})  # fmt: skip


class Unreadable(ValueError):
    """The answer is no GeoReport document."""


@dataclass(frozen=True, slots=True)
class RemoteRequest:
    """What another city says of a request 对方办理情况.

    Attributes:
        status: their word, in lower case.
        is_closed: whether their word means that they are done.
        proposal: `open`, `solved` or `unsolved`: what their word suggests for our case.
        text: all texts of the request, in which our reference is looked for.
    """

    id: str
    token: str = ""
    status: str = ""
    is_closed: bool = False
    proposal: str = "open"
    notes: str = ""
    agency: str = ""
    notice: str = ""
    updated_at: datetime | None = None
    expected_at: datetime | None = None
    text: str = ""


def read_requests(content: bytes, states: Mapping[str, str]) -> list[RemoteRequest]:
    """The requests of an answer.

    Args:
        states: the settings' own words to `open`, `solved` or `unsolved`.

    Raises:
        Unreadable: it is no such document.
    """
    return [_request(row, states) for row in _rows(_tree(content))]


def read_errors(content: bytes) -> str:
    """What the errors of an answer say, in one line; empty when it holds none."""
    try:
        rows = _rows(_tree(content))
    except Unreadable:
        return ""
    said = [f"{_text(row, 'code')} {_text(row, 'description')}".strip() for row in rows]
    return "；".join(text for text in said if text)[:300]


def _tree(content: bytes) -> Any:
    if len(content) > LARGEST:
        raise Unreadable("the answer is too long")
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    try:
        return json.loads(content.decode("utf-8-sig")) if head in (b"[", b"{") else _xml(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)[:200]) from error


def _rows(tree: Any, depth: int = 0) -> list[Mapping[str, Any]]:
    """The objects of a list, wherever the container puts them."""
    if depth > _DEEPEST:
        raise Unreadable("the answer is nested too deeply")
    if isinstance(tree, list):
        return [row for item in tree for row in _rows(item, depth + 1)]
    if not isinstance(tree, Mapping):
        raise Unreadable("the answer holds no list of requests")
    for name in _CONTAINERS:
        inner = tree.get(name)
        if isinstance(inner, list | Mapping):
            return _rows(inner, depth + 1)
        if name in tree and inner in (None, "") and len(tree) == 1:
            return []
    return [tree]


def _request(row: Mapping[str, Any], states: Mapping[str, str]) -> RemoteRequest:
    status = _text(row, "status").lower()
    proposal = _proposal(status, states)
    return RemoteRequest(
        id=_text(row, "service_request_id"),
        token=_text(row, "token"),
        status=status[:40],
        is_closed=proposal != "open",
        proposal=proposal,
        notes=_text(row, "status_notes")[:1000],
        agency=_text(row, "agency_responsible")[:120],
        notice=_text(row, "service_notice")[:500],
        updated_at=_instant(row, "updated_datetime"),
        expected_at=_instant(row, "expected_datetime"),
        text="\n".join(str(value) for value in row.values() if isinstance(value, str)),
    )


def _proposal(status: str, states: Mapping[str, str]) -> str:
    if status in states:
        return states[status]
    if status in _UNSOLVED:
        return "unsolved"
    return "solved" if status in CLOSED_WORDS else "open"


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean(str(value))


def _instant(row: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return instant_from(_text(row, name))
    except ValueError:
        return None


class _Builder:
    """Builds plain values from XML: an element with children is an object, repeated ones are a list."""

    def __init__(self) -> None:
        self.stack: list[tuple[str, dict[str, Any], list[str]]] = [("", {}, [])]

    def start(self, name: str, attributes: object) -> None:
        if len(self.stack) > _DEEPEST:
            raise Unreadable("the answer is nested too deeply")
        self.stack.append((name.rpartition(":")[2], {}, []))

    def text(self, text: str) -> None:
        self.stack[-1][2].append(text)

    def end(self, name: str) -> None:
        tag, children, texts = self.stack.pop()
        value: Any = children or "".join(texts).strip()
        above = self.stack[-1][1]
        if tag not in above:
            above[tag] = value
        elif isinstance(above[tag], list):
            above[tag].append(value)
        else:
            above[tag] = [above[tag], value]

    def refuse(self, *_: object) -> None:
        raise Unreadable("the answer declares entities")


def _xml(content: bytes) -> Any:
    builder, parser = _Builder(), expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Unreadable(str(error)) from error
    return builder.stack[0][1]
