"""Pages of applications 申请: the panel on the case page, asking, deciding, and what waits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...cases import public as cases
from ...cases.public import CASE, applications
from ...interface.public import Crumb, show_problems, staff, within_budget
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, YiwangError
from ..application_registering import APPLICATION_PANEL
from ..forms.applications import ApplicationFilterForm, AskForm
from ..queries.applications import (
    application_views,
    case_applications,
    lapsed_applications,
    lapsed_views,
    waiting_applications,
)
from .problems import sentence_of

_EFFECTS = {
    "extension": gettext_lazy("批准后自原时限起再给一个原时限；由另外的人两级审批，审批期间时限照计。"),
    "suspension": gettext_lazy("批准后暂停办理和计时，到恢复日期自动恢复，余下的时限继续计；审批期间照计。"),
    "appeal": gettext_lazy("由两人先后审核；通过的统计时不计超时，超时事实保留。一案一次。"),
    "exclusion": gettext_lazy("批准后不计入考核，案件和办理过程全部保留。"),
}


@require_GET
@staff("cases.view")
@within_budget(APPLICATION_PANEL)
def panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """申请: what was asked about the case and what came of it, and what the actor may ask or decide."""
    case, at = cases.case_for(actor, case_id), timezone.now()
    kinds = applications.ApplicationKind
    context = {
        "case": case,
        "views": case_applications(actor, case, at),
        "offers": [(o, kinds(o.kind).label) for o in applications.application_offers(actor, case, at)],
        "may_resume": case.state == applications.SUSPENDED and applications.may_resume(actor, case),
        "lifecycle": applications.APPLICATION,
        "back": "case",
    }
    return render(request, "workbench/application_panel.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(applications.APPLY)
def ask(request: HttpRequest, actor: Actor, case_id: UUID, kind: str) -> HttpResponse:
    """提出申请: reason, evidence and what is asked; nothing moves until others have approved."""
    case, at = cases.case_for(actor, case_id), timezone.now()
    if kind not in applications.ApplicationKind.values:
        raise NotFound("没有这种申请。", code="workbench.no_application")
    undoes = kind == applications.ApplicationKind.EXCLUSION and case.excluded_at is not None
    form = AskForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        kind=kind, reasons=applications.application_reasons(kind, at), today=cases.local_day(at),
        rule=applications.application_rule(kind, case, at), undoes=undoes,
    )  # fmt: skip
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                applications.ask_application(
                    actor=actor, at=at, case_id=case_id, terms=form.terms(), papers=form.papers()
                )
            except YiwangError as problem:
                show_problems(form, problem)
                status = problem.status
            else:
                messages.success(request, _("申请已提出，等待审批；批准前时限不变。"))
                return redirect("workbench:case", case_id)
    return _draw_ask(request, case, form, status)


def _draw_ask(request: HttpRequest, case: cases.Case, form: AskForm, status: int) -> HttpResponse:
    label = applications.ApplicationKind(form.kind).label
    title = _("申请恢复计入考核") if form.undoes else _("申请%(kind)s") % {"kind": label}
    context = {
        "case": case,
        "form": form,
        "title": title,
        "effect": _EFFECTS[form.kind],
        "breadcrumbs": [Crumb(case.number, reverse("workbench:case", args=[case.id])), Crumb(title)],
    }
    return render(request, "workbench/application_ask.html", context, status=status)


@require_POST
@staff("cases.view")
def decide(request: HttpRequest, actor: Actor, application_id: UUID) -> HttpResponse:
    """同意, 不予批准 or 收回; then back to where the button stood."""
    wish, at = applications.application_row(application_id), timezone.now()
    cases.case_for(actor, wish.case_id)
    words = request.POST.get("reason", "")
    given: dict[str, Any] = {"actor": actor, "at": at, "application_id": application_id}
    seen = request.POST.get("step", "")
    step = int(seen) if seen.isdecimal() else None
    try:
        match request.POST.get("act"):
            case "approve":
                found = applications.approve_application(remark=words, step=step, **given)
                approved = found.state != applications.ASKED
                messages.success(request, _("已批准。") if approved else _("已同意，转下一级审批。"))
            case "refuse":
                applications.refuse_application(reason=words, step=step, **given)
                messages.success(request, _("已记录：不予批准，时限不变。"))
            case _other:
                applications.take_back_application(**given)
                messages.success(request, _("已收回申请。"))
    except YiwangError as problem:
        messages.error(request, sentence_of(problem))
    if request.POST.get("back") == "list":
        return redirect("workbench:applications")
    return redirect("workbench:case", wish.case_id)


@require_POST
@staff("cases.view")
def resume(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """提前恢复办理, with a reason."""
    cases.case_for(actor, case_id)
    try:
        applications.resume_case(
            actor=actor, at=timezone.now(), case_id=case_id, reason=request.POST.get("reason", "")
        )
        messages.success(request, _("已恢复办理，余下的时限自现在起继续计。"))
    except YiwangError as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:case", case_id)


@require_GET
@staff("cases.view")
def waiting(request: HttpRequest, actor: Actor) -> HttpResponse:
    """待批申请: what waits for the actor, everything that waits, or what lapsed with its task."""
    form, at = ApplicationFilterForm(request.GET or None), timezone.now()
    asked = request.GET.get("show", "")
    show = asked if asked in {"all", "lapsed"} else "mine"
    wanted: dict[str, Any] = {"cursor": request.GET.get("cursor", "")}
    wanted |= form.wanted() if form.is_bound else {}
    if show == "lapsed":
        page = lapsed_applications(actor, **wanted)
        views = lapsed_views(actor, page.rows, at)
    else:
        page = waiting_applications(actor, mine=show == "mine", **wanted)
        views = application_views(actor, page.rows, at)
    context = {
        "page": page,
        "views": views,
        "form": form,
        "show": show,
        "lifecycle": applications.APPLICATION,
        "case_lifecycle": CASE,
        "back": "list",
    }
    return render(request, "workbench/applications.html", context)
