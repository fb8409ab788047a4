"""Pages of areas 区域页面: browse both trees, rename, tie leaders, create a street office."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from ...interface.public import Column, Crumb, expected_version
from ...kernel.actor import Actor
from ..enums import AreaKind, AreaTree, TieKind
from ..forms import NameForm, OfficeForm, TieForm
from ..models import Area
from ..permissions import ASSIGN, EDIT, may_govern_area, sees_area, sees_unit
from ..queries import area_index, post_label, ties_of, unit_index
from ..rules.areas import AreaIndex, AreaNode
from ..services import create_street_office, rename_area, tie_leader
from .access import administrators, carried_out, one_of_several, status_of

_COLUMNS = (
    Column(gettext_lazy("代码")),
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("类别")),
    Column(gettext_lazy("下级"), numeric=True),
)


def _rows(index: AreaIndex, nodes: tuple[AreaNode, ...], actor: Actor) -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {"area": node, "kind": AreaKind(node.kind).label, "below": len(index.children(node.id))}
        for node in nodes
        if sees_area(actor, node.id, now)
    ]


@require_GET
@administrators
def area_roots(request: HttpRequest, actor: Actor) -> HttpResponse:
    """区域: the roots of both trees."""
    index = area_index()
    roots = index.children(None)
    trees = [
        (AreaTree.LEGAL.label, _rows(index, tuple(n for n in roots if n.tree == AreaTree.LEGAL), actor)),
        (
            AreaTree.OPERATIONAL.label,
            _rows(index, tuple(n for n in roots if n.tree == AreaTree.OPERATIONAL), actor),
        ),
    ]
    return render(request, "orgs/areas.html", {"trees": trees, "columns": _COLUMNS})


@require_http_methods(["GET", "POST"])
@administrators
def area_page(request: HttpRequest, actor: Actor, area_id: UUID) -> HttpResponse:
    """One area: what lies in it, who runs it, which leaders answer for it; renaming, tying, an office."""
    now = timezone.now()
    index = area_index()
    node = index.by_id.get(area_id)
    if node is None or not sees_area(actor, area_id, now):
        raise Http404
    rename = one_of_several(NameForm, request, "rename", initial={"name": node.name})
    tie = one_of_several(TieForm, request, "tie")
    office = one_of_several(OfficeForm, request, "office")
    version = expected_version(request)
    if request.method == "POST" and _carry_out(actor, area_id, (rename, tie, office), version):
        messages.success(request, _("已保存。"))
        return redirect("orgs:area", area_id)
    context = {
        "node": node,
        "kind": AreaKind(node.kind).label,
        "breadcrumbs": _crumbs(index, node),
        "columns": _COLUMNS,
        "rows": _rows(index, index.children(area_id), actor),
        "linked": [index.by_id[key] for key in index.linked(area_id)],
        "units": [unit for unit in unit_index().in_area(area_id) if sees_unit(actor, unit.id, now)],
        "ties": [
            (TieKind(tied.kind).label, tied.account or post_label(tied.post_id))
            for tied in ties_of(area_id, timezone.localdate(now))
        ],
        "version": Area.objects.values_list("version", flat=True).get(id=area_id),
        "rename": rename if may_govern_area(actor, EDIT, area_id, now) else None,
        "tie": tie if may_govern_area(actor, ASSIGN, area_id, now) else None,
        "office": office
        if node.kind == AreaKind.STREET and may_govern_area(actor, EDIT, area_id, now)
        else None,
    }
    return render(request, "orgs/area.html", context, status=status_of(rename, tie, office))


def _carry_out(
    actor: Actor, area_id: UUID, forms: tuple[NameForm, TieForm, OfficeForm], version: int | None
) -> bool:
    """Do what the form that was sent asks for."""
    now = timezone.now()
    rename, tie, office = forms
    if rename.is_bound:
        return carried_out(
            rename,
            lambda given: rename_area(
                actor=actor, at=now, area_id=area_id, name=given["name"], expected=version
            ),
        )
    if tie.is_bound:
        return carried_out(
            tie,
            lambda given: tie_leader(
                actor=actor,
                at=now,
                area_id=area_id,
                kind=TieKind(given["kind"]),
                valid_from=timezone.localdate(now),
                account_id=given["account"].id,
            ),
        )
    return carried_out(
        office,
        lambda given: create_street_office(actor=actor, at=now, area_id=area_id, template=given["template"]),
    )


def _crumbs(index: AreaIndex, node: AreaNode) -> list[Crumb]:
    line = [
        Crumb(above.name, reverse("orgs:area", args=[above.id]))
        for above in reversed(index.ancestors(node.id)[1:])
    ]
    return [Crumb(_("区域"), reverse("orgs:areas")), *line, Crumb(node.name)]
