"""Same-day pages 当日清零: the board, the looks on the spot that wait, and the panel of a case."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ...cases import public as cases
from ...interface.public import is_fragment, staff, within_budget
from ...kernel.actor import Actor
from .. import names
from ..level_registering import LEVEL_PANEL
from ..queries.levels import chain_of
from ..queries.same_day import GROUPS, board_of, waiting_looks


@require_GET
@staff("cases.view")
def board(request: HttpRequest, actor: Actor) -> HttpResponse:
    """当日清零: what is still open today, by street, community or unit; drawn anew as cases move."""
    at = timezone.now()
    named = request.GET.get("by", "")
    group = named if named in GROUPS else GROUPS[0]
    labels = {"street": _("按街道"), "community": _("按社区"), "unit": _("按承办单位")}
    context = {
        "board": board_of(actor, at=at, group=group),
        "group": group,
        "groups": [(key, labels[key]) for key in GROUPS],
        "lifecycle": cases.CASE,
        "now": at,
        "may_confirm": actor.may_anywhere("cases.confirm_site"),
    }
    template = "workbench/parts/same_day_board.html" if is_fragment(request) else "workbench/same_day.html"
    return render(request, template, context)


@require_GET
@staff("cases.confirm_site")
def looks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """现场确认: who is asked to look, oldest first; one's own are marked."""
    at = timezone.now()
    page = waiting_looks(actor, cursor=request.GET.get("cursor", ""))
    rows = [(row, names.place_line(row.case), row.worker == actor.account_id) for row in page.rows]
    return render(request, "workbench/looks.html", {"page": page, "rows": rows, "now": at})


@require_GET
@staff("cases.view")
@within_budget(LEVEL_PANEL)
def level_panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """流转与清零 of a case: its levels, its same-day clock, the looks and the call-backs."""
    case = cases.case_for(actor, case_id)
    context = {"chain": chain_of(case, timezone.now()), "case": case, "now": timezone.now()}
    return render(request, "workbench/parts/level_panel.html", context)
