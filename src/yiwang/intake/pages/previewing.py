"""Preview 预览: what a definition that is being written makes of a sample, field by field, and tells back.

Nothing is stored. The sample goes the way a message of the door goes: opened as the door opens it, read in
the mapping's format, mapped. Every field that is wrong is named, not only the first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from ...cases.public import CASE_STATES, Privacy, RequestKind, Urgency
from ...catalog.public import catalog_index
from ...interface.public import masked
from ...kernel.errors import YiwangError
from ...kernel.working_time import SHANGHAI
from ...orgs.public import area_index
from ...places.public import place_of, to_wgs84
from ..doors.contract import contract_of, plain
from ..forms import field_label
from ..queries.channels import LiveChannel
from ..queries.imports import CONTACTS
from ..rules.applying import MappedReport, Mapper, RowFailed
from ..rules.bodies import Unreadable, read_body
from ..rules.definition import Definition, read_definition
from ..rules.door_settings import check_door_settings
from ..rules.personal_fields import without_numbers
from ..rules.specification import Specification
from ..rules.words import FACTS, tell, words_of
from ..services.mappings import mapper_of

_LONGEST_SHOWN = 600
_CHOICES: Mapping[str, Any] = {"kind": RequestKind, "urgency": Urgency, "privacy": Privacy}
#: Attributes of a mapped report whose name is not that of its target.
_ATTRIBUTES = {"class": "class_id", "community": "community_id", "grid": "community_id"}


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field of the report 映射字段: where it comes from, what it becomes, what is wrong with it.

    Attributes:
        source: what the mapping names as its source.
        note: what the value means, such as the place in words.
        remedy: empty when the field is right.
    """

    target: str
    label: str
    source: str
    value: str = ""
    note: str = ""
    remedy: str = ""
    wrong_value: str = ""


@dataclass(frozen=True, slots=True)
class ToldShown:
    """What the source would be told of one change 回写预览, a key of `rules.words.CHANGES`."""

    change: str
    method: str
    url: str
    body: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a definition makes of a sample 预览.

    Attributes:
        problem: what is wrong with the definition itself; `line` and `key` say where.
        sample_problem: why the sample cannot be read at all.
        differences: what `becomes` promises and the sample does not become.
    """

    definition: Definition | None = None
    problem: str = ""
    line: int = 0
    key: str = ""
    sample: str = ""
    sample_problem: str = ""
    fields: list[FieldShown] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    told: list[ToldShown] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether the definition can be published and its sample becomes a report."""
        wrong = self.problem or self.sample_problem or self.differences
        return not wrong and not any(shown.remedy for shown in self.fields)


def preview_of(text: str, *, sample: str = "", at: datetime) -> Preview:
    """The preview of a definition 渠道预览.

    Args:
        text: the definition as it stands in the editor.
        sample: a pasted message; the definition's own sample when empty.
    """
    try:
        definition = read_definition(text)
        check_door_settings(definition)
        words_of(definition)
        mapper = mapper_of(replace(definition.spec, required=())) if definition.spec else None
    except YiwangError as error:
        details = error.details
        return Preview(problem=error.message, line=int(details.get("line", 0)), key=details.get("key", ""))
    shown = sample.strip() or definition.sample
    mapped: MappedReport | None = None
    fields, problem, differences = [], "", []
    if mapper is not None and shown:
        try:
            mapped, failures = _mapped(mapper, _tree(definition, shown, at))
            fields = _fields(mapper.spec, definition, mapped, failures)
            differences = [] if sample.strip() or mapped is None else _differences(definition, mapped)
        except (Unreadable, YiwangError) as error:
            problem = str(error)
    told = _told(definition, mapped)
    return Preview(definition, "", 0, "", shown, problem, fields, differences, told)


def _tree(definition: Definition, sample: str, at: datetime) -> dict[str, Any]:
    """The sample as the mapping reads it."""
    assert definition.spec is not None
    body = sample.encode()
    contract = contract_of(definition.door)
    if contract.opened is not None:
        live = LiveChannel(
            uuid4(), definition.code, definition.name, definition.door, definition.rank, definition, None,
            True, None, None,
        )  # fmt: skip
        try:
            body = contract.opened(live, body)
        except YiwangError:
            raise
        except Exception as error:
            raise Unreadable(_("样例不是这种对接方式的报文：{why}").format(why=str(error)[:200])) from error
    return read_body(body.decode("utf-8", "replace"), definition.spec.format)


def _mapped(mapper: Mapper, tree: Mapping[str, Any]) -> tuple[MappedReport | None, dict[str, RowFailed]]:
    """What a tree becomes, leaving out field by field what is wrong."""
    failures: dict[str, RowFailed] = {}
    left_out: set[str] = set()
    while True:
        try:
            return mapper.map(tree, dict.fromkeys(left_out, "")), failures
        except RowFailed as failure:
            wrong = {"lon", "lat"} if failure.field in {"lon", "lat"} else {failure.field}
            if wrong <= left_out:
                return None, failures
            left_out |= wrong
            failures.setdefault(failure.field, failure)


