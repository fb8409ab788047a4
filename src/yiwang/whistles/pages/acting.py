"""Acting 办理: the page of one act on a whistle, a unit's task, an item or a check-in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ...interface.public import Crumb, expected_version, show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import FieldProblem, Invalid, NotFound, StaleVersion, YiwangError
from .. import public as whistles
from ..forms.acts import TASK_FORMS, ActForm, CheckInForm, DecisionForm, ItemDoneForm, ItemDropForm
from ..forms.assigning import AssignFormSet, items_of
from ..forms.attaching import FORMS
from ..models import Whistle, WhistleTask
from ..queries.parties import name_of, party_name
from ..states import REPORTED, VIEW
from .maps import whistle_map

#: Where the services' fields stand on the forms.
_FORM_FIELDS = {
    "lon": "place_lon", "lat": "place_lat", "photo": "photo", "text": "reason", "units": "co_units",
}  # fmt: skip
_EITHER = ["GET", "HEAD", "POST"]


def sent(request: HttpRequest) -> tuple[Any, Any]:
    """Fields and files of a form that was sent; nothing of one that is only shown."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def carry_out(form: ActForm, actor: Actor) -> Any | None:
    """Do what a valid form says; None when it was refused, with the reason on the form.

    Raises:
        StaleVersion: somebody moved the whistle on; the middleware answers.
    """
    try:
        return form.act(actor)
    except StaleVersion:
        raise
    except YiwangError as problem:
        if isinstance(problem, Invalid):
            renamed = [_placed(form, one) for one in problem.problems]
            problem = Invalid(problem.message, renamed)
        show_problems(form, problem)
        return None


def _placed(form: ActForm, one: FieldProblem) -> FieldProblem:
    name = one.field if one.field in form.fields else _FORM_FIELDS.get(one.field, one.field)
    return FieldProblem(name, one.value, one.remedy)


@require_http_methods(_EITHER)
@staff(VIEW)
def whistle_act(request: HttpRequest, actor: Actor, whistle_id: UUID, action: str) -> HttpResponse:
    """One act on the whistle."""
    whistle = whistles.whistle_for(actor, whistle_id)
    if action not in FORMS:
        raise NotFound("没有这个办理页面。")
    form = FORMS[action](*sent(request), whistle=whistle, at=timezone.now())
    return _answer(request, actor, whistle, form)


@require_http_methods(_EITHER)
@staff(VIEW)
def task_act(
    request: HttpRequest, actor: Actor, whistle_id: UUID, task_id: UUID, action: str
) -> HttpResponse:
    """One act on a unit's task."""
    whistle = whistles.whistle_for(actor, whistle_id)
    task = WhistleTask.objects.filter(pk=task_id, whistle=whistle).first()
    if action not in TASK_FORMS or task is None:
        raise NotFound("没有这个办理页面。")
    form = TASK_FORMS[action](*sent(request), whistle=whistle, task_id=task_id, at=timezone.now())
    return _answer(request, actor, whistle, form, about=party_name(task))


@require_http_methods(_EITHER)
@staff(VIEW)
def item_act(
    request: HttpRequest, actor: Actor, whistle_id: UUID, item_id: UUID, action: str
) -> HttpResponse:
    """完成 or 取消 an item of the list."""
    whistle = whistles.whistle_for(actor, whistle_id)
    kind = ItemDropForm if action == "drop" else ItemDoneForm
    item = whistle.items.filter(pk=item_id).first()
    if item is None:
        raise NotFound("找不到这个清单事项。")
    form = kind(*sent(request), whistle=whistle, item_id=item_id, at=timezone.now())
    return _answer(request, actor, whistle, form, about=item.text)


@require_http_methods(_EITHER)
@staff(VIEW)
def decide(request: HttpRequest, actor: Actor, whistle_id: UUID, check_in_id: UUID) -> HttpResponse:
    """到场确认 of a check-in outside the fence."""
    whistle = whistles.whistle_for(actor, whistle_id)
    form = DecisionForm(*sent(request), whistle=whistle, check_in_id=check_in_id, at=timezone.now())
    return _answer(request, actor, whistle, form)


def _answer(
    request: HttpRequest, actor: Actor, whistle: Whistle, form: ActForm, *, about: str = ""
) -> HttpResponse:
    status = 200
    if request.method == "POST":
        made = carry_out(form, actor) if form.is_valid() else None
        if made is not None:
            messages.success(request, _("已办理：%(label)s。") % {"label": form.label})
            target = made.id if isinstance(made, Whistle) else whistle.id
            return redirect("whistles:whistle", target)
        status = 422
    context = {
        "form": form, "whistle": whistle, "about": about,
        "whistler": whistle.enterprise or name_of(whistle.whistler_unit),
        "proposed": [name_of(key) for key in whistle.proposed_units],
        "map": whistle_map(whistle, name="here", pick="place") if isinstance(form, CheckInForm) else None,
        "breadcrumbs": _crumbs(whistle, str(form.label)),
    }  # fmt: skip
    return render(request, "whistles/act.html", context, status=status)


def _crumbs(whistle: Whistle, last: str) -> list[Crumb]:
    return [
        Crumb(_("哨情"), reverse("whistles:list")),
        Crumb(whistle.number, reverse("whistles:whistle", args=[whistle.id])),
        Crumb(last),
    ]


@require_http_methods(_EITHER)
@staff(VIEW)
def assign(request: HttpRequest, actor: Actor, whistle_id: UUID) -> HttpResponse:
    """下达任务清单: rows of stage, unit, matter and limit."""
    whistle = whistles.whistle_for(actor, whistle_id)
    tasks = [
        (str(task.id), party_name(task))
        for task in WhistleTask.objects.filter(whistle=whistle, state=REPORTED).order_by("-role", "id")
    ]
    forms = AssignFormSet(request.POST or None, prefix="items", form_kwargs={"tasks": tasks})
    refusal, status = "", 200
    if request.method == "POST":
        status = 422
        if forms.is_valid():
            try:
                whistles.assign_items(
                    actor=actor, at=timezone.now(), whistle_id=whistle.id, items=items_of(forms),
                    expected=expected_version(request),
                )  # fmt: skip
            except StaleVersion:
                raise
            except YiwangError as problem:
                refusal, status = problem.message, problem.status
            else:
                messages.success(request, _("任务清单已下达。"))
                return redirect("whistles:whistle", whistle.id)
    context = {
        "forms": forms, "whistle": whistle, "refusal": refusal, "tasks": tasks,
        "breadcrumbs": _crumbs(whistle, _("下达任务清单")),
    }  # fmt: skip
    return render(request, "whistles/assign.html", context, status=status)


@require_POST
@staff(VIEW)
def renew_link(request: HttpRequest, actor: Actor, whistle_id: UUID, task_id: UUID) -> HttpResponse:
    """重发链接 of an outside unit: older links end."""
    try:
        whistles.renew_link(
            actor=actor, at=timezone.now(), whistle_id=whistle_id, task_id=task_id,
            expected=expected_version(request),
        )  # fmt: skip
    except StaleVersion:
        raise
    except YiwangError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, _("链接已重发，旧链接不再有效。"))
    return redirect("whistles:whistle", whistle_id)
