"""Pages of requests to sources 来源申请: who owns what on the case page, asking, taking back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...cases.public import OPEN_STATES, Case, case_for, may, reports_of, task_units
from ...interface.public import Crumb, show_problems, within_budget
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, YiwangError
from ..enums import SourceRequestKind
from ..models import SourceRequest
from ..queries.requests import Ownership, ownerships
from ..request_registering import REQUEST_PANEL
from ..services.source_requests import (
    ACT,
    RETURNABLE,
    ask_extension,
    ask_return,
    owner_of,
    take_back_request,
)
from ..states import ASKED, SOURCE_REQUEST
from .access import holding
from .request_forms import ExtensionForm, ReturnForm

_TITLES = {
    SourceRequestKind.EXTENSION.value: gettext_lazy("申请延期"),
    SourceRequestKind.RETURN.value: gettext_lazy("申请退单"),
}
_FORMS: dict[str, type[forms.Form]] = {
    SourceRequestKind.EXTENSION.value: ExtensionForm, SourceRequestKind.RETURN.value: ReturnForm,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as the panel shows it."""

    row: SourceRequest
    reason: str
    may_take_back: bool


@dataclass(frozen=True, slots=True)
class OwnershipView:
    """Who owns what of one report, as the panel shows it.

    Attributes:
        owners: pairs of what and by whom.
        offers: pairs of kind and title of what may be asked now.
    """

    found: Ownership
    owners: list[tuple[str, str]]
    requests: list[RequestView]
    offers: list[tuple[str, str]]

    @property
    def is_ours(self) -> bool:
        """Whether the channel leaves extension and return to us."""
        owners = self.found.owners
        return owners.extension == "us" and owners.handing_back == "us"


def _may_ask(actor: Actor, case: Case) -> bool:
    return may(actor, ACT, case, task_units(case))


@require_GET
@holding("cases.view")
@within_budget(REQUEST_PANEL)
def panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """权责归属: who owns limit, extension, return, final call and answer, and what waits for the source."""
    case = case_for(actor, case_id)
    allowed = _may_ask(actor, case)
    views = [_view(found, case, allowed) for found in ownerships(case)]
    context = {"case": case, "views": views, "lifecycle": SOURCE_REQUEST}
    return render(request, "intake/request_panel.html", context)


def _view(found: Ownership, case: Case, allowed: bool) -> OwnershipView:
    owners = found.owners
    source, us = found.channel.name if found.channel else "", _("本平台")
    shown = [
        (_("时限"), owners.limits),
        (_("延期"), owners.extension),
        (_("退单"), owners.handing_back),
        (_("回访"), owners.callback),
        (_("答复"), owners.voice),
    ]
    return OwnershipView(
        found,
        [(label, source if owner == "source" else us) for label, owner in shown],
        [RequestView(row, found.reason_of(row), allowed and row.state == ASKED) for row in found.requests],
        _offers(found, case) if allowed else [],
    )


def _offers(found: Ownership, case: Case) -> list[tuple[str, str]]:
    states = {SourceRequestKind.EXTENSION.value: OPEN_STATES, SourceRequestKind.RETURN.value: RETURNABLE}
    return [
        (kind, str(title))
        for kind, title in _TITLES.items()
        if owner_of(found.owners, kind) == "source"
        and case.state in states[kind]
        and not found.waits_for(kind)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@holding(ACT)
def ask(request: HttpRequest, actor: Actor, case_id: UUID, report_id: UUID, kind: str) -> HttpResponse:
    """申请延期, 申请退单: reason and, for an extension, the wished limit."""
    case = case_for(actor, case_id)
    report = reports_of(case).filter(pk=report_id).first()
    if report is None or kind not in _FORMS:
        raise NotFound("没有这条诉求，或没有这种申请。", code="intake.no_request")
    form = _FORMS[kind](request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _send(actor, case_id, report_id, kind, form)
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("申请已发给来源，答复后在“权责归属”中显示。"))
            return redirect("workbench:case", case_id)
    context = {
        "case": case,
        "report": report,
        "form": form,
        "title": _TITLES[kind],
        "breadcrumbs": [
            Crumb(case.number, reverse("workbench:case", args=[case_id])),
            Crumb(str(_TITLES[kind])),
        ],
    }
    return render(request, "intake/request.html", context, status=422 if form.errors else 200)


def _send(actor: Actor, case_id: UUID, report_id: UUID, kind: str, form: forms.Form) -> None:
    given, at = form.cleaned_data, timezone.now()
    if kind == SourceRequestKind.EXTENSION:
        ask_extension(
            actor=actor, at=at, case_id=case_id, report_id=report_id, reason=given["reason"],
            wished_at=given["wished_at"],
        )  # fmt: skip
    else:
        ask_return(actor=actor, at=at, case_id=case_id, report_id=report_id, reason=given["reason"])


@require_POST
@holding(ACT)
def take_back(request: HttpRequest, actor: Actor, request_id: UUID) -> HttpResponse:
    """收回申请; then back to the case."""
    row = SourceRequest.objects.filter(pk=request_id).first()
    if row is None:
        raise NotFound("没有这项申请。", code="intake.no_request")
    case_for(actor, row.case)
    try:
        take_back_request(actor=actor, at=timezone.now(), request_id=request_id)
    except YiwangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已收回。"))
    return redirect("workbench:case", row.case)
