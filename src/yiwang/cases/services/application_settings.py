"""Setting the rules and reasons of applications 设定申请规则: from a day on; the past stays as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ...catalog.public import MatterKind, catalog_index
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, invalid, invalid_fields
from ...kernel.limits import limit_problem
from ...ledger.public import Act, acting, bump
from ..application_rules import APPROVING_ACTS, LONGEST_DAYS, MOST_STEPS
from ..enums import ApplicationKind
from ..models import ApplicationReason, ApplicationRule
from ..policy import local_day
from ..states import ARCHIVED, CASE_STATES
from .policies import demand_configure

_COLUMNS = (
    "states", "max_times", "counts_refused", "when_overdue", "longest_days", "evidence_files", "approvals",
    "answer_amount", "answer_unit", "basis",
)  # fmt: skip
_CODE = re.compile(r"[a-z][a-z0-9_]{0,23}")


@dataclass(frozen=True, slots=True)
class ApplicationRuleTerms:
    """What a rule of applications says, as entered; as `ApplicationRule`."""

    kind: str
    valid_from: date
    class_kind: str = ""
    matter_class: UUID | None = None
    states: tuple[str, ...] = ()
    max_times: int = 1
    counts_refused: bool = False
    when_overdue: bool = False
    longest_days: int | None = None
    evidence_files: int = 0
    approvals: tuple[str, ...] = ()
    answer_amount: Decimal | None = None
    answer_unit: str = ""
    basis: str = ""


def set_application_rule(
    *, actor: Actor, at: datetime, terms: ApplicationRuleTerms, expected: int | None = None
) -> ApplicationRule:
    """Set a rule 设定申请规则 from a day on; one for the same matters that begins that day is changed.

    Applications that wait keep the approvals of the day on which they were asked.

    Raises:
        Refused, StaleVersion; Invalid: names each wrong field.
    """
    demand_configure(actor)
    problems = [FieldProblem(*problem) for problem in _problems(terms, local_day(at))]
    if problems:
        raise invalid_fields(problems)
    values = {name: getattr(terms, name) for name in _COLUMNS}
    values |= {"states": list(terms.states), "approvals": list(terms.approvals)}
    with acting(actor=actor, at=at) as act:
        key = (terms.class_kind, terms.matter_class, terms.valid_from)
        rows = act.fetch(ApplicationRule, kind=terms.kind)
        same = next((r for r in rows if (r.class_kind, r.matter_class, r.valid_from) == key), None)
        row = _change(act, same, values, expected) if same else _begin(act, terms, values)
        bump(act, "policy")
    return row


def end_application_rule(*, actor: Actor, at: datetime, rule_id: UUID, valid_to: date) -> ApplicationRule:
    """End a rule of one class or kind 停用申请规则; the more general one holds again from `valid_to` on.

    Raises:
        Refused; Conflict: a general rule never ends, or this one has ended. Invalid: a day that is past.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(ApplicationRule, rule_id)
        if not row.class_kind and row.matter_class is None:
            raise Conflict("通用规则不能停用，只能另行设定。", code="cases.general_rule")
        _end(act, row, valid_to, kind="cases.application_rule_ended")
    return row


def add_application_reason(
    *, actor: Actor, at: datetime, kind: str, code: str, label: str, label_en: str = "", basis: str = ""
) -> ApplicationReason:
    """Add a reason 新增申请事由 that holds from today on.

    Raises:
        Refused; Invalid: a wrong kind, code or label, or a code that is known.
    """
    demand_configure(actor)
    code, label = code.strip(), label.strip()
    if kind not in ApplicationKind.values:
        raise invalid("kind", kind, f"只能是 {'、'.join(ApplicationKind.values)} 之一。")
    if not _CODE.fullmatch(code):
        raise invalid("code", code, "代码须以小写字母开头，只含小写字母、数字和下划线，最多 24 个字符。")
    if not 0 < len(label) <= 40:
        raise invalid("label", label, "请填写名称，最多 40 字。")
    with acting(actor=actor, at=at) as act:
        rows = act.fetch(ApplicationReason, kind=kind)
        if any(row.code == code for row in rows):
            raise invalid("code", code, "该类申请已有这个代码，请换一个。")
        order = max((row.order for row in rows), default=-1) + 1
        row = act.insert(
            ApplicationReason(
                kind=kind, code=code, label=label, label_en=label_en.strip()[:60], basis=basis.strip()[:200],
                order=order, valid_from=local_day(at),
            )
        )  # fmt: skip
        act.record(row, "cases.application_reason_added", {"kind": kind, "code": code})
        bump(act, "policy")
    return row


