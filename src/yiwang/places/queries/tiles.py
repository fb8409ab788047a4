"""Vector tiles 矢量瓦片 of boundaries: simplified per zoom with borders still shared, cached.

A tile of unit grids (单元网格) is cut from the cells around it alone, as a city has too many to keep.

A tile has two layers: the shapes under the layer's own code, and under `<code>-label` one point an area, in
the one tile that holds it, so that a map writes each name once. Properties of a feature: `id` (of the area),
`code`, `name`, `illustrative` (示意), which maps must say.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely

from ..errors import NoSuchLayer
from ..rules.coverage import Shapes, shapes_of
from ..rules.layers import LAYER_BY_CODE
from ..rules.tiles import (
    BUFFER,
    DEEPEST_ZOOM,
    EXTENT,
    degrees_a_unit,
    encode_tile,
    tile_bounds,
    to_tile_units,
)
from .boundaries import StandingBoundary, day_of, standing_boundaries
from .locators import Ingredient, layer_days
from .unit_grids import cells_near

_LAYERS_KEPT = 6
_TILES_KEPT = 2000
#: How far, in tile units, simplification may move a line: 4096 units are 256 to 512 pixels.
_SIMPLIFIED_BY = 12
_EMPTY = b""


@dataclass(slots=True)
class _Drawing:
    """One layer on one day, ready to be cut into tiles."""

    rows: list[StandingBoundary]
    shapes: Shapes
    labels: Shapes
    by_zoom: dict[int, Shapes] = field(default_factory=dict)
    tiles: OrderedDict[tuple[int, int, int], bytes] = field(default_factory=OrderedDict)

    def simplified(self, zoom: int) -> Shapes:
        """The shapes for one zoom, simplified together so that borders stay shared."""
        if zoom >= DEEPEST_ZOOM - 1 or not len(self.shapes):
            return self.shapes
        if zoom not in self.by_zoom:
            # Two simplified layers at most: one zoom is looked at, the next one fetched.
            while len(self.by_zoom) > 2:
                self.by_zoom.pop(next(iter(self.by_zoom)))
            step = degrees_a_unit(zoom) * _SIMPLIFIED_BY
            self.by_zoom[zoom] = np.asarray(shapely.coverage_simplify(self.shapes, step))
        return self.by_zoom[zoom]


_kept: OrderedDict[Ingredient, _Drawing] = OrderedDict()


def drawing_key(layer: str, at: datetime | None = None) -> Ingredient | None:
    """What a layer's tiles are made of: changes when they do; None when there is nothing to draw.

    Raises:
        NoSuchLayer: for a layer outside the standard set.
    """
    if layer not in LAYER_BY_CODE:
        raise NoSuchLayer(f"没有图层“{layer}”。")
    history = layer_days().get(layer)
    return history.ingredient(day_of(at)) if history else None


def area_tile(layer: str, zoom: int, column: int, row: int, *, at: datetime | None = None) -> bytes:
    """One vector tile of a layer's boundaries as of `at`; empty below the zoom that shows the layer."""
    key = drawing_key(layer, at)
    if key is None or zoom < LAYER_BY_CODE[layer].least_zoom:
        return _EMPTY
    place = (zoom, column, row)
    if LAYER_BY_CODE[layer].cells:
        rows, shapes = cells_near(tile_bounds(*place, margin=BUFFER / EXTENT), day_of(at))
        return _cut(_Drawing(rows, shapes, _label_points(shapes)), layer, place)
    drawing = _drawing(key, day_of(at))
    tile = drawing.tiles.get(place)
    if tile is None:
        tile = drawing.tiles[place] = _cut(drawing, layer, place)
        while len(drawing.tiles) > _TILES_KEPT:
            drawing.tiles.popitem(last=False)
    return tile


def _drawing(key: Ingredient, day: date) -> _Drawing:
    found = _kept.get(key)
    if found is None:
        rows = standing_boundaries(key[0], day)
        shapes = shapely.from_wkb([bytes(row.geometry) for row in rows]) if rows else []
        whole = shapes_of(shapes)
        found = _kept[key] = _Drawing(rows, whole, _label_points(whole))
        while len(_kept) > _LAYERS_KEPT:
            _kept.popitem(last=False)
    return found


def _label_points(shapes: Shapes) -> Shapes:
    """One point inside each shape for its name, in its largest part and away from the border."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((-shapely.area(parts), owner))
    largest = parts[order[np.unique(owner[order], return_index=True)[1]]]
    middle = shapely.centroid(largest)
    inside = shapely.contains_properly(largest, middle)
    return np.asarray(np.where(inside, middle, shapely.point_on_surface(largest)), dtype=object)


def _cut(drawing: _Drawing, layer: str, place: tuple[int, int, int]) -> bytes:
    zoom, column, row = place
    shapes = drawing.simplified(zoom)
    frame = tile_bounds(zoom, column, row, margin=BUFFER / EXTENT)
    near = np.flatnonzero(shapely.intersects(shapely.box(*frame), shapes))
    if not len(near):
        return _EMPTY
    clipped = shapely.clip_by_rect(to_tile_units(shapes[near], zoom, column, row), *_frame())
    features = [
        {"geometry": shape, "properties": _properties(drawing.rows[number])}
        for number, shape in zip(near.tolist(), clipped, strict=True)
        if not shape.is_empty
    ]
    layers = [
        {"name": layer, "features": features},
        {"name": f"{layer}-label", "features": _labels(drawing, place)},
    ]
    return encode_tile(layers)


def _labels(drawing: _Drawing, place: tuple[int, int, int]) -> list[dict[str, Any]]:
    """Label points that lie in a tile; a point on a border between tiles lies in one of them only."""
    west, south, east, north = tile_bounds(*place)
    x, y = shapely.get_x(drawing.labels), shapely.get_y(drawing.labels)
    inside = np.flatnonzero((x >= west) & (x < east) & (y >= south) & (y < north))
    points = to_tile_units(drawing.labels[inside], *place)
    return [
        {"geometry": point, "properties": _properties(drawing.rows[number])}
        for number, point in zip(inside.tolist(), points, strict=True)
    ]


def _properties(row: StandingBoundary) -> dict[str, Any]:
    return {"id": str(row.area_id), "code": row.code, "name": row.name, "illustrative": row.illustrative}


def _frame() -> tuple[float, float, float, float]:
    return -float(BUFFER), -float(BUFFER), float(EXTENT + BUFFER), float(EXTENT + BUFFER)
