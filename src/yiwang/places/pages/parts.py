"""Pages of parts 部件: list, one part with its map, add, change, retire and restore, import."""

from __future__ import annotations

from collections.abc import Callable
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

from ...interface.public import Column, Crumb, Fact, expected_version, staff, tone_of
from ...kernel.actor import Actor
from ...kernel.errors import StaleVersion, YiwangError
from ...orgs.public import area_index, unit_index
from ..forms import PartFilterForm, PartForm, shown
from ..models import Part
from ..permissions import MAINTAIN, VIEW, may_maintain
from ..queries.parts import part_classes, part_for, parts_page
from ..queries.unit_grids import unit_grid_of
from ..services import change_part, create_part, import_parts, restore_part, retire_part
from ..services.part_tables import COLUMNS as PART_COLUMNS
from .showing import draw_form, headed, import_page, map_view, show_refusal, suggestions

_COLUMNS = (
    Column(gettext_lazy("标识码")),
    Column(gettext_lazy("类别")),
    Column(gettext_lazy("社区")),
    Column(gettext_lazy("状态")),
    Column(gettext_lazy("权属单位")),
)


def _row(part: Part, classes: dict[str, str]) -> dict[str, Any]:
    """A part in words; names come from the indexes, so it costs no query."""
    community = area_index().by_id.get(part.community_id)
    return {
        "part": part,
        "class_name": classes.get(part.class_code, ""),
        "community": community.name if community else "",
        "owner": unit_index().name(part.owner_id),
        "tone": tone_of(part.status),
    }


@require_GET
@staff(VIEW)
def parts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """部件: those in the actor's area, by code."""
    form = PartFilterForm(request.GET or None)
    page = parts_page(actor, form.wanted(), cursor=request.GET.get("cursor", ""))
    classes = part_classes()
    context = {
        "form": form,
        "page": page,
        "rows": [_row(part, classes) for part in page.rows],
        "columns": _COLUMNS,
        "may_add": actor.may_anywhere(MAINTAIN),
        **suggestions(),
    }
    return render(request, "places/parts.html", context)


@require_GET
@staff(VIEW)
def part(request: HttpRequest, actor: Actor, part_id: UUID) -> HttpResponse:
    """One part 部件: what is known of it, and where it lies."""
    found = part_for(actor, part_id)
    context = {
        "part": found,
        **_row(found, part_classes()),
        "facts": _facts(found),
        "map": map_view("part", _("部件位置"), point=(found.lon, found.lat)),
        "may_maintain": may_maintain(actor, found.community_id),
        "breadcrumbs": [_home(), Crumb(found.code)],
    }
    return render(request, "places/part.html", context)


def _facts(found: Part) -> list[Fact]:
    line = area_index().ancestors(found.community_id)
    facts = [
        Fact(_("标识码"), found.code),
        Fact(_("类别"), f"{found.class_code} {part_classes().get(found.class_code, '')}"),
        Fact(_("状态"), found.get_status_display()),
        Fact(_("所在区域"), " ".join(node.name for node in reversed(line))),
        Fact(_("单元网格"), unit_grid_of(found.lon, found.lat)),
        Fact(_("坐标"), f"{found.lon:.6f}, {found.lat:.6f}", hint="WGS84"),
        Fact(_("定位精度"), found.get_precision_display()),
        Fact(_("权属单位"), unit_index().name(found.owner_id)),
    ]
    if found.retired_at is not None:
        facts.append(Fact(_("停用时间"), timezone.localtime(found.retired_at).strftime("%Y-%m-%d %H:%M")))
    return facts


@require_http_methods(["GET", "HEAD", "POST"])
@staff(MAINTAIN)
def part_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """登记部件."""
    form = PartForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_part(actor=actor, at=timezone.now(), **form.terms())
        except YiwangError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("已登记部件 {code}。").format(code=made.code))
            return redirect("places:part", made.id)
    return draw_form(request, form, heading=_("登记部件"), back=reverse("places:parts"), home=_home())


@require_http_methods(["GET", "HEAD", "POST"])
@staff(MAINTAIN)
def part_edit(request: HttpRequest, actor: Actor, part_id: UUID) -> HttpResponse:
    """变更部件: everything but its code."""
    found = part_for(actor, part_id)
    form = PartForm(
        request.POST if request.method == "POST" else None, standing=True, initial=_initial(found)
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_part(
                actor=actor,
                at=timezone.now(),
                part_id=part_id,
                expected=expected_version(request),
                **form.terms(),
            )
        except StaleVersion:
            raise
        except YiwangError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("places:part", part_id)
    return draw_form(
        request,
        form,
        heading=_("变更部件 {code}").format(code=found.code),
        back=reverse("places:part", args=[part_id]),
        home=_home(),
        version=request.POST.get("version") or found.version,
    )


@require_POST
@staff(MAINTAIN)
def part_retire(request: HttpRequest, actor: Actor, part_id: UUID) -> HttpResponse:
    """停用部件."""
    return _set(request, actor, part_id, retire_part, _("已停用。"))


@require_POST
@staff(MAINTAIN)
def part_restore(request: HttpRequest, actor: Actor, part_id: UUID) -> HttpResponse:
    """恢复部件."""
    return _set(request, actor, part_id, restore_part, _("已恢复使用。"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff(MAINTAIN)
def parts_import(request: HttpRequest, actor: Actor) -> HttpResponse:
    """导入部件."""
    columns = [
        ("code", _("必填，16 位")),
        ("lon", _("必填，度")),
        ("lat", _("必填，度")),
        ("status", _("完好、破损、丢失、占用、废弃；不填为完好")),
        ("precision", _("A、B 或 C；不填为 C")),
        ("owner", _("单位名称或代码")),
    ]
    return import_page(
        request,
        actor,
        import_parts,
        heading=_("导入部件"),
        back=_home(),
        columns=headed(PART_COLUMNS, columns),
    )


def _set(
    request: HttpRequest, actor: Actor, part_id: UUID, service: Callable[..., Part], said: str
) -> HttpResponse:
    part_for(actor, part_id)
    try:
        service(actor=actor, at=timezone.now(), part_id=part_id, expected=expected_version(request))
    except StaleVersion:
        raise
    except YiwangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said)
    return redirect("places:part", part_id)


def _home() -> Crumb:
    return Crumb(_("部件台账"), reverse("places:parts"))


def _initial(found: Part) -> dict[str, Any]:
    owner = unit_index().by_id.get(found.owner_id) if found.owner_id else None
    return {
        "status": found.status,
        "precision": found.precision,
        "owner": shown(owner) if owner else "",
        "place_lon": f"{found.lon:.7f}",
        "place_lat": f"{found.lat:.7f}",
        "crs": "wgs84",
    }
