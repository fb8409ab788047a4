"""Clock pages 时限: the panel of a case's clocks, contacting its reporter, and the limits of stages."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...cases import public as cases
from ...interface.public import show_problems, staff, within_budget
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, StaleVersion, YiwangError
from ..clock_registering import CLOCK_PANEL
from ..forms.clocks import ContactForm, LimitForm
from ..forms.rules import EndForm
from ..queries.clocks import clock_page, limit_views
from .problems import sentence_of


@require_GET
@staff("cases.view")
@within_budget(CLOCK_PANEL)
def panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """时限 of a case: every clock, what was used, and the contacts with its reporters."""
    case = cases.case_for(actor, case_id)
    page = clock_page(actor, case, timezone.now())
    context = {"case": case, "page": page, "form": ContactForm() if page.may_contact else None}
    return render(request, "workbench/clock_panel.html", context)


@require_POST
@staff("cases.handle")
def contact(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """联系诉求人."""
    form = ContactForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请选择联系途径和结果。"))
        return redirect("workbench:case", case_id)
    try:
        cases.contact_reporter(actor=actor, at=timezone.now(), case_id=case_id, **form.cleaned_data)
        messages.success(request, _("已记录。"))
    except YiwangError as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:case", case_id)


@require_GET
@staff("cases.configure")
def limits(request: HttpRequest, actor: Actor) -> HttpResponse:
    """阶段时限: what holds now, later and held before, stage by stage."""
    today = cases.local_day(timezone.now())
    return render(request, "workbench/stage_limits.html", {"stages": limit_views(today), "today": today})


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.configure")
def set_limit(request: HttpRequest, actor: Actor) -> HttpResponse:
    """设定阶段时限: a new one, or one that starts from another."""
    at = timezone.now()
    if request.method != "POST":
        return _draw(request, LimitForm.starting_from(_asked_for(request), cases.local_day(at)), 200)
    form = LimitForm(request.POST)
    if not form.is_valid():
        return _draw(request, form, 422)
    try:
        cases.set_stage_limit(actor=actor, at=at, terms=form.terms(), expected=form.cleaned_data["version"])
    except StaleVersion:
        form.add_error(None, _("别人刚刚改过这一条，请返回列表核对后再改。"))
        return _draw(request, form, 409)
    except (Conflict, Invalid) as problem:
        show_problems(form, problem)
        return _draw(request, form, problem.status)
    messages.success(request, _("阶段时限已设定。"))
    return redirect("workbench:stage_limits")


def _asked_for(request: HttpRequest) -> cases.StageLimit | None:
    try:
        key = UUID(request.GET.get("from", ""))
    except ValueError:
        return None
    return cases.StageLimit.objects.filter(pk=key).first()


def _draw(request: HttpRequest, form: LimitForm, status: int) -> HttpResponse:
    context = {"form": form, "breadcrumbs": [(_("阶段时限"), "/rules/stages/"), (_("设定"), "")]}
    return render(request, "workbench/stage_limit.html", context, status=status)


@require_POST
@staff("cases.configure")
def end_limit(request: HttpRequest, actor: Actor, limit_id: UUID) -> HttpResponse:
    """停用阶段时限."""
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写停用日。"))
        return redirect("workbench:stage_limits")
    try:
        cases.end_stage_limit(
            actor=actor, at=timezone.now(), limit_id=limit_id, valid_to=form.cleaned_data["valid_to"]
        )
        messages.success(request, _("已停用。"))
    except (Conflict, Invalid) as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:stage_limits")
