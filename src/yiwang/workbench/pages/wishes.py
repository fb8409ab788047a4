"""Wishes pages 待批准与待执行: corrections to approve, erasures to execute, and who leaves an access list."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ...cases import public as cases
from ...cases.public import CASE, CORRECTION, ERASURE
from ...interface.public import staff
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, NotFound
from ..queries.wishes import correction_views, erasure_views, erasures, waiting_corrections
from .problems import sentence_of


@require_GET
@staff("cases.approve_correction")
def corrections(request: HttpRequest, actor: Actor) -> HttpResponse:
    """待批准更正: what waits for a second person, oldest first."""
    page = waiting_corrections(actor, cursor=request.GET.get("cursor", ""))
    context = {
        "page": page,
        "views": correction_views(page.rows),
        "lifecycle": CASE,
        "correction_lifecycle": CORRECTION,
        "actor_id": actor.account_id,
    }
    return render(request, "workbench/corrections.html", context)


@require_GET
@staff("cases.erase")
def erasure_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """个人信息删除: requests that wait, or those decided."""
    state = request.GET.get("state", "asked")
    if state not in ERASURE.states:
        state = "asked"
    page = erasures(actor, state, cursor=request.GET.get("cursor", ""))
    context = {
        "page": page,
        "views": erasure_views(actor, page.rows),
        "state": state,
        "states": [(code, _(label)) for code, label in ERASURE.states.items()],
        "lifecycle": ERASURE,
    }
    return render(request, "workbench/erasures.html", context)


@require_POST
@staff("cases.erase")
def decide_erasure(request: HttpRequest, actor: Actor, erasure_id: UUID) -> HttpResponse:
    """执行删除 or 不予删除."""
    at = timezone.now()
    try:
        if request.POST.get("act") == "execute":
            cases.execute_erasure(actor=actor, at=at, erasure_id=erasure_id)
            messages.success(request, _("已删除，原文、联系方式和检索内容均不可恢复。"))
        else:
            reason = request.POST.get("reason", "")
            cases.refuse_erasure(actor=actor, at=at, erasure_id=erasure_id, reason=reason)
            messages.success(request, _("已记录：不予删除。"))
    except (Conflict, Invalid) as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:erasures")


@require_POST
@staff("cases.view_sensitive")
def revoke_access(request: HttpRequest, actor: Actor, case_id: UUID, access_id: UUID) -> HttpResponse:
    """移出名单."""
    case = cases.case_for(actor, case_id)
    if not cases.CaseAccess.objects.filter(pk=access_id, case=case).exists():
        raise NotFound("名单中没有这一项。")
    cases.revoke_access(actor=actor, at=timezone.now(), access_id=access_id)
    messages.success(request, _("已移出名单。"))
    return redirect("workbench:case", case_id)
