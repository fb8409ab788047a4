"""Applications in force 现行申请规则: cached reading of `ApplicationRule` and `ApplicationReason`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ..catalog.public import catalog_index
from ..ledger.public import VersionedCache
from .application_rules import RuleInForce
from .models import ApplicationReason, ApplicationRule, Case
from .policy import local_day


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a kind of application, with the label that a reporter reads too."""

    kind: str
    code: str
    label: str
    label_en: str
    valid_from: date
    valid_to: date | None

    def holds(self, day: date) -> bool:
        """Whether it may be given on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class _Dated:
    class_kind: str
    matter_class: UUID | None
    valid_from: date
    valid_to: date | None
    rule: RuleInForce

    def holds(self, kind: str, class_kind: str, matter_class: UUID | None, day: date) -> bool:
        return (
            self.rule.kind == kind
            and self.class_kind in {"", class_kind}
            and self.matter_class in {None, matter_class}
            and self.valid_from <= day
            and (self.valid_to is None or day < self.valid_to)
        )


def rule_of_row(row: ApplicationRule) -> RuleInForce:
    """A stored rule as plain values."""
    answer = (row.answer_amount, row.answer_unit) if row.answer_amount is not None else None
    return RuleInForce(
        id=row.id, kind=row.kind, states=frozenset(row.states), max_times=row.max_times,
        counts_refused=row.counts_refused, when_overdue=row.when_overdue, longest_days=row.longest_days,
        evidence_files=row.evidence_files, approvals=tuple(row.approvals), answer=answer, basis=row.basis,
    )  # fmt: skip


def _read_rules() -> list[_Dated]:
    """In the order in which one goes before the other: general, kind, class, each by its first day."""
    rows = sorted(
        ApplicationRule.objects.all(),
        key=lambda r: (r.matter_class is not None, r.class_kind != "", r.valid_from),
    )
    return [_Dated(r.class_kind, r.matter_class, r.valid_from, r.valid_to, rule_of_row(r)) for r in rows]


def _read_reasons() -> list[Reason]:
    rows = ApplicationReason.objects.order_by("kind", "order", "code")
    return [Reason(r.kind, r.code, r.label, r.label_en, r.valid_from, r.valid_to) for r in rows]


_rules = VersionedCache("policy", _read_rules)
_reasons = VersionedCache("policy", _read_reasons)


def application_rule(kind: str, case: Case, at: datetime) -> RuleInForce | None:
    """The rule in force for a kind of application about a case; without one none may be asked."""
    node = catalog_index().class_by_id.get(case.matter_class) if case.matter_class else None
    day, class_kind = local_day(at), node.kind if node else ""
    found = None
    for dated in _rules.get():
        if dated.holds(kind, class_kind, case.matter_class, day):
            found = dated.rule
    return found


def application_reasons(kind: str, at: datetime) -> list[Reason]:
    """The reasons that an application of a kind may give at an instant, in order."""
    day = local_day(at)
    return [reason for reason in _reasons.get() if reason.kind == kind and reason.holds(day)]


def reason_label(kind: str, code: str, *, english: bool = False) -> str:
    """The label of a reason, ended or not; the code itself when there is no such reason.

    Args:
        english: the English label where there is one.
    """
    found = next((r for r in _reasons.get() if (r.kind, r.code) == (kind, code)), None)
    if found is None:
        return code
    return (english and found.label_en) or found.label
