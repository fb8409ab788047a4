"""Pages of the owner stage: replays of a draft, precedents, and the standard process on the case page."""

from __future__ import annotations

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

from ...cases.public import case_for
from ...catalog.public import EDIT, PUBLISH, draft_for, open_drafts
from ...interface.public import Column, Crumb, expected_version, is_fragment, staff, within_budget
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, StaleVersion, YiwangError
from ..enums import ReplayState
from ..owning_registering import PROCESS_PANEL, REPLAYS_PANEL
from ..queries.owning_process import case_process
from ..queries.owning_views import (
    precedent_page,
    precedent_views,
    replay_for,
    replay_view,
    replays_of,
)
from ..services.owning_precedents import dismiss, take_over
from ..services.owning_replays import MOST_MONTHS, ask_replay
from ..states import OPEN, PRECEDENT

_PAIR_COLUMNS = (
    Column(gettext_lazy("由")),
    Column(gettext_lazy("改为")),
    Column(gettext_lazy("案件"), numeric=True),
    Column(gettext_lazy("例如")),
)
_LOAD_COLUMNS = (
    Column(gettext_lazy("单位")),
    Column(gettext_lazy("变更前"), numeric=True),
    Column(gettext_lazy("变更后"), numeric=True),
    Column(gettext_lazy("增减"), numeric=True),
)
_COUNT_COLUMNS = (
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("案件"), numeric=True),
    Column(gettext_lazy("变化"), numeric=True),
)
_LIMIT_COLUMNS = (
    Column(gettext_lazy("事项分类")),
    Column(gettext_lazy("原时限")),
    Column(gettext_lazy("新时限")),
    Column(gettext_lazy("案件"), numeric=True),
)
_PRECEDENT_COLUMNS = (
    Column(gettext_lazy("事项分类")),
    Column(gettext_lazy("区域")),
    Column(gettext_lazy("退回自")),
    Column(gettext_lazy("改派到")),
    Column(gettext_lazy("案件"), numeric=True),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("操作"), hidden_label=True),
)


class MonthsForm(forms.Form):
    """How far back to replay."""

    months = forms.IntegerField(min_value=1, max_value=MOST_MONTHS)


class PrecedentFilterForm(forms.Form):
    """Filter of the precedents."""

    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            *((code, gettext_lazy(name)) for code, name in PRECEDENT.states.items()),
            ("all", gettext_lazy("全部")),
        ],
    )


@require_GET
@staff(EDIT, PUBLISH)
@within_budget(REPLAYS_PANEL)
def draft_replays(request: HttpRequest, actor: Actor, draft_id: UUID) -> HttpResponse:
    """发布前重放: the last replays of a draft, and a form for another."""
    rows = replays_of(draft_id)
    context = {
        "rows": rows,
        "draft_id": draft_id,
        "most": MOST_MONTHS,
        "waits": any(row.state in (ReplayState.QUEUED, ReplayState.RUNNING) for row in rows),
    }
    return render(request, "triage/owning/replays.html", context)


@require_POST
@staff(EDIT, PUBLISH)
def replay_ask(request: HttpRequest, actor: Actor, draft_id: UUID) -> HttpResponse:
    """重放 over the last months."""
    form = MonthsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写 1 至 {most} 个月。").format(most=MOST_MONTHS))
        return redirect("catalog:draft", draft_id)
    row = ask_replay(actor=actor, at=timezone.now(), draft_id=draft_id, months=form.cleaned_data["months"])
    return redirect("triage:replay", row.id)


@require_GET
@staff(EDIT, PUBLISH)
def replay(request: HttpRequest, actor: Actor, replay_id: UUID) -> HttpResponse:
    """重放结果: counts, load, limits, and examples that the viewer may see."""
    row = replay_for(replay_id)
    draft = draft_for(row.draft_id)
    waits = row.state in (ReplayState.QUEUED, ReplayState.RUNNING)
    context = {
        "view": replay_view(row, actor),
        "row": row,
        "draft": draft,
        "waits": waits,
        "moved_on": draft.version != row.draft_version and draft.state == "draft",
        "percent": row.done * 100 // row.total if row.total else 0,
        "pair_columns": _PAIR_COLUMNS,
        "load_columns": _LOAD_COLUMNS,
        "count_columns": _COUNT_COLUMNS,
        "limit_columns": _LIMIT_COLUMNS,
        "breadcrumbs": [
            Crumb(_("权责变更草案"), reverse("catalog:drafts")),
            Crumb(draft.title, reverse("catalog:draft", args=[draft.id])),
            Crumb(_("重放结果")),
        ],
    }
    if not is_fragment(request):
        return render(request, "triage/owning/replay.html", context)
    answer = render(request, "triage/owning/progress.html", context)
    if not waits:
        answer["HX-Refresh"] = "true"
    return answer


@require_GET
@staff(EDIT)
def precedents(request: HttpRequest, actor: Actor) -> HttpResponse:
    """权责先例: rows that cases suggest, newest first."""
    form = PrecedentFilterForm(request.GET or None)
    asked = form.cleaned_data["state"] if form.is_bound and form.is_valid() else ""
    state = {"": OPEN, "all": ""}.get(asked, asked)
    page = precedent_page(state=state, cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "page": page,
        "rows": precedent_views(list(page.rows), actor),
        "columns": _PRECEDENT_COLUMNS,
        "lifecycle": PRECEDENT,
        "drafts": open_drafts(),
    }
    return render(request, "triage/owning/precedents.html", context)


@require_POST
@staff(EDIT)
def precedent_act(request: HttpRequest, actor: Actor, precedent_id: UUID, action: str) -> HttpResponse:
    """加入草案 or 不采纳."""
    at, expected = timezone.now(), expected_version(request)
    try:
        if action == "take_over":
            draft = take_over(actor=actor, at=at, precedent_id=precedent_id, expected=expected)
            messages.success(request, _("已加入草案“{title}”。").format(title=draft.title))
        elif action == "dismiss":
            reason = request.POST.get("reason", "")
            dismiss(actor=actor, at=at, precedent_id=precedent_id, reason=reason, expected=expected)
            messages.success(request, _("已记为不采纳。"))
        else:
            raise NotFound("没有这个操作。")
    except (StaleVersion, NotFound):
        raise
    except YiwangError as error:
        messages.error(request, error.message)
    return redirect("triage:precedents")


@require_GET
@staff("cases.view")
@within_budget(PROCESS_PANEL)
def steps_of_case(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """标准流程 of a case: its steps and which are proved."""
    return render(request, "triage/owning/process.html", {"found": case_process(case_for(actor, case_id))})
