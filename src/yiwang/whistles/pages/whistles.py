"""Pages 哨: the list by what has to be done, blowing, one whistle, the panel on a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...cases.public import Case, case_for
from ...interface.public import (
    Column,
    Crumb,
    expected_version,
    is_fragment,
    show_problems,
    staff,
    within_budget,
)
from ...kernel.actor import Actor
from ...kernel.errors import FieldProblem, Invalid, StaleVersion, YiwangError
from ...orgs.public import unit_index
from .. import public as whistles
from ..enums import CheckInResult
from ..forms.fields import uploads
from ..forms.whistle import WhistleForm
from ..models import Whistle, WhistleTask
from ..permissions import may_see
from ..queries.parties import party_name
from ..queries.rulebook import kinds_offered, rulebook
from ..queries.views import whistle_view
from ..queries.whistles import QUEUES, cases_numbered
from ..registering import CASE_PANEL
from ..services.outside import opens
from ..states import DRAFT, DRAFTS, RECALLED, REPORT_TASK, VIEW, WHISTLE, WHISTLE_STATES
from .maps import whistle_map

QUEUE_WORDS = {
    "all": gettext_lazy("全部"),
    "ours": gettext_lazy("本单位吹哨"),
    "approve": gettext_lazy("待我审核"),
    "judge": gettext_lazy("待研判派发"),
    "report": gettext_lazy("待本单位报到办理"),
    "confirm": gettext_lazy("待确认到场"),
    "rate": gettext_lazy("待我评价"),
    "escalated": gettext_lazy("已升级"),
    "raised": gettext_lazy("提级协调"),
}
_COLUMNS = (
    Column(gettext_lazy("哨")),
    Column(gettext_lazy("哨种")),
    Column(gettext_lazy("吹哨单位")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("报到单位")),
    Column(gettext_lazy("起草时间")),
)
#: What the services call the fields of the form.
_FORM_FIELDS = {"lon": "place_lon", "lat": "place_lat"}


@require_GET
@staff(VIEW)
def list_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """哨情: the whistles the actor may see, by what has to be done."""
    queue = request.GET.get("queue", "all")
    state = request.GET.get("state", "")
    wanted = whistles.WhistleFilter(
        queue if queue in QUEUES else "all",
        state if state in WHISTLE_STATES else "",
        request.GET.get("kind", ""),
    )
    page = whistles.list_whistles(actor, wanted, cursor=request.GET.get("cursor", ""))
    context = {
        "page": page,
        "rows": _rows(page.rows),
        "columns": _COLUMNS,
        "queue": wanted.queue,
        "queues": [(name, QUEUE_WORDS[name]) for name in QUEUES],
        "states": list(WHISTLE.states.items()),
        "kinds": list({kind.code: kind for kind in rulebook().kinds}.values()),
        "wanted": wanted,
        "may_blow": may_draft(actor),
        "lifecycle": WHISTLE,
    }
    if is_fragment(request):
        return render(request, "whistles/parts/list.html", context)
    return render(request, "whistles/list.html", context)


def may_draft(actor: Actor) -> bool:
    """Whether the actor may draft a whistle of some kind somewhere."""
    acts = {kind.blow_act for kind in kinds_offered(timezone.now())} | {DRAFTS}
    return any(actor.may_anywhere(act) for act in acts)


def _rows(found: Sequence[Whistle]) -> list[dict[str, Any]]:
    tasks: dict[UUID, list[WhistleTask]] = {row.id: [] for row in found}
    for task in WhistleTask.objects.filter(whistle__in=tasks).exclude(state=RECALLED).order_by("-role", "id"):
        tasks[task.whistle_id].append(task)
    return [
        {
            "whistle": row,
            "whistler": row.enterprise or unit_index().name(row.whistler_unit),
            "units": [(party_name(task), REPORT_TASK.states[task.state]) for task in tasks[row.id]],
        }
        for row in found
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff(VIEW)
def blow_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """吹哨: from scratch, or for a case (`?case=`)."""
    at, case = timezone.now(), _case_of(request, actor)
    if request.method != "POST":
        return _draw(request, WhistleForm(at=at, actor=actor, initial=_initial_of(case)), 200, case=case)
    form = WhistleForm(request.POST, request.FILES, at=at, actor=actor)
    if form.is_valid():
        try:
            attached = cases_numbered(actor, form.cleaned_data["cases"])
            with transaction.atomic():
                draft = form.draft([*([case.id] if case else []), *attached])
                whistle = whistles.draft_whistle(actor=actor, at=at, draft=draft)
                _keep_evidence(actor, whistle, form)
        except YiwangError as problem:
            _show(form, problem)
        else:
            return _blow_at_once(request, actor, whistle)
    return _draw(request, form, 422, case=case)


def _blow_at_once(request: HttpRequest, actor: Actor, whistle: Whistle) -> HttpResponse:
    """Whether to blow it now or leave it a draft is the button's choice; a refusal leaves the draft."""
    if request.POST.get("then") == "blow":
        try:
            whistles.blow_whistle(actor=actor, at=timezone.now(), whistle_id=whistle.id)
        except YiwangError as problem:
            messages.error(request, problem.message)
        else:
            messages.success(request, _("已吹哨，等待审核。"))
    else:
        messages.success(request, _("草稿已保存。"))
    return redirect("whistles:whistle", whistle.id)


def _case_of(request: HttpRequest, actor: Actor) -> Case | None:
    try:
        key = UUID(request.GET.get("case", ""))
    except ValueError:
        return None
    return case_for(actor, key)


