"""Words 回写用语: what a source is told of a change, in its own words, as its definition says.

```yaml
write_back:
  url: https://source.example/orders/{source_number}/progress
  method: POST
  format: json            # json, xml or form
  root: progress          # of XML
  auth: hmac              # hmac (our signature), bearer (a token the source gave us) or none
  always: {orderNo: "{source_number}", time: "{at}"}
  changes:
    accepted: {status: "1", note: "{unit}已受理"}
    closed: {status: "9", note: "{ending}：{answer}"}
```

Placeholders stand for facts of the change; a change that is not listed is not told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import xmltodict

from ...kernel.working_time import SHANGHAI
from .addresses import address_of
from .definition import Definition
from .yaml_tree import YamlTree

#: Changes that a source can be told of, with their Chinese names.
CHANGES = {
    "received": "已收到", "accepted": "已受理", "registered": "已立案", "dispatched": "已派遣",
    "handled": "已反馈", "answered": "已答复", "closed": "已办结", "rated": "已评价", "reopened": "重新办理",
    "rejected": "不予受理", "voided": "已作废", "withdrawn": "已撤回", "overdue": "已超时",
    "asked_extension": "申请延期", "asked_return": "申请退单", "took_back": "收回申请",
    "task": "派发任务", "recalled": "撤回任务",
    "todo_added": "待办到达", "todo_done": "待办完成",
}  # fmt: skip
#: Placeholders that words may use.
FACTS = (
    "source_number", "number", "case_number", "change", "at", "at_iso", "unit", "ending", "answer", "reason",
    "outcome", "satisfaction", "due", "event_id", "case", "state", "channel", "kind", "urgency", "area_code",
    "class_code", "class_name", "created_at", "due_at", "closed_at", "task", "role", "instruction", "title",
    "text", "address", "lon", "lat", "todo", "todo_name",
)  # fmt: skip
FORMATS = {
    "json": "application/json",
    "xml": "application/xml; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
}
AUTHS = ("hmac", "bearer", "none")
_METHODS = ("POST", "PUT", "PATCH")
_KEYS = frozenset({"url", "method", "format", "root", "auth", "always", "changes", "headers"})
_PLACE = re.compile(r"\{([a-z_]+)\}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}")
_VALUE = re.compile(r"[\x21-\x7e]*(?: +[\x21-\x7e]+)*")


@dataclass(frozen=True, slots=True)
class Words:
    """How a channel's source is told 回写约定."""

    url: str
    method: str
    format: str
    root: str
    auth: str
    headers: Mapping[str, str]
    always: Mapping[str, Any]
    changes: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """One message to a source: where to, how, and the body."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def instant_words(instant: datetime | None) -> str:
    """An instant as sources are told it, on Shanghai's clock; empty when there is none."""
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if instant else ""


def words_of(definition: Definition) -> Words | None:
    """The words of a definition, or None when its source is told nothing.

    Raises:
        Invalid: a key, a change or a placeholder is unknown; names line and key.
    """
    if not definition.write_back:
        return None
    tree = YamlTree.read(definition.text, "渠道定义").inside("write_back")
    tree.known(_KEYS)
    url = address_of(tree, most=500)
    changes = tree.inside("changes").tree
    for name, body in changes.items():
        if name not in CHANGES:
            tree.wrong("changes", name, value=name, remedy=f"没有这种变化。可用：{'、'.join(CHANGES)}。")
        if not isinstance(body, dict):
            tree.wrong("changes", name, remedy="请写成“字段: 用语”。")
    always = tree.inside("always").tree if tree.tree.get("always") is not None else {}
    for text in _texts([url, always, changes]):
        for name in _PLACE.findall(text):
            if name not in FACTS:
                tree.wrong("changes", value=text, remedy=f"没有占位符 {{{name}}}。可用：{'、'.join(FACTS)}。")
    headers = _headers(tree)
    return Words(
        url,
        tree.choice("method", _METHODS, "POST"),
        tree.choice("format", tuple(FORMATS), "json"),
        tree.text("root") or "message",
        tree.choice("auth", AUTHS, "hmac"),
        headers,
        always,
        changes,
    )


def _headers(tree: YamlTree) -> dict[str, str]:
    """Headers as they can be sent: tokens, and visible ASCII."""
    if tree.tree.get("headers") is None:
        return {}
    found = {}
    for name, value in tree.inside("headers").tree.items():
        text = "" if value is None else str(value)
        if not _HEADER.fullmatch(name) or not _VALUE.fullmatch(text):
            remedy = "请求头的名称用字母、数字和连字符，值用可见的 ASCII 字符。"
            tree.wrong("headers", name, value=text, remedy=remedy)
        found[name] = text
    return found


def tell(words: Words, change: str, facts: Mapping[str, str]) -> Told:
    """The message for one change.

    Raises:
        KeyError: the source is not told of this change.
    """
    body = _filled({**words.always, **words.changes[change]}, facts)
    url = _PLACE.sub(lambda found: quote(str(facts.get(found[1], "")), safe=""), words.url)
    headers = {"Content-Type": FORMATS[words.format], **words.headers}
    return Told(words.method, url, headers, _written(words, body))


def _written(words: Words, body: Mapping[str, Any]) -> bytes:
    if words.format == "xml":
        return str(xmltodict.unparse({words.root: body})).encode()
    if words.format == "form":
        return urlencode({name: _flat(value) for name, value in body.items()}).encode()
    return json.dumps(body, ensure_ascii=False).encode()


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _filled(value: Any, facts: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _filled(inner, facts) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, facts) for inner in value]
    if value is None:
        return ""
    return _PLACE.sub(lambda found: str(facts.get(found[1], "")), str(value))


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []
