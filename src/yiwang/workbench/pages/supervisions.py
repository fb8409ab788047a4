"""Supervision pages 催督办: the panel of a case, its acts, and the register 督办台账."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ...cases import public as cases
from ...cases.public import CASE, OPEN_STATES, SUPERVISION
from ...interface.public import staff, within_budget
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, NotFound, StaleVersion
from ..forms.supervisions import ORDERS, RegisterForm
from ..queries.desk import desk_notices
from ..queries.supervisions import case_marks, of_case, register_page, supervision_views
from ..supervision_registering import DESK_PANEL, SUPERVISION_PANEL
from .problems import sentence_of

_DECISIONS: dict[str, Callable[..., Any]] = {
    "demand_again": cases.demand_again,
    "settle": cases.settle_supervision,
    "lift": cases.lift_listing,
}


@require_GET
@staff("cases.view")
@within_budget(SUPERVISION_PANEL)
def panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """催督办 of a case: what was done, what is owed, and what the actor may order."""
    case = cases.case_for(actor, case_id)
    units = cases.task_units(case)
    orders = [
        (name, label, form(initial={"version": case.version}, prefix=None, auto_id=f"{name}-%s"))
        for name, (form, act, label) in ORDERS.items()
        if case.state in OPEN_STATES and cases.may(actor, act, case, units)
        and not (name == "list" and case.listed_at)
    ]  # fmt: skip
    context = {
        "case": case,
        "marks": case_marks(case),
        "views": of_case(actor, case, timezone.now()),
        "orders": orders,
        "lifecycle": SUPERVISION,
    }
    return render(request, "workbench/supervision/panel.html", context)


@require_POST
@staff("cases.view")
def order(request: HttpRequest, actor: Actor, case_id: UUID, name: str) -> HttpResponse:
    """催办, 督办 or 挂牌督办."""
    case = cases.case_for(actor, case_id)
    if name not in ORDERS:
        raise NotFound("没有这个操作。", code="workbench.no_such_act")
    form_class, _act, label = ORDERS[name]
    form = form_class(request.POST)
    if not form.is_valid():
        messages.error(request, _("请写明意见，并填写正确的答复时限。"))
        return redirect("workbench:case", case_id)
    try:
        form.run(actor, timezone.now(), case)
        messages.success(request, _("%(act)s：已完成。") % {"act": label})
    except StaleVersion:
        messages.error(request, _("您打开之后案件已有变化，请核对后再提交。"))
    except (Conflict, Invalid) as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:case", case_id)


@require_POST
@staff("cases.view")
def decide(request: HttpRequest, actor: Actor, supervision_id: UUID, name: str) -> HttpResponse:
    """答复, 退回重答, 销号 or 解除挂牌."""
    row = cases.Supervision.objects.filter(pk=supervision_id).first()
    if row is None:
        raise NotFound("没有这条督办记录。", code="cases.supervision_not_found")
    cases.case_for(actor, row.case_id)
    at, words = timezone.now(), request.POST.get("text", "")
    try:
        if name == "reply":
            cases.reply_supervision(actor=actor, at=at, supervision_id=row.id, text=words)
        elif name in _DECISIONS:
            _DECISIONS[name](actor=actor, at=at, supervision_id=row.id, reason=words)
        else:
            raise NotFound("没有这个操作。", code="workbench.no_such_act")
        messages.success(request, _("督办记录已更新。"))
    except (Conflict, Invalid) as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:case", row.case_id)


@require_GET
@staff("cases.view")
@within_budget(DESK_PANEL)
def desk(request: HttpRequest, actor: Actor, account_id: UUID) -> HttpResponse:
    """待您处理: what waits for the reader beside the cases of the queue; empty when nothing does."""
    context = {"notices": desk_notices(actor, timezone.now())}
    return render(request, "workbench/supervision/desk.html", context)


@require_GET
@staff("cases.view")
def register(request: HttpRequest, actor: Actor) -> HttpResponse:
    """督办台账: urged, supervised, listed and raised cases in the actor's reach."""
    at = timezone.now()
    form = RegisterForm({key: value for key, value in request.GET.items() if key != "cursor"} or None)
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page = register_page(actor, given, at, cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "page": page,
        "views": supervision_views(actor, page.rows, at),
        "lifecycle": SUPERVISION,
        "case_lifecycle": CASE,
    }
    return render(request, "workbench/supervision/register.html", context)
