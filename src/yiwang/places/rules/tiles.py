"""Tile arithmetic 瓦片: Web Mercator tiles, XYZ addressing (row 0 in the north).

Example: tile 12/3399/1662 holds the middle of 南京 (118.7969, 32.0603).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import asinh, atan, degrees, pi, radians, sinh, tan
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

#: Units along one side of a tile, as in the Mapbox Vector Tile specification.
EXTENT = 4096
#: What is kept around a tile, in units, so that outlines do not end in view.
BUFFER = 64
DEEPEST_ZOOM = 18
_MOST_LATITUDE = 85.0511287798066


def is_tile(zoom: int, column: int, row: int) -> bool:
    """Whether there is such a tile."""
    return 0 <= zoom <= DEEPEST_ZOOM and 0 <= column < 1 << zoom and 0 <= row < 1 << zoom


def tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """Column and row of the tile that holds a point (WGS84 degrees)."""
    most = (1 << zoom) - 1
    x = (lon + 180.0) / 360.0
    y = 0.5 - asinh(tan(radians(max(-_MOST_LATITUDE, min(_MOST_LATITUDE, lat))))) / (2 * pi)
    return min(most, max(0, int(x * (1 << zoom)))), min(most, max(0, int(y * (1 << zoom))))


def tile_bounds(
    zoom: int, column: int, row: int, *, margin: float = 0.0
) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile in degrees; `margin` widens it by a share of its side."""
    side = 1 << zoom
    west, east = ((column - margin) / side * 360.0 - 180.0, (column + 1 + margin) / side * 360.0 - 180.0)
    return west, _latitude(0.5 - (row + 1 + margin) / side), east, _latitude(0.5 - (row - margin) / side)


def _latitude(share: float) -> float:
    """Latitude in degrees at a share of the world's height above the equator."""
    return degrees(atan(sinh(2 * pi * share)))


def degrees_a_unit(zoom: int) -> float:
    """Degrees of longitude that one tile unit spans."""
    return 360.0 / (1 << zoom) / EXTENT


def encode_tile(layers: Sequence[dict[str, Any]]) -> bytes:
    """Layers (`name`, `features` with `geometry` in tile units, y to the south) as a Mapbox Vector Tile."""
    import mapbox_vector_tile  # slow to load, and only the web draws

    options = {"y_coord_down": True, "extents": EXTENT}
    return bytes(mapbox_vector_tile.encode(layers, default_options=options))


def to_tile_units(shapes: NDArray[np.object_], zoom: int, column: int, row: int) -> NDArray[np.object_]:
    """Shapes in degrees to tile units, x to the east and y to the south."""
    side = float(1 << zoom)

    def project(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x = (points[:, 0] + 180.0) / 360.0
        latitude = np.radians(np.clip(points[:, 1], -_MOST_LATITUDE, _MOST_LATITUDE))
        y = 0.5 - np.arcsinh(np.tan(latitude)) / (2 * pi)
        return np.column_stack([(x * side - column) * EXTENT, (y * side - row) * EXTENT])

    return np.asarray(shapely.transform(shapes, project))
