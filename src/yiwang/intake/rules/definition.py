"""Channel definition 渠道定义: the YAML of one channel read into a checked `Definition`.

A registry file holds `channels: [definition, …]`; see docs/channels.md for what each key means. Everything
that differs between two sources stands here as text: who owns which promise, how much it may send, how its
messages become reports and what it is told back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import yaml

from ...kernel.limits import limit_problem
from ..enums import ChannelKind, Direction, DoorKind
from .specification import Specification, specification_of
from .yaml_tree import YamlTree

KINDS, DOORS, DIRECTIONS = tuple(ChannelKind.values), tuple(DoorKind.values), tuple(Direction.values)
OWNERS = ("us", "source")
_PER_MINUTE, _BURST, _WAITING = 6_000, 2_000, 50_000
_WHAT = "渠道定义"
_TOP = frozenset({
    "code", "name", "kind", "direction", "door", "owner", "contact", "system", "resources", "example",
    "valid", "rank", "quota", "limits", "extension", "return", "callback", "voice", "mapping", "settings",
    "write_back", "sample", "becomes", "note", "silence_minutes",
})  # fmt: skip
_CODE = re.compile(r"[a-z0-9][a-z0-9_]{1,39}")
_MARGIN = re.compile(r"(\d{1,4}(?:\.\d{1,2})?)\s+(urgent_hour|work_hour|work_day|urgent_day)")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Quota:
    """Quota 配额: what one channel may send.

    Attributes:
        per_minute: messages a minute, on average.
        burst: messages at once, at most.
        waiting: stored messages that may wait to be handled.
    """

    per_minute: int = _PER_MINUTE
    burst: int = _BURST
    waiting: int = _WAITING


@dataclass(frozen=True, slots=True)
class Owners:
    """Who owns what 权责归属 of a report that came through the channel: `us` or `source`.

    Attributes:
        margin: how much earlier than the source's limit ours ends: amount and unit.
    """

    limits: str = "us"
    extension: str = "us"
    handing_back: str = "us"
    callback: str = "us"
    voice: str = "us"
    margin: tuple[Fraction, str] | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A channel's definition 渠道定义, checked.

    Attributes:
        spec: how messages become reports; None for a channel that brings none.
        settings: of the door, plain texts, lists and objects; the door checks them.
        write_back: what the source is told; empty when nothing.
        sample, becomes: one raw message as the source sends it, and what it must become.
        is_example: the source's real format is not public (示例格式).
        text: the definition word for word.
    """

    code: str
    name: str
    kind: str
    door: str
    direction: str
    owner: str
    text: str
    rank: int = 5
    spec: Specification | None = None
    mapping_text: str = ""
    quota: Quota = Quota()
    owners: Owners = Owners()
    contact: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    system: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    resources: tuple[Mapping[str, str], ...] = ()
    settings: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    write_back: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    valid_from: date | None = None
    valid_to: date | None = None
    is_example: bool = False
    note: str = ""
    sample: str = ""
    becomes: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    silence_minutes: int = 0


def read_definition(text: str) -> Definition:
    """The definition that a YAML text holds.

    Raises:
        Invalid: the first thing that is wrong, with `details["line"]` and `details["key"]`.
    """
    return _definition(YamlTree.read(text, _WHAT), text)


def read_registry(text: str) -> list[str]:
    """The single definitions of a registry file 渠道目录文件, each as a YAML text of its own.

    A file that holds one definition alone is a registry of one.

    Raises:
        Invalid: the file is no registry.
    """
    tree = YamlTree.read(text, "渠道目录")
    if "channels" not in tree.tree:
        return [text]
    listed = tree.tree["channels"]
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        tree.wrong("channels", remedy="请写成列表，每项是一个渠道定义。")
    return [definition_text(item) for item in listed]


def definition_text(tree: Mapping[str, Any]) -> str:
    """A definition's plain values as YAML."""
    return yaml.safe_dump(dict(tree), allow_unicode=True, sort_keys=False, width=100)


def registry_text(definitions: list[str]) -> str:
    """Definitions as one registry file."""
    trees = [YamlTree.read(text, _WHAT).tree for text in definitions]
    return yaml.safe_dump({"channels": trees}, allow_unicode=True, sort_keys=False, width=100)


