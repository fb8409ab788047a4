"""Setting the return rules 退单规则, reasons and fallback owners: dated data; the past stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ...catalog.public import MatterKind
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, invalid, invalid_fields
from ...kernel.limits import limit_problem
from ...kernel.yaml_files import shipped_yaml
from ...ledger.public import Act, acting, bump
from ...orgs.public import area_index, unit_index
from ..enums import ReturnStart
from ..models import FallbackOwner, ReturnReason, ReturnRule
from ..policy import local_day
from ..return_policy import Limit
from .policies import demand_configure

_LIMITS = ("ask", "review", "ruling", "fallback")


@dataclass(frozen=True, slots=True)
class ReturnRuleTerms:
    """What a return rule says 退单规则内容, as entered; `class_kind` empty for every kind of matter."""

    valid_from: date
    class_kind: str = ""
    ask: Limit = (Decimal(24), "urgent_hour")
    ask_from: str = ReturnStart.DISPATCH.value
    review: Limit = (Decimal(4), "work_hour")
    arbitrate_from: int = 2
    ruling: Limit = (Decimal(2), "work_day")
    fallback: Limit = (Decimal(4), "work_hour")
    most_transfers: int = 1
    basis: str = ""


def set_return_rule(*, actor: Actor, at: datetime, terms: ReturnRuleTerms) -> ReturnRule:
    """Set a return rule 设定退单规则 from a day on; one of the same kind and first day is changed.

    Raises:
        Refused; Invalid: names each wrong field.
    """
    demand_configure(actor)
    problems = [FieldProblem(*problem) for problem in _problems(terms, local_day(at))]
    if problems:
        raise invalid_fields(problems)
    with acting(actor=actor, at=at) as act:
        found = act.fetch(ReturnRule, class_kind=terms.class_kind, valid_from=terms.valid_from)
        values = _values(terms)
        row = found[0] if found else ReturnRule(class_kind=terms.class_kind, valid_from=terms.valid_from)
        for name, value in values.items():
            setattr(row, name, value)
        if found:
            act.update(row, *values)
        else:
            act.insert(row)
        body = {**_plain(values), "class_kind": row.class_kind, "valid_from": row.valid_from}
        act.record(row, "cases.return_rule_set", body)
        bump(act, "policy")
    return row


def add_return_reason(
    *,
    actor: Actor,
    at: datetime,
    code: str,
    label: str,
    label_en: str = "",
    basis: str = "",
    valid_from: date | None = None,
) -> ReturnReason:
    """Add a reason to return a task 新增退单理由.

    Raises:
        Refused; Invalid: a wrong or known code, no name, no basis.
    """
    demand_configure(actor)
    code, label = code.strip(), label.strip()
    if not code.isidentifier() or not code.isascii() or len(code) > 24:
        raise invalid("code", code, "代码只能用英文字母、数字和下划线，不超过 24 个字符。")
    if not 0 < len(label) <= 24:
        raise invalid("label", label, "请填写名称，不超过 24 字。")
    if not 0 < len(basis.strip()) <= 300:
        raise invalid("basis", basis[:20], "请填写依据，不超过 300 字。")
    with acting(actor=actor, at=at) as act:
        if act.fetch(ReturnReason, code=code):
            raise invalid("code", code, "已有这个代码，请另取一个。")
        row = act.insert(
            ReturnReason(
                code=code, label=label, label_en=label_en.strip()[:40], basis=basis.strip(),
                order=ReturnReason.objects.count(), valid_from=valid_from or local_day(at),
            )
        )  # fmt: skip
        act.record(row, "cases.return_reason_added", {"code": code, "valid_from": row.valid_from})
        bump(act, "policy")
    return row


def end_return_reason(*, actor: Actor, at: datetime, reason_id: UUID, valid_to: date) -> ReturnReason:
    """End a reason 停用退单理由 from a day on; returns made before keep it.

    Raises:
        Refused, NotFound; Conflict: it has ended. Invalid: a day that is past.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(ReturnReason, reason_id)
        _end(row, valid_to, at)
        act.update(row, "valid_to")
        act.record(row, "cases.return_reason_ended", {"code": row.code, "valid_to": valid_to})
        bump(act, "policy")
    return row


def set_fallback_owner(
    *,
    actor: Actor,
    at: datetime,
    area: UUID,
    unit: UUID,
    class_kind: str = "",
    basis: str = "",
    valid_from: date | None = None,
) -> FallbackOwner:
    """Set who takes what nobody owns in an area 设定兜底单位; the one before ends on that day.

    Raises:
        Refused; Invalid: an unknown area, unit or kind, no basis, or a first day that is past.
    """
    demand_configure(actor)
    first = valid_from or local_day(at)
    _check_owner(area, unit, class_kind, basis)
    if first < local_day(at):
        raise invalid("valid_from", first, "生效日不得早于今天。")
    with acting(actor=actor, at=at) as act:
        for row in act.fetch(FallbackOwner, area=area, class_kind=class_kind):
            if row.valid_to is None or row.valid_to > first:
                row.valid_to = max(first, row.valid_from)
                act.update(row, "valid_to")
                act.record(row, "cases.fallback_ended", {"valid_to": row.valid_to})
        made = act.insert(
            FallbackOwner(area=area, unit=unit, class_kind=class_kind, basis=basis.strip(), valid_from=first)
        )
        body = {"area": area, "unit": unit, "class_kind": class_kind, "valid_from": first}
        act.record(made, "cases.fallback_set", body)
        bump(act, "policy")
    return made


