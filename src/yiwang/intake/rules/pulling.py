"""Pulling 拉取约定: where a polled source is asked, how its answer is read, and where to go on.

```yaml
settings:
  url: https://source.example/api/orders?after={cursor}&limit=100
  every_seconds: 60
  auth: bearer            # bearer (a token the source gave us), hmac (our signature) or none
  items: data.items       # JMESPath to the list of messages; the whole answer without it
  next: data.next         # JMESPath to the next cursor; without it the newest item's `item_cursor`
  item_cursor: updatedAt
  more: data.hasMore      # JMESPath; ask again at once while it is true
  start: ""               # the first cursor
```
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import jmespath
import xmltodict
from jmespath.exceptions import JMESPathError

from .addresses import address_of
from .yaml_tree import YamlTree

_KEYS = frozenset({"url", "every_seconds", "auth", "items", "next", "item_cursor", "more", "start"})
_PATHS = ("items", "next", "item_cursor", "more")
AUTHS = ("none", "bearer", "hmac")


@dataclass(frozen=True, slots=True)
class PullSettings:
    """How a source is polled 拉取设置; paths are JMESPath texts, empty when not given."""

    url: str
    every_seconds: int
    auth: str
    items: str
    next: str
    item_cursor: str
    more: str
    start: str

    def address(self, cursor: str) -> str:
        """The address to ask from a cursor."""
        return self.url.replace("{cursor}", quote(cursor, safe=""))


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one answer holds 拉取结果.

    Attributes:
        messages: each as text.
        cursor: where to go on; empty when the answer does not say.
        more: whether to ask again at once.
    """

    messages: list[str]
    cursor: str
    more: bool


def pull_settings(tree: YamlTree) -> PullSettings:
    """The settings of a pull channel.

    Raises:
        Invalid: one is wrong; names line and key.
    """
    tree.known(_KEYS)
    url = address_of(tree, most=1_000)
    paths = {name: tree.text(name) for name in _PATHS}
    for name, path in paths.items():
        try:
            if path:
                jmespath.compile(path)
        except JMESPathError as error:
            tree.wrong(name, value=path, remedy=f"JMESPath 有误：{str(error).splitlines()[0]}")
    if "{cursor}" in url and not (paths["next"] or paths["item_cursor"]):
        tree.wrong("next", remedy="地址中有 {cursor}，须写明 next 或 item_cursor。")
    return PullSettings(
        url=url,
        every_seconds=tree.count("every_seconds", 60, 1, 86_400),
        auth=tree.choice("auth", AUTHS, "none"),
        start=tree.text("start"),
        **paths,
    )


def read_answer(text: str, form: str, settings: PullSettings) -> Pulled:
    """The messages of an answer.

    Args:
        form: `json` or `xml`; an item of XML becomes the message `<item>…</item>`.

    Raises:
        ValueError: the answer is broken, or holds no list where one was promised.
    """
    try:
        tree = xmltodict.parse(text, disable_entities=True) if form == "xml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"应答不是有效的 {form.upper()}。") from error
    except Exception as error:
        raise ValueError("应答不是有效的 XML。") from error
    items = _search(settings.items, tree) if settings.items else tree
    if items is None:
        items = []
    if isinstance(items, Mapping):
        items = [items]
    if not isinstance(items, list):
        raise ValueError(f"应答的“{settings.items or '全部'}”不是列表。")
    cursor = _cursor(tree, items, settings)
    more = bool(_search(settings.more, tree)) if settings.more else False
    return Pulled([_written(item, form) for item in items], cursor, more)


def _written(item: Any, form: str) -> str:
    if form == "xml":
        return str(xmltodict.unparse({"item": item}, full_document=False))
    return json.dumps(item, ensure_ascii=False)


def _cursor(tree: Any, items: list[Any], settings: PullSettings) -> str:
    found = _search(settings.next, tree) if settings.next else None
    if found is None and settings.item_cursor:
        values = [_search(settings.item_cursor, item) for item in items]
        known = [value for value in values if value is not None]
        found = max(known, key=_rank) if known else None
    return "" if found is None else str(found)[:500]


def _rank(value: Any) -> tuple[int, int, str]:
    """Numbers by size, other texts as they are sorted, after all numbers."""
    text = str(value)
    is_number = text.isascii() and text.isdigit() and len(text) <= 40
    return (0, int(text), "") if is_number else (1, 0, text)


def _search(path: str, tree: Any) -> Any:
    try:
        return jmespath.search(path, tree)
    except JMESPathError:
        return None
