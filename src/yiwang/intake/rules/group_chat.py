"""Group chat 社区群: only what a grid worker marked leaves the group; everything else is not even read on.

A mark is an answer of a listed grid worker that quotes a message and holds one of the marking words. The
quoted message becomes the report. Members of the group are not observed: a message without a mark leaves no
trace but a count.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .webhooks import (
    GATEWAY_KEYS,
    Names,
    Tree,
    answer_of,
    check_expression,
    check_gateway,
    items_of,
    read_names,
    word_list,
)
from .yaml_tree import YamlTree

_FIELDS = (
    "group", "sender", "text", "time", "quoted_id", "quoted_text", "quoted_sender", "quoted_pictures",
    "quoted_time",
)  # fmt: skip
_KEYS = frozenset({"items", "fields", "marks", "groups", "answer", *GATEWAY_KEYS})
#: How clients write a quote into the text itself: 「甲：内容」, a line of dashes, the answer.
_WRITTEN_QUOTE = re.compile(
    r"\A\s*「(?P<sender>[^：:」\n]{0,60})[：:](?P<text>.*?)」\s*\n[\s\-—_]{5,}\n(?P<answer>.*)\Z", re.DOTALL
)
_MOST_PICTURES = 9


@dataclass(frozen=True, slots=True)
class Group:
    """A group 群 whose robot may speak to us.

    Attributes:
        community: statistical code of its community.
        workers: the group's names for the grid workers whose mark counts.
    """

    id: str
    name: str
    community: str
    workers: frozenset[str]


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """Settings 设置 of a group-chat channel."""

    items: str
    names: Names
    marks: tuple[str, ...]
    groups: Mapping[str, Group]
    answer: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A message that a grid worker marked 标记的群消息.

    Attributes:
        text: of the quoted message.
        note: what the worker wrote beside the mark.
    """

    group: Group
    number: str
    text: str
    sender: str
    note: str
    time: str
    pictures: tuple[Mapping[str, str], ...]


def chat_settings(tree: YamlTree) -> ChatSettings:
    """The settings of a group-chat channel, checked.

    Raises:
        Invalid: the first that is wrong, with its line.
    """
    tree.known(_KEYS)
    items = tree.text("items")
    if items:
        check_expression(tree, "items", expression=items)
    check_gateway(tree)
    marks = word_list(tree, "marks", ())
    if not marks:
        tree.wrong("marks", remedy="请列出网格员用来标记的词或表情，例如 [上报]。")
    return ChatSettings(
        items, read_names(tree, "fields", allowed=_FIELDS, needed=("group", "sender", "text")), marks,
        _groups(tree), answer_of(tree),
    )  # fmt: skip


def _groups(tree: YamlTree) -> dict[str, Group]:
    listed: Any = tree.tree.get("groups")
    if not isinstance(listed, list) or not listed:
        tree.wrong("groups", remedy="请列出各群：{id, name, community, workers: [网格员在群中的标识]}。")
    found: dict[str, Group] = {}
    for number, given in enumerate(listed):
        where = ("groups", str(number))
        if not isinstance(given, dict) or not given.get("id") or not given.get("community"):
            tree.wrong(*where, remedy="每个群都要有 id 和 community（12 位社区代码）。")
        workers = given.get("workers")
        if not isinstance(workers, list) or not workers:
            tree.wrong(*where, "workers", remedy="请列出网格员在群中的标识；只有他们的标记有效。")
        key = str(given["id"])
        if key in found:
            tree.wrong(*where, value=key, remedy="这个群已经列出，请删去一个。")
        found[key] = Group(key, str(given.get("name") or key), str(given["community"]), frozenset(workers))
    return found


def marked_of(body: Any, settings: ChatSettings) -> tuple[list[Marked], int]:
    """The marked messages of one request, and how many others it held."""
    items = items_of(body, settings.items)
    found = [marked for item in items if (marked := _marked(item, settings)) is not None]
    return found, len(items) - len(found)


def _marked(item: Tree, settings: ChatSettings) -> Marked | None:
    names = settings.names
    group = settings.groups.get(names.text("group", item))
    if group is None or names.text("sender", item) not in group.workers:
        return None
    answer = names.text("text", item)
    quoted, sender = names.text("quoted_text", item), names.text("quoted_sender", item)
    written = _WRITTEN_QUOTE.match(answer)
    if written is not None:
        quoted, sender = quoted or written["text"].strip(), sender or written["sender"].strip()
        answer = written["answer"]
    pictures = _pictures(names.raw("quoted_pictures", item))
    mark = next((mark for mark in settings.marks if mark in answer), None)
    if mark is None or not (quoted or pictures):
        return None
    note = " ".join(answer.replace(mark, " ", 1).split())
    return Marked(
        group, _number(names, item, group, quoted, sender), quoted or "（图片）", sender, note,
        names.text("quoted_time", item) or names.text("time", item), pictures,
    )  # fmt: skip


def _number(names: Names, item: Tree, group: Group, quoted: str, sender: str) -> str:
    """One number for one quoted message, whoever marks it and however often."""
    key = names.text("quoted_id", item)
    if not key:
        key = hashlib.sha256(f"{sender}\0{quoted}".encode("utf-8", "replace")).hexdigest()[:24]
    whole = f"{group.id}:{key}"
    return whole if len(whole) <= 120 else hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()


def _pictures(raw: Any) -> tuple[Mapping[str, str], ...]:
    listed = raw if isinstance(raw, list) else [raw] if raw else []
    found: list[Mapping[str, str]] = []
    for given in listed[:_MOST_PICTURES]:
        if isinstance(given, str):
            found.append({"url": given})
        elif isinstance(given, Mapping) and (given.get("base64") or given.get("url")):
            found.append({key: str(given[key]) for key in ("name", "base64", "url") if given.get(key)})
    return tuple(found)


def body_of(marked: Marked) -> str:
    """The marked message as the JSON text that the channel's mapping reads; who marked it is left out.

    A second mark of the same message gives the same text, unless its note differs.
    """
    text = f"{marked.text}\n（网格员补充：{marked.note}）" if marked.note else marked.text
    tree = {
        "number": marked.number, "text": text, "sender": marked.sender, "group": marked.group.name,
        "community": marked.group.community, "pictures": list(marked.pictures), "time": marked.time,
    }  # fmt: skip
    return json.dumps(tree, ensure_ascii=False, sort_keys=True)