def end_fallback_owner(*, actor: Actor, at: datetime, owner_id: UUID, valid_to: date) -> FallbackOwner:
    """End a fallback owner 停用兜底单位: the wider area's holds again.

    Raises:
        Refused, NotFound; Conflict: it has ended. Invalid: a day that is past.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(FallbackOwner, owner_id)
        _end(row, valid_to, at)
        act.update(row, "valid_to")
        act.record(row, "cases.fallback_ended", {"valid_to": valid_to})
        bump(act, "policy")
    return row


def load_return_defaults(act: Act, beginning: date) -> int:
    """Load what is missing of the shipped reasons and rules inside an act; returns how many were added."""
    shipped = shipped_yaml("yiwang.cases", "defaults/returns.yaml")
    known, added = set(ReturnReason.objects.values_list("code", flat=True)), 0
    for order, given in enumerate(shipped["reasons"]):
        if given["code"] not in known:
            reason = act.insert(ReturnReason(order=order, valid_from=beginning, **given))
            act.record(reason, "cases.return_reason_added", {"code": reason.code, "valid_from": beginning})
            added += 1
    if ReturnRule.objects.exists():
        return added
    for given in shipped["rules"]:
        limits = {name: (Decimal(given[name][0]), str(given[name][1])) for name in _LIMITS}
        terms = ReturnRuleTerms(valid_from=beginning, **{**given, **limits})
        row = act.insert(ReturnRule(class_kind=terms.class_kind, valid_from=beginning, **_values(terms)))
        act.record(row, "cases.return_rule_set", {"class_kind": row.class_kind, "valid_from": beginning})
        added += 1
    return added


def _values(terms: ReturnRuleTerms) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in _LIMITS:
        values[f"{name}_amount"], values[f"{name}_unit"] = getattr(terms, name)
    rest = ("ask_from", "arbitrate_from", "most_transfers")
    return {**values, **{name: getattr(terms, name) for name in rest}, "basis": terms.basis.strip()}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Amounts as texts, as the journal keeps them; the basis is read in the row."""
    kept = {name: value for name, value in values.items() if name != "basis"}
    return {name: f"{v.normalize():f}" if isinstance(v, Decimal) else v for name, v in kept.items()}


def _end(row: ReturnReason | FallbackOwner, valid_to: date, at: datetime) -> None:
    if row.valid_to is not None:
        raise Conflict(f"已于 {row.valid_to} 停用。", code="cases.ended_already")
    if valid_to < max(local_day(at), row.valid_from):
        raise invalid("valid_to", valid_to, "停用日不得早于今天，也不得早于生效日。")
    row.valid_to = valid_to


def _problems(terms: ReturnRuleTerms, today: date) -> Iterator[tuple[str, str, str]]:
    if terms.class_kind not in {"", *MatterKind.values}:
        yield "class_kind", terms.class_kind, f"只能是 {'、'.join(MatterKind.values)} 之一，或留空。"
    for name in _LIMITS:
        amount, unit = getattr(terms, name)
        problem = limit_problem(amount, unit)
        if problem is not None:
            yield f"{name}_amount", f"{amount} {unit}", problem
    if terms.ask_from not in ReturnStart.values:
        yield "ask_from", terms.ask_from, f"只能是 {'、'.join(ReturnStart.values)} 之一。"
    if not 2 <= terms.arbitrate_from <= 9:
        yield "arbitrate_from", str(terms.arbitrate_from), "请填写 2 到 9 之间的整数。"
    if not 0 <= terms.most_transfers <= 5:
        yield "most_transfers", str(terms.most_transfers), "请填写 0 到 5 之间的整数。"
    if not 0 < len(terms.basis.strip()) <= 300:
        yield "basis", terms.basis[:20], "请填写依据，不超过 300 字。"
    if terms.valid_from < today:
        yield "valid_from", str(terms.valid_from), "生效日不得早于今天，已办案件按当日规则解释。"


def _check_owner(area: UUID, unit: UUID, kind: str, basis: str) -> None:
    if area not in area_index().by_id:
        raise invalid("area", area, "没有这个区域，请重新选择。")
    if unit not in unit_index().by_id:
        raise invalid("unit", unit, "没有这个单位，请重新选择。")
    if kind not in {"", *MatterKind.values}:
        raise invalid("class_kind", kind, f"只能是 {'、'.join(MatterKind.values)} 之一，或留空。")
    if not 0 < len(basis.strip()) <= 300:
        raise invalid("basis", basis[:20], "请填写依据，不超过 300 字。")
