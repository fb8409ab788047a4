"""Map page 案件地图: clusters of cases over the boundaries, and the list of a cluster."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ...cases.public import CASE
from ...interface.public import MapLayer, MapView, staff
from ...kernel.actor import Actor
from ...kernel.errors import invalid
from ..forms.filters import MapFilterForm
from ..layers import boundary_layers, first_view, has_illustrative_boundaries
from ..queries.lists import rows_of
from ..queries.tiles import LAYER, LIST_CAP, Box, case_tile, cases_in

CACHE_SECONDS = 15


@require_GET
@staff("cases.view")
def case_map(request: HttpRequest, actor: Actor) -> HttpResponse:
    """案件地图."""
    bound = MapFilterForm(request.GET)
    bound.wanted()
    query = request.GET.urlencode()
    tiles = "/tiles/cases/{z}/{x}/{y}.mvt" + (f"?{query}" if query else "")
    clusters = MapLayer(
        name=LAYER, label=_("案件"), tiles=tiles, kind="clusters", colour="#c2410c", link="/cases/{id}/"
    )
    view = MapView(
        name="cases",
        label=_("案件分布"),
        layers=[*boundary_layers(), clusters],
        bounds=first_view(),
        illustrative=has_illustrative_boundaries(),
    )
    context = {
        "map": view,
        "form": MapFilterForm(request.GET or None),
        "areas": bound.areas(),
        "query": query,
        "cluster_url": reverse("workbench:map_cluster") + (f"?{query}" if query else ""),
    }
    return render(request, "workbench/map.html", context)


@require_GET
@staff("cases.view")
def cluster(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Cases inside a box 聚合点内的案件, newest first, at most `LIST_CAP`."""
    at = timezone.now()
    try:
        west, south, east, north = (float(part) for part in request.GET.get("box", "").split(","))
    except ValueError:
        raise invalid("box", request.GET.get("box", ""), "请在地图上点选聚合点。") from None
    wanted = MapFilterForm(request.GET).wanted()
    found = cases_in(actor, wanted, Box(west, south, east, north), at)
    rows = list(found.order_by("-created_at", "-id")[: LIST_CAP + 1])
    context = {
        "rows": rows_of(rows[:LIST_CAP], at),
        "is_cut": len(rows) > LIST_CAP,
        "limit": LIST_CAP,
        "lifecycle": CASE,
        "now": at,
    }
    return render(request, "workbench/parts/cluster.html", context)


@require_GET
@staff("cases.view")
def tile(request: HttpRequest, actor: Actor, z: int, x: int, y: int) -> HttpResponse:
    """A vector tile of cases in the actor's own scope; kept by the browser for a few seconds."""
    wanted = MapFilterForm(request.GET).wanted()
    body = case_tile(actor, wanted, z, x, y, at=timezone.now())
    answer = HttpResponse(body, content_type="application/vnd.mapbox-vector-tile")
    answer["Cache-Control"] = f"private, max-age={CACHE_SECONDS}"
    answer["Vary"] = "Cookie"
    return answer
