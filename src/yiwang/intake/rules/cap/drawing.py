"""Drawing 绘图: the shapes of a stored message as GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import shapely

from .messages import Circle
from .shapes import circle_ring


def drawn_shapes(body: Mapping[str, Any]) -> dict[str, Any]:
    """Polygons and circles of all blocks of a message's plain values, each once; a point for an empty circle.

    Properties of a feature: `name`, the description of its area.
    """
    found: dict[str, dict[str, Any]] = {}
    for block in body.get("infos", ()):
        for area in block["areas"]:
            shapes = [{"type": "Polygon", "coordinates": [ring]} for ring in area["polygons"]]
            shapes += [_circle(Circle(**circle)) for circle in area["circles"]]
            for shape in shapes:
                feature = {"type": "Feature", "properties": {"name": area["description"]}, "geometry": shape}
                found.setdefault(str(shape), feature)
    return {"type": "FeatureCollection", "features": list(found.values())}


def _circle(circle: Circle) -> dict[str, Any]:
    """A ring; an empty circle is drawn a hundred metres wide, so that it can be seen."""
    return {"type": "Polygon", "coordinates": [circle_ring(Circle(circle.lon, circle.lat, circle.km or 0.1))]}


def bounds_of(shapes: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """West, south, east, north around some features with a margin of a quarter; None when there is none."""
    found = [shapely.from_geojson(json.dumps(feature["geometry"])).bounds for feature in shapes["features"]]
    if not found:
        return None
    west, south, east, north = (
        pick(values) for pick, values in zip((min, min, max, max), zip(*found, strict=True), strict=True)
    )
    margin = max(east - west, north - south, 0.02) / 4
    return west - margin, max(south - margin, -85.0), east + margin, min(north + margin, 85.0)
