"""Pages of areas 区域页面: browse both trees, add, rename, close, link, tie leaders, create an office."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from ...interface.public import Column, Crumb, expected_version
from ...kernel.actor import Actor
from ..enums import AreaKind, AreaTree, TieKind
from ..errors import OutsideScope
from ..forms import AreaForm, EndForm, LinkForm, NameForm, OfficeForm, RunForm, TieForm
from ..models import Area, AreaTie
from ..permissions import ASSIGN, EDIT, may_govern_area, sees_area, sees_unit
from ..queries import (
    PostNode,
    area_index,
    links_of,
    post_label,
    posts_of_unit,
    ties_open,
    unit_index,
    unlinked_zones,
)
from ..rules.areas import AreaIndex, AreaNode
from ..services import (
    add_area,
    cancel_link,
    close_area,
    create_street_office,
    link_areas,
    link_many,
    rename_area,
    tie_leader,
    unlink_areas,
    untie_leader,
)
from .access import administrators, carried_out, one_of_several, status_of

_COLUMNS = (
    Column(gettext_lazy("代码")),
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("类别")),
    Column(gettext_lazy("下级"), numeric=True),
)
_LINK_COLUMNS = (
    Column(gettext_lazy("代码")),
    Column(gettext_lazy("名称")),
    Column(gettext_lazy("自")),
    Column(gettext_lazy("至")),
    Column(gettext_lazy("操作"), hidden_label=True),
)


def _rows(index: AreaIndex, nodes: tuple[AreaNode, ...], actor: Actor) -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {
            "area": node,
            "kind": AreaKind(node.kind).label,
            "below": len(index.children(node.id)),
            "is_unlinked": node.kind == AreaKind.FUNCTIONAL_ZONE and not index.communities_under(node.id),
        }
        for node in nodes
        if sees_area(actor, node.id, now)
    ]


@require_http_methods(["GET", "POST"])
@administrators
def area_roots(request: HttpRequest, actor: Actor) -> HttpResponse:
    """区域: the roots of both trees; zones that nobody has linked; a new operational area."""
    index = area_index()
    everywhere = actor.scope(EDIT).everywhere
    form = AreaForm(request.POST or None, initial={"kind": AreaKind.FUNCTIONAL_ZONE})
    if request.method == "POST" and carried_out(form, lambda given: _add(actor, None, given)):
        messages.success(request, _("运行片区已新增，请接着挂接它管辖的街道或社区。"))
        return redirect("orgs:area", area_index().by_code[form.cleaned_data["code"].strip()].id)
    roots = index.children(None)
    trees = [
        (tree.label, _rows(index, tuple(node for node in roots if node.tree == tree), actor))
        for tree in AreaTree
    ]
    context = {
        "trees": trees,
        "columns": _COLUMNS,
        "form": form if everywhere else None,
        "unlinked": len(unlinked_zones()) if actor.may_anywhere(EDIT) else 0,
    }
    return render(request, "orgs/areas.html", context, status=status_of(form))


def _add(actor: Actor, parent: AreaNode | None, given: dict[str, Any]) -> Area:
    now = timezone.now()
    return add_area(
        actor=actor,
        at=now,
        code=given["code"],
        name=given["name"],
        kind=AreaKind(given["kind"]),
        tree=AreaTree(parent.tree) if parent else AreaTree.OPERATIONAL,
        parent_id=parent.id if parent else None,
        valid_from=given["valid_from"] or timezone.localdate(now),
    )


def _area_for(actor: Actor, area_id: UUID) -> AreaNode:
    node = area_index().by_id.get(area_id)
    if node is None or not (sees_area(actor, area_id, timezone.now()) or actor.scope(EDIT).everywhere):
        raise Http404
    return node


@require_http_methods(["GET", "POST"])
@administrators
def area_page(request: HttpRequest, actor: Actor, area_id: UUID) -> HttpResponse:
    """One area: what lies in it, who runs it, which leaders answer for it; every act on it."""
    node = _area_for(actor, area_id)
    now = timezone.now()
    forms = _forms(request, actor, node, now)
    if request.method == "POST" and _carry_out(request, actor, node, forms):
        messages.success(request, _("已保存。"))
        return redirect("orgs:area", area_id)
    index = area_index()
    day = timezone.localdate(now)
    context = {
        "node": node,
        "kind": AreaKind(node.kind).label,
        "is_operational": node.tree == AreaTree.OPERATIONAL,
        "is_closed": node.valid_to is not None and node.valid_to <= day,
        "is_unlinked": node.kind == AreaKind.FUNCTIONAL_ZONE and not index.communities_under(area_id),
        "breadcrumbs": _crumbs(index, node),
        "columns": _COLUMNS,
        "rows": _rows(index, index.children(area_id), actor),
        "link_columns": _LINK_COLUMNS,
        "links": _link_rows(actor, node, now),
        "units": [unit for unit in unit_index().in_area(area_id) if sees_unit(actor, unit.id, now)],
        "ties": [
            (tied, TieKind(tied.kind).label, tied.account or post_label(tied.post_id))
            for tied in ties_open(area_id, day)
        ],
        "may_tie": "tie" in forms,
        "version": Area.objects.values_list("version", flat=True).get(id=area_id),
        "today": day,
        "forms": forms,
    }
    return render(request, "orgs/area.html", context, status=status_of(*forms.values()))


def _carry_out(request: HttpRequest, actor: Actor, node: AreaNode, forms: dict[str, Form]) -> bool:
    """Do what the form that was sent asks for; one that the page did not offer is refused."""
    what = request.POST.get("what", "")
    if what not in forms:
        raise OutsideScope(_("该操作不在您的权限范围内，或该区域已撤销。"), act=EDIT)
    act, version = _ACTS[what], expected_version(request)
    return carried_out(forms[what], lambda given: act(actor, node, given, version))


def _forms(request: HttpRequest, actor: Actor, node: AreaNode, now: datetime) -> dict[str, Form]:
    """The forms of the acts that the actor may do here and now, by name."""
    day = timezone.localdate(now)
    if not node.stands_on(day):
        return {}
    found: dict[str, Form] = {}
    edits = may_govern_area(actor, EDIT, node.id, now) or actor.scope(EDIT).everywhere
    if edits and node.tree == AreaTree.LEGAL:
        zones = [z for z in area_index().children(None) if z.tree == AreaTree.OPERATIONAL]
        if zones:
            found["run"] = one_of_several(RunForm, request, "run", zones=zones)
    elif actor.may_anywhere(EDIT) and node.tree == AreaTree.OPERATIONAL:
        found["link"] = one_of_several(LinkForm, request, "link")
    if may_govern_area(actor, ASSIGN, node.id, now):
        found["tie"] = one_of_several(TieForm, request, "tie", posts=_posts_near(node))
    if edits:
        found["part"] = one_of_several(AreaForm, request, "part", initial={"kind": _kind_below(node)})
        found["rename"] = one_of_several(NameForm, request, "rename", initial={"name": node.name})
        if node.kind == AreaKind.STREET:
            found["office"] = one_of_several(OfficeForm, request, "office")
        found["close"] = one_of_several(EndForm, request, "close")
    return found


def _kind_below(node: AreaNode) -> str:
    line = [AreaKind.CITY, AreaKind.DISTRICT, AreaKind.STREET, AreaKind.COMMUNITY, AreaKind.GRID]
    kind = AreaKind(node.kind)
    if kind in line[:-1]:
        return line[line.index(kind) + 1]
    return AreaKind.MICRO_GRID if kind == AreaKind.GRID else AreaKind.SHARED_ZONE


def _posts_near(node: AreaNode) -> list[PostNode]:
    """Posts of the units at home in the area or above it: where its leaders sit."""
    units = unit_index()
    homes = [unit for above in area_index().ancestors(node.id) for unit in units.in_area(above.id)]
    return [post for unit in homes for post in posts_of_unit(unit.id)][:200]


_Run = Callable[[Actor, AreaNode, dict[str, Any], int | None], object]


def _day(given: dict[str, Any], name: str = "valid_from") -> Any:
    return given[name] or timezone.localdate()


def _link(actor: Actor, node: AreaNode, given: dict[str, Any], version: int | None) -> object:
    pairs = [(node.id, legal) for legal in given["legal"]]
    return link_many(actor=actor, at=timezone.now(), pairs=pairs, valid_from=_day(given))


def _run(actor: Actor, node: AreaNode, given: dict[str, Any], version: int | None) -> object:
    return link_areas(
        actor=actor,
        at=timezone.now(),
        operational_id=UUID(given["operational"]),
        legal_id=node.id,
        valid_from=_day(given),
    )


def _tie(actor: Actor, node: AreaNode, given: dict[str, Any], version: int | None) -> object:
    return tie_leader(
        actor=actor,
        at=timezone.now(),
        area_id=node.id,
        kind=TieKind(given["kind"]),
        valid_from=_day(given),
        account_id=given["account"].id if given["account"] else None,
        post_id=UUID(given["post"]) if given["post"] else None,
    )


def _rename(actor: Actor, node: AreaNode, given: dict[str, Any], version: int | None) -> object:
    return rename_area(actor=actor, at=timezone.now(), area_id=node.id, name=given["name"], expected=version)


def _close(actor: Actor, node: AreaNode, given: dict[str, Any], version: int | None) -> object:
    return close_area(
        actor=actor,
        at=timezone.now(),
        area_id=node.id,
        valid_to=_day(given, "valid_to"),
        expected=version,
    )


def _office(actor: Actor, node: AreaNode, given: dict[str, Any], version: int | None) -> object:
    return create_street_office(actor=actor, at=timezone.now(), area_id=node.id, template=given["template"])


_ACTS: dict[str, _Run] = {
    "link": _link,
    "run": _run,
    "tie": _tie,
    "part": lambda actor, node, given, version: _add(actor, node, given),
    "rename": _rename,
    "office": _office,
    "close": _close,
}


def _link_rows(actor: Actor, node: AreaNode, now: datetime) -> list[dict[str, Any]]:
    """Links of the area, each with its other side and what may be done to it."""
    day = timezone.localdate(now)
    rows = []
    for link in links_of(node.id):
        is_over = link.valid_to is not None and link.valid_to <= day
        rows.append(
            {
                "link": link,
                "other": link.legal if link.operational_id == node.id else link.operational,
                "is_over": is_over,
                "is_to_come": link.valid_from > day,
                "cancels": link.valid_from >= day,
                "ends": not is_over and may_govern_area(actor, EDIT, link.legal_id, now),
            }
        )
    return rows


def _crumbs(index: AreaIndex, node: AreaNode) -> list[Crumb]:
    line = [
        Crumb(above.name, reverse("orgs:area", args=[above.id]))
        for above in reversed(index.ancestors(node.id)[1:])
    ]
    return [Crumb(_("区域"), reverse("orgs:areas")), *line, Crumb(node.name)]


@require_POST
@administrators
def end_link(request: HttpRequest, actor: Actor, area_id: UUID, link_id: UUID) -> HttpResponse:
    """终止或取消对应关系, from the page of either side."""
    now = timezone.now()
    form = EndForm(request.POST)
    if request.POST.get("act") == "cancel":
        cancel_link(actor=actor, at=now, link_id=link_id)
        messages.success(request, _("对应关系已取消。"))
    elif carried_out(
        form,
        lambda given: unlink_areas(actor=actor, at=now, link_id=link_id, valid_to=_day(given, "valid_to")),
    ):
        messages.success(request, _("对应关系将自该日起终止。"))
    else:
        messages.error(request, _problem_of(form))
    return redirect("orgs:area", area_id)


@require_POST
@administrators
def end_tie(request: HttpRequest, actor: Actor, tie_id: UUID) -> HttpResponse:
    """解除挂联 from a day on."""
    now = timezone.now()
    form = EndForm(request.POST)
    area_id = AreaTie.objects.filter(id=tie_id).values_list("area_id", flat=True).first()
    if area_id is None:
        raise Http404
    if carried_out(
        form,
        lambda given: untie_leader(actor=actor, at=now, tie_id=tie_id, valid_to=_day(given, "valid_to")),
    ):
        messages.success(request, _("挂联已解除。"))
    else:
        messages.error(request, _problem_of(form))
    return redirect("orgs:area", area_id)


def _problem_of(form: Form) -> str:
    return " ".join(str(text) for texts in form.errors.values() for text in texts)
