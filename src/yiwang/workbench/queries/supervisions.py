"""Supervisions 督办 in words: of one case, and the register with its filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from ...cases import public as cases
from ...cases.public import SUPERVISION, LadderEvent, StepAct
from ...interface.public import Order, Page, enumerated, page_by_key
from ...kernel.actor import Actor
from ...orgs.public import act_label, area_index, post_label
from .. import names
from .wishes import said_at

_NEWEST = Order("newest", "at", descending=True)
#: Rows of one case that its panel shows.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class RowAct:
    """One act on a supervision that the actor may do now: its name, label, and whether words are needed."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class SupervisionView:
    """One step as pages show it; persons are shown by their posts."""

    row: cases.Supervision
    by: str
    whom: str
    text: str
    reply: str
    settled: str
    is_late: bool
    acts: Sequence[RowAct]
    occasion: str


def supervision_views(actor: Actor, rows: Iterable[cases.Supervision], at: datetime) -> list[SupervisionView]:
    """Steps in words; one query for the words of all."""
    found = list(rows)
    said = said_at((row.case_id, seq) for row in found for seq in (row.seq, row.replied_seq, row.settled_seq))
    return [_view(actor, row, said, at) for row in found]


def _view(
    actor: Actor, row: cases.Supervision, said: dict[tuple[UUID, int], str], at: datetime
) -> SupervisionView:
    def words(seq: int | None) -> str:
        return said.get((row.case_id, seq), "") if seq is not None else ""

    whom = [names.unit_name(unit) for unit in row.units] + [
        _("“%(act)s”岗位") % {"act": act_label(act)} for act in row.addressed_acts
    ]
    return SupervisionView(
        row,
        post_label(row.post) or str(row.get_cause_display()),
        enumerated(filter(None, whom)) or "—",
        words(row.seq),
        words(row.replied_seq),
        words(row.settled_seq),
        is_late=row.state == "awaited" and row.reply_due_at is not None and row.reply_due_at < at,
        acts=_acts(actor, row),
        occasion=_occasion(row),
    )


def _occasion(row: cases.Supervision) -> str:
    """Why it was taken: the stage whose clock ran, or the event and which time; empty for a person's."""
    if row.times is None:
        return str(row.get_stage_display()) if row.stage else ""
    return event_words(row.stage, row.times)


def event_words(event: str, times: int) -> str:
    """An event that opened a supervision, and which time it was."""
    return _("%(event)s，第 %(count)s 次") % {"event": LadderEvent(event).label, "count": times}


def _acts(actor: Actor, row: cases.Supervision) -> list[RowAct]:
    community = row.case.community
    found = []
    for step in SUPERVISION.open_from(row.state):
        allowed = actor.may(step.permission, community=community, units=row.units)
        if step.action == "reply":
            allowed = any(actor.may(step.permission, units=[unit]) for unit in row.units)
        own = {"settle": row.replied_by, "lift": row.by}.get(step.action)
        if allowed and (own is None or own != actor.account_id):
            found.append(RowAct(step.action, _(step.label)))
    return found


def of_case(actor: Actor, case: cases.Case, at: datetime) -> list[SupervisionView]:
    """The steps taken on a case, newest first."""
    rows = cases.Supervision.objects.filter(case=case).select_related("case").order_by("-at", "-id")
    return supervision_views(actor, rows[:SHOWN], at)


def register_page(
    actor: Actor, given: dict[str, Any], at: datetime, *, cursor: str = ""
) -> Page[cases.Supervision]:
    """督办台账: steps on cases that the actor may see, newest first, by kind, unit, area and state."""
    rows = cases.Supervision.objects.filter(
        act__in=[given["kind"]] if given.get("kind") else cases.LADDER_ACTS,
        case__in=cases.visible_to(actor),
    ).select_related("case")
    if given.get("whose") == "mine":
        rows = rows.filter(addressed_to(actor))
    if given.get("unit"):
        rows = rows.filter(units__contains=[given["unit"]])
    if given.get("area"):
        rows = rows.filter(case__community__in=area_index().communities_under(given["area"]))
    state = given.get("state")
    if state == "unanswered":
        rows = rows.filter(state="awaited")
    elif state == "late":
        rows = rows.filter(state="awaited", reply_due_at__lt=at)
    elif state:
        rows = rows.filter(state=state)
    return page_by_key(rows, _NEWEST, cursor=cursor or None)


def addressed_to(actor: Actor) -> Q:
    """Whatever is addressed to a unit that the actor handles for."""
    return Q(units__overlap=sorted(actor.scope("cases.handle").units))


def case_marks(case: cases.Case) -> list[tuple[str, str]]:
    """The marks of a case with their tones: 挂牌, 督办, 超时升级, 催办次数."""
    found = []
    if case.listed_at is not None:
        found.append((str(StepAct.LIST.label), "bad"))
    if case.supervised_at is not None:
        found.append((str(StepAct.SUPERVISE.label), "warning"))
    if case.raised_to is not None:
        found.append((_("升级至%(unit)s") % {"unit": names.unit_name(case.raised_to)}, "bad"))
    if case.urge_count:
        found.append((_("催办 %(count)s 次") % {"count": case.urge_count}, "waiting"))
    return found
