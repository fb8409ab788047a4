"""Pages of repeats 重复: the panel of a case with its two acts, mass events, and the rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...cases.public import case_for, may, task_units
from ...catalog.public import catalog_index
from ...interface.public import Column, show_problems, staff, within_budget
from ...kernel.actor import Actor
from ...kernel.errors import YiwangError
from ...kernel.working_time import SHANGHAI
from ..models import RepeatRule
from ..queries.repeat_views import LEAST_REPORTS, cluster_page, clusters_of, likely_repeats
from ..repeat_registering import REPEAT_PANEL
from ..rules.repeats.scoring import Thresholds
from ..services.repeat_keys import KEPT_STATES
from ..services.repeat_rules import RepeatTerms, end_repeat_rule, set_repeat_rule
from ..services.repeats import repeats_of_case
from ..services.repeats_merging import judge_different, merge_by_person

_CLUSTER_COLUMNS = (
    Column(gettext_lazy("案件")),
    Column(gettext_lazy("诉求数"), numeric=True),
    Column(gettext_lazy("人数"), numeric=True),
    Column(gettext_lazy("近 1 小时"), numeric=True),
    Column(gettext_lazy("近 24 小时"), numeric=True),
    Column(gettext_lazy("起止")),
    Column(gettext_lazy("状态")),
)
_RULE_COLUMNS = (
    Column(gettext_lazy("事项类别")),
    Column(gettext_lazy("自动合并把握"), numeric=True),
    Column(gettext_lazy("提示把握"), numeric=True),
    Column(gettext_lazy("比对天数"), numeric=True),
    Column(gettext_lazy("有效期")),
    Column(gettext_lazy("操作"), hidden_label=True),
)


class ClusterFilterForm(forms.Form):
    """What the list of mass events shows."""

    least = forms.IntegerField(
        label=gettext_lazy("至少几件诉求"), min_value=2, max_value=10_000, required=False
    )


class RepeatRuleForm(forms.Form):
    """设定查重规则: a class by code or all, shares of certainty, days."""

    scheme = forms.ChoiceField(label=gettext_lazy("分类体系"), required=False)
    code = forms.CharField(
        label=gettext_lazy("类别代码"), required=False, help_text=gettext_lazy("不填为全部类别。")
    )
    merges = forms.BooleanField(label=gettext_lazy("把握足够时自动合并"), required=False, initial=True)
    merge_at = forms.IntegerField(
        label=gettext_lazy("自动合并把握（%）"), min_value=50, max_value=100, initial=97
    )
    suggest_at = forms.IntegerField(
        label=gettext_lazy("提示把握（%）"), min_value=5, max_value=100, initial=50
    )
    window_days = forms.IntegerField(label=gettext_lazy("比对天数"), min_value=1, max_value=365, initial=60)
    valid_from = forms.DateField(
        label=gettext_lazy("生效日"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.index = catalog_index(timezone.now())
        field = self.fields["scheme"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.code, one.name) for one in self.index.schemes.values()]

    def clean(self) -> dict[str, Any]:
        """The class that scheme and code name."""
        given = self.cleaned_data
        code = (given.get("code") or "").strip()
        node = self.index.class_by_code(given.get("scheme") or "", code) if code else None
        if code and node is None:
            self.add_error("code", _("该分类体系中没有这个代码，请在事项目录中查找。"))
        given["matter_class"] = node.id if node else None
        return given

    def terms(self) -> RepeatTerms:
        """What was entered."""
        given = self.cleaned_data
        return RepeatTerms(
            merge_at=given["merge_at"] / 100, suggest_at=given["suggest_at"] / 100, merges=given["merges"],
            window_days=given["window_days"], valid_from=given["valid_from"],
            matter_class=given["matter_class"],
        )  # fmt: skip


@require_GET
@staff("cases.view")
@within_budget(REPEAT_PANEL)
def panel(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponse:
    """疑似重复: open cases that may be the same problem, why, and what to do with one key."""
    case = case_for(actor, case_id)
    views = []
    if case.state in KEPT_STATES:
        views = likely_repeats(actor, repeats_of_case(case, at=timezone.now()).candidates)
    cluster = clusters_of([case.id], at=timezone.now()) if case.report_count >= LEAST_REPORTS else []
    context = {
        "case": case,
        "views": views,
        "cluster": cluster[0] if cluster else None,
        "may_merge": bool(views) and may(actor, "cases.merge", case, task_units(case)),
    }
    return render(request, "triage/repeats/panel.html", context)


@require_POST
@staff("cases.merge")
def merge(request: HttpRequest, actor: Actor, case_id: UUID, other_id: UUID) -> HttpResponse:
    """合并: the younger case becomes part of the older."""
    kept = _done(
        request,
        lambda: merge_by_person(actor=actor, at=timezone.now(), case_id=case_id, other_id=other_id).id,
        _("已合并为一个案件，每位诉求人都会得到答复。如有误，可在被并入的案件上拆分还原。"),
    )
    return redirect("workbench:case", kept or case_id)


@require_POST
@staff("cases.merge")
def different(request: HttpRequest, actor: Actor, case_id: UUID, other_id: UUID) -> HttpResponse:
    """不是同一问题."""
    _done(
        request,
        lambda: judge_different(actor=actor, at=timezone.now(), case_id=case_id, other_id=other_id),
        _("已记下：这两个案件不是同一问题，以后不再提示。"),
    )
    return redirect("workbench:case", case_id)


def _done(request: HttpRequest, act: Callable[[], UUID | None], words: str) -> UUID | None:
    """Do an act and say how it went; its answer, or None after a refusal."""
    try:
        found = act()
    except YiwangError as problem:
        messages.error(request, problem.message)
        return None
    messages.success(request, words)
    return found


@require_GET
@staff("cases.view")
def clusters(request: HttpRequest, actor: Actor) -> HttpResponse:
    """一事多诉: open cases with many reports, and how fast they grow."""
    form = ClusterFilterForm(request.GET or None)
    least = form.cleaned_data.get("least") if form.is_bound and form.is_valid() else None
    page = cluster_page(
        actor, at=timezone.now(), least=least or LEAST_REPORTS, cursor=request.GET.get("cursor", "")
    )
    context = {
        "form": form, "page": page, "rows": page.rows, "columns": _CLUSTER_COLUMNS,
        "least": least or LEAST_REPORTS,
    }  # fmt: skip
    return render(request, "triage/repeats/clusters.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("triage.configure")
def rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """查重规则: those in force and to come, and one to add."""
    today = timezone.now().astimezone(SHANGHAI).date()
    form = RepeatRuleForm(request.POST or None, initial={"valid_from": today})
    if request.method == "POST" and form.is_valid():
        try:
            set_repeat_rule(actor=actor, at=timezone.now(), terms=form.terms())
        except YiwangError as problem:
            show_problems(form, problem)
        else:
            messages.success(request, _("已设定。自生效日起按新规则查重。"))
            return redirect("triage:repeat_rules")
    index = catalog_index(timezone.now())
    kept = RepeatRule.objects.order_by("matter_class", "-valid_from")
    rows = [
        {
            "rule": row,
            "name": index.full_name(row.matter_class) if row.matter_class else _("全部类别"),
            "merge": round(100 * row.merge_at),
            "suggest": round(100 * row.suggest_at),
            "has_ended": row.valid_to is not None and row.valid_to <= today,
        }
        for row in kept
    ]
    shipped = Thresholds()
    context = {
        "form": form, "rows": rows, "columns": _RULE_COLUMNS,
        "suggest": round(100 * shipped.suggest_at), "days": shipped.window_days,
    }  # fmt: skip
    return render(request, "triage/repeats/rules.html", context, status=422 if form.errors else 200)


@require_POST
@staff("triage.configure")
def rule_end(request: HttpRequest, actor: Actor, rule_id: UUID) -> HttpResponse:
    """停用."""
    now = timezone.now()
    today = now.astimezone(SHANGHAI).date()
    _done(
        request,
        lambda: end_repeat_rule(actor=actor, at=now, rule_id=rule_id, valid_to=today).id,
        _("已停用。"),
    )
    return redirect("triage:repeat_rules")