def _initial_of(case: Case | None) -> dict[str, Any]:
    if case is None:
        return {}
    return {
        "title": case.title, "address": case.address, "place_lon": case.lon, "place_lat": case.lat,
        "area": str(case.community or ""),
    }  # fmt: skip


def _keep_evidence(actor: Actor, whistle: Whistle, form: WhistleForm) -> None:
    kept = uploads(form.cleaned_data["evidence"], "reference")
    if kept:
        whistles.attach_evidence(actor=actor, at=timezone.now(), whistle_id=whistle.id, pictures=kept)


def _show(form: WhistleForm, problem: YiwangError) -> None:
    if isinstance(problem, Invalid):
        renamed = [
            FieldProblem(_FORM_FIELDS.get(one.field, one.field), one.value, one.remedy)
            for one in problem.problems
        ]
        problem = Invalid(problem.message, renamed)
    show_problems(form, problem)


def _draw(
    request: HttpRequest,
    form: WhistleForm,
    status: int,
    *,
    case: Case | None = None,
    whistle: Whistle | None = None,
) -> HttpResponse:
    last = Crumb(_("修改草稿") if whistle else _("吹哨"))
    context = {
        "form": form, "case": case, "whistle": whistle,
        "map": whistle_map(whistle, name="place", pick="place"),
        "kinds": kinds_offered(timezone.now()),
        "breadcrumbs": [Crumb(_("哨情"), reverse("whistles:list")), last],
    }  # fmt: skip
    return render(request, "whistles/form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(VIEW)
def edit_page(request: HttpRequest, actor: Actor, whistle_id: UUID) -> HttpResponse:
    """修改草稿."""
    at, whistle = timezone.now(), whistles.whistle_for(actor, whistle_id)
    if whistle.state != DRAFT:
        messages.error(request, _("这个哨已经吹响，不能修改。"))
        return redirect("whistles:whistle", whistle.id)
    if request.method != "POST":
        form = WhistleForm(at=at, actor=actor, initial=WhistleForm.initial_of(whistle))
        return _draw(request, form, 200, whistle=whistle)
    form = WhistleForm(request.POST, request.FILES, at=at, actor=actor)
    if form.is_valid():
        try:
            with transaction.atomic():
                whistles.change_whistle(
                    actor=actor, at=at, whistle_id=whistle.id, draft=form.draft(),
                    expected=form.cleaned_data["version"],
                )  # fmt: skip
                _keep_evidence(actor, whistle, form)
                attached = cases_numbered(actor, form.cleaned_data["cases"])
                if attached:
                    whistles.attach_cases(actor=actor, at=at, whistle_id=whistle.id, cases=attached)
        except StaleVersion:
            raise
        except YiwangError as problem:
            _show(form, problem)
        else:
            return _blow_at_once(request, actor, whistle)
    return _draw(request, form, 422, whistle=whistle)


@require_GET
@staff(VIEW)
def whistle_page(request: HttpRequest, actor: Actor, whistle_id: UUID) -> HttpResponse:
    """One whistle: what it is about, its units with their clocks, minutes, items, ratings, what was done."""
    whistle = whistles.whistle_for(actor, whistle_id)
    view = whistle_view(actor, whistle)
    now = timezone.now()
    for one in view.tasks:
        if opens(one.task) and (view.may_organise or view.may_judge):
            one.link_until = whistles.link_until(one.task, one.clocks)
            if now <= one.link_until:
                one.link = request.build_absolute_uri(whistles.link_path(one.task))
    context = {
        "view": view,
        "whistle": whistle,
        "lifecycle": WHISTLE,
        "task_lifecycle": REPORT_TASK,
        "check_in_states": dict(CheckInResult.choices),
        "map": whistle_map(whistle, name="whistle"),
        "now": now,
        "breadcrumbs": [Crumb(_("哨情"), reverse("whistles:list")), Crumb(whistle.number)],
    }
    return render(request, "whistles/whistle.html", context)


@require_GET
@staff(VIEW)
def live(request: HttpRequest, actor: Actor, whistle_id: UUID) -> HttpResponse:
    """What the open page is told when the whistle has moved on since its version: nothing, or news."""
    whistle = Whistle.objects.filter(pk=whistle_id).first()
    since = request.GET.get("since", "")
    tasks = WhistleTask.objects.filter(whistle=whistle_id)
    seen = whistle is not None and may_see(actor, whistle, tasks)
    if seen and (not since.isdigit() or whistle is None or int(since) >= whistle.version):
        return HttpResponse(status=204)
    return render(request, "whistles/parts/live.html", {"whistle": whistle if seen else None})


@require_POST
@staff(VIEW)
def blow(request: HttpRequest, actor: Actor, whistle_id: UUID) -> HttpResponse:
    """吹哨 of a draft."""
    try:
        whistles.blow_whistle(
            actor=actor, at=timezone.now(), whistle_id=whistle_id, expected=expected_version(request)
        )
    except StaleVersion:
        raise
    except YiwangError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, _("已吹哨，等待审核。"))
    return redirect("whistles:whistle", whistle_id)


@require_GET
@staff(VIEW)
@within_budget(CASE_PANEL)
def case_panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """吹哨 of a case: its whistles, and the way to blow one."""
    case = case_for(actor, case_id)
    context = {
        "case": case,
        "whistles": whistles.whistles_of_case(actor, case_id),
        "may_blow": may_draft(actor) and not case.is_sensitive,
        "lifecycle": WHISTLE,
    }
    return render(request, "whistles/case_panel.html", context)
