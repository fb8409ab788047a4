"""Submission 提交: the form of a POST to `requests`, checked against the service it names."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .settings import LISTS, Attribute, Service
from .w3c import instant_from

Form = Mapping[str, Sequence[str]]
#: The specification's own limit of a description; the others are ours.
MAX_DESCRIPTION = 4_000
_LIMITS = {
    "description": MAX_DESCRIPTION, "address_string": 300, "address_id": 40, "email": 200, "phone": 40,
    "first_name": 60, "last_name": 60, "account_id": 200, "media_url": 500,
}  # fmt: skip
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,80})\](?:\[\d{0,3}\])?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,12})?")
_MOST_EXTRA = 50
Problem = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Submission:
    """A request that somebody submits 提交内容; coordinates are WGS84 degrees.

    Attributes:
        attributes: code of an attribute of the service to its values, lists by key.
        extra: attributes that the service does not know, kept with the raw message only.
    """

    service_code: str
    lat: float | None = None
    lon: float | None = None
    address: str = ""
    address_id: str = ""
    description: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    email: str = ""
    account_id: str = ""
    media_url: str = ""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The submitter's name as it is written: 姓名 together, Latin names with a space."""
        if (self.first_name + self.last_name).isascii():
            return f"{self.first_name} {self.last_name}".strip()
        return f"{self.last_name}{self.first_name}"


def clean(text: str) -> str:
    """A text without control characters, its line ends made one, trimmed."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def value_of(form: Form, name: str) -> str:
    """The first value of a field that is not empty; an empty one counts as not given."""
    return next((found for raw in form.get(name, ()) if (found := clean(raw))), "")


def read_submission(form: Form, service: Service) -> tuple[Submission, list[Problem]]:
    """What a form submits, and everything that is wrong with it (code and description)."""
    problems: list[Problem] = []
    texts = {name: value_of(form, name) for name in _LIMITS}
    for name, limit in _LIMITS.items():
        if len(texts[name]) > limit:
            problems.append((400, f"{name}：不能超过 {limit} 个字符。"))
    lat, lon = _degrees(form, "lat", 90, problems), _degrees(form, "long", 180, problems)
    _check_place(lat, lon, texts, problems)
    if texts["media_url"] and not is_web_address(texts["media_url"]):
        problems.append((400, "media_url：请填写 http 或 https 开头的完整地址。"))
    attributes, extra = _attributes(form, service)
    for attribute in service.attributes:
        problems += _attribute_problems(attribute, attributes.get(attribute.code, ()))
    submission = Submission(
        service_code=service.code, lat=lat, lon=lon, address=texts["address_string"],
        address_id=texts["address_id"], description=texts["description"], first_name=texts["first_name"],
        last_name=texts["last_name"], phone=texts["phone"], email=texts["email"],
        account_id=texts["account_id"], media_url=texts["media_url"], attributes=attributes, extra=extra,
    )  # fmt: skip
    return submission, problems


def is_web_address(text: str) -> bool:
    """Whether a text is an absolute web address."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
    except ValueError:
        return False


def _degrees(form: Form, name: str, most: int, problems: list[Problem]) -> float | None:
    text = value_of(form, name)
    if not text:
        return None
    try:
        degrees = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        degrees = math.nan
    if not -most <= degrees <= most:
        problems.append((400, f"{name}：请填写 WGS84 十进制度数，范围 -{most} 至 {most}。"))
        return None
    return degrees


def _check_place(
    lat: float | None, lon: float | None, texts: Mapping[str, str], problems: list[Problem]
) -> None:
    if problems and any(text.startswith(("lat：", "long：")) for _code, text in problems):
        return
    if (lat is None) != (lon is None):
        problems.append((400, "lat、long：纬度和经度须同时提供。"))
    elif lat is None and not texts["address_string"] and not texts["address_id"]:
        problems.append((400, "请提供位置：lat 和 long，或 address_string，或 address_id。"))


def _attributes(
    form: Form, service: Service
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    known = {attribute.code for attribute in service.attributes if attribute.variable}
    found: dict[str, tuple[str, ...]] = {}
    extra: dict[str, tuple[str, ...]] = {}
    for name, values in form.items():
        match = _ATTRIBUTE.fullmatch(name)
        given = tuple(text for raw in values if (text := clean(raw))) if match else ()
        if match is None or not given:
            continue
        code = match[1]
        if code in known:
            found[code] = found.get(code, ()) + given
        elif len(extra) < _MOST_EXTRA:
            extra[clean(code)] = tuple(text[:500] for text in given[:20])
    return found, extra


def _attribute_problems(attribute: Attribute, values: tuple[str, ...]) -> list[Problem]:
    name = f"attribute[{attribute.code}]"
    if not values:
        return [(400, f"{name}：请填写“{attribute.description}”。")] if attribute.required else []
    if attribute.datatype != "multivaluelist" and len(values) > 1:
        return [(400, f"{name}：只能填写一个值。")]
    if len(values) > max(1, len(attribute.values)):
        return [(400, f"{name}：所选值过多或重复。")]
    return [(400, f"{name}：{why}") for value in values if (why := _refusal(attribute, value))]


def _refusal(attribute: Attribute, value: str) -> str:
    """Why a value is not of its attribute's datatype; empty when it is."""
    datatype = attribute.datatype
    if datatype in LISTS:
        allowed = "、".join(attribute.values)
        return "" if value in attribute.values else f"只能是 {allowed} 之一。"
    if datatype == "number":
        return "" if _NUMBER.fullmatch(value) else "请填写数字。"
    if datatype == "datetime":
        try:
            instant_from(value)
        except ValueError:
            return "请填写 W3C 格式的时间，例如 2026-03-02T09:30:00+08:00。"
        return ""
    if len(value) > MAX_DESCRIPTION:
        return f"不能超过 {MAX_DESCRIPTION} 个字符。"
    return "不能换行。" if datatype == "string" and "\n" in value else ""


def text_of(submission: Submission, service: Service, service_name: str) -> str:
    """The report's text: the description, else the service's name, and a line for each answered attribute."""
    lines = [submission.description or service_name]
    for attribute in service.attributes:
        values = submission.attributes.get(attribute.code, ())
        if values:
            said = "、".join(attribute.values.get(value, value) for value in values)
            lines.append(f"{attribute.description.rstrip('：:？?')}：{said}")
    return "\n".join(lines)


def message_of(
    submission: Submission, service: Service, *, service_name: str, token: str, community: str = ""
) -> dict[str, object]:
    """The message that the channel's mapping reads; what was not given is left out.

    Args:
        token: stands for the source's own number.
        community: code of the area that `address_id` names.
    """
    files = [{"url": submission.media_url}] if submission.media_url else []
    given: dict[str, object] = {
        "token": token,
        "service_code": service.code,
        "service_name": service_name,
        "text": text_of(submission, service, service_name),
        "description": submission.description,
        "lat": submission.lat,
        "long": submission.lon,
        "address": submission.address,
        "community": community,
        "name": submission.name,
        "phone": submission.phone,
        "email": submission.email,
        "attributes": {code: list(values) for code, values in submission.attributes.items()},
        "extra": {code: list(values) for code, values in submission.extra.items()},
        "attachments": files,
    }
    return {key: value for key, value in given.items() if value not in (None, "", {}, [])}
