"""Settings 设置 of an Open311 channel: the services it offers, who may look, and the city it sends to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")
LISTS = ("singlevaluelist", "multivaluelist")
FORMATS = ("json", "xml")
PROPOSALS = ("open", "solved", "unsolved")
_TOP = {
    "jurisdiction_id", "title", "contact", "key_service", "public", "descriptions", "notice", "scheme",
    "services", "endpoint_type", "remote",
}  # fmt: skip
_SERVICE = {"code", "description", "keywords", "group", "attributes"}
_ATTRIBUTE = {
    "code", "variable", "datatype", "required", "description", "datatype_description", "values",
}  # fmt: skip
_REMOTE = {
    "url", "title", "jurisdiction_id", "format", "timeout", "poll_minutes", "settle_minutes", "services",
    "default_service", "attributes", "reference_attribute", "states", "contact_email", "list_requests",
}  # fmt: skip
_CODE = re.compile(r"[\w.\-]{1,80}")
#: What an attribute that we send may hold.
FILLERS = ("number", "title", "text", "address", "class", "district", "street", "community", "received")


class Wrong(Protocol):
    """Refuses the value at a path of the definition; see `rules.yaml_tree`."""

    def __call__(self, *path: str, value: object = "", remedy: str) -> NoReturn:
        """Raise `Invalid`."""
        raise AssertionError


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute 附加项 of a service, asked beside the description.

    Attributes:
        variable: False when it only tells the reader something.
        values: key to label, for the two kinds of list.
    """

    code: str
    variable: bool = True
    datatype: str = "string"
    required: bool = False
    description: str = ""
    datatype_description: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """One service 服务项 that is offered: a class of the catalog by its code."""

    code: str
    description: str = ""
    keywords: tuple[str, ...] = ()
    group: str = ""
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Remote:
    """Another city's endpoint 对方平台, which we send cases to.

    Attributes:
        services: code of our class to theirs; `default_service` when a class is not named.
        attributes: their attribute code to a text or to one of `FILLERS` in braces.
        reference_attribute: code of the attribute that carries our reference besides the description.
        states: their status words, in lower case, to `open`, `solved` or `unsolved`.
        list_requests: whether their list can be searched after an unclear outcome.
        settle_minutes: how long a lost request may take until it appears in their list.
    """

    url: str
    title: str
    jurisdiction_id: str = ""
    format: str = "json"
    timeout: int = 15
    poll_minutes: int = 30
    settle_minutes: int = 15
    services: Mapping[str, str] = field(default_factory=dict)
    default_service: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    reference_attribute: str = ""
    states: Mapping[str, str] = field(default_factory=dict)
    contact_email: str = ""
    list_requests: bool = True

    def service_for(self, class_code: str) -> str:
        """Their service for one of our classes; empty when the settings name none."""
        return self.services.get(class_code) or self.default_service


@dataclass(frozen=True, slots=True)
class Open311Settings:
    """Settings of a channel 渠道设置; see docs/open311.md for each key."""

    jurisdiction_id: str = ""
    title: str = ""
    contact: str = ""
    key_service: str = ""
    public: bool = False
    descriptions: bool = False
    notice: str = ""
    scheme: str = ""
    endpoint_type: str = "production"
    services: tuple[Service, ...] = ()
    remote: Remote | None = None

    def service(self, code: str) -> Service | None:
        """The offered service of a code."""
        return next((service for service in self.services if service.code == code), None)


class _Reader:
    """Reads one mapping of the settings; every scalar may be a text."""

    def __init__(self, given: Any, wrong: Wrong, path: tuple[str, ...], known: set[str]) -> None:
        self._wrong, self.path = wrong, path
        if not isinstance(given, Mapping):
            self.refuse(value=given, remedy="请写成“键: 值”的形式。")
        self.given: Mapping[str, Any] = given
        for key in given:
            if key not in known:
                self.refuse(str(key), value=key, remedy=f"没有这个键。可用的键：{'、'.join(sorted(known))}。")

    def refuse(self, *inner: str, value: object = "", remedy: str) -> NoReturn:
        self._wrong(*self.path, *inner, value="" if value is None else value, remedy=remedy)
        raise AssertionError

    def text(self, key: str, default: str = "", *, most: int = 300, needed: bool = False) -> str:
        value = self.given.get(key)
        if isinstance(value, bool | int | float):
            value = str(value).lower()
        if value is None or (isinstance(value, str) and not value.strip()):
            if needed:
                self.refuse(key, remedy="请填写，不能为空。")
            return default
        if not isinstance(value, str) or len(value) > most:
            self.refuse(key, value=value, remedy=f"请填写不超过 {most} 字的文本。")
        return value.strip()

    def flag(self, key: str, default: bool) -> bool:
        return self.choice(key, ("true", "false"), "true" if default else "false") == "true"

    def choice(self, key: str, allowed: Sequence[str], default: str) -> str:
        value = self.text(key, default)
        if value not in allowed:
            self.refuse(key, value=value, remedy=f"只能是 {'、'.join(allowed)} 之一。")
        return value

    def count(self, key: str, default: int, least: int, most: int) -> int:
        value = self.text(key, str(default))
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            self.refuse(key, value=value, remedy=f"请填写 {least} 到 {most} 的整数。")
        return int(value)

    def code(self, key: str) -> str:
        value = self.text(key, needed=True, most=80)
        if not _CODE.fullmatch(value):
            self.refuse(key, value=value, remedy="代码只能由字母、数字、点、下划线和连字符组成。")
        return value

    def pairs(self, key: str) -> dict[str, str]:
        value = self.given.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or any(isinstance(v, Mapping | list) for v in value.values()):
            self.refuse(key, value=value, remedy="请写成“键: 值”的形式。")
        return {str(k): "" if v is None else str(v) for k, v in value.items()}

    def items(self, key: str) -> list[Any]:
        value = self.given.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(key, value=value, remedy="请写成列表。")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        if isinstance(self.given.get(key), str):
            return tuple(word.strip() for word in self.text(key).split(",") if word.strip())
        return tuple(str(word) for word in self.items(key))

    def inside(self, key: str, number: int, known: set[str]) -> _Reader:
        return _Reader(self.given[key][number], self._wrong, (*self.path, key, str(number)), known)

    def below(self, key: str, known: set[str]) -> _Reader:
        return _Reader(self.given[key], self._wrong, (*self.path, key), known)


