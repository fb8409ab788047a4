"""Queue page 我的待办: the cases that wait for what the actor may do."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ...cases.public import CASE, CaseFilter
from ...clocks.public import unknown_year_warning
from ...interface.public import is_fragment, panels, staff
from ...kernel.actor import Actor
from ..queries.clocks import waits_of
from ..queries.lists import first_waiting, queue_page, queue_tabs, rows_of


@require_GET
@staff()
def queue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """我的待办: a tab a state, oldest first; htmx asks for the list alone."""
    at = timezone.now()
    tabs = queue_tabs(actor)
    named = request.GET.get("state", "")
    tab = next((t for t in tabs if t.state == named), None) or first_waiting(actor, tabs, at=at)
    mine = request.GET.get("mine") == "1"
    context: dict[str, Any] = {"tabs": tabs, "tab": tab, "mine": mine, "lifecycle": CASE, "now": at}
    context["may_list"] = actor.may_anywhere("cases.view")
    if tab is not None:
        wanted = CaseFilter(claimed_by=actor.account_id if mine else None)
        page = queue_page(actor, tab, wanted, at=at, cursor=request.GET.get("cursor", ""))
        context |= {"page": page, "rows": rows_of(page.rows, at, waits_of(actor, page.rows))}
    if is_fragment(request):
        return render(request, "workbench/parts/queue_list.html", context)
    if actor.account_id is not None:
        context["notices"] = panels.places_for("workbench.desk", actor.account_id, actor, "notice")
    warning = unknown_year_warning(at) if actor.may_anywhere("cases.dispatch") else ""
    return render(request, "workbench/queue.html", {**context, "warning": warning})
