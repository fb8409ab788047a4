"""Case page 案件页 and the acts on one case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ...cases import public as cases
from ...cases.public import CASE, CORRECTION, TASK
from ...files.public import Stage
from ...interface.public import MapView, changes_of, panels, staff
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, NotFound, StaleVersion
from ...ledger.public import JournalEntry
from .. import names
from ..evidence import keep_pictures
from ..forms.acts import ActForm
from ..layers import boundary_layers, has_illustrative_boundaries
from ..queries.case_page import CasePage, case_page
from .administration import access_list, admin_acts, offered_admin_acts
from .next_acts import form_for, label_of, next_acts, offered_acts
from .problems import sentence_of

#: Stages of evidence that somebody may add outside an act.
STAGES = (Stage.SCENE, Stage.BEFORE, Stage.AFTER, Stage.RECHECK)
#: Most changes that the news of an open page lists.
LIVE_LIMIT = 10
#: Half the width and height that the map of a case shows, in degrees: about 2 km.
_ACROSS, _DOWN = 0.02, 0.015


@require_GET
@staff("cases.view")
def case_detail(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """案件页."""
    return _draw(request, actor, cases.case_for(actor, case_id), timezone.now())


@require_GET
@staff("cases.view")
def live(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """What has happened since the page was opened at version `since`: nothing, or news for the open page.

    The feed says only that something may have moved; this compares versions, so it also answers a page that
    comes back after a break. A case that has left its reader, by a return for example, is said to have left.
    """
    try:
        case = cases.case_for(actor, case_id)
    except NotFound:
        return render(request, "workbench/parts/case_gone.html")
    since = request.GET.get("since", "")
    if not since.isdigit() or int(since) >= case.version:
        return HttpResponse(status=204)
    news = JournalEntry.objects.filter(stream=case.id, seq__gt=int(since)).order_by("-seq")[:LIVE_LIMIT]
    context = {
        "case": case,
        "page": case_page(actor, case),
        "changes": changes_of(list(news)),
        "lifecycle": CASE,
        "now": timezone.now(),
    }
    return render(request, "workbench/parts/case_live.html", context)


def _draw(
    request: HttpRequest,
    actor: Actor,
    case: cases.Case,
    at: datetime,
    *,
    bound: ActForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    page = case_page(actor, case)
    context = {
        "page": page,
        "case": case,
        "acts": next_acts(actor, page, at=at, bound=bound),
        "admin_acts": admin_acts(actor, page, bound=bound),
        "access_list": access_list(actor, case),
        "correction_lifecycle": CORRECTION,
        "problem": problem,
        "map": _map_of(case),
        "class_name": names.class_name(case.matter_class),
        "place": names.place_line(case),
        "host": names.unit_name(case.host),
        "complained": names.unit_name(case.complained_unit),
        "lifecycle": CASE,
        "task_lifecycle": TASK,
        "now": at,
        "stages": [(stage.value, stage.label) for stage in STAGES],
        "channel": names.channel_name(case.channel),
        "may_receive": actor.may_anywhere("cases.receive"),
        "may_withdraw": cases.may(actor, "cases.withdraw", case),
        "may_add_evidence": _may_add_evidence(actor, page),
        "notices": panels.places_for("cases.case", case.id, actor, "notice"),
        "lead_panels": panels.places_for("cases.case", case.id, actor, "lead"),
        "main_panels": panels.places_for("cases.case", case.id, actor, "main"),
        "side_panels": panels.places_for("cases.case", case.id, actor, "side"),
        "breadcrumbs": [(_("案件"), "/cases/"), (case.number, "")],
    }
    return render(request, "workbench/case.html", context, status=status)


def _map_of(case: cases.Case) -> MapView | None:
    if case.lon is None or case.lat is None:
        return None
    return MapView(
        name="case",
        label=_("案件位置"),
        layers=boundary_layers(),
        bounds=(case.lon - _ACROSS, case.lat - _DOWN, case.lon + _ACROSS, case.lat + _DOWN),
        point=(case.lon, case.lat),
        illustrative=has_illustrative_boundaries(),
    )


def _may_add_evidence(actor: Actor, page: CasePage) -> bool:
    units = {view.task.unit for view in page.tasks if view.task.recalled_at is None}
    return any(cases.may(actor, act, page.case, units) for act in cases.ADDING_ACTS)


@require_POST
@staff("cases.view")
def do_act(request: HttpRequest, actor: Actor, case_id: UUID, name: str) -> HttpResponse:
    """Carry an act of the table out; what was typed is kept whatever the answer is."""
    case = cases.case_for(actor, case_id)
    form = form_for(name, case, data=request.POST, files=request.FILES)
    if form is None:
        raise NotFound("没有这个操作。", code="workbench.no_such_act")
    at = timezone.now()
    if not form.is_valid():
        return _draw(request, actor, case, at, bound=form, problem=_("请检查填写的内容。"), status=422)
    try:
        form.run(actor=actor, at=at)
    except StaleVersion as stale:
        return _stale(request, actor, form, stale, at)
    except (Conflict, Invalid, cases.LimitUnusable, cases.NotAdmitted) as problem:
        return _draw(
            request,
            actor,
            cases.case_for(actor, case_id),
            at,
            bound=form,
            problem=sentence_of(problem),
            status=problem.status,
        )
    messages.success(request, _("%(act)s：已完成。") % {"act": label_of(name)})
    return back_to(actor, case_id)


def back_to(actor: Actor, case_id: UUID) -> HttpResponse:
    """Back to the case, or home when the act has taken it out of the actor's reach."""
    try:
        cases.case_for(actor, case_id)
    except NotFound:
        return redirect("workbench:queue")
    return redirect("workbench:case", case_id)


