"""Schema 模式: what CAP 1.2 allows where, as a table of our own.

The schema file of OASIS is not part of this product. These rules say the same, and a test over real and
broken messages holds them against the file where a city has placed it. A channel with `validate: strict`
refuses what they find; a tolerant one notes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from .times import STRICT, read_time

CAP_12 = "urn:oasis:names:tc:emergency:cap:1.2"
CAP_11 = "urn:oasis:names:tc:emergency:cap:1.1"
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_ALLOWED_ATTRIBUTES = frozenset({f"{_XSI}schemaLocation", f"{_XSI}noNamespaceSchemaLocation"})

STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
MESSAGE_TYPES = ("Alert", "Update", "Cancel", "Ack", "Error")
SCOPES = ("Public", "Restricted", "Private")
CATEGORIES = (
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE",
    "Other",
)  # fmt: skip
RESPONSES = (
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None",
)  # fmt: skip
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a sequence.

    Attributes:
        least, most: how often it may stand; `most` 0 is without bound.
        kind: `string`, `time`, `uri`, `language`, `integer`, `decimal`, `choice`, or the name of a sequence.
        choices: for `choice`.
    """

    name: str
    least: int = 0
    most: int = 1
    kind: str = "string"
    choices: tuple[str, ...] = ()


_PAIR = (Part("valueName", 1), Part("value", 1))
SEQUENCES: Mapping[str, tuple[Part, ...]] = {
    "alert": (
        Part("identifier", 1), Part("sender", 1), Part("sent", 1, kind="time"),
        Part("status", 1, kind="choice", choices=STATUSES),
        Part("msgType", 1, kind="choice", choices=MESSAGE_TYPES), Part("source"),
        Part("scope", 1, kind="choice", choices=SCOPES), Part("restriction"), Part("addresses"),
        Part("code", most=0), Part("note"), Part("references"), Part("incidents"),
        Part("info", most=0, kind="info"),
    ),
    "info": (
        Part("language", kind="language"), Part("category", 1, 0, "choice", CATEGORIES), Part("event", 1),
        Part("responseType", 0, 0, "choice", RESPONSES), Part("urgency", 1, kind="choice", choices=URGENCIES),
        Part("severity", 1, kind="choice", choices=SEVERITIES),
        Part("certainty", 1, kind="choice", choices=CERTAINTIES), Part("audience"),
        Part("eventCode", most=0, kind="pair"), Part("effective", kind="time"), Part("onset", kind="time"),
        Part("expires", kind="time"), Part("senderName"), Part("headline"), Part("description"),
        Part("instruction"), Part("web", kind="uri"), Part("contact"), Part("parameter", most=0, kind="pair"),
        Part("resource", most=0, kind="resource"), Part("area", most=0, kind="area"),
    ),
    "pair": _PAIR,
    "resource": (
        Part("resourceDesc", 1), Part("mimeType", 1), Part("size", kind="integer"), Part("uri", kind="uri"),
        Part("derefUri"), Part("digest"),
    ),
    "area": (
        Part("areaDesc", 1), Part("polygon", most=0), Part("circle", most=0),
        Part("geocode", most=0, kind="pair"), Part("altitude", kind="decimal"),
        Part("ceiling", kind="decimal"),
    ),
}  # fmt: skip
_PATTERNS = {
    "language": re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*|"),
    "integer": re.compile(r"[-+]?[0-9]+"),
    "decimal": re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
}
_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """Where a message leaves the schema.

    Attributes:
        kind: `namespace`, `attribute`, `text`, `order` (unexpected or repeated), `missing` or `value`.
        path: names from the root down, such as `alert/info/urgency`.
    """

    kind: str
    path: str
    found: str = ""

    def __str__(self) -> str:
        return f"{self.path} {self.kind}" + (f" “{self.found[:60]}”" if self.found else "")


def schema_problems(root: etree._Element, *, namespace: str = CAP_12) -> list[SchemaProblem]:
    """Everything in which a message leaves the schema; empty when it is valid.

    Args:
        namespace: the one its elements stand in; another version's to look at the rest alone.
    """
    if root.tag != _qualified(namespace, "alert"):
        return [SchemaProblem("namespace", "alert", str(root.tag))]
    return list(_sequence(root, "alert", "alert", namespace))


def text_of(element: etree._Element) -> str:
    """The text directly inside an element, comments left out."""
    return (element.text or "") + "".join(child.tail or "" for child in element)


def _qualified(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


def _sequence(element: etree._Element, name: str, path: str, namespace: str) -> Iterator[SchemaProblem]:
    yield from _attributes(element, path)
    if text_of(element).strip(_BLANKS):
        yield SchemaProblem("text", path, text_of(element).strip())
    parts = SEQUENCES[name]
    position, count = 0, 0
    for child in element.iterchildren(etree.Element):
        if name == "alert" and etree.QName(child).namespace == XMLDSIG:
            yield from _missing(parts, position, count, path)
            position, count = len(parts), 0
            continue
        place = _place_of(parts, position, _local(child, namespace))
        if place is None or (place == position and _is_full(parts[place], count)):
            yield SchemaProblem("order", f"{path}/{_local(child, namespace) or child.tag}")
            return
        if place > position:
            yield from _missing(parts[:place], position, count, path)
            position, count = place, 0
        count += 1
        yield from _part(child, parts[place], f"{path}/{parts[place].name}", namespace)
    yield from _missing(parts, position, count, path)


def _is_full(part: Part, count: int) -> bool:
    return part.most > 0 and count >= part.most


def _local(child: etree._Element, namespace: str) -> str:
    name = etree.QName(child)
    return name.localname if (name.namespace or "") == namespace else ""


def _place_of(parts: Sequence[Part], position: int, name: str) -> int | None:
    return next((place for place in range(position, len(parts)) if parts[place].name == name), None)


def _missing(parts: Sequence[Part], position: int, count: int, path: str) -> Iterator[SchemaProblem]:
    """Parts that should have stood between a position and the end of `parts`."""
    for place in range(position, len(parts)):
        have = count if place == position else 0
        if have < parts[place].least:
            yield SchemaProblem("missing", f"{path}/{parts[place].name}")


def _part(child: etree._Element, part: Part, path: str, namespace: str) -> Iterator[SchemaProblem]:
    if part.kind in SEQUENCES:
        yield from _sequence(child, part.kind, path, namespace)
        return
    yield from _attributes(child, path)
    inner = next(child.iterchildren(etree.Element), None)
    if inner is not None:
        yield SchemaProblem("order", f"{path}/{inner.tag}")
    elif not _is_value(text_of(child), part):
        yield SchemaProblem("value", path, text_of(child))


def _attributes(element: etree._Element, path: str) -> Iterator[SchemaProblem]:
    for name in element.attrib:
        if name not in _ALLOWED_ATTRIBUTES:
            yield SchemaProblem("attribute", path, str(name))


def _is_value(text: str, part: Part) -> bool:
    if part.kind in {"string", "uri"}:
        return True
    if part.kind == "choice":
        return text in part.choices
    collapsed = " ".join(text.strip(_BLANKS).split())
    if part.kind == "time":
        return is_strict_time(collapsed)
    return _PATTERNS[part.kind].fullmatch(collapsed) is not None


def is_strict_time(text: str) -> bool:
    """Whether a time has the standard's form and exists."""
    if STRICT.fullmatch(text) is None:
        return False
    try:
        read_time(text)
    except ValueError:
        return False
    return True
