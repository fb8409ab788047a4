"""Locator 定位器: points to areas, for boundaries that may lie in cities far apart.

One raster covers one stretch of land: boundaries more than a degree apart get rasters of their own, so
that a second city on another continent does not make the cells of the first one huge. The bound on raster
cells is shared among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from ...kernel.raster import NOWHERE, Raster

_APART = 1.0
_MOST_CELLS = 12_000_000


class Locator:
    """Points to areas 定位器, for the boundaries of one date.

    Args:
        areas: area of each shape.
        shapes: polygons in order of priority: what stands first wins, on borders too.
        groups: group of each shape; shapes of one group do not overlap.

    Attributes:
        areas: area of each number that `locate` returns.
    """

    def __init__(self, areas: Sequence[UUID], shapes: NDArray[np.object_], groups: Sequence[int]) -> None:
        self.areas = list(areas)
        self._shapes = shapes
        kinds = np.asarray(groups, dtype=np.int64)
        bounds = shapely.bounds(shapes).reshape(-1, 4)
        self._stretches = [
            (members, _box(bounds[members]), _raster(shapes, kinds, members)) for members in stretches(bounds)
        ]
        self._whole = self._stretches[0][2] if len(self._stretches) == 1 else None

    def __len__(self) -> int:
        return len(self.areas)

    @property
    def nbytes(self) -> int:
        """Bytes of the rasters."""
        return sum(raster.nbytes for _, _, raster in self._stretches)

    def shapes(self) -> NDArray[np.object_]:
        """The polygons, in the order of `areas`."""
        return self._shapes

    def locate(self, lons: ArrayLike, lats: ArrayLike) -> NDArray[np.int32]:
        """Position in `areas` of each point, or -1; arrays of WGS84 degrees, one dimension."""
        if self._whole is not None:
            return self._whole.locate(lons, lats)
        x, y = np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)
        found = np.full(len(x), NOWHERE, dtype=np.int32)
        for members, (west, south, east, north), raster in self._stretches:
            inside = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
            hits = raster.locate(x[inside], y[inside])
            found[inside[hits >= 0]] = members[hits[hits >= 0]]
        return found

    def area_at(self, lon: float, lat: float) -> UUID | None:
        """The area of a single point, or None; some microseconds."""
        if self._whole is not None:
            hit = self._whole.locate_one(lon, lat)
            return self.areas[hit] if hit >= 0 else None
        for members, (west, south, east, north), raster in self._stretches:
            if west <= lon <= east and south <= lat <= north:
                hit = raster.locate_one(lon, lat)
                if hit >= 0:
                    return self.areas[int(members[hit])]
        return None


def stretches(bounds: NDArray[np.float64]) -> list[NDArray[np.int64]]:
    """Numbers of the boxes (west, south, east, north), apart by more than a degree one way or the other."""
    pending = [np.arange(len(bounds))] if len(bounds) else []
    found: list[NDArray[np.int64]] = []
    while pending:
        members = pending.pop()
        for low, high in ((0, 2), (1, 3)):
            order = members[np.argsort(bounds[members, low], kind="stable")]
            reach = np.maximum.accumulate(bounds[order, high])
            breaks = np.flatnonzero(bounds[order[1:], low] > reach[:-1] + _APART) + 1
            if len(breaks):
                pending += [np.sort(part) for part in np.split(order, breaks)]
                break
        else:
            found.append(members)
    return found


def _raster(shapes: NDArray[np.object_], groups: NDArray[np.int64], members: NDArray[np.int64]) -> Raster:
    share = int(_MOST_CELLS * len(members) / len(shapes))
    return Raster(shapes[members], groups=groups[members].tolist(), most_cells=max(share, 1 << 16))


def _box(bounds: NDArray[np.float64]) -> tuple[float, float, float, float]:
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    return west, south, east, north
