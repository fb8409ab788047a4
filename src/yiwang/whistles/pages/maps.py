"""Maps 地图 of whistles: the point and its fence, a point to pick."""

from __future__ import annotations

from math import cos, pi, radians, sin
from typing import Any

from django.utils.translation import gettext as _

from ...interface.public import MapLayer, MapView
from ...places.public import city_extent, drawn_layers
from ..models import Whistle

_DRAWN = ("district", "street", "community")
_METRES_A_DEGREE = 111_195.0
_CORNERS = 48


def whistle_map(whistle: Whistle | None, *, name: str, pick: str = "") -> MapView:
    """A map of boundaries with the whistle's point and fence; `pick` lets a click fill in a point."""
    drawn = [layer for layer in drawn_layers() if layer.code in _DRAWN]
    layers = [
        MapLayer(layer.code, _(layer.name), tiles=layer.tiles, colour="#7a93b8", text="name")
        for layer in drawn
    ]
    point, bounds = None, city_extent()
    if whistle is not None and whistle.lon is not None and whistle.lat is not None:
        point = (whistle.lon, whistle.lat)
        ring = _ring(point, whistle.fence_metres)
        fence = {
            "type": "Feature", "properties": {},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }  # fmt: skip
        shape: dict[str, Any] = {"type": "FeatureCollection", "features": [fence]}
        layers.append(MapLayer("fence", _("报到围栏"), geojson=shape, colour="#d6336c"))
        lons, lats = [lon for lon, _lat in ring], [lat for _lon, lat in ring]
        bounds = (min(lons), min(lats), max(lons), max(lats))
    return MapView(
        name=name, label=_("地点与报到围栏"), layers=layers, point=point, bounds=bounds, pick=pick,
        illustrative=any(layer.illustrative for layer in drawn),
    )  # fmt: skip


def _ring(centre: tuple[float, float], metres: int) -> list[tuple[float, float]]:
    """The circle of the fence as a closed ring of degrees."""
    lon, lat = centre
    up, across = metres / _METRES_A_DEGREE, metres / (_METRES_A_DEGREE * cos(radians(lat)))
    steps = [2 * pi * step / _CORNERS for step in range(_CORNERS)]
    ring = [(lon + across * cos(angle), lat + up * sin(angle)) for angle in steps]
    return [*ring, ring[0]]
