"""Layers 图层 of boundaries on the maps; the boundaries belong to `places`."""

from __future__ import annotations

import json
from typing import Any

import shapely
from django.utils import timezone

from ..interface.public import MapLayer
from ..ledger.public import VersionedCache
from ..orgs.public import area_index
from ..places.public import boundary_of, city_extent, drawn_layers

Bounds = tuple[float, float, float, float]
#: Layers that every map of staff shows, and their colours; grids and overlays are left to pages of their own.
_COLOURS = {"district": "#1b3a6b", "street": "#3566a8", "community": "#7a93b8"}
#: Outlines that residents see are simplified to about 30 m.
_TOLERANCE_DEGREES = 0.0003


def boundary_layers() -> list[MapLayer]:
    """Boundaries by layer for staff, the widest first; none until boundaries are loaded."""
    return [
        MapLayer(
            name=layer.code, label=layer.name, tiles=layer.tiles, colour=_COLOURS[layer.code], text="name"
        )
        for layer in drawn_layers(timezone.now())
        if layer.code in _COLOURS
    ]


def has_illustrative_boundaries() -> bool:
    """Whether a layer in force is illustrative (示意), which each map then says."""
    return any(layer.illustrative for layer in drawn_layers(timezone.now()))


def first_view() -> Bounds | None:
    """What a map shows at first: the extent of the city; None before boundaries are loaded."""
    return city_extent(timezone.now())


def _read_outlines() -> dict[str, Any]:
    features = []
    for node in area_index().by_id.values():
        found = boundary_of(node.id) if node.kind == "district" else None
        if found is not None:
            shape = shapely.simplify(found.shape, _TOLERANCE_DEGREES)
            geometry = json.loads(shapely.to_geojson(shape))
            features.append({"type": "Feature", "properties": {"name": node.name}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


_outlines: VersionedCache[dict[str, Any]] = VersionedCache("boundaries", _read_outlines)


def outline_layers() -> list[MapLayer]:
    """Simplified outlines of the districts for residents, who may not ask for tiles."""
    found = _outlines.get()
    if not found["features"]:
        return []
    colour = _COLOURS["district"]
    return [MapLayer(name="district", label="区", geojson=found, colour=colour, text="name")]
