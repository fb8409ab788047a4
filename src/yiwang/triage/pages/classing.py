"""Pages of class models 分类模型: versions, how good each is, and which one answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ...catalog.public import CatalogIndex, catalog_index
from ...interface.public import Column, Crumb, Fact, staff
from ...kernel.actor import Actor
from ...kernel.errors import YiwangError
from ..models import ClassModelVersion
from ..queries.classing import WORDINGS, model_version, name_of_scheme, schemes_in_use, versions_of
from ..services.class_models import TRAIN, publish_version, roll_back

_COLUMNS = (
    Column(gettext_lazy("版本")),
    Column(gettext_lazy("训练时间")),
    Column(gettext_lazy("训练数据")),
    Column(gettext_lazy("宏平均 F1"), numeric=True),
    Column(gettext_lazy("可自动采纳"), numeric=True),
    Column(gettext_lazy("其中准确"), numeric=True),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("操作"), hidden_label=True),
)
_CLASS_COLUMNS = (
    Column(gettext_lazy("类别")),
    Column(gettext_lazy("留出条数"), numeric=True),
    Column(gettext_lazy("查准"), numeric=True),
    Column(gettext_lazy("查全"), numeric=True),
    Column("F1", numeric=True),
)
_CONFUSED_COLUMNS = (
    Column(gettext_lazy("实际类别")),
    Column(gettext_lazy("误判为")),
    Column(gettext_lazy("条数"), numeric=True),
)


@dataclass(frozen=True, slots=True)
class SchemeView:
    """One scheme with its versions, as the page shows it; `current` answers now, if any does."""

    code: str
    name: str
    rows: list[ClassModelVersion]
    current: ClassModelVersion | None


@require_GET
@staff(TRAIN)
def models(request: HttpRequest, actor: Actor) -> HttpResponse:
    """分类模型: every scheme with its versions and which one is in use."""
    index = catalog_index(timezone.now())
    versions = versions_of(most=200)
    codes = [*schemes_in_use(index), *WORDINGS]
    codes += sorted({row.scheme for row in versions} - set(codes))
    schemes = [_scheme(index, code, [row for row in versions if row.scheme == code]) for code in codes]
    return render(request, "triage/classing/models.html", {"schemes": schemes, "columns": _COLUMNS})


def _scheme(index: CatalogIndex, code: str, rows: list[ClassModelVersion]) -> SchemeView:
    current = next((row for row in rows if row.is_in_use), None)
    return SchemeView(code, name_of_scheme(index, code), rows, current)


@require_GET
@staff(TRAIN)
def version(request: HttpRequest, actor: Actor, version_id: UUID) -> HttpResponse:
    """分类模型版本: its figures on held-back cases, per class, and what it confuses."""
    row = _found(version_id)
    index = catalog_index(timezone.now())
    figures = row.figures
    context = {
        "row": row,
        "name": name_of_scheme(index, row.scheme),
        "facts": _facts(row),
        "before": figures.get("before"),
        "class_columns": _CLASS_COLUMNS,
        "classes": [{**one, "name": _name(index, row.scheme, one["label"])} for one in figures["classes"]],
        "confused_columns": _CONFUSED_COLUMNS,
        "confused": [
            (_name(index, row.scheme, true), _name(index, row.scheme, found), cases)
            for true, found, cases in figures["confused"]
        ],
        "breadcrumbs": [
            Crumb(_("分类模型"), reverse("triage:class_models")),
            Crumb(_("第 {number} 版").format(number=row.number)),
        ],
    }
    return render(request, "triage/classing/version.html", context)


def _facts(row: ClassModelVersion) -> list[Fact]:
    figures: dict[str, Any] = row.figures
    never = figures["threshold"] > 1
    return [
        Fact(_("训练数据"), _("{source}，{cases} 条，其中改正 {corrections} 条").format(
            source=row.get_source_display(), cases=row.cases, corrections=row.corrections,
        )),
        Fact(_("留出条数"), figures["cases"], hint=_("每十条留出一条，各版本都不用它训练，只用来比较。")),
        Fact(_("宏平均 F1"), f"{figures['macro_f1']:.4f}"),
        Fact(_("准确率"), f"{figures['accuracy']:.1%}"),
        Fact(_("把握足够的比例"), f"{figures['coverage_at_95']:.1%}"),
        Fact(_("其中准确"), f"{figures['precision_reached']:.1%}"),
        Fact(_("把握的界限"), _("无") if never else f"{figures['threshold']:.1%}",
             hint=_("训练数据交叉验证中，把握在此以上的至少 95% 正确。")),
        Fact(_("把握与实际的差"), f"{figures['calibration_error']:.1%}"),
    ]  # fmt: skip


def _name(index: CatalogIndex, scheme: str, code: str) -> str:
    node = index.class_by_code(scheme, code)
    return f"{node.code} {node.name}" if node else code


@require_POST
@staff(TRAIN)
def publish(request: HttpRequest, actor: Actor, version_id: UUID) -> HttpResponse:
    """发布这个版本."""
    row = _found(version_id)
    try:
        publish_version(actor=actor, at=timezone.now(), version_id=row.id)
    except YiwangError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, _("已发布，之后的研判都用第 {number} 版。").format(number=row.number))
    return redirect("triage:class_models")


@require_POST
@staff(TRAIN)
def back(request: HttpRequest, actor: Actor, scheme: str) -> HttpResponse:
    """回退到上一个使用过的版本."""
    try:
        row = roll_back(actor=actor, at=timezone.now(), scheme=scheme)
    except YiwangError as problem:
        messages.error(request, problem.message)
    else:
        told = (
            _("已回退到第 {number} 版。").format(number=row.number)
            if row
            else _("已停用，改按事项目录研判。")
        )
        messages.success(request, told)
    return redirect("triage:class_models")


def _found(version_id: UUID) -> ClassModelVersion:
    row = model_version(version_id)
    if row is None:
        raise Http404
    return row