def _definition(tree: YamlTree, text: str) -> Definition:
    tree.known(_TOP)
    code = tree.words("code", most=40)
    if not _CODE.fullmatch(code):
        tree.wrong("code", value=code, remedy="请用小写字母、数字和下划线，2 到 40 个字符。")
    valid_from, valid_to = _valid(tree)
    spec, mapping_text = _mapping(tree, code)
    return Definition(
        code=code,
        name=tree.words("name", most=60),
        kind=tree.choice("kind", KINDS, ""),
        door=tree.choice("door", DOORS, ""),
        direction=tree.choice("direction", DIRECTIONS, "in"),
        owner=tree.words("owner", most=80),
        text=text,
        rank=tree.count("rank", 5, 1, 9),
        spec=spec,
        mapping_text=mapping_text,
        quota=_quota(tree),
        owners=_owners(tree),
        contact=_texts(tree, "contact"),
        system=_texts(tree, "system"),
        resources=_resources(tree),
        settings=_object(tree, "settings"),
        write_back=_object(tree, "write_back"),
        valid_from=valid_from,
        valid_to=valid_to,
        is_example=tree.flag("example"),
        note=tree.text("note", most=500),
        sample=tree.text("sample", most=200_000),
        becomes=_object(tree, "becomes"),
        silence_minutes=tree.count("silence_minutes", 0, 0, 100_000),
    )


def _mapping(tree: YamlTree, code: str) -> tuple[Specification | None, str]:
    if tree.tree.get("mapping") is None:
        return None, ""
    inner = tree.inside("mapping")
    spec = specification_of(inner, code=code)
    return spec, definition_text(
        {**inner.tree, "name": code, "channel": code, "changed_rows": spec.changed_rows}
    )


def _quota(tree: YamlTree) -> Quota:
    if tree.tree.get("quota") is None:
        return Quota()
    inner = tree.inside("quota")
    inner.known({"per_minute", "burst", "waiting"})
    return Quota(
        inner.count("per_minute", _PER_MINUTE, 1, 10_000_000),
        inner.count("burst", _BURST, 1, 1_000_000),
        inner.count("waiting", _WAITING, 1, 10_000_000),
    )


def _owners(tree: YamlTree) -> Owners:
    limits, margin = "us", None
    if tree.tree.get("limits") is not None:
        inner = tree.inside("limits")
        inner.known({"owner", "margin"})
        limits = inner.choice("owner", OWNERS, "us")
        written = inner.text("margin")
        if written:
            found = _MARGIN.fullmatch(written)
            if found is None:
                inner.wrong("margin", value=written, remedy="请写成“4 work_hour”这样的数量和单位。")
            margin = (Fraction(found[1]), found[2])
            problem = limit_problem(Decimal(found[1]), found[2])
            if problem is not None:
                inner.wrong("margin", value=written, remedy=problem)
    return Owners(
        limits,
        tree.choice("extension", OWNERS, "us"),
        tree.choice("return", OWNERS, "us"),
        tree.choice("callback", OWNERS, "us"),
        tree.choice("voice", OWNERS, "us"),
        margin,
    )


def _valid(tree: YamlTree) -> tuple[date | None, date | None]:
    if tree.tree.get("valid") is None:
        return None, None
    inner = tree.inside("valid")
    inner.known({"from", "to"})
    found: list[date | None] = []
    for key in ("from", "to"):
        written = inner.text(key)
        try:
            found.append(date.fromisoformat(written) if written else None)
        except ValueError:
            inner.wrong(key, value=written, remedy="请写成 2026-01-01。")
    start, end = found
    if start and end and end <= start:
        inner.wrong("to", value=str(end), remedy="失效日期须晚于生效日期。")
    return start, end


def _object(tree: YamlTree, key: str) -> Mapping[str, Any]:
    if tree.tree.get(key) is None:
        return _NOTHING
    return MappingProxyType(tree.inside(key).tree)


def _texts(tree: YamlTree, key: str) -> Mapping[str, str]:
    given = _object(tree, key)
    for name, value in given.items():
        if value is not None and not isinstance(value, str):
            tree.wrong(key, name, remedy="请填写文字。")
    return MappingProxyType({name: value or "" for name, value in given.items()})


def _resources(tree: YamlTree) -> tuple[Mapping[str, str], ...]:
    listed = tree.tree.get("resources")
    if listed is None:
        return ()
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        tree.wrong("resources", remedy="请写成列表，每项如 {name: 诉求工单, fields: 编号、内容}。")
    for number, item in enumerate(listed):
        if not item.get("name"):
            tree.wrong("resources", str(number), "name", remedy="请填写数据资源的名称。")
    return tuple({key: str(value or "") for key, value in item.items()} for item in listed)


def canonical_definition(text: str) -> bytes:
    """What two texts of the same meaning have in common, to tell an unchanged definition."""
    return json.dumps(YamlTree.read(text, _WHAT).tree, sort_keys=True, ensure_ascii=False).encode()
