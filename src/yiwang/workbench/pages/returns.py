"""Responsibility pages 退单与责任: the panel of a case, its acts, and what waits for a decision."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ...cases import public as cases
from ...cases.public import ARBITRATION, CASE, RETURN
from ...interface.public import show_problems, staff, within_budget
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, NotFound, StaleVersion
from ..forms.returns import RESPONSIBILITY_FORMS, ResponsibilityForm
from ..queries.returns import (
    dispute_views,
    histories,
    responsibility,
    return_views,
    waiting_disputes,
    waiting_returns,
)
from ..responsibility_registering import RESPONSIBILITY_PANEL
from .case import back_to


@require_GET
@staff("cases.view")
@within_budget(RESPONSIBILITY_PANEL)
def panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """退单与责任 of a case."""
    case = cases.case_for(actor, case_id)
    context = {
        "found": responsibility(actor, case, timezone.now()),
        "return_lifecycle": RETURN,
        "dispute_lifecycle": ARBITRATION,
    }
    return render(request, "workbench/returns/panel.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.view")
def act(request: HttpRequest, actor: Actor, case_id: UUID, name: str) -> HttpResponse:
    """One act about whose job a case is: its form, and carrying it out."""
    case = cases.case_for(actor, case_id)
    form_class = RESPONSIBILITY_FORMS.get(name)
    if form_class is None:
        raise NotFound("没有这个操作。", code="workbench.no_such_act")
    at = timezone.now()
    if request.method != "POST":
        form = form_class(case=case, initial={"subject": request.GET.get("of", "")})
        return _draw(request, actor, form, at, 200)
    form = form_class(request.POST, request.FILES, case=case)
    if not form.is_valid():
        return _draw(request, actor, form, at, 422)
    try:
        form.run(actor=actor, at=at)
    except StaleVersion:
        form.add_error(None, _("您打开之后案件已有变化，请核对后再提交。"))
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["version"] = str(cases.case_for(actor, case_id).version)  # type: ignore[index]
        return _draw(request, actor, form, at, 409)
    except (Conflict, Invalid, cases.LimitUnusable, cases.NotAdmitted) as problem:
        show_problems(form, problem)
        return _draw(request, actor, form, at, problem.status)
    messages.success(request, _("%(act)s：已完成。") % {"act": form.label})
    return back_to(actor, case_id)


def _draw(
    request: HttpRequest, actor: Actor, form: ResponsibilityForm, at: datetime, status: int
) -> HttpResponse:
    case = form.case
    context = {
        "form": form,
        "case": case,
        "found": responsibility(actor, case, at),
        "lifecycle": CASE,
        "return_lifecycle": RETURN,
        "dispute_lifecycle": ARBITRATION,
        "now": at,
        "breadcrumbs": [
            (_("案件"), "/cases/"),
            (case.number, f"/cases/{case.id}/"),
            (str(form.label), ""),
        ],
    }
    return render(request, "workbench/returns/act.html", context, status=status)


@require_GET
@staff("cases.review")
def returns(request: HttpRequest, actor: Actor) -> HttpResponse:
    """退单审核: what waits for the dispatcher, the earliest limit first, with both units' history."""
    page = waiting_returns(actor, cursor=request.GET.get("cursor", ""))
    past = histories(page.rows)
    views = [(view, past[view.row.id]) for view in return_views(actor, page.rows, timezone.now())]
    context = {"page": page, "views": views, "lifecycle": CASE, "return_lifecycle": RETURN}
    return render(request, "workbench/returns/returns.html", context)


@require_GET
@staff("cases.arbitrate")
def disputes(request: HttpRequest, actor: Actor) -> HttpResponse:
    """争议裁定: what waits for a ruling, the earliest limit first."""
    page = waiting_disputes(actor, cursor=request.GET.get("cursor", ""))
    context = {
        "page": page,
        "views": dispute_views(actor, page.rows, timezone.now()),
        "lifecycle": CASE,
        "dispute_lifecycle": ARBITRATION,
    }
    return render(request, "workbench/returns/disputes.html", context)
