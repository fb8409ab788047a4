"""Rules of applications 申请规则: what holds now, later and held before, and the reasons to choose from."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ...cases import public as cases
from ...cases.public import applications
from ...interface.public import show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import StaleVersion, YiwangError
from ..forms.applications import ApplicationRuleForm, ReasonForm
from ..forms.rules import EndForm
from ..queries.application_rules import reason_views, rule_views
from .problems import sentence_of


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.configure")
def rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """申请规则: the rules with their history, the reasons, and a new reason."""
    at = timezone.now()
    form, status = ReasonForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                applications.add_application_reason(actor=actor, at=at, **form.cleaned_data)
            except YiwangError as problem:
                show_problems(form, problem)
                status = problem.status
            else:
                messages.success(request, _("已新增申请事由。"))
                return redirect("workbench:application_rules")
    today = cases.local_day(at)
    context = {"views": rule_views(today), "reasons": reason_views(today), "form": form, "today": today}
    return render(request, "workbench/application_rules.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.configure")
def set_rule(request: HttpRequest, actor: Actor) -> HttpResponse:
    """设定申请规则: a new one, or one that starts from another."""
    at = timezone.now()
    if request.method != "POST":
        form = ApplicationRuleForm.starting_from(_asked_for(request), cases.local_day(at))
        return _draw(request, form, 200)
    form = ApplicationRuleForm(request.POST)
    if not form.is_valid():
        return _draw(request, form, 422)
    try:
        applications.set_application_rule(
            actor=actor, at=at, terms=form.terms(), expected=form.cleaned_data["version"]
        )
    except StaleVersion:
        form.add_error(None, _("别人刚刚改过这一条，请返回列表核对后再改。"))
        return _draw(request, form, 409)
    except YiwangError as problem:
        show_problems(form, problem)
        return _draw(request, form, problem.status)
    messages.success(request, _("申请规则已设定。"))
    return redirect("workbench:application_rules")


def _asked_for(request: HttpRequest) -> applications.ApplicationRule | None:
    try:
        key = UUID(request.GET.get("from", ""))
    except ValueError:
        return None
    return applications.ApplicationRule.objects.filter(pk=key).first()


def _draw(request: HttpRequest, form: ApplicationRuleForm, status: int) -> HttpResponse:
    context = {"form": form, "breadcrumbs": [(_("申请规则"), "/rules/applications/"), (_("设定"), "")]}
    return render(request, "workbench/application_rule.html", context, status=status)


@require_POST
@staff("cases.configure")
def end(request: HttpRequest, actor: Actor, what: str, key: UUID) -> HttpResponse:
    """停用 a rule of one class or kind, or a reason."""
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写停用日。"))
        return redirect("workbench:application_rules")
    day = form.cleaned_data["valid_to"]
    try:
        if what == "reason":
            applications.end_application_reason(actor=actor, at=timezone.now(), reason_id=key, valid_to=day)
        else:
            applications.end_application_rule(actor=actor, at=timezone.now(), rule_id=key, valid_to=day)
        messages.success(request, _("已停用。"))
    except YiwangError as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:application_rules")
