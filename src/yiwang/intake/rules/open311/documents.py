"""Documents 报文 of GeoReport v2: one tree, written as JSON or as the XML that the specification shows.

JSON follows XML by the Spark convention: a list element becomes an array, its children the array's items.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

#: Root or list element to the name of its children.
CHILDREN = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
MEDIA_TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Tree = Mapping[str, Any] | Sequence[Any]


def document(root: str, tree: Tree, form: str) -> bytes:
    """A document in UTF-8.

    Args:
        root: name of the XML root; arrays and objects of JSON have none.
        form: `json` or `xml`.
    """
    if form == "json":
        return json.dumps(tree, ensure_ascii=False).encode("utf-8", "replace")
    element = Element(root)
    _fill(element, tree)
    body: bytes = tostring(element, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body


def _fill(element: Element, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _fill(SubElement(element, key), inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _fill(SubElement(element, CHILDREN[element.tag]), inner)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None and value != "":
        element.text = _NOT_XML.sub("", str(value))


def error_list(problems: Iterable[tuple[int, str]]) -> list[dict[str, Any]]:
    """Errors as the specification writes them: pairs of code and description."""
    return [{"code": code, "description": description} for code, description in problems]
