"""Blocks 信息块: the info elements of a message with their times, texts and areas."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from .colours import SEVERITY_OF, colour_named, colour_of
from .messages import CapArea, CapInfo, CapResource, Circle, Pair, Point
from .schema import CATEGORIES, CERTAINTIES, RESPONSES, SEVERITIES, URGENCIES
from .shapes import read_circle, read_polygon
from .times import read_time
from .tree import Node

_LONGEST_TEXT = 20_000
_HAN = re.compile(r"[\u4e00-\u9fff]")


def read_block(node: Node, sent: datetime) -> CapInfo:
    """One block of a message sent at an instant."""
    event_codes, parameters = tuple(_event_codes(node)), tuple(node.pairs("parameter"))
    headline, description = node.prose("headline"), node.prose("description")[:_LONGEST_TEXT]
    written = node.text("severity")
    level, level_from = colour_of(
        pairs=(*parameters, *event_codes), severity=written, headline=headline, description=description
    )
    effective, expires = _time(node, "effective"), _time(node, "expires")
    if expires is not None and expires <= (effective or sent):
        node.notes.add("expires_early")
    event = node.text("event") or node.text("eventType")
    return CapInfo(
        language=_language(node, headline + description),
        event=event or headline,
        urgency=node.choice("urgency", URGENCIES, default="Unknown"),
        severity=_severity(node, written),
        certainty=node.choice("certainty", CERTAINTIES, default="Unknown"),
        categories=tuple(_words(node, "category", CATEGORIES, "Other")),
        level=level,
        level_from=level_from,
        responses=tuple(_words(node, "responseType", RESPONSES, "None")),
        audience=node.text("audience"),
        event_codes=event_codes,
        effective=effective,
        onset=_time(node, "onset"),
        expires=expires,
        sender_name=node.text("senderName"),
        headline=headline,
        description=description,
        instruction=node.prose("instruction")[:_LONGEST_TEXT],
        web=node.text("web"),
        contact=node.text("contact"),
        parameters=parameters,
        resources=tuple(_resources(node)),
        areas=tuple(_area(each) for each in node.parts("area")),
    )


def _event_codes(node: Node) -> Iterator[Pair]:
    yield from node.pairs("eventCode")
    if code := node.text("eventType"):
        node.notes.add("unknown_element")
        yield "eventType", code


def _language(node: Node, text: str) -> str:
    """The language given; where none is, the schema's default en-US, unless the text is Chinese."""
    given = node.text("language")
    if given:
        return given[:40]
    return "zh-CN" if _HAN.search(text) else "en-US"


def _severity(node: Node, written: str) -> str:
    level = colour_named(written) if written and written.capitalize() not in SEVERITIES else None
    if level is not None:
        node.notes.add("colour_as_severity")
        return SEVERITY_OF[level]
    return node.choice("severity", SEVERITIES, default="Unknown")


def _words(node: Node, name: str, choices: tuple[str, ...], otherwise: str) -> Iterator[str]:
    by_case = {choice.lower(): choice for choice in choices}
    for text in node.texts(name):
        found = by_case.get(text.lower())
        if found is None:
            node.notes.add("unread_value")
        elif found != text:
            node.notes.add("case")
        yield found or otherwise


def _time(node: Node, name: str) -> datetime | None:
    text = node.text(name)
    if not text:
        return None
    try:
        moment, note = read_time(text)
    except ValueError:
        node.notes.add("unread_time")
        return None
    if note:
        node.notes.add(note)
    return moment


def _resources(node: Node) -> Iterator[CapResource]:
    for part in node.parts("resource"):
        yield CapResource(
            part.text("resourceDesc"), part.text("mimeType"), part.text("uri"), part.text("size"),
            part.text("digest"),
        )  # fmt: skip


def _area(node: Node) -> CapArea:
    return CapArea(
        description=node.prose("areaDesc"),
        polygons=tuple(_polygons(node)),
        circles=tuple(_circles(node)),
        geocodes=tuple(node.pairs("geocode")),
        altitude=node.text("altitude"),
        ceiling=node.text("ceiling"),
    )


def _polygons(node: Node) -> Iterator[tuple[Point, ...]]:
    for text in filter(None, node.texts("polygon")):
        try:
            ring, notes = read_polygon(text)
        except ValueError:
            node.notes.add("unread_shape")
            continue
        node.notes.update(notes)
        yield ring


def _circles(node: Node) -> Iterator[Circle]:
    for text in filter(None, node.texts("circle")):
        try:
            circle, notes = read_circle(text)
        except ValueError:
            node.notes.add("unread_shape")
            continue
        node.notes.update(notes)
        yield circle
