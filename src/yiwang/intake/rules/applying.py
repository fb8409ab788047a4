"""Applying 套用映射: what a specification makes of one row, or the field at which it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from jmespath.exceptions import JMESPathError

from .specification import TIMES, FieldRule, Specification
from .values import degrees_of, instant_of, plain_of, text_of

Row = Mapping[str, Any]

_LENGTHS = {"source_number": 120, "address": 300}
_PLAIN = (
    "source_number", "kind", "urgency", "privacy", "contact_phone", "state", "ending", "community", "grid",
    "rating", "verdict",
)  # fmt: skip
_MOST_ATTACHMENTS = 20
_NO_CORRECTIONS: Mapping[str, str] = {}


class RowFailed(Exception):
    """A row becomes no report: reason, field, value and remedy (Chinese)."""

    def __init__(self, reason: str, field: str, value: object, remedy: str) -> None:
        super().__init__(f"{field}：{remedy}")
        self.reason = reason
        self.field = field
        self.value = text_of(value)
        self.remedy = remedy


@dataclass(slots=True)
class MappedReport:
    """What a row says 映射结果; degrees are still in the source's coordinate system.

    Attributes:
        class_id, community_id: looked up already; a grid code that is known gives its community.
        received_at: None when the source does not say.
        updated_at: the source's own time of this version, to tell an old message that comes late.
        due_at: the source's limit.
        rating, verdict: the source's words for the final call and for what we asked of it.
        attachments: each with `name` and either `base64` or `url`.
    """

    text: str
    source_number: str | None = None
    title: str = ""
    kind: str = ""
    urgency: str = ""
    privacy: str = ""
    address: str = ""
    class_id: UUID | None = None
    community_id: UUID | None = None
    lon: float | None = None
    lat: float | None = None
    occurred_at: datetime | None = None
    received_at: datetime | None = None
    contact_name: str = ""
    contact_phone: str = ""
    state: str = ""
    ending: str = ""
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    due_at: datetime | None = None
    rating: str = ""
    rating_comment: str = ""
    verdict: str = ""
    attachments: tuple[Mapping[str, str], ...] = ()


class Mapper:
    """A specification with the look-ups it needs 映射器.

    Args:
        classes: code or name in the specification's scheme to class; codes win.
        communities: statistical code to community.
        grids: grid code to the community it lies in.
    """

    def __init__(
        self,
        spec: Specification,
        *,
        classes: Mapping[str, UUID],
        communities: Mapping[str, UUID],
        grids: Mapping[str, UUID] | None = None,
    ) -> None:
        self.spec = spec
        self._grids = grids or {}
        self._classes = classes
        self._communities = communities
        self._rules = tuple(spec.fields.items())

    def source_number(self, row: Row) -> str | None:
        """The source's own number of a row, if it has one."""
        rule = self.spec.fields.get("source_number")
        return (plain_of(rule.get(row)) or None) if rule else None

    def map(self, row: Row, corrections: Mapping[str, str] = _NO_CORRECTIONS) -> MappedReport:
        """The report a row holds.

        Args:
            corrections: target field to text, read in place of what the row says.

        Raises:
            RowFailed: at the first field that is wrong.
        """
        values: dict[str, Any] = {}
        for target, rule in self._rules:
            raw = corrections[target] if target in corrections else _raw(target, rule, row)
            value = self._convert(target, rule, raw)
            if value is None and rule.default is not None:
                value = self._convert(target, rule, rule.default)
            values[target] = value
        for target in self.spec.required:
            if values[target] in (None, ""):
                source = self.spec.fields[target].source
                raise RowFailed("missing", target, "", f"“{source}”为空，这一项必填，请补上。")
        return self._checked(values)

    def _convert(self, target: str, rule: FieldRule, raw: Any) -> Any:
        """The raw value of a field as ours; None when the row says nothing."""
        if raw is None or raw == "":
            return None
        if target in TIMES:
            return _time(target, rule, raw, self.spec)
        if target in {"lon", "lat"}:
            return self._degrees(target, raw)
        if target == "attachments":
            return _attachments(raw)
        return self._text(target, rule, raw)

    def _text(self, target: str, rule: FieldRule, raw: Any) -> Any:
        text = plain_of(raw) if target in _PLAIN else text_of(raw)
        if rule.table:
            text = rule.table.get(text, text)
        if not text:
            return None
        if target in {"class", "community", "grid"}:
            return self._looked_up(target, rule, text)
        limit = _LENGTHS.get(target)
        if limit is not None and len(text) > limit:
            raise RowFailed("too_long", target, text, f"不能超过 {limit} 字，请缩短。")
        return text

    def _degrees(self, target: str, raw: Any) -> float | None:
        try:
            return degrees_of(raw)
        except ValueError:
            if self.spec.bad_place == "keep":
                return None
            raise RowFailed("bad_number", target, raw, "请填写十进制度数，如 118.7969。") from None

    def _looked_up(self, target: str, rule: FieldRule, text: str) -> UUID | None:
        if target == "class":
            return self._class(rule, text)
        return self._grid(text) if target == "grid" else self._community(text)

    def _class(self, rule: FieldRule, text: str) -> UUID | None:
        found = self._classes.get(text)
        if found is None and rule.unknown == "quarantine":
            remedy = f"“{rule.scheme}”中没有这个类别，请在映射文件的 table 中对照。"
            raise RowFailed("unknown_class", "class", text, remedy)
        return found

    def _community(self, text: str) -> UUID:
        found = self._communities.get(text)
        if found is None:
            remedy = "没有这个社区代码，请填写 12 位统计用区划代码。"
            raise RowFailed("unknown_area", "community", text, remedy)
        return found

    def _grid(self, text: str) -> UUID:
        found = self._grids.get(text)
        if found is None:
            raise RowFailed("unknown_area", "grid", text, "没有这个网格代码，请核对，或改填社区代码。")
        return found

    def _checked(self, values: dict[str, Any]) -> MappedReport:
        values["class_id"] = values.pop("class", None)
        by_grid = values.pop("grid", None)
        values["community_id"] = values.pop("community", None) or by_grid
        report = MappedReport(**{key: value for key, value in values.items() if value is not None})
        self._check_place(report)
        self._check_closing(report)
        return report

    def _check_place(self, report: MappedReport) -> None:
        lon, lat = report.lon, report.lat
        if lon is None and lat is None:
            return
        if lon is not None and lat is not None and is_on_earth(lon, lat):
            return
        if self.spec.bad_place == "quarantine":
            remedy = "坐标有误（为零、缺一半或超出范围），请核对经度和纬度。"
            raise RowFailed("bad_coordinate", "lon", f"{lon},{lat}", remedy)
        report.lon = report.lat = None

    def _check_closing(self, report: MappedReport) -> None:
        start, end = report.received_at, report.closed_at
        if start is None or end is None or end >= start:
            return
        if self.spec.closed_before_created == "quarantine":
            remedy = f"办结时间早于接收时间（{start.astimezone(self.spec.zone):%Y-%m-%d %H:%M:%S}），请核对。"
            raise RowFailed("closed_before_created", "closed_at", end.astimezone(self.spec.zone), remedy)
        report.closed_at = None


