"""The page behind an outside unit's link 外部单位报到页: one task, no account, phone first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ...interface.public import show_problems
from ...kernel.errors import NotFound, YiwangError
from ...orgs.public import area_index
from ..errors import LinkExpired
from ..forms.outside import FORMS, ItemForm, OutsideForm
from ..models import WhistleItem, WhistleTask
from ..queries.parties import name_of
from ..services.outside import link_path, link_until, task_for_link
from ..states import ANSWERING_STATES, REPORT, REPORT_TASK, REPORTED, WHISTLE


@dataclass(frozen=True, slots=True)
class Offer:
    """One act that the page offers: its name in the address and its form."""

    name: str
    form: OutsideForm
    item: WhistleItem | None = None


@require_GET
def task(request: HttpRequest, task_id: UUID, token: str) -> HttpResponse:
    """What the unit is called for, its clocks, and its next step."""
    try:
        found = task_for_link(task_id, token, at=timezone.now())
    except (NotFound, LinkExpired) as problem:
        return _shut(request, problem)
    return _draw(request, found, None, 200)


@require_POST
def act(request: HttpRequest, task_id: UUID, token: str, name: str) -> HttpResponse:
    """签收、联系、报到、完成事项、反馈 or 不能报到 through the link."""
    if name not in FORMS:
        raise Http404
    at = timezone.now()
    try:
        found = task_for_link(task_id, token, at=at)
    except (NotFound, LinkExpired) as problem:
        return _shut(request, problem)
    form = FORMS[name](request.POST, request.FILES)
    if not form.is_valid():
        return _draw(request, found, Offer(name, form), 422)
    try:
        form.run(found, at)
    except YiwangError as problem:
        show_problems(form, problem)
        found = WhistleTask.objects.select_related("whistle", "outside").get(pk=found.pk)
        return _draw(request, found, Offer(name, form), problem.status)
    messages.success(request, _("已提交，吹哨单位可以看到。"))
    return redirect(link_path(found))


def _shut(request: HttpRequest, problem: NotFound | LinkExpired) -> HttpResponse:
    """A link that opens nothing: a wrong, ended or expired one; the page tells nothing of a whistle."""
    page = "expired" if isinstance(problem, LinkExpired) else "unknown"
    answer = render(request, f"whistles/outside/{page}.html", status=problem.status)
    answer["Cache-Control"] = "no-store"
    return answer


def _draw(request: HttpRequest, task: WhistleTask, tried: Offer | None, status: int) -> HttpResponse:
    whistle, now = task.whistle, timezone.now()
    area = area_index().by_id.get(whistle.area) if whistle.area else None
    context: dict[str, Any] = {
        "task": task,
        "whistle": whistle,
        "whistler": name_of(whistle.whistler_unit),
        "party": name_of(task.party),
        "area": area.name if area else "",
        "lifecycle": WHISTLE,
        "task_lifecycle": REPORT_TASK,
        "clocks": _clocks(task, now),
        "check_ins": list(task.check_ins.order_by("-at")[:5]),
        "offers": _offers(task, tried),
        "items": list(
            task.items.filter(dropped_at=None).select_related("stage").order_by("stage__order", "order")
        ),
        "path": link_path(task),
        "until": link_until(task),
    }
    answer = render(request, "whistles/outside/task.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _clocks(task: WhistleTask, now: datetime) -> list[dict[str, Any]]:
    rows = task.clocks.filter(round=task.round).select_related("item").order_by("due_at")
    return [{"clock": row, "is_late": not row.is_met and row.due_at < (row.ended_at or now)} for row in rows]


def _offers(task: WhistleTask, tried: Offer | None) -> list[Offer]:
    """The forms of the page; the one that was tried keeps what was typed."""
    if task.whistle.state not in ANSWERING_STATES:
        return []
    waiting = []
    if task.state == REPORTED:
        waiting = list(task.items.filter(done_at=None, dropped_at=None).order_by("stage__order", "order"))
    if waiting:
        offers = [
            Offer("item", ItemForm(initial={"item": item.id}, auto_id=f"id_{item.id}_%s"), item)
            for item in waiting
        ]
    else:
        open_to_it = [row.action for row in REPORT_TASK.open_from(task.state) if row.permission == REPORT]
        offers = [Offer(name, FORMS[name](auto_id=f"id_{name}_%s")) for name in open_to_it]
    if tried is None:
        return offers
    return [_kept(offer, tried) for offer in offers]


def _kept(offer: Offer, tried: Offer) -> Offer:
    same = offer.name == tried.name and (
        offer.item is None or str(offer.item.id) == str(tried.form.data.get("item", ""))
    )
    return Offer(offer.name, tried.form, offer.item) if same else offer
