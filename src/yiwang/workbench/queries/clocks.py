"""Clocks 时限 as pages show them: the sheet of a case, contacts with its reporters, limits of stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from ...cases import public as cases
from ...catalog.public import MatterKind
from ...interface.public import error_words, spoken_limit
from ...kernel.actor import Actor
from .. import names


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock in words."""

    view: cases.ClockView
    label: str
    unit: str
    limit: str
    legal: str
    used: str


@dataclass(frozen=True, slots=True)
class ClockPage:
    """What the panel shows.

    Attributes:
        may_contact: whether the actor's unit has an open task and the reporter may be contacted.
    """

    promise: ClockRow | None
    stages: Sequence[ClockRow]
    tasks: Sequence[ClockRow]
    total: str
    contacts: Sequence[tuple[cases.ContactAttempt, str]]
    may_contact: bool


def clock_page(actor: Actor, case: cases.Case, at: datetime) -> ClockPage:
    """The clocks of a case with the attempts to contact its reporters; four queries."""
    sheet = cases.clock_sheet(case, at)
    attempts = list(cases.ContactAttempt.objects.filter(case=case).select_related("task").order_by("-at"))
    return ClockPage(
        _row(sheet.promise) if sheet.promise else None,
        [_row(view) for view in sheet.stages],
        [_row(view) for view in sheet.tasks],
        span_words(sheet.total),
        [(row, names.unit_name(row.task.unit)) for row in attempts],
        case.is_reachable and case.state == "handling" and _has_task(actor, case),
    )


def _has_task(actor: Actor, case: cases.Case) -> bool:
    units = cases.Task.objects.filter(case=case, state__in=cases.OPEN_TASK_STATES).values_list(
        "unit", flat=True
    )
    return any(actor.may("cases.handle", community=None, units=[unit]) for unit in units)


def _row(view: cases.ClockView) -> ClockRow:
    label = _("对外承诺") if view.stage == "promise" else str(cases.Stage(view.stage).label)
    return ClockRow(
        view, label, names.unit_name(view.unit), error_words(view.limit), _legal(view.legal_words),
        span_words(view.used),
    )  # fmt: skip


def _legal(words: str) -> str:
    """A legal limit as it is stored, `5 工作日（依据）`, with the limit in the language of the reader."""
    limit, mark, basis = words.partition("（")
    return f"{error_words(limit)}{mark}{basis}"


def span_words(span: timedelta) -> str:
    """A length of time in days, hours and minutes; the two greatest that are not nought."""
    minutes = int(span.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    if days:
        return _("%(days)s 天 %(hours)s 小时") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)s 小时 %(minutes)s 分") % {"hours": hours, "minutes": minutes % 60}
    return _("%(minutes)s 分") % {"minutes": minutes}


def waits_of(actor: Actor, rows: Sequence[cases.Case]) -> dict[UUID, list[tuple[str, datetime]]]:
    """By case, the stages that run and when they are due: its own, and the actor's units'; one query."""
    units = actor.scope("cases.handle").units
    running = cases.StageClock.objects.filter(
        Q(task=None) | Q(unit__in=units),
        case__in=[row.id for row in rows],
        ended_at=None,
        due_at__isnull=False,
    ).order_by("due_at")
    found: dict[UUID, list[tuple[str, datetime]]] = {}
    for case_id, stage, due_at in running.values_list("case_id", "stage", "due_at"):
        if due_at is not None:
            found.setdefault(case_id, []).append((str(cases.Stage(stage).label), due_at))
    return found


@dataclass(frozen=True, slots=True)
class LimitView:
    """A stage limit in words.

    Attributes:
        phase: `now`, `later` or `past`.
    """

    row: cases.StageLimit
    target: str
    promised: str
    legal: str
    phase: str


def limit_views(today: date) -> list[tuple[str, list[LimitView]]]:
    """Every stage limit, stage by stage, the general before the special, the newest first; one query."""
    rows = list(cases.StageLimit.objects.order_by("-valid_from"))
    rows.sort(
        key=lambda r: (r.matter_class is not None, r.class_kind, names.class_name(r.matter_class), r.urgency)
    )
    found = []
    for stage, label in cases.Stage.choices:
        views = [_limit_view(row, today) for row in rows if row.stage == stage]
        if views:
            found.append((str(label), views))
    return found


def _limit_view(row: cases.StageLimit, today: date) -> LimitView:
    if row.valid_from > today:
        phase = "later"
    else:
        phase = "past" if row.valid_to is not None and row.valid_to <= today else "now"
    parts = [
        str(MatterKind(row.class_kind).label) if row.class_kind else "",
        names.class_name(row.matter_class),
        str(cases.Urgency(row.urgency).label) if row.urgency else "",
    ]
    return LimitView(
        row, " · ".join(filter(None, parts)) or _("全部"), _words(row.amount, row.unit),
        _words(row.legal_amount, row.legal_unit), phase,
    )  # fmt: skip


def _words(amount: Decimal | None, unit: str) -> str:
    return "" if amount is None else spoken_limit(amount, unit)
