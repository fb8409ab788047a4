"""Page of the rules of acting by itself 自动办理规则, and what was done by itself lately."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from ...catalog.public import catalog_index
from ...interface.public import Column, show_problems, staff
from ...kernel.actor import Actor
from ...kernel.errors import YiwangError
from ...orgs.public import area_index
from ..models import AutomaticRule
from ..queries.figures import acted_lately, stage_figures
from ..services.automatic import end_rule, set_rule

_COLUMNS = (
    Column(gettext_lazy("事项类别")),
    Column(gettext_lazy("区域")),
    Column(gettext_lazy("最低把握"), numeric=True),
    Column(gettext_lazy("办到")),
    Column(gettext_lazy("设定时间")),
    Column(gettext_lazy("操作"), hidden_label=True),
)


class RuleForm(forms.Form):
    """设定自动办理规则: a class by code, an area by code, the least confidence."""

    scheme = forms.ChoiceField(label=gettext_lazy("分类体系"))
    code = forms.CharField(label=gettext_lazy("类别代码"), help_text=gettext_lazy("可以是大类或小类。"))
    area = forms.CharField(
        label=gettext_lazy("区域代码"), required=False, help_text=gettext_lazy("不填为全市。")
    )
    percent = forms.IntegerField(
        label=gettext_lazy("最低把握（%）"), min_value=50, max_value=100, initial=95,
        help_text=gettext_lazy("低于此把握的由人办理。"),
    )  # fmt: skip
    dispatches = forms.BooleanField(label=gettext_lazy("受理后直接派遣给责任单位"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.index = catalog_index(timezone.now())
        field = self.fields["scheme"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.code, one.name) for one in self.index.schemes.values()]

    def clean_area(self) -> UUID | None:
        """The area that the code names."""
        code = self.cleaned_data["area"].strip()
        if not code:
            return None
        node = area_index().by_code.get(code)
        if node is None:
            raise forms.ValidationError(_("没有代码为 %(code)s 的区域。") % {"code": code})
        return node.id

    def clean(self) -> dict[str, Any]:
        """The class that scheme and code name."""
        given = self.cleaned_data
        node = self.index.class_by_code(given.get("scheme", ""), given.get("code", "").strip())
        if node is None and "code" in given:
            self.add_error("code", _("该分类体系中没有这个代码，请在事项目录中查找。"))
        given["class_id"] = node.id if node else None
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@staff("triage.configure")
def rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """自动办理规则: those in force, one to add, and how often people agreed with the stages."""
    form = RuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            set_rule(
                actor=actor, at=timezone.now(), class_id=given["class_id"], area_id=given["area"],
                threshold=given["percent"] / 100, dispatches=given["dispatches"],
            )  # fmt: skip
        except YiwangError as problem:
            show_problems(form, problem)
        else:
            messages.success(request, _("已设定。之后到达、把握足够的案件将自动办理。"))
            return redirect("triage:rules")
    index, areas = catalog_index(timezone.now()), area_index()
    rows = [
        {
            "rule": row,
            "name": index.full_name(row.matter_class_id),
            "area": areas.by_id[row.area_id].name if row.area_id else _("全市"),
            "percent": round(100 * row.threshold),
        }
        for row in AutomaticRule.objects.filter(ended_at=None).order_by("-set_at")
    ]
    context = {
        "form": form, "rows": rows, "columns": _COLUMNS, "figures": stage_figures(timezone.now()),
        "acted": acted_lately(actor),
    }  # fmt: skip
    return render(request, "triage/automatic/rules.html", context, status=422 if form.errors else 200)


@require_POST
@staff("triage.configure")
def end(request: HttpRequest, actor: Actor, rule_id: UUID) -> HttpResponse:
    """停用."""
    try:
        end_rule(actor=actor, at=timezone.now(), rule_id=rule_id)
    except YiwangError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, _("已停用。"))
    return redirect("triage:rules")
