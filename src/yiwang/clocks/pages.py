"""Pages of the working calendar 工作日历: local days, what a change would move, corrections by two people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ..interface.public import (
    Column,
    Crumb,
    Fact,
    Order,
    expected_version,
    page_by_key,
    show_problems,
    staff,
)
from ..kernel.actor import Actor
from ..kernel.errors import Conflict, Invalid, StaleVersion
from ..kernel.working_time import SHANGHAI, interval
from .correcting import (
    approve_correction,
    preview_correction,
    propose_correction,
    reject_correction,
    with_local_day,
)
from .enums import DayKind, DaySource
from .forms import LocalDayForm, ReasonForm, WorkingHoursForm, YearForm
from .holders import Preview, preview_change
from .models import CalendarCorrection, CalendarDay, CalendarYear, KeptDeadline, WorkingHours
from .queries import current_calendar, unknown_year_warning
from .services import (
    clear_local_day,
    clear_working_hours,
    load_calendar,
    set_local_day,
    set_working_hours,
)
from .states import APPROVE, CALENDAR_CORRECTION, EDIT, OPEN_CORRECTIONS, PROPOSED

P = ParamSpec("P")
_View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]
#: Local days of the last month and those to come are shown, and the newest corrections.
_DAYS_BACK, _SHOWN = 31, 20
_DAY_COLUMNS = (
    Column(gettext_lazy("日期")),
    Column(gettext_lazy("工作时段")),
    Column(gettext_lazy("说明")),
    Column(gettext_lazy("操作"), hidden_label=True),
)
_HOURS_COLUMNS = (
    Column(gettext_lazy("起始日期")),
    Column(gettext_lazy("最后一天")),
    Column(gettext_lazy("工作时段")),
    Column(gettext_lazy("操作"), hidden_label=True),
)
_YEAR_COLUMNS = (
    Column(gettext_lazy("年份")),
    Column(gettext_lazy("来源")),
)
_KEPT_COLUMNS = (
    Column(gettext_lazy("案件编号")),
    Column(gettext_lazy("时限")),
    Column(gettext_lazy("更正后应为")),
    Column(gettext_lazy("原因")),
)
_KEPT_ORDER = Order("due", "due_at")
_MOVE_COLUMNS = (
    Column(gettext_lazy("案件编号")),
    Column(gettext_lazy("原时限")),
    Column(gettext_lazy("更正后")),
)
_CORRECTION_COLUMNS = (
    Column(gettext_lazy("提请时间")),
    Column(gettext_lazy("涉及日期")),
    Column(gettext_lazy("理由")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("结果")),
    Column(gettext_lazy("操作"), hidden_label=True),
)


def _calendar_people(view: _View[P]) -> Any:
    """Decorator: hand the actor to the page when he may edit the calendar or decide on corrections."""
    return staff(EDIT, APPROVE)(view)


@require_GET
@_calendar_people
def calendar(request: HttpRequest, actor: Actor) -> HttpResponse:
    """工作日历."""
    return _page(request, actor)


@require_POST
@_calendar_people
def day_set(request: HttpRequest, actor: Actor) -> HttpResponse:
    """本地调整: a preview of what it would move, or the change itself."""
    form, now = LocalDayForm(request.POST), timezone.now()
    if not form.is_valid():
        return _page(request, actor, form=form, status=422)
    given = form.cleaned_data
    if request.POST.get("what") == "preview":
        plan = [interval(begin, end) for begin, end in given["hours"]]
        preview = preview_change(with_local_day(given["day"], plan, given["name"]), now)
        return _page(request, actor, form=form, preview=preview)
    try:
        set_local_day(
            actor=actor, at=now, day=given["day"], intervals=given["hours"], name=given["name"],
            expected=expected_version(request),
        )  # fmt: skip
    except StaleVersion:
        raise
    except (Invalid, Conflict) as error:
        show_problems(form, error)
        return _page(request, actor, form=form, status=422)
    messages.success(request, _("已保存，新的时限即按此计算；已有的时限请在下方提请更正。"))
    return redirect("clocks:calendar")


@require_POST
@_calendar_people
def day_clear(request: HttpRequest, actor: Actor) -> HttpResponse:
    """撤销本地调整."""
    day = parse_date(request.POST.get("day", ""))
    if day is None:
        raise Http404
    clear_local_day(actor=actor, at=timezone.now(), day=day, expected=expected_version(request))
    messages.success(request, _("本地调整已撤销。"))
    return redirect("clocks:calendar")


@require_POST
@_calendar_people
def hours_set(request: HttpRequest, actor: Actor) -> HttpResponse:
    """设定作息时间."""
    form = WorkingHoursForm(request.POST, auto_id="id_hours_%s")
    if form.is_valid():
        try:
            set_working_hours(
                actor=actor, at=timezone.now(), intervals=form.cleaned_data["hours"],
                valid_from=form.cleaned_data["valid_from"], valid_to=form.valid_to(),
                expected=expected_version(request),
            )  # fmt: skip
        except StaleVersion:
            raise
        except (Invalid, Conflict) as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已保存，新的时限即按此计算；已有的时限请在下方提请更正。"))
            return redirect("clocks:calendar")
    return _page(request, actor, hours=form, status=422)


@require_POST
@_calendar_people
def hours_clear(request: HttpRequest, actor: Actor, hours_id: UUID) -> HttpResponse:
    """撤销作息时间."""
    clear_working_hours(actor=actor, at=timezone.now(), hours_id=hours_id, expected=expected_version(request))
    messages.success(request, _("作息时间已撤销，这段日期恢复默认时段。"))
    return redirect("clocks:calendar")


@require_POST
@_calendar_people
def years_load(request: HttpRequest, actor: Actor) -> HttpResponse:
    """载入放假安排 of one official year."""
    form = YearForm(request.POST, auto_id="id_year_%s")
    before = current_calendar().version
    if form.is_valid():
        try:
            calendar = load_calendar(actor=actor, at=timezone.now(), years=[form.cleaned_data["years"]])
        except (Invalid, Conflict) as error:
            show_problems(form, error)
        else:
            loaded = calendar.version > before
            words = _("放假安排已载入。") if loaded else _("该年份已经载入，没有变化。")
            messages.success(request, words)
            return redirect("clocks:calendar")
    return _page(request, actor, year=form, status=422)


@require_GET
@_calendar_people
def correction_kept(request: HttpRequest, actor: Actor, correction_id: UUID) -> HttpResponse:
    """保持的时限: what an approved correction left alone, each with the reason."""
    correction = get_object_or_404(CalendarCorrection, pk=correction_id)
    page = page_by_key(
        KeptDeadline.objects.filter(correction=correction), _KEPT_ORDER, cursor=request.GET.get("cursor", "")
    )
    context = {
        "correction": correction,
        "page": page,
        "rows": page.rows,
        "columns": _KEPT_COLUMNS,
        "breadcrumbs": [Crumb(_("工作日历"), reverse("clocks:calendar")), Crumb(_("保持的时限"))],
    }
    return render(request, "clocks/kept.html", context)


@require_POST
@_calendar_people
def correction_propose(request: HttpRequest, actor: Actor) -> HttpResponse:
    """提请更正."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, actor, reason=form, status=422)
    propose_correction(actor=actor, at=timezone.now(), reason=form.cleaned_data["reason"])
    messages.success(request, _("已提请，待另一人批准后由系统分批更正。"))
    return redirect("clocks:calendar")


