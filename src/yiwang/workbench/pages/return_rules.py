"""Return rules pages 退单与兜底规则: limits with their history, reasons, and fallback owners by area."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ...cases import public as cases
from ...catalog.public import MatterKind
from ...interface.public import Order, page_by_key, show_problems, spoken_limit, staff
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, NotFound
from .. import names
from ..forms.return_rules import FallbackOwnerForm, ReasonRowForm, ReturnRuleForm
from ..forms.rules import EndForm
from .problems import sentence_of

_NEWEST = Order("newest", "valid_from", descending=True)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.configure")
def return_rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """退单与兜底规则: three lists, each with the form that adds to it."""
    today = cases.local_day(timezone.now())
    rules = list(cases.ReturnRule.objects.order_by("class_kind", "-valid_from"))
    drawn: dict[str, forms.Form] = {
        "rule": ReturnRuleForm.starting_from(next(iter(rules), None), today),
        "reason": ReasonRowForm(initial={"valid_from": today}),
        "owner": FallbackOwnerForm(initial={"valid_from": today}),
    }
    if request.method != "POST":
        return _draw(request, drawn, rules, 200)
    which = request.POST.get("which", "")
    form = {"rule": ReturnRuleForm, "reason": ReasonRowForm, "owner": FallbackOwnerForm}.get(which)
    if form is None:
        raise NotFound("没有这个操作。", code="workbench.no_such_act")
    drawn[which] = bound = form(request.POST)
    if not bound.is_valid():
        return _draw(request, drawn, rules, 422)
    try:
        _save(which, bound, actor)
    except (Conflict, Invalid) as problem:
        show_problems(bound, problem)
        return _draw(request, drawn, rules, problem.status)
    messages.success(request, _("已设定。"))
    return redirect("workbench:return_rules")


def _save(which: str, form: forms.Form, actor: Actor) -> None:
    at = timezone.now()
    if isinstance(form, ReturnRuleForm):
        cases.set_return_rule(actor=actor, at=at, terms=form.terms())
    elif which == "reason":
        cases.add_return_reason(actor=actor, at=at, **form.cleaned_data)
    else:
        cases.set_fallback_owner(actor=actor, at=at, **form.cleaned_data)


def _draw(
    request: HttpRequest, drawn: dict[str, forms.Form], rules: list[cases.ReturnRule], status: int
) -> HttpResponse:
    rows = page_by_key(
        cases.FallbackOwner.objects.all(), _NEWEST, cursor=request.GET.get("cursor", "") or None
    )
    context: dict[str, Any] = {
        "forms": drawn,
        "rules": [(row, _kind(row.class_kind), _spelled(row)) for row in rules],
        "reasons": cases.ReturnReason.objects.order_by("order", "code"),
        "page": rows,
        "owners": [
            (row, names.area_name(row.area), _kind(row.class_kind), names.unit_name(row.unit))
            for row in rows.rows
        ],
        "today": cases.local_day(timezone.now()),
    }
    return render(request, "workbench/returns/rules.html", context, status=status)


def _kind(code: str) -> str:
    return str(dict(MatterKind.choices).get(code, "")) or _("全部事项")


def _spelled(row: cases.ReturnRule) -> list[str]:
    """The four limits of a rule in words."""
    pairs = [(getattr(row, f"{n}_amount"), getattr(row, f"{n}_unit")) for n in ("ask", "review", "ruling")]
    pairs.append((row.fallback_amount, row.fallback_unit))
    spelled = [spoken_limit(amount, unit) for amount, unit in pairs]
    asking = _("%(limit)s（自%(start)s起）") % {"limit": spelled[0], "start": row.get_ask_from_display()}
    return [asking, *spelled[1:]]


@require_POST
@staff("cases.configure")
def end_row(request: HttpRequest, actor: Actor, which: str, row_id: UUID) -> HttpResponse:
    """停用 a reason or a fallback owner from a day on."""
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写停用日。"))
        return redirect("workbench:return_rules")
    given = {"actor": actor, "at": timezone.now(), "valid_to": form.cleaned_data["valid_to"]}
    try:
        if which == "reason":
            cases.end_return_reason(reason_id=row_id, **given)
        else:
            cases.end_fallback_owner(owner_id=row_id, **given)
        messages.success(request, _("已停用。"))
    except (Conflict, Invalid) as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:return_rules")
