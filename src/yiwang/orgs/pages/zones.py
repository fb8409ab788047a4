"""Page of zones that nobody has linked 未挂接的功能区: what is missing, and all of it in one form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ...interface.public import Crumb
from ...kernel.actor import Actor
from ...kernel.errors import Refused
from ..enums import AreaKind
from ..forms import DayForm, ZoneForm
from ..permissions import EDIT, may_govern_area
from ..queries import area_index, post_index, unlinked_zones
from ..rules.areas import AreaIndex, AreaNode
from ..services import link_many
from .access import administrators, carried_out, status_of


def _district_of(index: AreaIndex, zone: AreaNode) -> AreaNode | None:
    """The district whose code begins the zone's, as the codes of pseudo-streets do (GB/T 10114)."""
    return next(
        (
            node
            for length in range(len(zone.code) - 1, 0, -1)
            if (node := index.by_code.get(zone.code[:length])) is not None and node.kind == AreaKind.DISTRICT
        ),
        None,
    )


def _posts_in(index: AreaIndex, zone: AreaNode) -> int:
    """Open posts that stand in the zone or its parts, and so see nothing."""
    inside = {zone.id, *(node.id for node in index.descendants(zone.id))}
    return sum(post.area_id in inside and post.closed_at is None for post in post_index().values())


def _entries(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    index, now = area_index(), timezone.now()
    found = []
    for zone in unlinked_zones():
        district = _district_of(index, zone)
        streets = [
            street
            for street in (index.children(district.id) if district else ())
            if may_govern_area(actor, EDIT, street.id, now)
        ]
        if not streets and not actor.scope(EDIT).everywhere:
            continue
        form = ZoneForm(request.POST if request.method == "POST" else None, zone=zone, streets=streets)
        found.append({"zone": zone, "district": district, "posts": _posts_in(index, zone), "form": form})
    return found


@require_http_methods(["GET", "POST"])
@administrators
def unlinked(request: HttpRequest, actor: Actor) -> HttpResponse:
    """未挂接的功能区: their posts reach no community until they are linked to streets or communities here."""
    if not actor.may_anywhere(EDIT):
        raise Refused("您没有维护区域的权限。", act=EDIT)
    entries = _entries(request, actor)
    day = DayForm(request.POST if request.method == "POST" else None)
    valid = [entry["form"].is_valid() for entry in entries]
    if request.method == "POST" and all(valid):
        pairs = [pair for entry in entries for pair in entry["form"].pairs()]
        if not pairs:
            day.add_error(None, _("请至少为一个功能区选择街道或社区。"))
        elif carried_out(
            day,
            lambda given: link_many(
                actor=actor,
                at=timezone.now(),
                pairs=pairs,
                valid_from=given["valid_from"] or timezone.localdate(),
            ),
        ):
            done = len({zone for zone, _legal in pairs})
            messages.success(request, _("已挂接 {count} 个功能区。").format(count=done))
            return redirect("orgs:unlinked")
    context = {
        "entries": entries,
        "day": day,
        "breadcrumbs": [Crumb(_("区域"), reverse("orgs:areas")), Crumb(_("未挂接的功能区"))],
    }
    return render(
        request, "orgs/unlinked.html", context, status=status_of(day, *(e["form"] for e in entries))
    )
