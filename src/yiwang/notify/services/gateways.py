"""Gateways 短信网关: set, changed and switched by a person; the credential is sealed and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import IntegrityError

from ...kernel.actor import Actor
from ...kernel.errors import Invalid, invalid
from ...kernel.working_time import SHANGHAI
from ...ledger.public import Act, acting, seal
from .. import errors
from ..enums import BodyEncoding
from ..models import Gateway
from ..permissions import CONFIGURE, require
from ..rules import BODY_NAMES, names_in, path_problem

METHODS = ("POST", "GET", "PUT")
_MOST_TREE = 4000


@dataclass(frozen=True, slots=True)
class GatewayTerms:
    """What a gateway is told and how 网关设定; the fields are those of `Gateway`.

    Attributes:
        credential: the secret in clear; empty keeps the present one.
        valid_to: the first day on which it holds no more.
    """

    name: str
    url: str
    link_base: str
    valid_from: date
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    encoding: str = BodyEncoding.JSON
    credential: str = ""
    success_path: str = ""
    success_value: str = ""
    id_path: str = ""
    is_internal: bool = False
    is_deduplicating: bool = False
    daily_quota: int = 1000
    quiet_from: time | None = None
    quiet_to: time | None = None
    valid_to: date | None = None


_COLUMNS = (
    "name", "url", "link_base", "valid_from", "body", "headers", "method", "encoding", "success_path",
    "success_value", "id_path", "is_internal", "is_deduplicating", "daily_quota", "quiet_from", "quiet_to",
    "valid_to",
)  # fmt: skip


def add_gateway(*, actor: Actor, at: datetime, terms: GatewayTerms) -> Gateway:
    """Add a gateway 新增网关; it is off until somebody switches it on.

    Raises:
        Refused; Invalid: naming the field.
    """
    require(actor, CONFIGURE)
    _check(terms)
    with acting(actor=actor, at=at) as act:
        row = act.insert(Gateway(**{name: getattr(terms, name) for name in _COLUMNS}))
        _keep_credential(row, terms.credential)
        act.record(row, "notify.gateway_added", _told(row))
    return row


def change_gateway(
    *, actor: Actor, at: datetime, gateway_id: UUID, terms: GatewayTerms, expected: int | None = None
) -> Gateway:
    """Change a gateway 修改网关; messages that wait go out by the new terms.

    Raises:
        Refused, StaleVersion; Invalid: naming the field.
    """
    require(actor, CONFIGURE)
    _check(terms)
    with acting(actor=actor, at=at) as act:
        row = act.lock(Gateway, gateway_id, expected=expected)
        _refuse_taking_along(row, terms)
        for name in _COLUMNS:
            setattr(row, name, getattr(terms, name))
        act.update(row, *_COLUMNS)
        if terms.credential:
            _keep_credential(row, terms.credential)
            act.update(row, "credential")
        act.record(row, "notify.gateway_changed", _told(row))
    return row


def switch_gateway(
    *, actor: Actor, at: datetime, gateway_id: UUID, on: bool, expected: int | None = None
) -> Gateway:
    """Switch a gateway on or off 启用或关闭网关; one is on at a time.

    Raises:
        Refused, StaleVersion; Conflict: another is on, or it does not hold today.
    """
    require(actor, CONFIGURE)
    try:
        with acting(actor=actor, at=at) as act:
            row = act.lock(Gateway, gateway_id, expected=expected)
            if on:
                _refuse_second(act, row)
                _refuse_invalid(row, at)
            row.is_on = on
            act.update(row, "is_on")
            act.record(row, "notify.gateway_switched", {"on": on})
    except IntegrityError as error:
        raise errors.another_is_on("") from error
    return row


def _refuse_second(act: Act, row: Gateway) -> None:
    others = [one for one in act.fetch(Gateway, lock=False, is_on=True) if one.id != row.id]
    if others:
        raise errors.another_is_on(others[0].name)


def _refuse_invalid(row: Gateway, at: datetime) -> None:
    day = at.astimezone(SHANGHAI).date()
    if day < row.valid_from or (row.valid_to is not None and day >= row.valid_to):
        raise errors.not_valid_today()


def _refuse_taking_along(row: Gateway, terms: GatewayTerms) -> None:
    """A secret given for one host does not go to another: who changes the host gives it anew."""
    moved = urlsplit(row.url).netloc != urlsplit(terms.url).netloc
    if moved and row.credential is not None and not terms.credential:
        raise invalid("credential", "", "网关主机变了，请重新填写凭证。")


def _keep_credential(row: Gateway, credential: str) -> None:
    if credential:
        row.credential = seal(credential, context=row.id.bytes)


def _told(row: Gateway) -> dict[str, Any]:
    """What the journal keeps: switches and amounts, no address and no secret."""
    return {
        "method": row.method, "encoding": row.encoding, "quota": row.daily_quota, "on": row.is_on,
        "internal": row.is_internal, "deduplicating": row.is_deduplicating, "from": row.valid_from,
        "to": row.valid_to,
    }  # fmt: skip


def _check(terms: GatewayTerms) -> None:
    """Raises Invalid for the first field that is wrong."""
    for problem in (_choice_problem(terms), _period_problem(terms), _tree_problem(terms)):
        if problem is not None:
            raise problem
    _check_address("url", terms.url)
    _check_address("link_base", terms.link_base)
    for name in ("success_path", "id_path"):
        path = getattr(terms, name)
        if path and (wrong := path_problem(path)):
            raise invalid(name, path, f"不是 JMESPath 表达式：{wrong[:80]}")


def _choice_problem(terms: GatewayTerms) -> Invalid | None:
    if not terms.name.strip():
        return invalid("name", terms.name, "请填写网关名称。")
    if terms.method not in METHODS:
        return invalid("method", terms.method, f"只能是 {'、'.join(METHODS)} 之一。")
    if terms.encoding not in BodyEncoding.values:
        return invalid("encoding", terms.encoding, "请选择 JSON 或表单。")
    if terms.success_path and not terms.success_value:
        return invalid("success_value", "", "填了成功标志路径，请填写它等于什么才算成功。")
    return None


def _period_problem(terms: GatewayTerms) -> Invalid | None:
    if terms.valid_to is not None and terms.valid_to <= terms.valid_from:
        return invalid("valid_to", terms.valid_to, "终止日期须晚于起始日期。")
    if not 1 <= terms.daily_quota <= 1_000_000:
        return invalid("daily_quota", terms.daily_quota, "每日额度须在 1 到 1000000 之间。")
    if (terms.quiet_from is None) != (terms.quiet_to is None):
        return invalid("quiet_to", terms.quiet_to, "免打扰时段的开始和结束须同时填写。")
    return None


def _tree_problem(terms: GatewayTerms) -> Invalid | None:
    for name in ("headers", "body"):
        tree = getattr(terms, name)
        if not isinstance(tree, dict) or len(repr(tree)) > _MOST_TREE:
            return invalid(name, "", "应为 JSON 对象，最多 4000 字。")
        wrong = [one for one in names_in(tree) if one not in BODY_NAMES]
        if wrong:
            known = "、".join(BODY_NAMES)
            return invalid(name, wrong[0], f"没有占位符“{wrong[0]}”；可用的有：{known}。")
    if not all(isinstance(value, str) and "\n" not in value for value in terms.headers.values()):
        return invalid("headers", "", "请求头的值应为一行文字。")
    used = set(names_in(terms.body))
    if not {"phone", "text"} <= used:
        return invalid("body", "", "报文中须有 phone 和 text 两个占位符。")
    if terms.is_deduplicating and "id" not in used | set(names_in(terms.headers)):
        return invalid("is_deduplicating", "", "网关按编号去重的，报文或请求头中须有占位符 id。")
    if (terms.method == "GET" or terms.encoding == BodyEncoding.FORM) and not all(
        isinstance(value, str) for value in terms.body.values()
    ):
        return invalid("body", "", "表单报文的每一项应为文字。")
    return None


def _check_address(name: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
        is_good = is_good and "{" not in url and (parts.port is None or parts.port > 0)
    except ValueError:
        is_good = False
    if not is_good:
        raise invalid(name, url, "请填写 http 或 https 地址，不带用户名、密码和占位符。")
