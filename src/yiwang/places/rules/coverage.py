"""Coverage 覆盖检查: nothing overlaps within a layer, and children cover their parent.

Overlaps and gaps are drawing noise when every piece is within a tolerance in square metres, or no wider than
straight edges bend in the conversion from GCJ-02 or BD-09: only vertices are converted, so a corner in the
middle of a neighbour's long edge comes to lie a little beside it. Areas are measured on a sphere, within half
a per cent (GB/T 30428.1 demands unit grids without gap or overlap and names no figure).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from ...kernel.coordinates import from_wgs84, to_wgs84

Shapes = NDArray[np.object_]
_METRES_A_DEGREE = 111_195.0
#: Systems whose straight lines are curved in WGS84.
_CURVED = frozenset({"gcj02", "bd09"})
#: Where along an edge its bend is measured, and how much more is allowed for in between.
_STATIONS = (0.25, 0.5, 0.75)
_BEND_MARGIN = 1.5


@dataclass(frozen=True, slots=True)
class Spot:
    """Something wrong somewhere: how large it is, and a point inside (WGS84 degrees)."""

    square_metres: float
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Noise:
    """What is taken for drawing noise 绘图误差: pieces up to an area, or up to a width.

    Attributes:
        square_metres: largest area.
        metres: largest width.
    """

    square_metres: float
    metres: float = 0.0

    def covers(self, piece: shapely.Geometry) -> bool:
        """Whether a polygon is nothing but noise."""
        area = float(square_metres(np.array([piece]))[0])
        if area <= self.square_metres:
            return True
        return self.metres > 0 and 2 * area / (shapely.length(piece) * _METRES_A_DEGREE) <= self.metres


def noise_of(shapes: Shapes, tolerance: float, crs: str) -> Noise:
    """Noise to be expected of shapes (WGS84) that a file gave in a coordinate system.

    Example: an edge of 1 km that is straight in GCJ-02 bends by 1 cm in WGS84, one of 10 km by some metres.
    """
    if crs not in _CURVED or not len(shapes):
        return Noise(tolerance)
    points, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shapes)), return_index=True)
    edge = ring[1:] == ring[:-1]
    x, y = points[:, 0], points[:, 1]
    seen_x, seen_y = from_wgs84(x, y, crs)
    bend = 0.0
    for share in _STATIONS:
        flat_x, flat_y = _between(x, share)[edge], _between(y, share)[edge]
        true_x, true_y = to_wgs84(_between(seen_x, share)[edge], _between(seen_y, share)[edge], crs)
        bend = max(bend, float(np.hypot(true_x - flat_x, true_y - flat_y).max(initial=0.0)))
    return Noise(tolerance, bend * _METRES_A_DEGREE * _BEND_MARGIN)


def _between(values: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    return values[:-1] + share * np.diff(values)


def square_metres(shapes: Shapes) -> NDArray[np.float64]:
    """Area of each shape in square metres, on a sphere; within half a per cent."""
    middle = shapely.get_y(shapely.centroid(shapes))
    shrink = np.cos(np.radians(np.nan_to_num(middle)))
    return np.asarray(shapely.area(shapes) * _METRES_A_DEGREE**2 * shrink)


def find_overlaps(shapes: Shapes, noise: Noise) -> Iterator[tuple[int, int, Spot]]:
    """Pairs of shapes that overlap by more than noise, the lower number first."""
    if len(shapes) < 2 or shapely.coverage_is_valid(shapes):
        return
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    shared = shapely.intersection(shapes[first], shapes[second])
    for at in np.flatnonzero(square_metres(shared) > noise.square_metres).tolist():
        for piece in _pieces(shared[at], noise)[:1]:
            yield int(first[at]), int(second[at]), piece


def find_gaps(parent: shapely.Geometry | None, children: Shapes, noise: Noise) -> list[Spot]:
    """Pieces of the parent, more than noise, that no child covers.

    Without the parent's own boundary only holes enclosed by the children can be seen.
    """
    covered = shapely.union_all(children)
    if parent is None:
        rings = shapely.get_rings(shapely.get_parts(covered))
        filled = shapely.union_all(shapely.polygons([ring for ring in rings if len(ring.coords)]))
        left = shapely.difference(filled, covered)
    else:
        left = shapely.difference(parent, covered)
    return _pieces(left, noise)


def find_overshoots(
    parent: shapely.Geometry, children: Mapping[int, shapely.Geometry], noise: Noise
) -> Iterator[tuple[int, Spot]]:
    """Children that reach outside their parent by more than noise."""
    shapely.prepare(parent)
    for number, child in children.items():
        if shapely.covers(parent, child):
            continue
        for piece in _pieces(shapely.difference(child, parent), noise)[:1]:
            yield number, piece


def _pieces(shape: shapely.Geometry, noise: Noise) -> list[Spot]:
    """The pieces of a shape that are more than noise, the largest first."""
    parts = shapely.get_parts(shape)
    spots = [_spot(part) for part in parts[shapely.area(parts) > 0] if not noise.covers(part)]
    return sorted(spots, key=lambda spot: -spot.square_metres)


def _spot(piece: shapely.Geometry) -> Spot:
    inside = shapely.point_on_surface(piece)
    size = float(square_metres(np.array([piece]))[0])
    return Spot(size, float(shapely.get_x(inside)), float(shapely.get_y(inside)))


def same_shape(one: shapely.Geometry, two: shapely.Geometry) -> bool:
    """Whether two shapes have the same rings, wherever a ring begins."""
    return bool(shapely.equals_exact(shapely.normalize(one), shapely.normalize(two)))


def size_text(square: float) -> str:
    """Square metres for a message: `12.5 平方米`, `3.2 公顷`."""
    if square >= 10_000:
        return f"{square / 10_000:.1f} 公顷"
    return f"{square:.1f} 平方米"


def shapes_of(found: Sequence[shapely.Geometry]) -> Shapes:
    """A one-dimensional array of shapes, empty included."""
    array = np.empty(len(found), dtype=object)
    array[:] = list(found)
    return array
