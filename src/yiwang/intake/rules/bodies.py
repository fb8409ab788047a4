"""Bodies 报文: one message as its source sent it — JSON, XML or a form — read into a tree for the mapping.

A tree is what JMESPath understands: objects, lists, texts, numbers. XML becomes objects by element name,
attributes as `@name`, text beside them as `#text`; entities and DTDs are refused.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl
from xml.parsers.expat import ExpatError

import xmltodict

#: One message in characters; larger ones are refused where they come in.
LONGEST = 12_000_000


class Unreadable(ValueError):
    """A body that is not what its format says; the text is the reason, in Chinese."""


def text_of_body(body: bytes | str) -> str:
    """A body as text: UTF-8, else GB18030, else UTF-8 with marks for what cannot be read; no NUL."""
    if isinstance(body, str):
        found = body.encode("utf-8", "replace").decode()
    else:
        try:
            found = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            try:
                found = body.decode("gb18030")
            except UnicodeDecodeError:
                found = body.decode("utf-8", "replace")
    return found.replace("\0", "\ufffd")


def read_body(text: str, form: str) -> dict[str, Any]:
    """The tree of one message.

    Args:
        form: `json`, `xml` or `form`.

    Raises:
        Unreadable: it is broken, too deep, or holds no object.
    """
    reader = {"json": _json, "xml": _xml, "form": _form}.get(form, _json)
    try:
        tree = reader(text)
    except RecursionError as error:
        raise Unreadable("报文层次过深。") from error
    if not isinstance(tree, dict):
        raise Unreadable("报文应是一个对象（键和值），收到的不是。")
    return tree


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Unreadable(f"不是有效的 JSON：第 {getattr(error, 'lineno', 1)} 行附近有误。") from error


def _xml(text: str) -> Any:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable("XML 中不得有 DOCTYPE 或实体定义。")
    if text.count("<") > 200_000:
        raise Unreadable("XML 元素过多。")
    try:
        return xmltodict.parse(text, disable_entities=True)
    except (ExpatError, ValueError) as error:
        raise Unreadable(f"不是有效的 XML：第 {getattr(error, 'lineno', 1)} 行附近有误。") from error


def _form(text: str) -> Any:
    found: dict[str, Any] = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=1_000)
    except ValueError as error:
        raise Unreadable("表单字段过多。") from error
    for name, value in pairs:
        known = found.get(name)
        if known is None:
            found[name] = value
        else:
            found[name] = [*known, value] if isinstance(known, list) else [known, value]
    return found
