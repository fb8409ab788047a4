"""Coverage 覆盖检查: nothing overlaps within a layer, and children cover their parent.

Overlaps and gaps up to a tolerance in square metres are taken for drawing noise. Areas are measured on a
plane that is true at the latitude of the shapes, exact enough for a tolerance (GB/T 30428.1 demands unit
grids without gap or overlap and names no figure).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Shapes = NDArray[np.object_]
_METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Something wrong somewhere: how large it is, and a point inside (WGS84 degrees)."""

    square_metres: float
    lon: float
    lat: float


def square_metres(shapes: Shapes) -> NDArray[np.float64]:
    """Area of each shape in square metres, on a sphere; within half a per cent."""
    middle = shapely.get_y(shapely.centroid(shapes))
    shrink = np.cos(np.radians(np.nan_to_num(middle)))
    return np.asarray(shapely.area(shapes) * _METRES_A_DEGREE**2 * shrink)


def find_overlaps(shapes: Shapes, tolerance: float) -> Iterator[tuple[int, int, Spot]]:
    """Pairs of shapes that overlap by more than `tolerance` square metres, the lower number first."""
    if len(shapes) < 2 or shapely.coverage_is_valid(shapes):
        return
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    shared = shapely.intersection(shapes[first], shapes[second])
    for at in np.flatnonzero(square_metres(shared) > tolerance).tolist():
        yield int(first[at]), int(second[at]), _spot(shared[at])


def find_gaps(parent: shapely.Geometry | None, children: Shapes, tolerance: float) -> list[Spot]:
    """Pieces of the parent larger than `tolerance` that no child covers.

    Without the parent's own boundary only holes enclosed by the children can be seen.
    """
    covered = shapely.union_all(children)
    if parent is None:
        rings = shapely.get_rings(shapely.get_parts(covered))
        filled = shapely.union_all(shapely.polygons([ring for ring in rings if len(ring.coords)]))
        left = shapely.difference(filled, covered)
    else:
        left = shapely.difference(parent, covered)
    pieces = shapely.get_parts(left)
    pieces = pieces[shapely.area(pieces) > 0]
    return [_spot(piece) for piece in pieces[square_metres(pieces) > tolerance]]


def find_overshoots(
    parent: shapely.Geometry, children: Mapping[int, shapely.Geometry], tolerance: float
) -> Iterator[tuple[int, Spot]]:
    """Children that reach outside their parent by more than `tolerance` square metres."""
    shapely.prepare(parent)
    for number, child in children.items():
        if shapely.covers(parent, child):
            continue
        outside = shapely.difference(child, parent)
        if square_metres(np.array([outside]))[0] > tolerance:
            yield number, _spot(outside)


def _spot(piece: shapely.Geometry) -> Spot:
    inside = shapely.point_on_surface(piece)
    size = float(square_metres(np.array([piece]))[0])
    return Spot(size, float(shapely.get_x(inside)), float(shapely.get_y(inside)))


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