def read_settings(settings: Mapping[str, Any], wrong: Wrong) -> Open311Settings:
    """The checked settings of a channel; `wrong` names the first value that is not.

    Raises:
        Invalid: by `wrong`.
    """
    reader = _Reader(settings, wrong, (), _TOP)
    services = tuple(
        _service(reader.inside("services", number, _SERVICE))
        for number in range(len(reader.items("services")))
    )
    _refuse_repeated(reader, "services", [service.code for service in services])
    scheme = reader.text("scheme")
    if services and not scheme:
        reader.refuse("scheme", remedy="请写明分类体系的代码，例如 scheme: city_management。")
    remote = _remote(reader.below("remote", _REMOTE)) if reader.given.get("remote") else None
    if not services and remote is None:
        reader.refuse("services", remedy="请至少列出一个服务项（services），或写明对方平台（remote）。")
    return Open311Settings(
        jurisdiction_id=reader.text("jurisdiction_id", most=120),
        title=reader.text("title", most=120),
        contact=reader.text("contact"),
        key_service=reader.text("key_service"),
        public=reader.flag("public", False),
        descriptions=reader.flag("descriptions", False),
        notice=reader.text("notice"),
        scheme=scheme,
        endpoint_type=reader.choice("endpoint_type", ("production", "test"), "production"),
        services=services,
        remote=remote,
    )


def _refuse_repeated(reader: _Reader, key: str, codes: list[str]) -> None:
    for number, code in enumerate(codes):
        if code in codes[:number]:
            reader.refuse(key, str(number), "code", value=code, remedy="代码重复，请删去一个。")


def _service(reader: _Reader) -> Service:
    attributes = tuple(
        _attribute(reader.inside("attributes", number, _ATTRIBUTE))
        for number in range(len(reader.items("attributes")))
    )
    _refuse_repeated(reader, "attributes", [attribute.code for attribute in attributes])
    return Service(
        code=reader.code("code"),
        description=reader.text("description"),
        keywords=reader.words("keywords"),
        group=reader.text("group"),
        attributes=attributes,
    )


def _attribute(reader: _Reader) -> Attribute:
    datatype = reader.choice("datatype", DATATYPES, "string")
    variable = reader.flag("variable", True)
    values = _values(reader)
    if variable and datatype in LISTS and not values:
        reader.refuse("values", remedy="列表类附加项须写明可选值，例如 values: {a: 甲, b: 乙}。")
    return Attribute(
        code=reader.code("code"),
        variable=variable,
        datatype=datatype,
        required=variable and reader.flag("required", False),
        description=reader.text("description", needed=True),
        datatype_description=reader.text("datatype_description"),
        values=values,
    )


def _values(reader: _Reader) -> dict[str, str]:
    given = reader.given.get("values")
    if not isinstance(given, list):
        return reader.pairs("values")
    found = {}
    for number in range(len(given)):
        inner = reader.inside("values", number, {"key", "name"})
        found[inner.text("key", needed=True)] = inner.text("name", needed=True)
    return found


def _remote(reader: _Reader) -> Remote:
    url = reader.text("url", needed=True).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
        reader.refuse("url", value=url, remedy="请填写完整地址，例如 https://311.example.org/open311/v2。")
    states = {word.lower(): ours for word, ours in reader.pairs("states").items()}
    for word, ours in states.items():
        if ours not in PROPOSALS:
            reader.refuse("states", word, value=ours, remedy=f"只能是 {'、'.join(PROPOSALS)} 之一。")
    remote = Remote(
        url=url,
        title=reader.text("title", parts.hostname or url, most=60),
        jurisdiction_id=reader.text("jurisdiction_id", most=120),
        format=reader.choice("format", FORMATS, "json"),
        timeout=reader.count("timeout", 15, 1, 120),
        poll_minutes=reader.count("poll_minutes", 30, 1, 1440),
        settle_minutes=reader.count("settle_minutes", 15, 0, 1440),
        services=reader.pairs("services"),
        default_service=reader.text("default_service", most=80),
        attributes=reader.pairs("attributes"),
        reference_attribute=reader.text("reference_attribute", most=80),
        states=states,
        contact_email=reader.text("contact_email", most=200),
        list_requests=reader.flag("list_requests", True),
    )
    if not remote.services and not remote.default_service:
        reader.refuse("services", remedy="请写明本系统类别与对方服务的对照，或写明 default_service。")
    return remote
