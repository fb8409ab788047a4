"""Admission pages 准入依据: the panel of a case, refusing what is on no list, and who refused what."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ...cases import public as cases
from ...interface.public import Column, expected_version, staff, within_budget
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, NotFound, StaleVersion
from ..admission_registering import ADMISSION_PANEL
from ..queries.admission import case_admission, refusal_page

_COLUMNS = (
    Column(gettext_lazy("时间")),
    Column(gettext_lazy("拒收单位")),
    Column(gettext_lazy("事项类别")),
    Column(gettext_lazy("案件")),
    Column(gettext_lazy("理由")),
)


@require_GET
@staff("cases.view")
@within_budget(ADMISSION_PANEL)
def panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """准入依据 of a case."""
    case = cases.case_for(actor, case_id)
    context = {"found": case_admission(actor, case, timezone.now()), "case": case}
    return render(request, "workbench/admission/panel.html", context)


@require_POST
@staff("cases.refuse_unlisted")
def refuse(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """清单外拒收."""
    cases.case_for(actor, case_id)
    try:
        cases.refuse_unlisted(
            actor=actor, at=timezone.now(), case_id=case_id, words=request.POST.get("words", "")[:500],
            expected=expected_version(request),
        )  # fmt: skip
    except StaleVersion:
        raise
    except (Conflict, Invalid) as error:
        messages.error(request, error.message)
        return redirect("workbench:case", case_id)
    messages.success(request, _("已拒收，案件退回派遣。"))
    try:
        cases.case_for(actor, case_id)
    except NotFound:
        return redirect("workbench:queue")
    return redirect("workbench:case", case_id)


@require_GET
@staff("cases.dispatch")
def refusals(request: HttpRequest, actor: Actor) -> HttpResponse:
    """清单外拒收: what communities gave back, newest first."""
    page, rows = refusal_page(actor, cursor=request.GET.get("cursor", ""))
    context = {"page": page, "rows": rows, "columns": _COLUMNS}
    return render(request, "workbench/admission/refusals.html", context)