def _stale(
    request: HttpRequest, actor: Actor, form: ActForm, stale: StaleVersion, at: datetime
) -> HttpResponse:
    """409: who changed what meanwhile; what was typed stands ready to be sent again on the new version."""
    case = cases.case_for(actor, form.case.id)
    page = case_page(actor, case)
    again = None
    if form.action in {**offered_acts(actor, page, at=at), **offered_admin_acts(actor, page)}:
        typed = request.POST.copy()
        typed["version"] = str(case.version)
        again = form_for(form.action, case, data=typed)
    typed_texts = [
        (field.label, field.value()) for field in form.visible_fields() if isinstance(field.value(), str)
    ]
    context = {
        "case": case,
        "changes": changes_of(stale.changes),
        "label": label_of(form.action),
        "name": form.action,
        "form": again,
        "typed": [(label, value) for label, value in typed_texts if value],
        "had_files": bool(request.FILES),
        "lifecycle": CASE,
        "breadcrumbs": [(_("案件"), "/cases/"), (case.number, f"/cases/{case.id}/"), (_("内容已变化"), "")],
    }
    return render(request, "workbench/stale.html", context, status=409)


@require_POST
@staff("cases.view")
def claim(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """认领 or 放回."""
    cases.case_for(actor, case_id)
    release = request.POST.get("release") == "1"
    cases.claim_case(actor=actor, at=timezone.now(), case_id=case_id, release=release)
    messages.success(request, _("已放回。") if release else _("已认领，其他人会看到您正在处理。"))
    return redirect("workbench:case", case_id)


@require_POST
@staff("cases.view")
def reveal(request: HttpRequest, actor: Actor, case_id: UUID, report_id: UUID) -> HttpResponse:
    """查看联系方式: with a purpose, which is journaled; the answer is a fragment that is kept nowhere."""
    case = cases.case_for(actor, case_id)
    if not cases.reports_of(case).filter(pk=report_id).exists():
        raise NotFound("该案件没有这条诉求。", code="cases.no_such_report")
    contact = cases.reveal_contact(
        actor=actor, at=timezone.now(), report_id=report_id, purpose=request.POST.get("purpose", "")
    )
    answer = render(request, "workbench/parts/contact.html", {"contact": contact})
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@staff("cases.view")
def add_evidence(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """上传证据: pictures of one stage, outside an act."""
    case = cases.case_for(actor, case_id)
    stage = request.POST.get("stage", "")
    uploads = request.FILES.getlist("pictures")
    if stage not in STAGES or not uploads:
        messages.error(request, _("请选择照片和所属环节。"))
        return redirect("workbench:case", case_id)
    keep_pictures(actor=actor, at=timezone.now(), case_id=case.id, expected=None, **{stage: uploads})
    messages.success(request, _("已上传 %(count)d 张照片。") % {"count": len(uploads)})
    return redirect("workbench:case", case_id)


@require_POST
@staff("cases.receive")
def follow_up(request: HttpRequest, actor: Actor, case_id: UUID, report_id: UUID) -> HttpResponse:
    """补充、催办或撤回 that staff enter for a reporter."""
    case = cases.case_for(actor, case_id)
    if not cases.reports_of(case).filter(pk=report_id).exists():
        raise NotFound("该案件没有这条诉求。", code="cases.no_such_report")
    at, kind, text = timezone.now(), request.POST.get("kind", ""), request.POST.get("text", "")
    if kind == cases.FollowUpKind.WITHDRAWAL:
        cases.withdraw_report(actor=actor, at=at, report_id=report_id, reason=text)
    else:
        cases.follow_up_report(actor=actor, at=at, report_id=report_id, kind=kind, text=text)
    messages.success(request, _("已记录。"))
    return redirect("workbench:case", case_id)


@require_GET
@staff("cases.view")
def order(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """打印工单: the case on paper; the contact stays masked."""
    case = cases.case_for(actor, case_id)
    context = {
        "page": case_page(actor, case),
        "case": case,
        "class_name": names.class_name(case.matter_class),
        "place": names.place_line(case),
        "host": names.unit_name(case.host),
        "lifecycle": CASE,
        "now": timezone.now(),
        "breadcrumbs": [
            (_("案件"), "/cases/"),
            (case.number, f"/cases/{case.id}/"),
            (_("打印工单"), ""),
        ],
    }
    return render(request, "workbench/order.html", context)
