"""Mapping file 映射文件: its YAML read into a checked specification; errors name line, key and remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import jmespath
from jmespath.exceptions import JMESPathError

from .patterns import is_slow
from .yaml_tree import YamlTree

Getter = Callable[[Mapping[str, Any]], Any]

#: What a row can say about a report; contact is sealed at once.
TARGETS = (
    "source_number", "text", "title", "kind", "urgency", "privacy", "class", "community", "address", "lon",
    "lat", "occurred_at", "received_at", "contact_name", "contact_phone", "state", "ending", "closed_at",
    "grid", "updated_at", "due_at", "rating", "rating_comment", "verdict", "attachments",
)  # fmt: skip
TIMES = ("occurred_at", "received_at", "closed_at", "updated_at", "due_at")
FORMATS = ("csv", "xlsx", "json", "xml", "form")
SYSTEMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
_CHOICES = {
    "bad_place": ("keep", "quarantine"),
    "closed_before_created": ("quarantine", "keep_without_closing"),
    "changed_rows": ("quarantine", "unchanged", "follow_up"),
}
_TOP = {
    "name", "title", "format", "channel", "timezone", "crs", "encoding", "header_rows", "skip_rows",
    "fields", "required", *_CHOICES,
}  # fmt: skip
_RULE = {"column", "path", "value", "match", "default", "table", "formats", "scheme", "unknown"}
_NAMES = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
#: Characters of a text that a `match` looks at.
_LONGEST_MATCHED = 2_000
_UNKNOWN = ("quarantine", "ignore")


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one target field comes out of a row.

    Attributes:
        get: the raw value of a row, or the part of it that `match` finds.
        source: what the file names as its source, for messages.
        default: used when the row says nothing.
        table: the source's own words to ours; a word that is not in it stays as it is.
        formats: of a time, tried in order: `iso`, `excel` or a `strptime` pattern.
        scheme: of a class, the classification scheme it is looked up in, by code or name.
        unknown: what to do with a class that the scheme does not know.
    """

    get: Getter
    source: str
    default: str | None = None
    table: Mapping[str, str] = field(default_factory=dict)
    formats: tuple[str, ...] = ()
    scheme: str = ""
    unknown: str = "quarantine"


@dataclass(frozen=True, slots=True)
class Specification:
    """A mapping file 映射文件, checked; see docs/import.md for what each key means."""

    name: str
    title: str
    format: str
    channel: str
    zone: tzinfo
    fields: Mapping[str, FieldRule]
    required: tuple[str, ...]
    crs: str = "wgs84"
    encoding: str = "auto"
    header_rows: int = 1
    skip_rows: int = 0
    bad_place: str = "keep"
    closed_before_created: str = "quarantine"
    changed_rows: str = "quarantine"

    @property
    def scheme(self) -> str:
        """The classification scheme that classes are looked up in; empty without one."""
        rule = self.fields.get("class")
        return rule.scheme if rule else ""


def read_specification(text: str) -> Specification:
    """The specification that a mapping file holds.

    Raises:
        Invalid: the first thing that is wrong, with `details["line"]` and `details["key"]`.
    """
    return specification_of(YamlTree.read(text, "映射文件"))


def specification_of(tree: YamlTree, *, code: str = "") -> Specification:
    """The specification under a node.

    Args:
        code: of the channel whose definition holds the mapping; stands for the mapping's name and channel,
            and makes a changed message a follow-up unless the mapping says otherwise.

    Raises:
        Invalid: the first thing that is wrong.
    """
    tree.known(_TOP - {"name", "channel"} if code else _TOP)
    fields = _fields(tree)
    name = code or tree.words("name", most=60)
    choices = {key: tree.choice(key, allowed, allowed[0]) for key, allowed in _CHOICES.items()}
    if code and "changed_rows" not in tree.tree:
        choices["changed_rows"] = "follow_up"
    return Specification(
        name=name,
        title=str(tree.tree.get("title") or name),
        format=tree.choice("format", FORMATS, "json" if code else "csv"),
        channel=code or tree.words("channel", most=40),
        zone=_zone(tree),
        fields=fields,
        required=_required(tree, fields),
        crs=tree.choice("crs", SYSTEMS, "wgs84"),
        encoding=str(tree.tree.get("encoding") or "auto"),
        header_rows=tree.count("header_rows", 1, 1),
        skip_rows=tree.count("skip_rows", 0, 0),
        **choices,
    )


def _zone(tree: YamlTree) -> tzinfo:
    name = str(tree.tree.get("timezone") or "Asia/Shanghai")
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        tree.wrong("timezone", value=name, remedy="没有这个时区，例如 Asia/Shanghai。")


