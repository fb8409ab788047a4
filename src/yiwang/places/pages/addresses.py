"""Pages of addresses 地址: list, one address with its map, add, change, retire and restore, import."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ...interface.public import Column, Crumb, Fact, expected_version, staff
from ...kernel.actor import Actor
from ...kernel.errors import StaleVersion, YiwangError
from ...orgs.public import area_index
from ..forms import AddressFilterForm, AddressForm
from ..models import Address
from ..permissions import MAINTAIN, VIEW, may_maintain
from ..queries.parts import address_for, addresses_page
from ..queries.unit_grids import unit_grid_of
from ..services import (
    change_address,
    import_addresses,
    record_address,
    restore_address,
    retire_address,
)
from ..services.address_tables import COLUMNS as ADDRESS_COLUMNS
from .showing import draw_form, headed, import_page, map_view, show_refusal, suggestions

_COLUMNS = (Column(gettext_lazy("地址全称")), Column(gettext_lazy("社区")), Column(gettext_lazy("街道")))


@require_GET
@staff(VIEW)
def addresses(request: HttpRequest, actor: Actor) -> HttpResponse:
    """地址: those in the actor's area, by text."""
    form = AddressFilterForm(request.GET or None)
    page = addresses_page(actor, form.wanted(), cursor=request.GET.get("cursor", ""))
    rows = []
    for one in page.rows:
        names = [node.name for node in area_index().ancestors(one.community_id)[:2]]
        community, street = (*names, "", "")[:2]
        rows.append({"address": one, "community": community, "street": street})
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "columns": _COLUMNS,
        "may_add": actor.may_anywhere(MAINTAIN),
        **suggestions(),
    }
    return render(request, "places/addresses.html", context)


@require_GET
@staff(VIEW)
def address(request: HttpRequest, actor: Actor, address_id: UUID) -> HttpResponse:
    """One address 地址: where it lies."""
    found = address_for(actor, address_id)
    line = area_index().ancestors(found.community_id)
    facts = [
        Fact(_("地址全称"), found.text),
        Fact(_("所在区域"), " ".join(node.name for node in reversed(line))),
        Fact(_("单元网格"), unit_grid_of(found.lon, found.lat)),
        Fact(_("坐标"), f"{found.lon:.6f}, {found.lat:.6f}", hint="WGS84"),
    ]
    if found.retired_at is not None:
        facts.append(Fact(_("停用时间"), timezone.localtime(found.retired_at).strftime("%Y-%m-%d %H:%M")))
    context = {
        "address": found,
        "facts": facts,
        "map": map_view("address", _("地址位置"), point=(found.lon, found.lat)),
        "may_maintain": may_maintain(actor, found.community_id),
        "breadcrumbs": [_home(), Crumb(found.text)],
    }
    return render(request, "places/address.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(MAINTAIN)
def address_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """登记地址."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = record_address(actor=actor, at=timezone.now(), **form.terms())
        except YiwangError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("已登记地址。"))
            return redirect("places:address", made.id)
    back = reverse("places:addresses")
    return draw_form(request, form, heading=_("登记地址"), back=back, home=_home())


@require_http_methods(["GET", "HEAD", "POST"])
@staff(MAINTAIN)
def address_edit(request: HttpRequest, actor: Actor, address_id: UUID) -> HttpResponse:
    """变更地址."""
    found = address_for(actor, address_id)
    initial = {"text": found.text, "place_lon": f"{found.lon:.7f}", "place_lat": f"{found.lat:.7f}"}
    form = AddressForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        expected = expected_version(request)
        try:
            change_address(
                actor=actor, at=timezone.now(), address_id=address_id, expected=expected, **form.terms()
            )
        except StaleVersion:
            raise
        except YiwangError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("places:address", address_id)
    return draw_form(
        request,
        form,
        heading=_("变更地址"),
        back=reverse("places:address", args=[address_id]),
        home=_home(),
        version=request.POST.get("version") or found.version,
    )


@require_POST
@staff(MAINTAIN)
def address_retire(request: HttpRequest, actor: Actor, address_id: UUID) -> HttpResponse:
    """停用地址."""
    return _set(request, actor, address_id, retire_address, _("已停用。"))


@require_POST
@staff(MAINTAIN)
def address_restore(request: HttpRequest, actor: Actor, address_id: UUID) -> HttpResponse:
    """恢复地址."""
    return _set(request, actor, address_id, restore_address, _("已恢复使用。"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff(MAINTAIN)
def addresses_import(request: HttpRequest, actor: Actor) -> HttpResponse:
    """导入地址."""
    columns = [
        ("text", _("必填，从区到门牌")),
        ("lon", _("必填，度")),
        ("lat", _("必填，度")),
    ]
    return import_page(
        request,
        actor,
        import_addresses,
        heading=_("导入地址"),
        back=_home(),
        columns=headed(ADDRESS_COLUMNS, columns),
    )


def _set(
    request: HttpRequest, actor: Actor, address_id: UUID, service: Callable[..., Address], said: str
) -> HttpResponse:
    address_for(actor, address_id)
    try:
        service(actor=actor, at=timezone.now(), address_id=address_id, expected=expected_version(request))
    except StaleVersion:
        raise
    except YiwangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said)
    return redirect("places:address", address_id)


def _home() -> Crumb:
    return Crumb(_("地址"), reverse("places:addresses"))
