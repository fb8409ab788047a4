"""Rules pages 规则 of levels, same-day closing and call-backs: what holds, a new row, the end of one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...cases import public as cases
from ...interface.public import show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Invalid, NotFound, YiwangError
from ..forms.level_rules import RULE_FORMS
from ..queries.level_rules import rows_of
from .problems import sentence_of


@require_GET
@staff("cases.configure")
def rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """流转、清零和回访规则: every table with the rows that hold or will."""
    today: date = cases.local_day(timezone.now())
    tables = [(name, str(label), rows_of(name, today)) for name, (label, _form) in RULE_FORMS.items()]
    return render(request, "workbench/level_rules.html", {"tables": tables, "today": today})


@require_http_methods(["GET", "HEAD", "POST"])
@staff("cases.configure")
def add(request: HttpRequest, actor: Actor, table: str) -> HttpResponse:
    """设定: a new row from a day on."""
    if table not in RULE_FORMS:
        raise NotFound("没有这种规则。", code="cases.no_rule_table")
    label, form_class = RULE_FORMS[table]
    form = form_class(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                cases.add_loop_rule(actor=actor, at=timezone.now(), table=table, values=form.values())
            except (Conflict, Invalid) as problem:
                show_problems(form, problem)
                status = problem.status
            else:
                messages.success(request, _("规则已设定。"))
                return redirect("workbench:level_rules")
    context: dict[str, Any] = {
        "form": form,
        "label": label,
        "breadcrumbs": [(_("流转、清零和回访规则"), "/rules/levels/"), (str(label), "")],
    }
    return render(request, "workbench/level_rule.html", context, status=status)


@require_POST
@staff("cases.configure")
def end(request: HttpRequest, actor: Actor, table: str, key: UUID) -> HttpResponse:
    """停用 a row from today on."""
    try:
        cases.end_loop_rule(actor=actor, at=timezone.now(), table=table, key=key)
        messages.success(request, _("已停用。"))
    except YiwangError as problem:
        messages.error(request, sentence_of(problem))
    return redirect("workbench:level_rules")
