"""Rules pages 规则: the policy of the loop with its history, and the rating scale."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...cases import public as cases
from ...interface.public import show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, NotFound, StaleVersion, YiwangError
from ..forms.rules import EndForm, OptionForm, PolicyForm
from ..queries.rules import policy_views, scale_views
from .problems import sentence_of


@require_GET
@staff("cases.configure")
def policies(request: HttpRequest, actor: Actor) -> HttpResponse:
    """办理规则: what holds now, later and held before, and who set it."""
    today = cases.local_day(timezone.now())
    return render(request, "workbench/policies.html", {"views": policy_views(today), "today": today})


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.configure")
def set_policy(request: HttpRequest, actor: Actor) -> HttpResponse:
    """设定办理规则: a new one, or one that starts from another."""
    at = timezone.now()
    if request.method != "POST":
        return _draw_policy(request, PolicyForm.starting_from(_asked_for(request), cases.local_day(at)), 200)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _draw_policy(request, form, 422)
    try:
        cases.set_policy(actor=actor, at=at, terms=form.terms(), expected=form.cleaned_data["version"])
    except StaleVersion:
        form.add_error(None, _("别人刚刚改过这一条，请返回列表核对后再改。"))
        return _draw_policy(request, form, 409)
    except (Conflict, Invalid) as problem:
        show_problems(form, problem)
        return _draw_policy(request, form, problem.status)
    messages.success(request, _("办理规则已设定。"))
    return redirect("workbench:policies")


def _asked_for(request: HttpRequest) -> cases.LoopPolicy | None:
    try:
        key = UUID(request.GET.get("from", ""))
    except ValueError:
        return None
    return cases.LoopPolicy.objects.filter(pk=key).first()


def _draw_policy(request: HttpRequest, form: PolicyForm, status: int) -> HttpResponse:
    context = {"form": form, "breadcrumbs": [(_("办理规则"), "/rules/"), (_("设定"), "")]}
    return render(request, "workbench/policy.html", context, status=status)


@require_POST
@staff("cases.configure")
def end_policy(request: HttpRequest, actor: Actor, policy_id: UUID) -> HttpResponse:
    """停用类别规则."""
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写停用日。"))
        return redirect("workbench:policies")
    try:
        cases.end_policy(
            actor=actor, at=timezone.now(), policy_id=policy_id, valid_to=form.cleaned_data["valid_to"]
        )
        messages.success(request, _("已停用。"))
    except (Conflict, Invalid) as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:policies")


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.configure")
def scale(request: HttpRequest, actor: Actor) -> HttpResponse:
    """评价选项: the scale in order, and a new option."""
    at = timezone.now()
    today = cases.local_day(at)
    status = 200
    form = OptionForm(request.POST if request.method == "POST" else None, initial={"valid_from": today})
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                cases.add_rating_option(actor=actor, at=at, **form.cleaned_data)
            except YiwangError as problem:
                show_problems(form, problem)
                status = problem.status
            else:
                messages.success(request, _("已新增评价选项。"))
                return redirect("workbench:scale")
    context: dict[str, Any] = {"scales": scale_views(today), "form": form, "today": today}
    return render(request, "workbench/scale.html", context, status=status)


@require_POST
@staff("cases.configure")
def change_option(request: HttpRequest, actor: Actor, option_id: UUID) -> HttpResponse:
    """上移、下移 or 停用 an option."""
    at = timezone.now()
    row = cases.RatingOption.objects.filter(pk=option_id).first()
    if row is None:
        raise NotFound("没有这个评价选项。")
    try:
        if request.POST.get("act") == "end":
            form = EndForm(request.POST)
            day = form.cleaned_data["valid_to"] if form.is_valid() else None
            if day is None:
                messages.error(request, _("请填写停用日。"))
                return redirect("workbench:scale")
            cases.end_rating_option(actor=actor, at=at, option_id=row.id, valid_to=day)
        else:
            step = -1 if request.POST.get("act") == "up" else 1
            _move(actor, row, step)
        messages.success(request, _("已更改评价选项。"))
    except (Conflict, Invalid) as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:scale")


def _move(actor: Actor, row: cases.RatingOption, step: int) -> None:
    """Change places with the neighbour among the options that hold."""
    at = timezone.now()
    shown = next(s for s in scale_views(cases.local_day(at)) if s.question == row.question).rows
    keys = [each.id for each in shown]
    if row.id not in keys:
        return
    here = keys.index(row.id)
    there = min(max(here + step, 0), len(keys) - 1)
    keys.insert(there, keys.pop(here))
    cases.order_rating_options(actor=actor, at=at, question=row.question, options=keys)
