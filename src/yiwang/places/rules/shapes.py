"""Shapes in package files 边界文件: polygons as short text, in whole units of a millionth of a degree.

A ring is its first vertex and then the steps to the following ones, `x y dx dy dx dy …`, without the
closing vertex; rings of a polygon are joined by `/`, polygons by `|`. Whole numbers keep the vertices that
neighbours share exactly equal.
"""

from __future__ import annotations

import numpy as np
import shapely

UNITS_A_DEGREE = 1_000_000


def encode_shape(shape: shapely.Geometry) -> str:
    """Text of a polygon or multipolygon whose vertices are whole units."""
    return "|".join(
        "/".join(_encode_ring(ring) for ring in (part.exterior, *part.interiors))
        for part in shapely.get_parts(shape)
    )


def _encode_ring(ring: shapely.LinearRing) -> str:
    points = np.rint(shapely.get_coordinates(ring)[:-1]).astype(np.int64)
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return " ".join(map(str, steps.ravel().tolist()))


def decode_shape(text: str) -> shapely.Geometry:
    """The polygon or multipolygon of a text, in degrees."""
    parts = []
    for part in text.split("|"):
        rings = [_decode_ring(ring) for ring in part.split("/")]
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _decode_ring(text: str) -> np.ndarray:
    steps = np.array(text.split(" "), dtype=np.int64).reshape(-1, 2)
    return np.cumsum(steps, axis=0) / UNITS_A_DEGREE
