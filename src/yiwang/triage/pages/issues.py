"""Pages of hot issues 热点问题: the list, an issue with its members and trend, its name and its answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ...interface.public import Chart, Column, Crumb, expected_version, staff, within_budget
from ...kernel.actor import Actor
from ...kernel.errors import StaleVersion, YiwangError
from ...kernel.working_time import SHANGHAI
from ...orgs.public import area_index
from ..issue_registering import ISSUE_PANEL
from ..models import HotIssue, IssueDay
from ..queries import issues as reads
from ..rules.issues.heat import POINTS
from ..services.issues import DAILY_DAYS, LENGTHS, MANAGE, ask_for_reckoning, rename_issue
from ..services.public_answers import PUBLISH, change_answer, publish_answer, withdraw_answer

_OFFERED = ("district", "functional_zone", "street")
_COLUMNS = (
    Column(gettext_lazy("热点问题")),
    Column(gettext_lazy("热度指数"), numeric=True),
    Column(gettext_lazy("诉求"), numeric=True),
    Column(gettext_lazy("人数"), numeric=True),
    Column(gettext_lazy("增长"), numeric=True),
    Column(gettext_lazy("起止")),
)
_MEMBER_COLUMNS = (
    Column(gettext_lazy("案件")), Column(gettext_lazy("地点")), Column(gettext_lazy("诉求时间")),
)  # fmt: skip
#: What each part of the index counts, for whoever reads it.
PART_WORDS = {
    "people": (gettext_lazy("人数"), gettext_lazy("不同的诉求人，每人最多算一个；9 人时得一半分。")),
    "reports": (gettext_lazy("诉求"), gettext_lazy("每人第一件算半件，以后每件减半，合计不超过一件。")),
    "span": (gettext_lazy("持续"), gettext_lazy("从最早到最近的天数；30 天时得一半分。")),
    "growth": (gettext_lazy("增长"), gettext_lazy("最近三分之一时段与之前相比，每天新增的人数。")),
    "spread": (gettext_lazy("范围"), gettext_lazy("涉及的社区数。")),
    "likes": (gettext_lazy("点赞"), gettext_lazy("赞同的人数，按数量级计。")),
}


class IssueFilterForm(forms.Form):
    """What the list shows."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("期间"), required=False, coerce=int, empty_value=None, choices=()
    )
    area = forms.TypedChoiceField(
        label=gettext_lazy("区域"), required=False, coerce=UUID, empty_value=None, choices=()
    )
    regular = forms.BooleanField(label=gettext_lazy("只看高频共性问题"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = [(n, _("最近 {days} 天").format(days=n)) for n in LENGTHS]
        self.fields["days"].choices = sorted(days, key=lambda one: one[0] != DAILY_DAYS)  # type: ignore[attr-defined]
        self.fields["area"].choices = [("", _("全市")), *_areas()]  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """Days, area and whether only regular topics; what cannot be read counts as not given."""
        given: dict[str, Any] = {}
        if self.is_bound:
            self.full_clean()
            given = self.cleaned_data
        return {
            "days": given.get("days") or DAILY_DAYS,
            "area": given.get("area"),
            "regular": bool(given.get("regular")),
        }


def _areas() -> list[tuple[str, str]]:
    nodes = [node for node in area_index().by_id.values() if node.kind in _OFFERED]
    nodes.sort(key=lambda node: (_OFFERED.index(node.kind) == 1, node.code))
    return [(str(node.id), ("　" if node.kind == "street" else "") + node.name) for node in nodes]


@require_GET
@staff("cases.view")
def issues(request: HttpRequest, actor: Actor) -> HttpResponse:
    """热点问题: hottest first, of the whole city or of an area that was reckoned by itself."""
    form = IssueFilterForm(request.GET or None)
    wanted = form.wanted()
    run = reads.last_run(wanted["area"], wanted["days"])
    own = run is not None and run.done_at is not None
    page = reads.issue_page(
        actor,
        lens=wanted["area"] if own else None,
        days=wanted["days"],
        within=None if own else wanted["area"],
        regular=wanted["regular"],
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "form": form,
        "page": page,
        "rows": page.rows,
        "columns": _COLUMNS,
        "run": run,
        "wanted": wanted,
        "regular_months": reads.REGULAR_MONTHS,
        "may_manage": actor.may_anywhere(MANAGE),
    }
    return render(request, "triage/issues/list.html", context)


@require_POST
@staff(MANAGE)
def reckon_now(request: HttpRequest, actor: Actor) -> HttpResponse:
    """按需研判 of an area and a period."""
    form = IssueFilterForm(request.POST)
    wanted = form.wanted()
    try:
        ask_for_reckoning(actor=actor, at=timezone.now(), area=wanted["area"], days=wanted["days"])
    except YiwangError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, _("已交后台研判，完成后刷新本页可见；此后一个月内每天更新。"))
    query = f"?days={wanted['days']}&area={wanted['area'] or ''}"
    return redirect(reverse("triage:issues") + query)


@require_GET
@staff("cases.view")
def issue(request: HttpRequest, actor: Actor, issue_id: UUID) -> HttpResponse:
    """一个热点问题."""
    row = reads.issue_for(actor, issue_id)
    return _draw(request, actor, row)


def _draw(request: HttpRequest, actor: Actor, row: HotIssue, status: int = 200) -> HttpResponse:
    at = timezone.now()
    trend = reads.trend_of(row, at=at)
    related = HotIssue.objects.filter(pk__in=[key for key in (row.merged_into, row.split_from) if key])
    context = {
        "issue": row,
        "parts": [
            (PART_WORDS[name][0], row.parts.get(name, 0), most, PART_WORDS[name][1])
            for name, most in POINTS.items()
        ],
        "chart": _chart(trend),
        "members": reads.members_of(actor, row),
        "member_columns": _MEMBER_COLUMNS,
        "answers": reads.answers_to([row]),
        "is_regular": len(row.months) >= reads.REGULAR_MONTHS,
        "related": {one.id: one for one in related},
        "may_manage": actor.may_anywhere(MANAGE),
        "may_publish": actor.may_anywhere(PUBLISH),
        "area": area_index().by_id.get(row.area) if row.area else None,
        "breadcrumbs": [Crumb(_("热点问题"), reverse("triage:issues")), Crumb(row.name)],
    }
    return render(request, "triage/issues/issue.html", context, status=status)


def _chart(trend: Sequence[IssueDay]) -> Chart | None:
    if not trend:
        return None
    days = [f"{one.day:%m-%d}" for one in trend]
    return Chart(
        name="issue-trend",
        label=_("每日诉求、人数与热度"),
        options={
            "tooltip": {"trigger": "axis"},
            "legend": {"bottom": 0},
            "grid": {"top": 24, "left": 44, "right": 16, "bottom": 56},
            "xAxis": {"type": "category", "data": days},
            "yAxis": {"type": "value", "minInterval": 1},
            "series": [
                {"name": _("诉求"), "type": "bar", "data": [one.reports for one in trend]},
                {"name": _("人数"), "type": "bar", "data": [one.people for one in trend]},
                {"name": _("热度指数"), "type": "line", "data": [one.index for one in trend]},
            ],
        },
        columns=(_("日期"), _("诉求"), _("人数"), _("热度指数"), _("名次")),
        rows=[(str(one.day), one.reports, one.people, one.index, one.rank) for one in trend],
    )


@require_POST
@staff(MANAGE)
def rename(request: HttpRequest, actor: Actor, issue_id: UUID) -> HttpResponse:
    """改名."""
    reads.issue_for(actor, issue_id)
    try:
        rename_issue(
            actor=actor, at=timezone.now(), issue_id=issue_id, name=request.POST.get("name", ""),
            expected=expected_version(request),
        )  # fmt: skip
    except StaleVersion:
        raise
    except YiwangError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, _("名称已更新。"))
    return redirect("triage:issue", issue_id)