def _required(reader: YamlTree, fields: Mapping[str, FieldRule]) -> tuple[str, ...]:
    listed = reader.tree.get("required") or ["text"]
    if not isinstance(listed, list):
        reader.wrong("required", value=listed, remedy="请写成列表，例如 [text, received_at]。")
    for name in listed:
        if name not in fields:
            reader.wrong("required", value=name, remedy=f"“{name}”没有在 fields 中定义。")
    return tuple(dict.fromkeys(["text", *listed]))


def _fields(reader: YamlTree) -> dict[str, FieldRule]:
    listed = reader.tree.get("fields")
    if not isinstance(listed, dict):
        reader.wrong("fields", value=listed or "", remedy="请列出字段，例如 text: 诉求内容。")
    found = {}
    for target, given in listed.items():
        if target not in TARGETS:
            reader.wrong("fields", target, value=target, remedy=f"没有这个字段，可用 {'、'.join(TARGETS)}。")
        found[target] = _rule(reader, target, {"column": given} if isinstance(given, str) else given)
    if "text" not in found:
        reader.wrong("fields", remedy="缺少 text：每条诉求都要有内容。")
    if ("lon" in found) != ("lat" in found):
        reader.wrong("fields", remedy="lon 和 lat 要么都有，要么都没有。")
    return found


def _rule(reader: YamlTree, target: str, given: Any) -> FieldRule:
    if not isinstance(given, dict):
        reader.wrong("fields", target, value=given or "", remedy="请填写列名，或 {column: 列名, …}。")
    for key in given:
        if key not in _RULE:
            remedy = f"没有这个键。可用：{'、'.join(sorted(_RULE))}。"
            reader.wrong("fields", target, key, value=key, remedy=remedy)
    get, source = _getter(reader, target, given)
    if given.get("match"):
        get = _part_of(get, _pattern(reader, target, str(given["match"])))
    table, formats = given.get("table") or {}, given.get("formats") or []
    if not isinstance(table, dict) or any(not isinstance(value, str) for value in table.values()):
        reader.wrong("fields", target, "table", remedy="请写成“来源取值: 本系统取值”。")
    if not isinstance(formats, list) or (formats and target not in TIMES):
        remedy = "只有时间字段可以写 formats，且须为列表。"
        reader.wrong("fields", target, "formats", value=formats, remedy=remedy)
    if target == "class" and not given.get("scheme"):
        reader.wrong("fields", target, "scheme", remedy="请写明分类体系的代码，例如 scheme: hotline_12345。")
    unknown = given.get("unknown") or "quarantine"
    if unknown not in _UNKNOWN:
        reader.wrong(
            "fields", target, "unknown", value=unknown, remedy=f"只能是 {'、'.join(_UNKNOWN)} 之一。"
        )
    return FieldRule(
        get, source, given.get("default"), table, tuple(formats), str(given.get("scheme") or ""), unknown
    )


def _getter(reader: YamlTree, target: str, given: Mapping[str, Any]) -> tuple[Getter, str]:
    sources = [key for key in ("column", "path", "value") if given.get(key) is not None]
    if len(sources) != 1:
        remedy = "须在 column（列名）、path（JMESPath）、value（固定值）中恰好写一个。"
        reader.wrong("fields", target, remedy=remedy)
    source = str(given[sources[0]])
    if sources[0] == "value":
        return (lambda row: source), f"固定值 {source}"
    if sources[0] == "column":
        return (lambda row: row.get(source)), source
    try:
        compiled = jmespath.compile(source)
    except (JMESPathError, RecursionError) as error:
        remedy = f"JMESPath 有误：{str(error).splitlines()[0]}"
        reader.wrong("fields", target, "path", value=source, remedy=remedy)
    return (_straight(tuple(source.split("."))) if _NAMES.fullmatch(source) else compiled.search), source


def _pattern(reader: YamlTree, target: str, text: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        reader.wrong("fields", target, "match", value=text, remedy=f"正则表达式有误：{error}")
    if is_slow(text):
        remedy = "这个正则表达式可能极慢：请勿在重复中再重复，不限次数的重复最多三处。"
        reader.wrong("fields", target, "match", value=text, remedy=remedy)
    if pattern.groups > 1:
        reader.wrong("fields", target, "match", value=text, remedy="最多一个括号，取括号中的部分。")
    return pattern


def _part_of(get: Getter, pattern: re.Pattern[str]) -> Getter:
    """The part of a text that a pattern finds: its group, or all it matches; nothing when it finds none."""

    def part(row: Mapping[str, Any]) -> Any:
        value = get(row)
        found = pattern.search(value[:_LONGEST_MATCHED]) if isinstance(value, str) else None
        return (found[1] if pattern.groups else found[0]) if found else None

    return part


def _straight(names: tuple[str, ...]) -> Getter:
    """A path of plain names, walked without the JMESPath interpreter; the same values, much faster."""

    def get(row: Mapping[str, Any]) -> Any:
        value: Any = row
        for name in names:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return get
