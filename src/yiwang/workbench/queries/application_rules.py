"""Rules and reasons of applications 申请规则与事由 as the page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from ...cases.public import CASE_STATES, applications
from ...catalog.public import MatterKind
from ...interface.public import enumerated, spoken_limit
from .. import names
from .applications import step_label


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule in words; `phase` is `now`, `later` or `past`."""

    row: applications.ApplicationRule
    kind: str
    scope: str
    states: str
    steps: Sequence[str]
    answer: str
    phase: str

    @property
    def is_general(self) -> bool:
        """Whether it holds for all matters, so that it never ends."""
        return not self.row.class_kind and self.row.matter_class is None


@dataclass(frozen=True, slots=True)
class ReasonView:
    """The reasons of one kind in order, those that have ended last."""

    kind: str
    rows: Sequence[applications.ApplicationReason]
    ended: Sequence[applications.ApplicationReason]


def rule_views(today: date) -> list[RuleView]:
    """Every rule, kind by kind, the newest first; one query."""
    order = list(applications.ApplicationKind.values)
    rows = sorted(applications.ApplicationRule.objects.all(), key=lambda r: r.valid_from, reverse=True)
    rows.sort(key=lambda r: (order.index(r.kind), r.class_kind, names.class_name(r.matter_class)))
    in_force: set[object] = set()
    return [
        RuleView(
            row,
            str(applications.ApplicationKind(row.kind).label),
            _scope(row),
            enumerated(_(label) for code, label in CASE_STATES.items() if code in row.states),
            [step_label(act) for act in row.approvals],
            _answer(row),
            _phase(row, today, in_force),
        )
        for row in rows
    ]


def _scope(row: applications.ApplicationRule) -> str:
    if row.matter_class is not None:
        return names.class_name(row.matter_class)
    return str(MatterKind(row.class_kind).label) if row.class_kind else _("全部事项")


def _answer(row: applications.ApplicationRule) -> str:
    if row.answer_amount is None:
        return "—"
    return spoken_limit(row.answer_amount, row.answer_unit)


def _phase(row: applications.ApplicationRule, today: date, in_force: set[object]) -> str:
    """Rows come newest first: the first of its scope that has begun and not ended is in force."""
    if row.valid_from > today:
        return "later"
    key = (row.kind, row.class_kind, row.matter_class)
    if key in in_force or (row.valid_to is not None and row.valid_to <= today):
        return "past"
    in_force.add(key)
    return "now"


def reason_views(today: date) -> list[ReasonView]:
    """The reasons, kind by kind; one query."""
    rows = list(applications.ApplicationReason.objects.order_by("order", "code"))
    return [
        ReasonView(
            str(label),
            [r for r in rows if r.kind == kind and (r.valid_to is None or r.valid_to > today)],
            [r for r in rows if r.kind == kind and r.valid_to is not None and r.valid_to <= today],
        )
        for kind, label in applications.ApplicationKind.choices
    ]
