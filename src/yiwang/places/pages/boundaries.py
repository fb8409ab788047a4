"""Boundaries over HTTP 边界: vector tiles of a layer, one boundary as GeoJSON.

City, districts and streets are public geography, which residents' maps draw too; all else is after login.
"""

from __future__ import annotations

import json
from uuid import UUID

import shapely
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ...interface.public import actor_of
from ...kernel.errors import Refused
from ...orgs.public import area_index
from ..queries.boundaries import boundary_of
from ..queries.tiles import area_tile, drawing_key
from ..rules.layers import PUBLIC_LAYERS
from ..rules.tiles import is_tile

_TILE_TYPE = "application/vnd.mapbox-vector-tile"


@require_safe
def tile(request: HttpRequest, layer: str, zoom: int, column: int, row: int) -> HttpResponse:
    """One vector tile of a layer; the browser keeps it until the boundaries change."""
    if layer not in PUBLIC_LAYERS:
        _demand_login(request)
    if not is_tile(zoom, column, row):
        raise Http404
    key = drawing_key(layer)
    tag = f'"{layer}-{key[1]}-{key[2]}"' if key else f'"{layer}"'
    answer: HttpResponse
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(area_tile(layer, zoom, column, row), content_type=_TILE_TYPE)
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, max-age=3600" if "v" in request.GET else "private, no-cache"
    return answer


@require_safe
def boundary(request: HttpRequest, area_id: UUID) -> JsonResponse:
    """The boundary in force of one area as a GeoJSON feature; says when it is illustrative (示意)."""
    _demand_login(request)
    found = boundary_of(area_id)
    if found is None:
        raise Http404
    node = area_index().by_id.get(area_id)
    properties = {
        "id": str(area_id),
        "code": found.code,
        "name": found.name,
        "kind": node.kind if node else "",
        "illustrative": found.illustrative,
        "note": _("示意边界，不作测绘或权属依据。") if found.illustrative else "",
    }
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": json.loads(shapely.to_geojson(found.shape)),
    }
    return JsonResponse(
        feature, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False}
    )


def _demand_login(request: HttpRequest) -> None:
    if actor_of(request) is None:
        raise Refused("请先登录。")
