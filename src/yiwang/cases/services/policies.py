"""Setting the policy of the loop 办理规则: a change begins on a day and leaves the past as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ...catalog.public import MatterKind, catalog_index
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, FieldProblem, Refused, invalid, invalid_fields
from ...ledger.public import Act, acting, bump
from ..enums import ReviewRule
from ..models import LoopPolicy
from ..policy import local_day

CONFIGURE = "cases.configure"
#: Stages of evidence that a policy may demand of the host.
EVIDENCE_STAGES = ("before", "after")
MOST_DAYS = 3650
_COLUMNS = ("evidence", "review", "sample_percent", "reopen_days", "archive_days")


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What a policy says 规则内容, as entered.

    Attributes:
        matter_class: the class it holds for alone; None for every class of the kind.
        evidence: stages the host must give, of `EVIDENCE_STAGES`.
        review: one of `ReviewRule`.
        sample_percent: share of short-path cases that are rechecked, 0 to 100.
        reopen_days, archive_days: 0 to `MOST_DAYS`; archiving never comes before the end of reopening.
        valid_from: the first day, not before the day of the act.
    """

    class_kind: str
    valid_from: date
    matter_class: UUID | None = None
    evidence: tuple[str, ...] = field(default=())
    review: str = ReviewRule.AS_CLASS.value
    sample_percent: int = 10
    reopen_days: int = 15
    archive_days: int = 30


def demand_configure(actor: Actor) -> None:
    """Raise `Refused` unless the actor may set the rules of the loop for the whole instance."""
    if not actor.scope(CONFIGURE).everywhere:
        raise Refused("您没有维护办理规则的权限。", code="cases.refused", act=CONFIGURE)


def set_policy(*, actor: Actor, at: datetime, terms: PolicyTerms, expected: int | None = None) -> LoopPolicy:
    """Set a policy (设定办理规则) from a day on; one that has the same first day is changed.

    Args:
        expected: version of the row that begins on that day, where there is one.

    Raises:
        Refused, StaleVersion; Invalid: names each wrong field.
    """
    demand_configure(actor)
    problems = [FieldProblem(*problem) for problem in _problems(terms, local_day(at))]
    if problems:
        raise invalid_fields(problems)
    with acting(actor=actor, at=at) as act:
        rows = act.fetch(LoopPolicy, class_kind=terms.class_kind)
        same = [r for r in rows if (r.matter_class, r.valid_from) == (terms.matter_class, terms.valid_from)]
        row = _change(act, same[0], terms, expected) if same else _begin(act, rows, terms)
        bump(act, "policy")
    return row


def end_policy(
    *, actor: Actor, at: datetime, policy_id: UUID, valid_to: date, expected: int | None = None
) -> LoopPolicy:
    """End the policy of one class (停用类别规则): from `valid_to` on the kind's holds again.

    Raises:
        Conflict: the policy of a kind never ends, or this one has ended.
        Invalid: a day that is past, or before its first.
    """
    demand_configure(actor)
    with acting(actor=actor, at=at) as act:
        row = act.lock(LoopPolicy, policy_id, expected=expected)
        if row.matter_class is None:
            raise Conflict("事项种类的规则不能停用，只能另行设定。", code="cases.policy_of_kind")
        if row.valid_to is not None:
            raise Conflict(f"该规则已于 {row.valid_to} 停用。", code="cases.policy_ended")
        if valid_to < max(local_day(at), row.valid_from):
            raise invalid("valid_to", valid_to, "停用日不得早于今天，也不得早于生效日。")
        row.valid_to = valid_to
        act.update(row, "valid_to")
        act.record(row, "cases.policy_ended", {"valid_to": valid_to})
        bump(act, "policy")
    return row


def _begin(act: Act, rows: list[LoopPolicy], terms: PolicyTerms) -> LoopPolicy:
    """A new row; the one of the same class that was in force ends where it begins, if it is a class's own."""
    for row in rows:
        own = row.matter_class is not None and row.matter_class == terms.matter_class
        if own and row.valid_from < terms.valid_from and (row.valid_to or date.max) > terms.valid_from:
            row.valid_to = terms.valid_from
            act.update(row, "valid_to")
            act.record(row, "cases.policy_ended", {"valid_to": terms.valid_from})
    later = [r.valid_from for r in rows if r.matter_class == terms.matter_class]
    until = min((day for day in later if day > terms.valid_from), default=None)
    made = act.insert(
        LoopPolicy(
            class_kind=terms.class_kind, matter_class=terms.matter_class, valid_from=terms.valid_from,
            valid_to=until if terms.matter_class else None, **_values(terms),
        )
    )  # fmt: skip
    act.record(made, "cases.policy_set", _body(made))
    return made


def _change(act: Act, row: LoopPolicy, terms: PolicyTerms, expected: int | None) -> LoopPolicy:
    row = act.lock(LoopPolicy, row.id, expected=expected)
    before = _body(row)
    for name, value in _values(terms).items():
        setattr(row, name, value)
    act.update(row, *_COLUMNS)
    act.record(row, "cases.policy_changed", {**_body(row), "before": before})
    return row


def _values(terms: PolicyTerms) -> dict[str, Any]:
    values = {name: getattr(terms, name) for name in _COLUMNS}
    return {**values, "evidence": [stage for stage in EVIDENCE_STAGES if stage in terms.evidence]}


def _body(row: LoopPolicy) -> dict[str, Any]:
    body = {name: getattr(row, name) for name in _COLUMNS}
    return {
        **body, "review": str(row.review), "class_kind": row.class_kind, "class": row.matter_class,
        "valid_from": row.valid_from,
    }  # fmt: skip


def _problems(terms: PolicyTerms, today: date) -> Iterator[tuple[str, str, str]]:
    node = catalog_index().class_by_id.get(terms.matter_class) if terms.matter_class else None
    if terms.class_kind not in MatterKind.values:
        yield "class_kind", terms.class_kind, f"只能是 {'、'.join(MatterKind.values)} 之一。"
    elif terms.matter_class and (node is None or node.kind != terms.class_kind):
        yield "matter_class", str(terms.matter_class), "请选择该事项种类之下的类别。"
    unknown = [stage for stage in terms.evidence if stage not in EVIDENCE_STAGES]
    if unknown:
        yield "evidence", unknown[0], f"只能是 {'、'.join(EVIDENCE_STAGES)}。"
    if terms.review not in ReviewRule.values:
        yield "review", terms.review, f"只能是 {'、'.join(ReviewRule.values)} 之一。"
    if not 0 <= terms.sample_percent <= 100:
        yield "sample_percent", str(terms.sample_percent), "请填写 0 到 100 之间的整数。"
    for name in ("reopen_days", "archive_days"):
        if not 0 <= getattr(terms, name) <= MOST_DAYS:
            yield name, str(getattr(terms, name)), f"请填写 0 到 {MOST_DAYS} 之间的整数。"
    if terms.archive_days < terms.reopen_days:
        yield "archive_days", str(terms.archive_days), "归档不得早于可要求重办的期限。"
    if terms.valid_from < today:
        yield "valid_from", str(terms.valid_from), "生效日不得早于今天，已办案件按当日规则解释。"
