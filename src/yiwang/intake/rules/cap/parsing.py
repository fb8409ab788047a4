"""Parsing 解析: an element tree as a message, forgiving what senders really do and noting it by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from .blocks import read_block
from .messages import CapAlert, Reference
from .refusals import CapRefused
from .schema import CAP_11, CAP_12, MESSAGE_TYPES, SCOPES, STATUSES, schema_problems
from .times import read_time
from .tree import Node

_VERSIONS = {CAP_12: "1.2", CAP_11: "1.1", "": ""}
_LONGEST = 200
#: References one message may hold.
MOST_REFERENCES = 1_000
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")


def parse_alert(root: etree._Element) -> CapAlert:
    """The message of a document's root.

    Raises:
        CapRefused: `not_cap`, `missing`, `bad_value` or `bad_time`.
    """
    name = etree.QName(root)
    namespace = name.namespace or ""
    if name.localname != "alert" or namespace not in _VERSIONS:
        raise CapRefused("not_cap", str(root.tag)[:80])
    node = Node(root, namespace, set())
    _note_version(node, root, namespace)
    _note_instructions(node, root)
    alert = _read(node, _VERSIONS[namespace])
    if schema_problems(root, namespace=namespace):
        node.notes.add("schema")
    return _with_notes(alert, node.notes)


def _note_version(node: Node, root: etree._Element, namespace: str) -> None:
    if namespace != CAP_12:
        node.notes.add("cap_11" if namespace else "no_namespace")


def _note_instructions(node: Node, root: etree._Element) -> None:
    before = root.getprevious()
    while before is not None:
        if before.tag is etree.PI:
            node.notes.add("stylesheet")
        before = before.getprevious()


def _read(node: Node, version: str) -> CapAlert:
    identifier = _key(node, "identifier")
    if re.search(r"[\s,<&]", identifier):
        node.notes.add("identifier_characters")
    sent = _sent(node)
    msg_type = node.choice("msgType", MESSAGE_TYPES, default="Alert", demanded=True)
    references = tuple(_references(node))
    if msg_type in {"Update", "Cancel"} and not references:
        node.notes.add("no_references")
    return CapAlert(
        version=version,
        identifier=identifier,
        sender=_key(node, "sender"),
        sent=sent,
        status=node.choice("status", STATUSES, default="Actual", demanded=True),
        msg_type=msg_type,
        scope=node.choice("scope", SCOPES, default="Public", demanded=True),
        source=node.text("source"),
        note=node.prose("note"),
        codes=tuple(filter(None, node.texts("code"))),
        references=references,
        incidents=node.text("incidents"),
        infos=tuple(read_block(each, sent) for each in node.parts("info")),
    )


def _with_notes(alert: CapAlert, notes: set[str]) -> CapAlert:
    values = {name: getattr(alert, name) for name in CapAlert.__slots__}
    return CapAlert(**{**values, "deviations": tuple(sorted(notes))})


def _key(node: Node, name: str) -> str:
    text = node.text(name)
    if not text:
        raise CapRefused("missing", name)
    if len(text) > _LONGEST:
        raise CapRefused("bad_value", f"{name} 超过 {_LONGEST} 字")
    return text


def _sent(node: Node) -> datetime:
    text = node.text("sent") or node.text("sendTime")
    if not text:
        raise CapRefused("missing", "sent")
    try:
        moment, note = read_time(text)
    except ValueError:
        raise CapRefused("bad_time", f"sent “{text[:40]}”") from None
    if note:
        node.notes.add(note)
    return moment


def _references(node: Node) -> Iterator[Reference]:
    """`sender,identifier,sent` in a row; identifiers alone and blanks inside times are understood too."""
    tokens = node.text("references").split()
    if len(tokens) > MOST_REFERENCES:
        raise CapRefused("too_large", f"引用超过 {MOST_REFERENCES} 条")
    position = 0
    while position < len(tokens):
        pieces = tokens[position].split(",")
        position += 1
        is_dated = len(pieces) == 3 and _DAY.fullmatch(pieces[2]) and position < len(tokens)
        if is_dated and _CLOCK.match(tokens[position]):
            pieces[2] += f" {tokens[position]}"
            position += 1
        yield from _reference(node, [piece[:_LONGEST] for piece in pieces if piece])


def _reference(node: Node, pieces: list[str]) -> Iterator[Reference]:
    if len(pieces) == 3:
        try:
            moment, note = read_time(pieces[2])
        except ValueError:
            node.notes.add("reference_form")
            yield Reference(pieces[1], pieces[0])
            return
        if note:
            node.notes.add("reference_form")
        yield Reference(pieces[1], pieces[0], moment)
    elif pieces:
        node.notes.add("reference_form")
        yield Reference(pieces[-1] if len(pieces) <= 2 else pieces[1], pieces[0] if len(pieces) > 1 else "")