def end_application_reason(
    *, actor: Actor, at: datetime, reason_id: UUID, valid_to: date
) -> ApplicationReason:
    """End a reason 停用申请事由; applications that gave it keep it.

    Raises:
        Refused; Conflict: it has ended, or it is the last of its kind. Invalid: a day that is past.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(ApplicationReason, reason_id)
        others = [r for r in act.fetch(ApplicationReason, kind=row.kind) if r.id != row.id]
        if all(other.valid_to is not None for other in others):
            raise Conflict("该类申请至少须保留一条事由。", code="cases.last_reason")
        _end(act, row, valid_to, kind="cases.application_reason_ended")
    return row


def _end(act: Act, row: ApplicationRule | ApplicationReason, valid_to: date, *, kind: str) -> None:
    if row.valid_to is not None:
        raise Conflict(f"已于 {row.valid_to} 停用。", code="cases.ended_already")
    if valid_to < max(local_day(act.at), row.valid_from):
        raise invalid("valid_to", valid_to, "停用日不得早于今天，也不得早于生效日。")
    row.valid_to = valid_to
    act.update(row, "valid_to")
    act.record(row, kind, {"valid_to": valid_to})
    bump(act, "policy")


def _begin(act: Act, terms: ApplicationRuleTerms, values: dict[str, Any]) -> ApplicationRule:
    row = ApplicationRule(
        kind=terms.kind, class_kind=terms.class_kind, matter_class=terms.matter_class,
        valid_from=terms.valid_from, **values,
    )  # fmt: skip
    act.record(act.insert(row), "cases.application_rule_set", _body(row))
    return row


def _change(act: Act, row: ApplicationRule, values: dict[str, Any], expected: int | None) -> ApplicationRule:
    row = act.lock(ApplicationRule, row.id, expected=expected)
    before = _body(row)
    for name, value in values.items():
        setattr(row, name, value)
    act.update(row, *_COLUMNS)
    act.record(row, "cases.application_rule_changed", {**_body(row), "before": before})
    return row


def _body(row: ApplicationRule) -> dict[str, Any]:
    """The rule as an entry holds it; the basis stays beside the journal, as it is free text."""
    body = {name: getattr(row, name) for name in _COLUMNS if name not in {"basis", "answer_amount"}}
    amount = "" if row.answer_amount is None else f"{Decimal(row.answer_amount).normalize():f}"
    return {
        **body, "answer_amount": amount, "kind": str(row.kind), "class_kind": row.class_kind,
        "class": row.matter_class, "valid_from": row.valid_from,
    }  # fmt: skip


def _problems(terms: ApplicationRuleTerms, today: date) -> Iterator[tuple[str, str, str]]:
    if terms.kind not in ApplicationKind.values:
        yield "kind", terms.kind, f"只能是 {'、'.join(ApplicationKind.values)} 之一。"
    node = catalog_index().class_by_id.get(terms.matter_class) if terms.matter_class else None
    if terms.class_kind and terms.class_kind not in MatterKind.values:
        yield "class_kind", terms.class_kind, f"只能是 {'、'.join(MatterKind.values)} 之一，或不填。"
    elif terms.matter_class and (node is None or node.kind != terms.class_kind):
        yield "matter_class", str(terms.matter_class), "请选择该事项种类之下的类别。"
    unknown = [state for state in terms.states if state not in CASE_STATES or state == ARCHIVED]
    if unknown or not terms.states:
        yield "states", "、".join(unknown), "请至少选择一个案件状态；已归档的案件不能申请。"
    wrong = [act for act in terms.approvals if act not in APPROVING_ACTS]
    if wrong or not 1 <= len(terms.approvals) <= MOST_STEPS:
        yield "approvals", "、".join(wrong), f"请设 1 到 {MOST_STEPS} 个审批环节。"
    if not 1 <= terms.max_times <= 9:
        yield "max_times", str(terms.max_times), "请填写 1 到 9 之间的整数。"
    if not 0 <= terms.evidence_files <= 9:
        yield "evidence_files", str(terms.evidence_files), "请填写 0 到 9 之间的整数。"
    if terms.longest_days is not None and not 1 <= terms.longest_days <= LONGEST_DAYS:
        yield "longest_days", str(terms.longest_days), f"请填写 1 到 {LONGEST_DAYS} 之间的整数。"
    yield from _other_problems(terms, today)


def _other_problems(terms: ApplicationRuleTerms, today: date) -> Iterator[tuple[str, str, str]]:
    if terms.kind == ApplicationKind.EXTENSION and terms.when_overdue:
        yield "when_overdue", "true", "超时后不得申请延期（延期须在时限内提出）。"
    if terms.answer_amount is not None:
        problem = limit_problem(terms.answer_amount, terms.answer_unit)
        if problem:
            yield "answer_amount", str(terms.answer_amount), problem
    if len(terms.basis) > 200:
        yield "basis", terms.basis[:20], "依据最多 200 字。"
    if terms.valid_from < today:
        yield "valid_from", str(terms.valid_from), "生效日不得早于今天，已提出的申请按当日规则解释。"
