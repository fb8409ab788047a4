"""Setting the rules 设定规则 of levels, same-day closing and call-backs, as dated rows.

A row holds from a day on; one that has begun is ended, never edited, so an old case is explained by the
rules of its day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError

from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, Invalid, NotFound, invalid
from ...ledger.public import Act, RootRow, acting, bump
from ..models import CallbackQuestion, CallbackRule, LevelRule, RaiseRule, SameDayRule
from ..policy import local_day
from .policies import demand_configure

#: Tables of the rules by their short name, and the columns that say what a row is for.
TABLES: Mapping[str, tuple[type[RootRow], tuple[str, ...]]] = {
    "levels": (LevelRule, ("street", "code")),
    "raises": (RaiseRule, ("class_kind", "matter_class", "urgency")),
    "same_day": (SameDayRule, ("class_kind", "matter_class")),
    "callbacks": (CallbackRule, ("class_kind", "matter_class")),
    "questions": (CallbackQuestion, ("code",)),
}
_KEPT = {"id", "version", "journal_head", "valid_to"}


def add_loop_rule(*, actor: Actor, at: datetime, table: str, values: Mapping[str, Any]) -> RootRow:
    """Add a row 设定规则 from a day on; the row for the same thing that holds then ends on that day.

    Raises:
        Refused; NotFound: no such table; Invalid: names each wrong column, or a day that is past.
        Conflict: a row for the same thing begins on that day.
    """
    demand_configure(actor)
    model, same = _table(table)
    row = model(**{name: value for name, value in values.items() if name not in _KEPT})
    _check(row, local_day(at))
    with acting(actor=actor, at=at) as act:
        if isinstance(row, SameDayRule) and not (row.matter_class or row.class_kind):
            raise invalid("matter_class", "", "请选择事项类别或种类。")
        held: Any = model._default_manager.select_for_update()
        _end_earlier(act, row, [each for each in held if _same(each, row, same)])
        act.insert(row)
        act.record(row, "cases.loop_rule_set", {"table": table, "valid_from": values["valid_from"]})
        bump(act, "policy")
    return row


def end_loop_rule(*, actor: Actor, at: datetime, table: str, key: UUID) -> RootRow:
    """End a row 停用规则 today; what began today never held.

    Raises:
        Refused; NotFound; Conflict: it has ended.
    """
    demand_configure(actor)
    model, _same_columns = _table(table)
    with acting(actor=actor, at=at) as act:
        row: Any = act.lock(model, key)
        day = max(local_day(at), row.valid_from)
        if row.valid_to is not None and row.valid_to <= day:
            raise Conflict(f"该规则已于 {row.valid_to} 停用。", code="cases.policy_ended")
        row.valid_to = day
        act.update(row, "valid_to")
        act.record(row, "cases.loop_rule_ended", {"table": table, "valid_to": day})
        bump(act, "policy")
    return row


def _table(name: str) -> tuple[type[RootRow], tuple[str, ...]]:
    if name not in TABLES:
        raise NotFound("没有这种规则。", code="cases.no_rule_table")
    return TABLES[name]


def _check(row: Any, today: Any) -> None:
    problems: list[FieldProblem] = []
    if row.valid_from < today:
        problems.append(FieldProblem("valid_from", str(row.valid_from), "生效日不得早于今天。"))
    try:
        empty = {field.name for field in row._meta.fields if field.null and getattr(row, field.name) is None}
        row.clean_fields(exclude={"journal_head", "version", *empty})
        row.validate_constraints()
    except ValidationError as wrong:
        for name, texts in wrong.message_dict.items():
            problems.append(FieldProblem(name, str(getattr(row, name, "")), str(texts[0])))
    if problems:
        raise Invalid("；".join(each.remedy for each in problems), problems)


def _same(one: Any, other: Any, columns: tuple[str, ...]) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in columns)


def _end_earlier(act: Act, row: Any, known: list[Any]) -> None:
    """The row for the same thing that holds on the first day ends there."""
    for each in known:
        if each.valid_from >= row.valid_from:
            if each.valid_to is None or each.valid_to > each.valid_from:
                raise Conflict(
                    f"{each.valid_from} 起已有同一适用范围的规则，请先停用它。", code="cases.rule_twice"
                )
        elif each.valid_to is None or each.valid_to > row.valid_from:
            each.valid_to = row.valid_from
            act.update(each, "valid_to")
            act.record(each, "cases.loop_rule_ended", {"valid_to": row.valid_from})
