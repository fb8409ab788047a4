"""Asking for erasure 申请删除个人信息: the reporter himself, through his tracking link (PIPL §47, §50)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ...accounts.public import address_of, is_over_limit
from ...cases import public as cases
from ...kernel.errors import Conflict, Invalid, NotFound
from ..forms.erasing import ErasureForm
from ..queries.wishes import newest_erasure_view
from .problems import sentence_of

#: Requests that one address may send within the window.
MOST_REQUESTS = 10
WINDOW = timedelta(minutes=10)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_erasure(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """申请删除个人信息 behind an unguessable link: the form, or what became of the request."""
    try:
        report = cases.report_for(number, token)
    except NotFound:
        return render(request, "workbench/resident/unknown.html", status=404)
    if request.method != "POST":
        return _draw(request, report, ErasureForm(), 200)
    form = ErasureForm(request.POST)
    if not form.is_valid():
        return _draw(request, report, form, 422)
    if _is_flooding(request):
        form.add_error(None, _("提交过于频繁，请过十分钟再试。"))
        return _draw(request, report, form, 429)
    try:
        cases.request_erasure(
            actor=cases.RESIDENT, at=timezone.now(), report_id=report.id, basis=form.cleaned_data["reason"]
        )
    except (Conflict, Invalid) as problem:
        form.add_error(None, sentence_of(problem))
        return _draw(request, report, form, problem.status)
    messages.success(request, _("申请已收到，将由专人核对后决定。"))
    return redirect(reverse("workbench:ask_erasure", args=[number, token]))


def _is_flooding(request: HttpRequest) -> bool:
    return is_over_limit(
        what="resident_erasure",
        address=address_of(request),
        most=MOST_REQUESTS,
        window=WINDOW,
        at=timezone.now(),
    )


def _draw(request: HttpRequest, report: cases.Report, form: ErasureForm, status: int) -> HttpResponse:
    newest = newest_erasure_view(report)
    waits = newest is not None and newest.row.state == "asked"
    context = {
        "report": report,
        "path": cases.tracking_path(report),
        "newest": newest,
        "lifecycle": cases.ERASURE,
        "form": None if waits or report.erased_at else form,
    }
    return render(request, "workbench/resident/erase.html", context, status=status)
