"""Browse the catalog 浏览事项目录: schemes, classes, conditions with their limits, search."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ...interface.public import Column, Crumb, Fact, staff
from ...kernel.actor import Actor
from ..enums import ClassLevel, LimitUnit, MatterKind
from ..forms import CatalogSearchForm
from ..permissions import may_edit, may_publish
from ..queries.admission import is_inspection
from ..queries.index import catalog_index
from ..queries.lists import ResponsibilityView, rows_naming
from ..rules.index import CatalogIndex
from ..rules.nodes import ClassNode, ConditionNode, LimitValue, SchemeNode

_MOST_FOUND = 100
_CLASS_COLUMNS = (
    Column(gettext_lazy("代码")),
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("种类")),
    Column(gettext_lazy("下级分类"), numeric=True),
    Column(gettext_lazy("立案条件"), numeric=True),
    Column(gettext_lazy("时限")),
)
_CONDITION_COLUMNS = (
    Column(gettext_lazy("序号"), numeric=True),
    Column(gettext_lazy("立案条件")),
    Column(gettext_lazy("结案条件")),
    Column(gettext_lazy("处置时限")),
    Column(gettext_lazy("操作"), hidden_label=True),
)


@dataclass(frozen=True, slots=True)
class ClassView:
    """A class as the page shows it."""

    node: ClassNode
    url: str
    kind: str
    children: int
    conditions: int
    limits: str


@dataclass(frozen=True, slots=True)
class ConditionView:
    """A condition as the page shows it."""

    node: ConditionNode
    limit: str
    add_url: str


@require_GET
@staff()
def catalog(request: HttpRequest, actor: Actor) -> HttpResponse:
    """事项目录: the schemes, or what a search finds."""
    index = catalog_index()
    form = CatalogSearchForm(request.GET or None, schemes=index.schemes.values())
    words, scheme = "", ""
    if form.is_bound and form.is_valid():
        words, scheme = form.cleaned_data["words"], form.cleaned_data["scheme"]
    found = index.search(words, scheme_code=scheme or None, limit=_MOST_FOUND)
    context = {
        "form": form,
        "words": words,
        "schemes": [(node, len(index.classes(node.code)), _tops(index, node)) for node in _sorted(index)],
        "rows": [_class_view(index, node) for node in found],
        "columns": _CLASS_COLUMNS,
        "is_full": len(found) == _MOST_FOUND,
    }
    return render(request, "catalog/catalog.html", context)


@require_GET
@staff()
def scheme(request: HttpRequest, actor: Actor, scheme_code: str) -> HttpResponse:
    """分类体系: its big classes."""
    index = catalog_index()
    node = _scheme(index, scheme_code)
    context = {
        "scheme": node,
        "rows": [_class_view(index, child) for child in _tops(index, node)],
        "columns": _CLASS_COLUMNS,
        "breadcrumbs": [Crumb(_("事项目录"), reverse("catalog:catalog")), Crumb(node.name)],
    }
    return render(request, "catalog/scheme.html", context)


@require_GET
@staff()
def matter_class(request: HttpRequest, actor: Actor, scheme_code: str, code: str) -> HttpResponse:
    """事项分类: a class with its conditions, the classes below, and who answers for it."""
    index = catalog_index()
    node = index.class_by_code(scheme_code, code)
    if node is None:
        raise Http404
    context = {
        "node": node,
        "facts": _facts(node),
        "conditions": [_condition_view(node, condition) for condition in index.conditions(node.id)],
        "condition_columns": _CONDITION_COLUMNS,
        "rows": [_class_view(index, child) for child in index.children(node.id)],
        "columns": _CLASS_COLUMNS,
        "walks": _walks(index, node),
        "responsibilities": _responsibilities(node),
        "may_edit": may_edit(actor),
        "may_mark": may_publish(actor) if node.is_inspection else may_edit(actor),
        "add_url": f"{reverse('catalog:responsibility_add')}?scheme={scheme_code}&class={code}",
        "breadcrumbs": _crumbs(index, node),
    }
    return render(request, "catalog/class.html", context)


def limit_text(limit: LimitValue) -> str:
    """A limit in words, such as `2 紧急工作时`."""
    amount = limit.amount if isinstance(limit.amount, int) else float(limit.amount)
    return f"{amount} {LimitUnit(limit.unit).label}"


def class_url(node: ClassNode) -> str:
    """Address of a class."""
    return reverse("catalog:class", args=[node.scheme_code, node.code])


def _sorted(index: CatalogIndex) -> list[SchemeNode]:
    return sorted(index.schemes.values(), key=lambda node: node.code)


def _scheme(index: CatalogIndex, code: str) -> SchemeNode:
    node = index.schemes.get(code)
    if node is None:
        raise Http404
    return node


def _tops(index: CatalogIndex, scheme_node: SchemeNode) -> list[ClassNode]:
    return [node for node in index.classes(scheme_node.code) if node.parent_id is None]


def _class_view(index: CatalogIndex, node: ClassNode) -> ClassView:
    conditions = index.conditions(node.id)
    limits = list(dict.fromkeys(limit_text(c.limit) for c in conditions))
    if not limits and node.default_limit is not None:
        limits = [limit_text(node.default_limit)]
    return ClassView(
        node=node,
        url=class_url(node),
        kind=str(MatterKind(node.kind).label),
        children=len(index.children(node.id)),
        conditions=len(conditions),
        limits="、".join(limits),
    )


def _condition_view(node: ClassNode, condition: ConditionNode) -> ConditionView:
    query = f"?scheme={node.scheme_code}&class={node.code}&condition={condition.ordinal}"
    return ConditionView(
        node=condition,
        limit=limit_text(condition.limit),
        add_url=reverse("catalog:responsibility_add") + query,
    )


def _facts(node: ClassNode) -> list[Fact]:
    default = limit_text(node.default_limit) if node.default_limit else ""
    return [
        Fact(_("代码"), node.code),
        Fact(_("层级"), ClassLevel(node.level).label),
        Fact(_("种类"), MatterKind(node.kind).label),
        Fact(_("地方扩展"), _yes(node.local_extension)),
        Fact(_("须按条件立案"), _yes(node.demands_registering)),
        Fact(_("须审核"), _yes(node.review_required)),
        Fact(_("默认敏感"), _yes(node.sensitive)),
        Fact(_("行政检查"), _yes(is_inspection(node.id, timezone.now()))),
        Fact(_("默认时限"), default),
        Fact(_("准入依据"), node.basis),
        Fact(_("生效日期"), node.valid_from),
    ]


def _yes(value: bool) -> str:
    return _("是") if value else _("否")


def _walks(index: CatalogIndex, node: ClassNode) -> list[tuple[ClassNode | None, str, str, str]]:
    """Where the class goes in each other scheme: target, its address, the scheme, the note."""
    found = []
    for scheme_node in _sorted(index):
        for walk in index.crosswalk(node.id, scheme_node.code):
            target = index.class_by_id.get(walk.to_id) if walk.to_id else None
            found.append((target, class_url(target) if target else "", scheme_node.name, walk.note))
    return found


def _responsibilities(node: ClassNode) -> list[ResponsibilityView]:
    return rows_naming(node, at=timezone.now())


def _crumbs(index: CatalogIndex, node: ClassNode) -> list[Crumb]:
    above = list(reversed(index.line(node.id)))[:-1]
    return [
        Crumb(_("事项目录"), reverse("catalog:catalog")),
        Crumb(index.schemes[node.scheme_code].name, reverse("catalog:scheme", args=[node.scheme_code])),
        *(Crumb(parent.name, class_url(parent)) for parent in above),
        Crumb(node.name),
    ]
