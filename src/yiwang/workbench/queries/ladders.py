"""Ladders 催督办阶梯 in words, and how far running clocks have followed a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ...cases import public as cases
from ...cases.public import LadderEvent, StepAct, StepAnchor, StepTarget
from ...catalog.public import MatterKind
from ...interface.public import enumerated, spoken_limit
from .. import names


@dataclass(frozen=True, slots=True)
class LadderView:
    """One ladder as the page shows it; `phase` is `now`, `later` or `past`."""

    row: cases.Ladder
    scope: str
    steps: Sequence[tuple[str, str, str]]
    phase: str
    is_of_event: bool


@dataclass(frozen=True, slots=True)
class ReplanView:
    """How far a re-plan has come; `percent` is 100 once it has ended."""

    row: cases.LadderReplan
    percent: int


def ladder_views(today: date) -> list[LadderView]:
    """Ladders by stage, those of events among themselves; those in force first."""
    views = [_view(row, today) for row in cases.Ladder.objects.all()]
    order = {stage: place for place, stage in enumerate([*cases.Stage.values, *LadderEvent.values])}
    phases = ("now", "later", "past")
    return sorted(views, key=lambda v: (phases.index(v.phase), order[v.row.stage], v.scope, v.row.valid_from))


def _view(row: cases.Ladder, today: date) -> LadderView:
    steps = [step_words(step) for step in row.steps]
    return LadderView(row, _scope(row), steps, _phase(row, today), row.stage in LadderEvent.values)


def replan_views() -> list[ReplanView]:
    """The latest re-plans with their progress."""
    return [ReplanView(row, _percent(row)) for row in cases.replans()]


def step_words(step: dict[str, Any]) -> tuple[str, str, str]:
    """Moment, act and addressees of a step in words."""
    whom = enumerated(str(StepTarget(target).label) for target in step.get("to", ()))
    act = str(StepAct(step["act"]).label)
    if step.get("reply_amount"):
        limit = _limit(step["reply_amount"], step["reply_unit"])
        act = _("%(act)s（%(limit)s内答复）") % {"act": act, "limit": limit}
    return _moment(step), act, whom


def _moment(step: dict[str, Any]) -> str:
    if step["anchor"] == StepAnchor.SHARE:
        return _("用去 %(share)s%%") % {"share": step["share"]}
    if step["anchor"] == StepAnchor.COUNT:
        return _("第 %(count)s 次起") % {"count": step["count"]}
    if step["anchor"] == StepAnchor.AFTER:
        return _("到期后 %(limit)s") % {"limit": _limit(step["amount"], step["unit"])}
    return str(StepAnchor.DUE.label)


def _limit(amount: int, unit: str) -> str:
    return spoken_limit(Decimal(amount), unit)


def _scope(row: cases.Ladder) -> str:
    parts = []
    if row.matter_class:
        parts.append(names.class_name(row.matter_class))
    elif row.class_kind:
        parts.append(str(MatterKind(row.class_kind).label))
    if row.urgency:
        parts.append(str(row.get_urgency_display()))
    return " · ".join(parts) or _("全部事项")


def _phase(row: cases.Ladder, today: date) -> str:
    if row.valid_to is not None and row.valid_to <= today:
        return "past"
    return "later" if row.valid_from > today else "now"


def _percent(row: cases.LadderReplan) -> int:
    if row.finished_at is not None:
        return 100
    return min(row.examined * 100 // row.expected, 99) if row.expected else 0