def is_on_earth(lon: float, lat: float) -> bool:
    """Whether degrees can be a place: in range, and not the 0,0 of a missing value."""
    return -180 <= lon <= 180 and -90 <= lat <= 90 and not (abs(lon) < 1e-6 and abs(lat) < 1e-6)


def _attachments(raw: Any) -> tuple[Mapping[str, str], ...]:
    """Attachments as named by the source: a list, or one alone; each an object or an address."""
    listed = raw if isinstance(raw, list) else [raw]
    if len(listed) > _MOST_ATTACHMENTS:
        remedy = f"附件不能超过 {_MOST_ATTACHMENTS} 个。"
        raise RowFailed("too_long", "attachments", f"{len(listed)} 个", remedy)
    found = []
    for given in listed:
        item = {"url": given.strip()} if isinstance(given, str) and given.strip() else given
        if not isinstance(item, Mapping) or not (item.get("base64") or item.get("url")):
            remedy = "每个附件应有 name，以及 base64 或 url。"
            raise RowFailed("invalid", "attachments", str(item)[:80], remedy)
        found.append({key: text_of(item[key]) for key in ("name", "base64", "url") if item.get(key)})
    return tuple(found)


def _raw(target: str, rule: FieldRule, row: Row) -> Any:
    try:
        return rule.get(row)
    except JMESPathError:
        remedy = f"这一行不适用映射中的表达式“{rule.source}”，请核对列名和取值。"
        raise RowFailed("invalid", target, "", remedy) from None


def _time(target: str, rule: FieldRule, raw: Any, spec: Specification) -> datetime | None:
    try:
        return instant_of(raw, rule.formats, spec.zone)
    except (ValueError, OverflowError):
        remedy = "无法识别这个时间，请写成 2026-02-13 15:20，或在映射文件的 formats 中写明格式。"
        raise RowFailed("bad_time", target, raw, remedy) from None
