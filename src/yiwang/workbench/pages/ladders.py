"""Ladder pages 催督办阶梯: what holds now, later and held before; setting one; the progress of clocks."""

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
from ...kernel.errors import Conflict, Invalid, StaleVersion
from ..forms.ladders import LadderForm, StepFormSet, starting_from
from ..forms.rules import EndForm
from ..queries.ladders import ladder_views, replan_views
from .problems import sentence_of


@require_GET
@staff("cases.configure")
def ladders(request: HttpRequest, actor: Actor) -> HttpResponse:
    """催督办阶梯: every ladder by stage and by event, and the progress of the latest re-plans."""
    today = cases.local_day(timezone.now())
    views = ladder_views(today)
    context = {
        "stages": [view for view in views if not view.is_of_event],
        "events": [view for view in views if view.is_of_event],
        "today": today,
        **_progress(),
    }
    return render(request, "workbench/supervision/ladders.html", context)


@require_GET
@staff("cases.configure")
def progress(request: HttpRequest, actor: Actor) -> HttpResponse:
    """重排进度, asked again every two seconds while one runs."""
    return render(request, "workbench/supervision/progress.html", _progress())


def _progress() -> dict[str, Any]:
    views = replan_views()
    return {"replans": views, "is_running": any(view.row.finished_at is None for view in views)}


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.configure")
def set_ladder(request: HttpRequest, actor: Actor) -> HttpResponse:
    """设定阶梯: a new one, or one that starts from another."""
    at = timezone.now()
    row = _asked_for(request)
    if request.method != "POST":
        return _draw(request, *starting_from(row, cases.local_day(at)), 200)
    form, steps = LadderForm(request.POST), StepFormSet(request.POST, prefix="step")
    if not (form.is_valid() and steps.is_valid()):
        return _draw(request, form, steps, 422)
    entered = [step for step in (each.step() for each in steps) if step is not None]
    try:
        terms = form.terms(entered, row.code if row else "")
        cases.set_ladder(actor=actor, at=at, terms=terms, expected=form.cleaned_data["version"])
    except StaleVersion:
        form.add_error(None, _("别人刚刚改过这一条，请返回列表核对后再改。"))
        return _draw(request, form, steps, 409)
    except (Conflict, Invalid) as problem:
        show_problems(form, problem)
        return _draw(request, form, steps, problem.status)
    if terms.stage in cases.LadderEvent.values:
        messages.success(request, _("事件的阶梯已设定，启用之后才会触发。"))
    else:
        messages.success(request, _("阶梯已设定，正在办理的计时将在后台重排，时限不变。"))
    return redirect("workbench:ladders")


def _asked_for(request: HttpRequest) -> cases.Ladder | None:
    try:
        key = UUID(request.GET.get("from", ""))
    except ValueError:
        return None
    return cases.Ladder.objects.filter(pk=key).first()


def _draw(request: HttpRequest, form: LadderForm, steps: Any, status: int) -> HttpResponse:
    context = {
        "form": form,
        "steps": steps,
        "breadcrumbs": [(_("催督办阶梯"), "/rules/ladders/"), (_("设定"), "")],
    }
    return render(request, "workbench/supervision/ladder.html", context, status=status)


@require_POST
@staff("cases.configure")
def switch_ladder(request: HttpRequest, actor: Actor, ladder_id: UUID) -> HttpResponse:
    """启用触发 or 停止触发 by the ladder of an event."""
    on = request.POST.get("on") == "1"
    try:
        cases.switch_ladder(actor=actor, at=timezone.now(), ladder_id=ladder_id, on=on)
        messages.success(request, _("已启用，此后发生的事件按它触发。") if on else _("已停止触发。"))
    except (Conflict, Invalid) as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:ladders")


@require_POST
@staff("cases.configure")
def end_ladder(request: HttpRequest, actor: Actor, ladder_id: UUID) -> HttpResponse:
    """停用阶梯."""
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写停用日。"))
        return redirect("workbench:ladders")
    try:
        cases.end_ladder(
            actor=actor, at=timezone.now(), ladder_id=ladder_id, valid_to=form.cleaned_data["valid_to"]
        )
        messages.success(request, _("已停用。"))
    except (Conflict, Invalid) as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:ladders")
