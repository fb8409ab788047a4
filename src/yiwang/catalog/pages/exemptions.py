"""Pages of exemptions 应急豁免 and of the rules of checking 准入校验规则; the mark of an inspection."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Column, Crumb, expected_version, show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, Refused, StaleVersion, YiwangError
from ..forms import named_areas
from ..permissions import may_for_areas
from ..queries.admission_lists import admission_rules, exemption_page
from ..queries.index import catalog_index
from ..services.exemptions import end_exemption, grant_exemption, mark_inspection, save_admission_rule
from ..states import EXEMPT, PERMISSION, PUBLISH
from .access import editor
from .admission_forms import ExemptionFilterForm, ExemptionForm, RuleForm
from .browsing import class_url

_COLUMNS = (
    Column(gettext_lazy("事由")),
    Column(gettext_lazy("事项分类")),
    Column(gettext_lazy("适用区域")),
    Column(gettext_lazy("起止时间")),
    Column(gettext_lazy("批准岗位")),
    Column(gettext_lazy("使用次数"), numeric=True),
    Column(gettext_lazy("操作"), hidden_label=True),
)
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
    """应急豁免: those in force or to come, newest first; open to everybody with a post."""
    at = timezone.now()
    form = ExemptionFilterForm(request.GET or None)
    past = form.is_bound and form.is_valid() and form.cleaned_data["past"]
    page, views = exemption_page(at=at, past=past, cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "page": page,
        "rows": [(view, _may_end(actor, view.row.area_ids) and view.row.ended_at is None) for view in views],
        "columns": _COLUMNS,
        "now": at,
        "may_grant": actor.may_anywhere(EXEMPT),
    }
    return render(request, "catalog/admission/exemptions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(EXEMPT)
def grant(request: HttpRequest, actor: Actor) -> HttpResponse:
    """批准应急豁免."""
    form = ExemptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            grant_exemption(actor=actor, at=timezone.now(), terms=form.terms())
        except YiwangError as error:
            show_problems(form, error)
        else:
            messages.success(request, _("已批准应急豁免，到期自动结束。"))
            return redirect("catalog:exemptions")
    context = {
        "form": form,
        "heading": _("批准应急豁免"),
        "submit": _("批准"),
        "back": reverse("catalog:exemptions"),
        "areas": named_areas(),
        "breadcrumbs": [Crumb(_("应急豁免"), reverse("catalog:exemptions")), Crumb(_("批准应急豁免"))],
    }
    return render(request, "catalog/admission/form.html", context, status=422 if form.errors else 200)


@require_POST
@staff(EXEMPT)
def end(request: HttpRequest, actor: Actor, exemption_id: UUID) -> HttpResponse:
    """提前结束豁免."""
    try:
        end_exemption(
            actor=actor, at=timezone.now(), exemption_id=exemption_id, expected=expected_version(request)
        )
    except (StaleVersion, NotFound, Refused):
        raise
    except YiwangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已提前结束。"))
    return redirect("catalog:exemptions")


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


def _may_end(actor: Actor, area_ids: list[UUID]) -> bool:
    return may_for_areas(actor, EXEMPT, area_ids, timezone.now())
