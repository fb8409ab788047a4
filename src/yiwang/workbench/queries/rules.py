"""Rules 规则 as pages show them: policies with their history, and the rating scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from ...cases import public as cases
from ...catalog.public import MatterKind
from ...interface.public import enumerated
from ...ledger.public import JournalEntry
from ...orgs.public import post_label
from .. import names

_STAGES = {"before": "处置前", "after": "处置后"}


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy in words: since when it holds, and who set it last.

    Attributes:
        phase: `now`, `later` or `past`.
    """

    row: cases.LoopPolicy
    kind: str
    class_name: str
    evidence: str
    phase: str
    set_by: str
    set_at: datetime | None


def policy_views(today: date) -> list[PolicyView]:
    """Every policy, kind by kind, the newest first; two queries."""
    rows = list(cases.LoopPolicy.objects.all())
    last = {
        entry.stream: entry
        for entry in JournalEntry.objects.filter(
            stream__in=[row.id for row in rows], kind__in=("cases.policy_set", "cases.policy_changed")
        ).order_by("seq")
    }
    order = list(MatterKind.values)
    rows.sort(key=lambda r: r.valid_from, reverse=True)
    rows.sort(key=lambda r: (order.index(r.class_kind), names.class_name(r.matter_class)))
    views = []
    in_force: set[object] = set()
    for row in rows:
        entry = last.get(row.id)
        views.append(
            PolicyView(
                row,
                str(MatterKind(row.class_kind).label),
                names.class_name(row.matter_class),
                enumerated(_(_STAGES[stage]) for stage in row.evidence if stage in _STAGES),
                _phase(row, today, in_force),
                (post_label(entry.post) or _("系统")) if entry else "",
                entry.at if entry else None,
            )
        )
    return views


def _phase(row: cases.LoopPolicy, today: date, in_force: set[object]) -> str:
    """Rows come newest first: the first of its class that has begun and not ended is in force."""
    if row.valid_from > today:
        return "later"
    key = (row.class_kind, row.matter_class)
    if key in in_force or (row.valid_to is not None and row.valid_to <= today):
        return "past"
    in_force.add(key)
    return "now"


@dataclass(frozen=True, slots=True)
class ScaleView:
    """The options of one question in order, those that have ended last."""

    question: str
    label: str
    rows: Sequence[cases.RatingOption]
    ended: Sequence[cases.RatingOption]


def scale_views(today: date) -> list[ScaleView]:
    """The rating scale, question by question; one query."""
    rows = list(cases.RatingOption.objects.order_by("order", "id"))
    return [
        ScaleView(
            question,
            str(label),
            [r for r in rows if r.question == question and (r.valid_to is None or r.valid_to > today)],
            [r for r in rows if r.question == question and r.valid_to is not None and r.valid_to <= today],
        )
        for question, label in cases.RatingQuestion.choices
    ]
