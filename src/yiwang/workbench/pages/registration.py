"""Registration page 登记诉求 for staff."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ...cases import public as cases
from ...cases.public import CASE
from ...interface.public import MapView, staff
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, NotFound, Refused
from ..forms.reports import RegistrationForm
from ..layers import boundary_layers, first_view, has_illustrative_boundaries
from ..queries.case_page import earlier_cases
from .problems import sentence_of


@require_http_methods(["GET", "POST"])
@staff("cases.receive")
def register(request: HttpRequest, actor: Actor) -> HttpResponse:
    """登记诉求: the report, and accepting, answering or handling it in one go."""
    if request.method == "GET":
        return _draw(request, actor, RegistrationForm(), 200)
    form = RegistrationForm(request.POST, request.FILES)
    form.offer(actor)
    if not form.is_valid():
        return _draw(request, actor, form, 422)
    try:
        case = form.run(actor=actor, at=timezone.now())
    except (Conflict, Invalid, Refused) as problem:
        form.add_error(None, sentence_of(problem))
        return _draw(request, actor, form, problem.status)
    messages.success(request, _("已登记，编号 %(number)s。") % {"number": case.number})
    try:
        cases.case_for(actor, case.id)
    except NotFound:
        return redirect("workbench:register")
    return redirect("workbench:case", case.id)


def _draw(request: HttpRequest, actor: Actor, form: RegistrationForm, status: int) -> HttpResponse:
    form.offer(actor)
    view = MapView(
        name="place",
        label=_("在地图上选点"),
        layers=boundary_layers(),
        bounds=first_view(),
        pick="place",
        illustrative=has_illustrative_boundaries(),
    )
    context = {"form": form, "map": view}
    return render(request, "workbench/registration.html", context, status=status)


@require_POST
@staff("cases.receive")
def earlier(request: HttpRequest, actor: Actor) -> HttpResponse:
    """来电历史 of a phone number while it is typed; by POST, so that no phone number stands in an address."""
    phone = request.POST.get("phone", "").strip()
    found = earlier_cases(actor, cases.reports_by_phone(phone)) if len(phone) >= 7 else []
    context = {"cases": found, "asked": len(phone) >= 7, "lifecycle": CASE}
    return render(request, "workbench/parts/earlier.html", context)
