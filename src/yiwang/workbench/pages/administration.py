"""Administration 管理: the forms on a case beside the table's acts, from permissions and what waits."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from ...accounts.public import display_names
from ...cases import public as cases
from ...kernel.actor import Actor
from .. import names
from ..forms.acts import ActForm
from ..forms.admin import ADMIN_FORMS, ADMIN_LABELS
from ..queries.case_page import CasePage
from .next_acts import NextAct


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the access list in words."""

    id: UUID
    name: str
    is_unit: bool


def admin_acts(actor: Actor, page: CasePage, *, bound: ActForm | None = None) -> list[NextAct]:
    """The forms of administration the actor may fill in now.

    Args:
        bound: a form that came back with problems; it takes the place of the fresh one and stands open.
    """
    offered = offered_admin_acts(actor, page)
    if bound is not None and bound.action in ADMIN_FORMS:
        offered.setdefault(bound.action, "")
    acts = []
    for name, form_class in ADMIN_FORMS.items():
        if name not in offered:
            continue
        is_bound = bound is not None and bound.action == name
        form = bound if is_bound and bound is not None else form_class(case=page.case)
        forward = name == "approve_correction"
        acts.append(NextAct(name, str(ADMIN_LABELS[name]), form, offered[name], forward, is_open=is_bound))
    return acts


def offered_admin_acts(actor: Actor, page: CasePage) -> dict[str, str]:
    """Form name to hint: why it is not open just now, empty when it is."""
    case = page.case
    offered: dict[str, str] = {}
    waiting = page.waiting_correction
    if waiting is not None:
        offered |= _deciding(actor, case, waiting.row)
    elif case.state != "merged" and cases.may(actor, "cases.correct", case):
        offered["correct"] = ""
    if cases.may(actor, "cases.view_sensitive", case):
        offered["unmark_sensitive" if case.is_sensitive else "mark_sensitive"] = ""
        if case.is_sensitive:
            offered["grant_access"] = ""
    open_reports = [v for v in page.reports if v.report.erased_at is None and v.erasure is None]
    if open_reports and cases.may(actor, "cases.request_erasure", case):
        offered["request_erasure"] = ""
    return offered


def _deciding(actor: Actor, case: cases.Case, waiting: cases.Correction) -> dict[str, str]:
    is_own = waiting.asked_by is not None and waiting.asked_by == actor.account_id
    if is_own:
        return {"take_back_correction": ""} if cases.may(actor, "cases.correct", case) else {}
    if cases.may(actor, "cases.approve_correction", case):
        return {"approve_correction": "", "refuse_correction": ""}
    return {}


def access_list(actor: Actor, case: cases.Case) -> list[Listed] | None:
    """Who is on the list of a sensitive case, for whoever keeps it; None for everybody else."""
    if not case.is_sensitive or not cases.may(actor, "cases.view_sensitive", case):
        return None
    rows = list(cases.CaseAccess.objects.filter(case=case).order_by("at", "id"))
    known = display_names(row.account for row in rows if row.account)
    gone = _("已注销的账号")
    return [
        Listed(
            row.id,
            known.get(row.account, gone) if row.account else names.unit_name(row.unit),
            row.unit is not None,
        )
        for row in rows
    ]
