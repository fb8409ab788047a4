"""Pages of proposals 研判建议: the panel on the case page, following, undoing, and a look while typing."""

from __future__ import annotations

from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ...cases.public import Case, case_for, may
from ...interface.public import expected_version, staff, within_budget
from ...kernel.actor import Actor
from ...kernel.errors import YiwangError
from ..models import Proposal
from ..queries.views import ProposalView, proposal_view, view_of
from ..registering import PROPOSAL_PANEL
from ..rules.said import Said
from ..services.acting_alone import take_back
from ..services.chain import triage_reports
from ..services.following import Choice, follow_proposal, latest_proposal
from ..services.proposing import propose_for

#: A look while typing reads no more than this.
MOST_CHARACTERS = 2000


class ChoiceForm(forms.Form):
    """采纳建议: the class and, where it is ambiguous, the place."""

    class_id = forms.UUIDField(required=False)
    place = forms.IntegerField(required=False, min_value=0)

    def choice(self, *, dispatches: bool) -> Choice:
        """What was chosen; call only when the form is valid."""
        return Choice(self.cleaned_data["class_id"], self.cleaned_data["place"], dispatches)


class LookForm(forms.Form):
    """边填边研判: what has been typed so far."""

    text = forms.CharField(required=False)
    address = forms.CharField(required=False)
    place_lon = forms.FloatField(required=False, min_value=-180, max_value=180)
    place_lat = forms.FloatField(required=False, min_value=-90, max_value=90)
    matter_class = forms.UUIDField(required=False)


@require_GET
@staff("cases.view")
@within_budget(PROPOSAL_PANEL)
def panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """研判建议 of a case."""
    case = case_for(actor, case_id)
    row = latest_proposal(case_id)
    view = proposal_view(actor, row) if row is not None else None
    context = {"case": case, "view": view, "row": row, **_offers(actor, case, view, row)}
    return render(request, "triage/proposals/panel.html", context)


def _offers(actor: Actor, case: Case, view: ProposalView | None, row: Proposal | None) -> dict[str, bool]:
    """Which buttons the panel shows."""
    undoable = row is not None and row.acted_at is not None and row.undone_at is None
    found = view is not None
    may_dispatch = found and bool(view and view.host) and may(actor, "cases.dispatch", case)
    return {
        "may_accept": found and case.state == "received" and may(actor, "cases.accept", case),
        "may_register": found and case.state == "registering" and may(actor, "cases.register", case)
        and bool(view and view.condition),
        "may_dispatch": may_dispatch and case.state == "dispatching",
        "may_do_all": may_dispatch and case.state == "received" and may(actor, "cases.accept", case),
        "may_undo": undoable and case.automatic_at is not None and may(actor, "cases.accept", case),
        "may_ask_again": case.state == "received" and may(actor, "cases.accept", case),
        "is_open": case.state in {"received", "registering", "dispatching"},
    }  # fmt: skip


@require_POST
@staff("cases.view")
def follow(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """按建议办理."""
    case_for(actor, case_id)
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请从给出的类别和地点中选择。"))
        return redirect("workbench:case", case_id)
    choice = form.choice(dispatches=request.POST.get("do") == "dispatch")
    try:
        case = follow_proposal(
            actor=actor, at=timezone.now(), case_id=case_id, choice=choice,
            expected=expected_version(request),
        )  # fmt: skip
    except YiwangError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, _("已按建议办理：%(state)s。") % {"state": case.get_state_display()})
    return _back(actor, case_id)


@require_POST
@staff("cases.accept")
def undo(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """撤销自动办理."""
    case_for(actor, case_id)
    try:
        take_back(
            actor=actor, at=timezone.now(), case_id=case_id, reason=request.POST.get("reason", ""),
            expected=expected_version(request),
        )  # fmt: skip
    except YiwangError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, _("已撤销自动办理，案件回到待受理。"))
    return _back(actor, case_id)


@require_POST
@staff("cases.accept")
def again(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """重新研判, as after an addition of the reporter or a new model."""
    case_for(actor, case_id)
    if propose_for(case_id, at=timezone.now()) is None:
        messages.error(request, _("案件没有可供研判的文字。"))
    return _back(actor, case_id)


def _back(actor: Actor, case_id: UUID) -> HttpResponse:
    """Back to the case, or home when the act has taken it out of the actor's reach."""
    try:
        case_for(actor, case_id)
    except YiwangError:
        return redirect("workbench:queue")
    return redirect("workbench:case", case_id)


@require_POST
@staff("cases.receive")
def look(request: HttpRequest, actor: Actor) -> HttpResponse:
    """边填边研判: what the stages say of a report that is still being typed; nothing is kept."""
    form = LookForm(request.POST)
    given = form.cleaned_data if form.is_valid() else {}
    text = given.get("text", "")[:MOST_CHARACTERS].strip()
    view = None
    if text:
        at = timezone.now()
        said = Said(
            key=uuid4(), text=text, at=at, address=given["address"], lon=given["place_lon"],
            lat=given["place_lat"] if given["place_lon"] is not None else None,
            class_id=given["matter_class"],
        )  # fmt: skip
        view = view_of(actor, triage_reports([said], at=at)[0], at)
    return render(request, "triage/proposals/look.html", {"view": view})