@require_POST
@staff(PUBLISH)
def answer(request: HttpRequest, actor: Actor, issue_id: UUID) -> HttpResponse:
    """公布、更新 or 撤下 an answer to the issue."""
    row = reads.issue_for(actor, issue_id)
    title, text = request.POST.get("title", ""), request.POST.get("text", "")
    key = request.POST.get("answer", "")
    given: dict[str, Any] = {"actor": actor, "at": timezone.now()}
    known = {str(one.id): one.id for one in reads.answers_to([row])}
    try:
        if not key:
            publish_answer(issue_id=row.id, title=title, text=text, **given)
            messages.success(request, _("已公布。"))
        elif request.POST.get("act") == "withdraw":
            withdraw_answer(answer_id=known[key], expected=expected_version(request), **given)
            messages.success(request, _("已撤下。"))
        else:
            change_answer(
                answer_id=known[key], title=title, text=text, expected=expected_version(request), **given
            )
            messages.success(request, _("已更新。"))
    except StaleVersion:
        raise
    except (YiwangError, KeyError) as problem:
        messages.error(request, getattr(problem, "message", _("这条公开答复已经撤下。")))
    return redirect("triage:issue", issue_id)


@require_GET
@staff("cases.view")
@within_budget(ISSUE_PANEL)
def panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """热点 of a case, with public answers that an operator may quote."""
    found = reads.issues_of_case(actor, case_id)
    context = {"issues": found, "answers": reads.answers_to(found) if found else []}
    return render(request, "triage/issues/panel.html", context)


@require_GET
def public_answers(request: HttpRequest) -> HttpResponse:
    """公开答复: what many asked, answered for all; no login."""
    page = reads.answer_page(request.GET.get("cursor", ""))
    return render(request, "triage/issues/public.html", {"page": page, "zone": SHANGHAI.key})
