"""Pages of exemptions 应急豁免 and of the rules of checking 准入校验规则; the mark of an inspection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Column, Crumb, Fact, expected_version, show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, Refused, StaleVersion, YiwangError
from ..forms import named_areas
from ..models import Exemption
from ..permissions import may_for_areas
from ..queries.admission_lists import (
    ExemptionView,
    admission_rules,
    exemption_for,
    exemption_page,
    exemption_view,
)
from ..queries.index import catalog_index
from ..services.exemptions import (
    ask_exemption,
    end_exemption,
    grant_exemption,
    mark_inspection,
    refuse_exemption,
    save_admission_rule,
    take_exemption_back,
)
from ..states import ASK_EXEMPTION, EXEMPT, EXEMPTION, GRANTED, PERMISSION, PUBLISH, REFUSED
from .access import editor
from .admission_forms import ExemptionFilterForm, ExemptionForm, RuleForm, WordsForm
from .browsing import class_url

_COLUMNS = (
    Column(gettext_lazy("事由")),
    Column(gettext_lazy("事项分类")),
    Column(gettext_lazy("适用区域")),
    Column(gettext_lazy("起止时间")),
    Column(gettext_lazy("申请岗位")),
    Column(gettext_lazy("批准岗位")),
    Column(gettext_lazy("使用次数"), numeric=True),
)
_ACTS: dict[str, Callable[..., Exemption]] = {
    "grant": grant_exemption, "take_back": take_exemption_back, "end": end_exemption,
}  # fmt: skip
_RULE_COLUMNS = (
    Column(gettext_lazy("层级")),
    Column(gettext_lazy("区域")),
    Column(gettext_lazy("校验方式")),
    Column(gettext_lazy("豁免最长小时"), numeric=True),
    Column(gettext_lazy("依据")),
)


@require_GET
@staff()
def exemptions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """应急豁免: those asked for, in force or to come, newest first; open to everybody with a post."""
    at = timezone.now()
    form = ExemptionFilterForm(request.GET or None)
    past = form.is_bound and form.is_valid() and form.cleaned_data["past"]
    page, views = exemption_page(at=at, past=past, cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "page": page,
        "rows": views,
        "columns": _COLUMNS,
        "now": at,
        "may_ask": actor.may_anywhere(ASK_EXEMPTION),
    }
    return render(request, "catalog/admission/exemptions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(ASK_EXEMPTION)
def ask(request: HttpRequest, actor: Actor) -> HttpResponse:
    """申请应急豁免; another person decides."""
    form = ExemptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = ask_exemption(actor=actor, at=timezone.now(), terms=form.terms())
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已提交申请，等待他人批准；批准前不能派遣。"))
            return redirect("catalog:exemption", row.id)
    context = {
        "form": form,
        "heading": _("申请应急豁免"),
        "submit": _("提交申请"),
        "back": reverse("catalog:exemptions"),
        "areas": named_areas(),
        "breadcrumbs": [Crumb(_("应急豁免"), reverse("catalog:exemptions")), Crumb(_("申请应急豁免"))],
    }
    return render(request, "catalog/admission/form.html", context, status=422 if form.errors else 200)


@require_GET
@staff()
def exemption(request: HttpRequest, actor: Actor, exemption_id: UUID) -> HttpResponse:
    """One exemption: who asked, who decided, how often it was used, and what may be done."""
    return _show(request, actor, exemption_id)


@require_POST
@staff(ASK_EXEMPTION, EXEMPT)
def act(request: HttpRequest, actor: Actor, exemption_id: UUID, action: str) -> HttpResponse:
    """Grant, refuse, take back or end."""
    given: dict[str, Any] = {
        "actor": actor, "at": timezone.now(), "exemption_id": exemption_id,
        "expected": expected_version(request),
    }  # fmt: skip
    form = WordsForm(request.POST) if action == "refuse" else None
    if form is not None and not form.is_valid():
        return _show(request, actor, exemption_id, form)
    if form is None and action not in _ACTS:
        raise NotFound("没有这个操作。")
    try:
        if form is not None:
            refuse_exemption(**given, reason=form.cleaned_data["reason"])
        else:
            _ACTS[action](**given)
    except (StaleVersion, NotFound, Refused):
        raise
    except YiwangError as error:
        messages.error(request, error.message)
    else:
        label = next(row.label for row in EXEMPTION.transitions if row.action == action)
        messages.success(request, _("已{act}。").format(act=_(label)))
    return redirect("catalog:exemption", exemption_id)


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """准入校验规则: how each level is checked, and how long an exemption may last."""
    form = RuleForm(request.POST or None, initial={"exemption_hours": 72})
    if request.method == "POST" and form.is_valid():
        try:
            save_admission_rule(actor=actor, at=timezone.now(), **form.cleaned_data)
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("catalog:admission_rules")
    context = {
        "form": form,
        "rows": admission_rules(),
        "columns": _RULE_COLUMNS,
        "areas": named_areas(),
        "breadcrumbs": [Crumb(_("准入清单"), reverse("catalog:admission")), Crumb(_("准入校验规则"))],
    }
    return render(request, "catalog/admission/rules.html", context, status=422 if form.errors else 200)


@require_POST
@staff(PERMISSION, PUBLISH)
def mark(request: HttpRequest, actor: Actor, class_id: UUID) -> HttpResponse:
    """标为行政检查, or lift the mark."""
    on = request.POST.get("on") == "1"
    mark_inspection(actor=actor, at=timezone.now(), class_id=class_id, on=on)
    messages.success(request, _("已标为行政检查，不得派给网格。") if on else _("已取消行政检查标记。"))
    return redirect(class_url(catalog_index().class_by_id[class_id]))


def _show(
    request: HttpRequest, actor: Actor, exemption_id: UUID, refused: WordsForm | None = None
) -> HttpResponse:
    at = timezone.now()
    view = exemption_view(exemption_for(exemption_id), at)
    row = view.row
    offered = [step for step in EXEMPTION.open_from(row.state) if _may(actor, row, step.permission)]
    if row.ended_at is not None or row.ends_at <= at:
        offered = [step for step in offered if step.action == "take_back"]
    context = {
        "view": view,
        "exemption": row,
        "now": at,
        "facts": _facts(view),
        "offers": [(step, (refused or WordsForm()) if step.action == "refuse" else None) for step in offered],
        "breadcrumbs": [Crumb(_("应急豁免"), reverse("catalog:exemptions")), Crumb(row.title)],
    }
    return render(request, "catalog/admission/exemption.html", context, status=422 if refused else 200)


def _may(actor: Actor, row: Exemption, permission: str) -> bool:
    """Whether the act is offered; who asked is offered to take it back, never to decide."""
    is_own = actor.account_id is not None and actor.account_id == row.asked_by
    if permission == ASK_EXEMPTION:
        return is_own
    decided = row.state == GRANTED
    return (decided or not is_own) and may_for_areas(actor, EXEMPT, row.area_ids, timezone.now())


def _facts(view: ExemptionView) -> list[Fact]:
    row = view.row
    found = [
        Fact(_("理由"), row.reason),
        Fact(_("适用层级"), view.levels),
        Fact(_("事项分类"), view.classes),
        Fact(_("适用区域"), view.areas or _("全市")),
        Fact(_("开始时间"), _minute(row.starts_at)),
        Fact(_("截止时间"), _minute(row.ends_at)),
        Fact(_("申请岗位"), view.asker or "—"),
        Fact(_("申请时间"), _minute(row.asked_at)),
    ]
    if row.granted_by is not None:
        decided = _("未批准岗位") if row.state == REFUSED else _("批准岗位")
        found.append(Fact(decided, view.post or "—"))
    if row.granted_at is not None:
        found.append(Fact(_("批准时间"), _minute(row.granted_at)))
    if row.refusal:
        found.append(Fact(_("未批准理由"), row.refusal))
    if row.ended_at is not None:
        found.append(Fact(_("提前结束时间"), _minute(row.ended_at)))
    return [*found, Fact(_("使用次数"), row.used)]


def _minute(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at is not None else "—"