@require_POST
@_calendar_people
def correction_approve(request: HttpRequest, actor: Actor, correction_id: UUID) -> HttpResponse:
    """批准更正."""
    approve_correction(
        actor=actor, at=timezone.now(), correction_id=correction_id, expected=expected_version(request)
    )
    messages.success(request, _("已批准，系统正在分批更正。"))
    return redirect("clocks:calendar")


@require_POST
@_calendar_people
def correction_reject(request: HttpRequest, actor: Actor, correction_id: UUID) -> HttpResponse:
    """驳回更正."""
    reject_correction(
        actor=actor, at=timezone.now(), correction_id=correction_id,
        reason=request.POST.get("reason", ""), expected=expected_version(request),
    )  # fmt: skip
    messages.success(request, _("已驳回，已有的时限不变。"))
    return redirect("clocks:calendar")


def _page(
    request: HttpRequest,
    actor: Actor,
    *,
    form: LocalDayForm | None = None,
    hours: WorkingHoursForm | None = None,
    year: YearForm | None = None,
    reason: ReasonForm | None = None,
    preview: Preview | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    corrections = list(CalendarCorrection.objects.order_by("-proposed_at", "-id")[:_SHOWN])
    is_open = any(row.state in OPEN_CORRECTIONS for row in corrections)
    waiting = None if is_open else preview_correction(now)
    if waiting is not None and not (waiting[1].moved or waiting[1].kept):
        waiting = None
    edits = actor.may_anywhere(EDIT)
    context = {
        "facts": _facts(),
        "warning": unknown_year_warning(now),
        "version": current_calendar().version,
        "days": _local_days(now),
        "day_columns": _DAY_COLUMNS,
        "form": (form or LocalDayForm()) if edits else None,
        "kept_columns": _KEPT_COLUMNS,
        **_standing(now, edits, hours, year),
        "preview": preview,
        "move_columns": _MOVE_COLUMNS,
        "change": waiting[0] if waiting else None,
        "waiting": waiting[1] if waiting else None,
        "reason": (reason or ReasonForm(auto_id="id_correction_%s")) if edits else None,
        "corrections": [_correction_row(row, actor) for row in corrections],
        "correction_columns": _CORRECTION_COLUMNS,
        "lifecycle": CALENDAR_CORRECTION,
        "edits": edits,
    }
    return render(request, "clocks/calendar.html", context, status=status)


def _standing(
    now: datetime, edits: bool, hours: WorkingHoursForm | None, year: YearForm | None
) -> dict[str, Any]:
    """Working hours that hold now or later and official years, with their forms."""
    today = now.astimezone(SHANGHAI).date()
    rows = WorkingHours.objects.filter(until_version=None).exclude(valid_to__lte=today)
    years = list(CalendarYear.objects.filter(until_version=None).order_by("-year"))
    loaded = {row.year for row in years}
    return {
        "hours_rows": [
            {
                "row": row,
                "last_day": row.valid_to - timedelta(days=1) if row.valid_to else None,
                "hours": _plan_text(row.intervals),
            }
            for row in rows.order_by("valid_from")[:_SHOWN]
        ],
        "hours_columns": _HOURS_COLUMNS,
        "hours_form": (hours or WorkingHoursForm(auto_id="id_hours_%s")) if edits else None,
        "usual": _plan_text(current_calendar().intervals),
        "years": years,
        "year_columns": _YEAR_COLUMNS,
        "year_form": (year or YearForm(loaded=loaded, auto_id="id_year_%s")) if edits else None,
    }


def _facts() -> list[Fact]:
    now = current_calendar()
    known = f"{now.known_from.year}—{now.known_to.year}" if now.known_from and now.known_to else ""
    today = timezone.now().astimezone(SHANGHAI).date()
    plan = _plan_text(now.plan(today)) or _("休息")
    return [
        Fact(_("日历版本"), now.version),
        Fact(_("已载入年份"), known),
        Fact(_("今天的工作时段"), plan),
    ]


def _plan_text(plan: Any) -> str:
    return "、".join(
        f"{begin // 3600:02}:{begin % 3600 // 60:02}—{end // 3600:02}:{end % 3600 // 60:02}"
        for begin, end in plan
    )


def _local_days(now: datetime) -> list[dict[str, object]]:
    since = now.astimezone(SHANGHAI).date() - timedelta(days=_DAYS_BACK)
    rows = CalendarDay.objects.filter(
        source=DaySource.OVERRIDE, until_version=None, day__gte=since
    ).order_by("day")  # fmt: skip
    return [
        {
            "day": row.day,
            "hours": _("停班") if row.kind == DayKind.OFF else _plan_text(row.intervals or ()),
            "name": row.name,
        }
        for row in rows[:100]
    ]


def _correction_row(row: CalendarCorrection, actor: Actor) -> dict[str, object]:
    decides = row.state == PROPOSED and actor.may_anywhere(APPROVE)
    return {
        "row": row,
        "decides": decides and actor.account_id != row.proposed_by,
        "own": decides and actor.account_id == row.proposed_by,
    }
