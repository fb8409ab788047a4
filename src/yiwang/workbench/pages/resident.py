"""Resident pages 居民页面: report without login, follow, add, withdraw, rate, ask for it to be done again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...accounts.public import address_of, is_over_limit
from ...cases import public as cases
from ...interface.public import MapView
from ...kernel.errors import Conflict, Invalid, NotFound, YiwangError
from ...triage.public import explanation_of_case
from ..forms.acts import rating_choices
from ..forms.reports import ResidentForm, TrackingRatingForm
from ..layers import first_view, has_illustrative_boundaries, outline_layers
from ..queries.tracking import Progress, progress_of
from .problems import sentence_of

#: Reports that one address may send within the window, whichever server process receives them.
MOST_REPORTS = 20
WINDOW = timedelta(minutes=10)


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """我要反映: the form, phone first."""
    if request.method == "GET":
        return _draw(request, ResidentForm(), 200)
    form = ResidentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _draw(request, form, 422)
    if _is_flooding(request):
        form.add_error(None, _("提交过于频繁，请过十分钟再试；紧急情况请直接拨打热线。"))
        return _draw(request, form, 429)
    try:
        found = form.run(actor=cases.RESIDENT, at=timezone.now())
    except (Conflict, Invalid) as problem:
        form.add_error(None, sentence_of(problem))
        return _draw(request, form, problem.status)
    return redirect(f"{cases.tracking_path(found)}?new=1")


def _is_flooding(request: HttpRequest) -> bool:
    return is_over_limit(
        what="resident_report",
        address=address_of(request),
        most=MOST_REPORTS,
        window=WINDOW,
        at=timezone.now(),
    )


def _draw(request: HttpRequest, form: ResidentForm, status: int) -> HttpResponse:
    view = MapView(
        name="place",
        label=_("在地图上选点"),
        layers=outline_layers(),
        bounds=first_view(),
        pick="place",
        illustrative=has_illustrative_boundaries(),
    )
    return render(request, "workbench/resident/report.html", {"form": form, "map": view}, status=status)


def _found(number: str, token: str) -> Progress:
    return progress_of(cases.report_for(number, token), timezone.now())


@require_GET
def tracking(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """办理进度 behind an unguessable link."""
    try:
        progress = _found(number, token)
    except NotFound:
        return _unknown(request)
    return _draw_tracking(request, progress, None, 200)


def _unknown(request: HttpRequest) -> HttpResponse:
    return render(request, "workbench/resident/unknown.html", status=404)


def _scale(progress: Progress) -> dict[str, list[tuple[str, str]]]:
    at = timezone.now()
    return {question: rating_choices(question, at) for question in cases.RatingQuestion.values}


def _draw_tracking(
    request: HttpRequest, progress: Progress, form: TrackingRatingForm | None, status: int
) -> HttpResponse:
    if form is None and progress.may_rate:
        form = TrackingRatingForm(scale=_scale(progress))
    context = {
        "progress": progress,
        "lifecycle": cases.CASE,
        "form": form,
        "path": cases.tracking_path(progress.report),
        "explanation": explanation_of_case(progress.case_id, progress.report.id),
        "is_new": request.GET.get("new") == "1",
        "link": request.build_absolute_uri(cases.tracking_path(progress.report)),
    }
    answer = render(request, "workbench/resident/tracking.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def tracking_act(request: HttpRequest, number: str, token: str, name: str) -> HttpResponse:
    """补充、撤回、评价 or 要求重办 through the link."""
    try:
        progress = _found(number, token)
    except NotFound:
        return _unknown(request)
    if name == "rate":
        form = TrackingRatingForm(request.POST, scale=_scale(progress))
        if not form.is_valid():
            return _draw_tracking(request, progress, form, 422)
    try:
        said = _run(name, progress, request)
    except YiwangError as problem:
        messages.error(request, sentence_of(problem))
    else:
        messages.success(request, said)
    return redirect(cases.tracking_path(progress.report))


def _run(name: str, progress: Progress, request: HttpRequest) -> str:
    """Carry one act out; what to tell the reporter."""
    who: dict[str, Any] = {"actor": cases.RESIDENT, "at": timezone.now()}
    text = request.POST.get("text", "")
    if name == "add":
        cases.follow_up_report(
            report_id=progress.report.id, kind=cases.FollowUpKind.ADDITION, text=text, **who
        )
    elif name == "ask_for_person":
        cases.follow_up_report(
            report_id=progress.report.id,
            kind=cases.FollowUpKind.ADDITION,
            text=_("要求人工复核系统的自动决定。"),
            **who,
        )
    elif name == "withdraw":
        cases.withdraw_report(report_id=progress.report.id, reason=text, **who)
    elif name == "rate":
        cases.rate_case(
            case_id=progress.case_id,
            report_id=progress.report.id,
            outcome=request.POST["outcome"],
            satisfaction=request.POST["satisfaction"],
            comment=request.POST.get("comment", ""),
            **who,
        )
    elif name == "reopen":
        if not cases.demand_redo(case_id=progress.case_id, report_id=progress.report.id, words=text, **who):
            return _("已收到，谢谢您。这次由工作人员核对情况并与您联系，请留意来电。")
    else:
        raise NotFound("没有这个操作。", code="workbench.no_such_act")
    return _("已提交，谢谢您。")
