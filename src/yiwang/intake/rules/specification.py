"""Mapping file 映射文件: its YAML read into a checked specification; errors name line, key and remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import jmespath
import yaml
from jmespath.exceptions import JMESPathError

from ...kernel.errors import FieldProblem, Invalid

Getter = Callable[[Mapping[str, Any]], Any]

#: What a row can say about a report; contact is sealed at once.
TARGETS = (
    "source_number", "text", "title", "kind", "urgency", "privacy", "class", "community", "address", "lon",
    "lat", "occurred_at", "received_at", "contact_name", "contact_phone", "state", "ending", "closed_at",
)  # fmt: skip
TIMES = ("occurred_at", "received_at", "closed_at")
FORMATS = ("csv", "xlsx", "json")
SYSTEMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
_CHOICES = {
    "bad_place": ("keep", "quarantine"),
    "closed_before_created": ("quarantine", "keep_without_closing"),
    "changed_rows": ("quarantine", "unchanged"),
}
_TOP = {
    "name", "title", "format", "channel", "timezone", "crs", "encoding", "header_rows", "skip_rows",
    "fields", "required", *_CHOICES,
}  # fmt: skip
_RULE = {"column", "path", "value", "default", "table", "formats", "scheme", "unknown"}
_UNKNOWN = ("quarantine", "ignore")


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one target field comes out of a row.

    Attributes:
        get: the raw value of a row.
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


class _Reader:
    """The YAML tree as plain values, with the line of every key."""

    def __init__(self, text: str) -> None:
        self.lines: dict[tuple[str, ...], int] = {}
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            raise _wrong(line, "YAML", "", "不是有效的 YAML，请检查缩进、冒号和引号。") from error
        if not isinstance(node, yaml.MappingNode):
            raise _wrong(1, "YAML", "", "映射文件的最外层应为“键: 值”。")
        self.tree: dict[str, Any] = self._value(node, ())

    def _value(self, node: yaml.Node, path: tuple[str, ...]) -> Any:
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for key_node, value_node in node.value:
                key = str(key_node.value)
                inner = (*path, key)
                if key in found:
                    raise _wrong(key_node.start_mark.line + 1, ".".join(inner), key, "重复的键，请删去一个。")
                self.lines[inner] = key_node.start_mark.line + 1
                found[key] = self._value(value_node, inner)
            return found
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, path) for item in node.value]
        return None if node.tag == "tag:yaml.org,2002:null" else str(node.value)

    def wrong(self, *path: str, value: object = "", remedy: str) -> NoReturn:
        """Refuse the value at a path."""
        line = next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), 1)
        raise _wrong(line, ".".join(path), value, remedy)

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        """A top-level key that is one of a few words."""
        value = self.tree.get(key, default)
        if value not in allowed:
            self.wrong(key, value=value, remedy=f"只能是 {'、'.join(allowed)} 之一。")
        return str(value)

    def count(self, key: str, default: int, least: int) -> int:
        """A top-level key that is a small whole number."""
        value = str(self.tree.get(key, default))
        if not (value.isascii() and value.isdigit() and least <= int(value) <= 100):
            self.wrong(key, value=value, remedy=f"请填写 {least} 到 100 的整数。")
        return int(value)

    def words(self, key: str, *path: str) -> str:
        """A top-level key that is a text and must be there."""
        value = self.tree.get(key)
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, value=value or "", remedy="请填写，不能为空。")
        return value.strip()


def _wrong(line: int, key: str, value: object, remedy: str) -> Invalid:
    problem = FieldProblem(key, str(value), remedy)
    return Invalid(f"映射文件第 {line} 行“{key}”：{remedy}", [problem], line=line, key=key)


def read_specification(text: str) -> Specification:
    """The specification that a mapping file holds.

    Raises:
        Invalid: the first thing that is wrong, with `details["line"]` and `details["key"]`.
    """
    reader = _Reader(text)
    for key in reader.tree:
        if key not in _TOP:
            reader.wrong(key, value=key, remedy=f"没有这个键。可用的键：{'、'.join(sorted(_TOP))}。")
    zone_name = str(reader.tree.get("timezone") or "Asia/Shanghai")
    try:
        zone = ZoneInfo(zone_name)
    except (ValueError, OSError, KeyError):
        reader.wrong("timezone", value=zone_name, remedy="没有这个时区，例如 Asia/Shanghai。")
    fields = _fields(reader)
    name = reader.words("name")
    if len(name) > 60:
        reader.wrong("name", value=name, remedy="不能超过 60 字。")
    return Specification(
        name=name,
        title=str(reader.tree.get("title") or name),
        format=reader.choice("format", FORMATS, "csv"),
        channel=_channel(reader),
        zone=zone,
        fields=fields,
        required=_required(reader, fields),
        crs=reader.choice("crs", SYSTEMS, "wgs84"),
        encoding=str(reader.tree.get("encoding") or "auto"),
        header_rows=reader.count("header_rows", 1, 1),
        skip_rows=reader.count("skip_rows", 0, 0),
        **{key: reader.choice(key, allowed, allowed[0]) for key, allowed in _CHOICES.items()},
    )


def _channel(reader: _Reader) -> str:
    channel = reader.words("channel")
    if len(channel) > 40:
        reader.wrong("channel", value=channel, remedy="渠道代码不能超过 40 字。")
    return channel


def _required(reader: _Reader, fields: Mapping[str, FieldRule]) -> tuple[str, ...]:
    listed = reader.tree.get("required") or ["text"]
    if not isinstance(listed, list):
        reader.wrong("required", value=listed, remedy="请写成列表，例如 [text, received_at]。")
    for name in listed:
        if name not in fields:
            reader.wrong("required", value=name, remedy=f"“{name}”没有在 fields 中定义。")
    return tuple(dict.fromkeys(["text", *listed]))


def _fields(reader: _Reader) -> dict[str, FieldRule]:
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


def _rule(reader: _Reader, target: str, given: Any) -> FieldRule:
    if not isinstance(given, dict):
        reader.wrong("fields", target, value=given or "", remedy="请填写列名，或 {column: 列名, …}。")
    for key in given:
        if key not in _RULE:
            remedy = f"没有这个键。可用：{'、'.join(sorted(_RULE))}。"
            reader.wrong("fields", target, key, value=key, remedy=remedy)
    get, source = _getter(reader, target, given)
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


def _getter(reader: _Reader, target: str, given: Mapping[str, Any]) -> tuple[Getter, str]:
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
    except JMESPathError as error:
        remedy = f"JMESPath 有误：{str(error).splitlines()[0]}"
        reader.wrong("fields", target, "path", value=source, remedy=remedy)
    return compiled.search, source
