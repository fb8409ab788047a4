"""Pages of schedules 定期哨: what opens by itself and when; proposing, approving, judging, stopping."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Column, Crumb, expected_version, show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import StaleVersion, YiwangError
from ...orgs.public import area_index, unit_index
from .. import public as whistles
from ..enums import OpensAs
from ..forms.fields import kind_choices
from ..forms.scheduling import JudgeScheduleForm
from ..forms.whistle import ScheduleForm
from ..models import WhistleSchedule
from ..permissions import may_judge_schedule
from ..queries.parties import name_of
from ..queries.rulebook import rulebook
from ..queries.schedules import schedule_for, schedules_page
from ..states import JUDGE, RUNNING, SCHEDULE, VIEW
from .maps import whistle_map

_COLUMNS = (
    Column(gettext_lazy("定期哨")),
    Column(gettext_lazy("时间")),
    Column(gettext_lazy("报到单位")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("下次")),
    Column(gettext_lazy("操作"), hidden_label=True),
)
_WEEKDAYS = (
    gettext_lazy("周一"), gettext_lazy("周二"), gettext_lazy("周三"), gettext_lazy("周四"),
    gettext_lazy("周五"), gettext_lazy("周六"), gettext_lazy("周日"),
)  # fmt: skip


@require_GET
@staff(VIEW)
def schedules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """定期哨, newest first."""
    page = schedules_page(actor, request.GET.get("cursor", ""))
    context = {
        "page": page, "rows": [_view(actor, row) for row in page.rows], "columns": _COLUMNS,
        "lifecycle": SCHEDULE, "may_propose": bool(kind_choices(timezone.now(), actor, recurring=True)),
    }  # fmt: skip
    return render(request, "whistles/schedules.html", context)


def _view(actor: Actor, row: WhistleSchedule) -> dict[str, Any]:
    kind = next(kind for kind in rulebook().kinds if kind.code == row.kind_code)
    area = area_index().by_id.get(row.area) if row.area else None
    return {
        "row": row, "kind": kind.name, "whistler": unit_index().name(row.whistler_unit),
        "area": area.name if area else row.address or _("地图点位"),
        "units": [name_of(key) for key in row.units],
        "when": _when(row),
        "may_approve": row.state == "proposed" and actor.account_id != row.created_by
        and actor.may(kind.approve_act, units=[row.whistler_unit]),
        "is_sent": row.opens_as == OpensAs.SENT,
        "may_judge": row.state == RUNNING and row.opens_as == OpensAs.SENT and may_judge_schedule(actor, row),
        "may_stop": row.state in {"proposed", RUNNING}
        and actor.may(kind.blow_act, units=[row.whistler_unit]),
    }  # fmt: skip


def _when(row: WhistleSchedule) -> str:
    clock = f"{row.minute // 60:02d}:{row.minute % 60:02d}"
    if row.cadence == "weekly":
        return "、".join(str(_WEEKDAYS[day - 1]) for day in row.days) + " " + clock
    return _("每月 %(days)s 日") % {"days": "、".join(map(str, row.days))} + " " + clock


@require_http_methods(["GET", "HEAD", "POST"])
@staff(VIEW)
def propose(request: HttpRequest, actor: Actor) -> HttpResponse:
    """设定定期哨."""
    at, status = timezone.now(), 200
    form = ScheduleForm(request.POST or None, at=at, actor=actor)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                whistles.propose_schedule(actor=actor, at=at, terms=form.terms())
            except YiwangError as problem:
                show_problems(form, problem)
            else:
                messages.success(request, _("已提交，批准后生效。"))
                return redirect("whistles:schedules")
    crumbs = [Crumb(_("定期哨"), reverse("whistles:schedules")), Crumb(_("设定定期哨"))]
    context = {"form": form, "map": whistle_map(None, name="place", pick="place"), "breadcrumbs": crumbs}
    return render(request, "whistles/schedule_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(JUDGE)
def judge(request: HttpRequest, actor: Actor, schedule_id: UUID) -> HttpResponse:
    """研判定期哨: who reports whenever it opens."""
    row = schedule_for(actor, schedule_id)
    form, status = JudgeScheduleForm(request.POST or None, schedule=row), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                whistles.judge_schedule(
                    actor=actor, at=timezone.now(), schedule_id=row.id, expected=expected_version(request),
                    **form.named(),
                )  # fmt: skip
            except StaleVersion:
                raise
            except YiwangError as problem:
                show_problems(form, problem)
                status = problem.status
            else:
                messages.success(request, _("已研判，到时直接派发到这些单位。"))
                return redirect("whistles:schedules")
    crumbs = [Crumb(_("定期哨"), reverse("whistles:schedules")), Crumb(_("研判定期哨"))]
    context = {"form": form, "one": _view(actor, row), "breadcrumbs": crumbs}
    return render(request, "whistles/schedule_judge.html", context, status=status)


@require_POST
@staff(VIEW)
def decide(request: HttpRequest, actor: Actor, schedule_id: UUID) -> HttpResponse:
    """批准 or 停用 a schedule."""
    given: dict[str, Any] = {
        "actor": actor, "at": timezone.now(), "schedule_id": schedule_id,
        "expected": expected_version(request),
    }  # fmt: skip
    try:
        if request.POST.get("act") == "approve":
            whistles.approve_schedule(**given)
            messages.success(request, _("定期哨已生效。"))
        else:
            whistles.stop_schedule(**given, reason=request.POST.get("reason", ""))
            messages.success(request, _("定期哨已停用。"))
    except StaleVersion:
        raise
    except YiwangError as problem:
        messages.error(request, problem.message)
    return redirect("whistles:schedules")