def _fields(
    spec: Specification,
    definition: Definition,
    mapped: MappedReport | None,
    failures: Mapping[str, RowFailed],
) -> list[FieldShown]:
    assert definition.spec is not None
    shown = []
    for target, rule in spec.fields.items():
        failure = failures.get(target)
        value = mapped_value(mapped, target) if mapped is not None else None
        if failure is not None:
            words, note, remedy = "", "", failure.remedy
        else:
            words, note = value_words(target, value), place_note(target, mapped, spec)
            needed = mapped is not None and target in definition.spec.required
            is_missing = needed and value in (None, "", ())
            remedy = _("“{source}”为空，这一项必填。").format(source=rule.source) if is_missing else ""
            remedy = unknown_note(target, value) or remedy
        shown.append(
            FieldShown(
                target, field_label(target), rule.source, words[:_LONGEST_SHOWN], note, remedy,
                value_words(target, failure.value)[:120] if failure else words[:120] if remedy else "",
            )
        )  # fmt: skip
    return shown


def value_words(target: str, value: Any) -> str:
    """A value in words; who reports and the numbers of people are hidden."""
    if value in (None, "", ()):
        return ""
    if target in CONTACTS:
        return masked(str(value), "phone" if target == "contact_phone" else "name")
    if isinstance(value, UUID):
        return area_words(value) if target != "class" else catalog_index().full_name(value) or str(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    if target == "attachments" and not isinstance(value, str):
        return "、".join(str(item.get("name") or item.get("url") or _("未命名")) for item in value)
    if target in _CHOICES:
        return str(dict(_CHOICES[target].choices).get(value, value))
    if target == "state" and value in CASE_STATES:
        return str(_(CASE_STATES[value]))
    return without_numbers(str(value))[0]


def mapped_value(mapped: MappedReport, target: str) -> Any:
    """What a report has become for a target of its mapping."""
    return getattr(mapped, _ATTRIBUTES.get(target, target))


def unknown_note(target: str, value: Any) -> str:
    """What to do about a value that is none of ours; empty when it is one."""
    if target in _CHOICES and value and value not in _CHOICES[target].values:
        return _("不是已知的取值，入库时会被隔离；请在 table 中对照。")
    return ""


def place_note(target: str, mapped: MappedReport | None, spec: Specification) -> str:
    """Where the coordinates lie."""
    if mapped is None:
        return ""
    if target == "lon" and mapped.lon is not None and mapped.lat is not None:
        return place_words(mapped.lon, mapped.lat, spec.crs)
    return ""


def place_words(lon: float, lat: float, crs: str) -> str:
    """Where a point lies, such as `东区 · 东一街道 · 梅园社区`; says so when it is outside the city."""
    if crs not in {"wgs84", "cgcs2000"}:
        lons, lats = to_wgs84([lon], [lat], crs)
        lon, lat = float(lons[0]), float(lats[0])
    place = place_of(lon, lat)
    deepest = place and (place.grid_id or place.community_id or place.street_id or place.district_id)
    return area_words(deepest) if deepest else _("不在本市范围内")


def area_words(area_id: UUID) -> str:
    """An area with those above it, below the city."""
    index = area_index()
    node = index.by_id.get(area_id)
    if node is None:
        return str(area_id)
    return " · ".join(one.name for one in reversed(index.ancestors(area_id)) if one.kind != "city")


def _differences(definition: Definition, mapped: MappedReport) -> list[str]:
    """What `becomes` promises and the sample does not become."""
    became = plain(mapped)
    words = _("“{name}”应为“{expected}”，得到“{found}”。")
    return [
        words.format(name=field_label(name), expected=expected, found=value_words(name, became.get(name)))
        for name, expected in definition.becomes.items()
        if str(became.get(name, "")) != str(expected or "")
    ]


def _told(definition: Definition, mapped: MappedReport | None) -> list[ToldShown]:
    """Each configured change with example facts."""
    words = words_of(definition)
    if words is None:
        return []
    facts = example_facts(mapped.source_number if mapped else None)
    found = []
    for change in words.changes:
        told = tell(words, change, {**facts, "change": change})
        found.append(ToldShown(change, told.method, unquote(told.url), body_words(told.body)))
    return found


def example_facts(source_number: str | None) -> dict[str, str]:
    """Facts that stand in for those of a real change."""
    facts = {name: f"⟨{name}⟩" for name in FACTS}
    return facts | {
        "source_number": source_number or "⟨source_number⟩", "number": "YW2026-000123",
        "case_number": "A2026-000456", "at": "2026-03-02 10:15:00", "at_iso": "2026-03-02T10:15:00+08:00",
        "unit": _("某承办单位"), "due": "2026-03-03 18:00", "ending": _("已解决"),
        "answer": _("已现场处置完毕。"), "reason": _("不属于受理范围"),
        "event_id": "0195e2a0-0000-7000-8000-000000000001",
    }  # fmt: skip


def body_words(body: bytes) -> str:
    """A body as people read it: JSON indented, a form decoded a field a line."""
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        if text.startswith("<"):
            return text
        return "\n".join(unquote(part.replace("+", " ")) for part in text.split("&"))
