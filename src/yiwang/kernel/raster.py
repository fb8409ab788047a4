"""Raster locator 栅格定位: which of many polygons a point lies in, for millions of points a second.

The extent is covered by a raster of int32 cells. A cell that no edge touches holds the answer itself. A
cell that a single straight edge crosses holds that line and the answers on its two sides. Only points in
the remaining cells (ends and meetings of edges), or within 1e-10 degrees of a line, are tested exactly
against the few polygons that reach into the cell.

The rule: the answer is the lowest-numbered polygon that covers the point, its border included; -1 when none
does. So a point on a border goes to the lowest number, and polygons laid over others (专属网格 over 综合网格)
win by standing first. Polygons of one group never overlap; polygons of different groups may.

Measured with 11,963 polygons on one core: see `docs/adr/0007-raster-locator.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, floor, radians

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from .raster_edges import Edges, Grid, Spans, cells_on_edges, cross_rows, spread

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NOWHERE = -1
_FIRST_BORDER = -2
_MARGIN = 1e-10
_CHUNK = 1 << 15
_MOST_CELLS = 12_000_000
_FEWEST_CELLS = 1 << 12
_CELLS_AN_EDGE = 600
_LINE = np.dtype([("east", "f8"), ("north", "f8"), ("offset", "f8"), ("left", "i4"), ("right", "i4")])


class Raster:
    """A point locator over fixed polygons 栅格定位器; immutable, safe to share between threads.

    Args:
        shapes: polygons or multipolygons in degrees; their order is their priority.
        groups: group of each shape; shapes of one group do not overlap. By default all are one group.
        most_cells: upper bound of raster cells, 4 bytes each.
    """

    def __init__(
        self,
        shapes: Sequence[shapely.Geometry] | NDArray[np.object_],
        *,
        groups: Sequence[int] | None = None,
        most_cells: int = _MOST_CELLS,
    ) -> None:
        self._shapes = np.array(shapes, dtype=object)
        shapely.prepare(self._shapes)
        edges = Edges.of(self._shapes, groups)
        self._grid = _grid_for(self._shapes, edges.count, most_cells)
        edges = edges.moved(self._grid)
        spans = [cross_rows(edges, self._grid, group) for group in range(edges.groups)]
        self._cells = np.full(self._grid.cells, NOWHERE, dtype=np.int32)
        _paint(self._cells, spans)
        cell, edge = cells_on_edges(edges, self._grid)
        border, start, count = np.unique(cell, return_index=True, return_counts=True)
        plain = (count == 1) & ~edges.ends_in(edge[start], border, self._grid)
        under = [span.at(border) for span in spans]
        self._lines = _lines(edges, edge[start[plain]], [values[plain] for values in under])
        self._offsets, self._candidates = _candidates(
            edges, cell, edge, border[~plain], [values[~plain] for values in under]
        )
        numbers = np.empty(len(border), dtype=np.int32)
        numbers[plain] = np.arange(len(self._lines))
        numbers[~plain] = len(self._lines) + np.arange(len(border) - len(self._lines))
        self._cells[border] = _FIRST_BORDER - numbers

    def __len__(self) -> int:
        return len(self._shapes)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays (the polygons themselves not counted)."""
        arrays = (self._cells, self._lines, self._offsets, self._candidates)
        return sum(array.nbytes for array in arrays)

    def locate(self, lons: ArrayLike, lats: ArrayLike) -> NDArray[np.int32]:
        """Number of the polygon of each point, or -1.

        Args:
            lons, lats: WGS84 degrees, one dimension, same length; NaN is nowhere.
        """
        x, y = np.asarray(lons, dtype=np.float64), np.asarray(lats, dtype=np.float64)
        found = np.empty(len(x), dtype=np.int32)
        for start in range(0, len(x), _CHUNK):
            part = slice(start, start + _CHUNK)
            self._locate_chunk(x[part], y[part], found[part])
        return found

    def locate_one(self, lon: float, lat: float) -> int:
        """Number of the polygon of a single point, or -1; some microseconds."""
        grid = self._grid
        x, y = lon - grid.west, lat - grid.south
        column, row = x * grid.columns_a_degree, y * grid.rows_a_degree
        if not (0 <= column < grid.columns and 0 <= row < grid.rows):
            return NOWHERE
        value = self._cells.item(floor(row) * grid.columns + floor(column))
        if value >= NOWHERE:
            return value
        number = _FIRST_BORDER - value
        if number < len(self._lines):
            east, north, offset, left, right = self._lines.item(number)
            side = east * x + north * y + offset
            if abs(side) > _MARGIN:
                return left if side > 0 else right
            tried: Sequence[int] = sorted((left, right))
        else:
            number -= len(self._lines)
            tried = self._candidates[self._offsets[number] : self._offsets[number + 1]].tolist()
        for index in tried:
            if index >= 0 and shapely.intersects_xy(self._shapes[index], lon, lat):
                return index
        return NOWHERE

    def _locate_chunk(self, lons: Floats, lats: Floats, found: NDArray[np.int32]) -> None:
        grid = self._grid
        x, y = lons - grid.west, lats - grid.south
        row = np.floor(_clipped(y * grid.rows_a_degree, grid.rows - 1))
        row *= grid.columns
        row += np.floor(_clipped(x * grid.columns_a_degree, grid.columns - 1))
        found[:] = self._cells[row.astype(np.intp)]
        border = np.flatnonzero(found < NOWHERE)
        if len(border) == 0:
            return
        number = _FIRST_BORDER - found[border]
        plain = number < len(self._lines)
        on_line = border[plain]
        lines = self._lines[number[plain]]
        side = lines["east"] * x[on_line] + lines["north"] * y[on_line] + lines["offset"]
        found[on_line] = np.where(side > 0, lines["left"], lines["right"])
        close = np.abs(side) <= _MARGIN
        if close.any():
            point = np.repeat(on_line[close], 2)
            tried = np.sort(np.column_stack([lines["left"], lines["right"]])[close], axis=1).ravel()
            found[on_line[close]] = NOWHERE
            self._test(lons, lats, (point[tried >= 0], tried[tried >= 0]), found)
        dense = border[~plain]
        if len(dense):
            number = number[~plain] - len(self._lines)
            first, count = self._offsets[number], self._offsets[number + 1] - self._offsets[number]
            tried = self._candidates[spread(first, count)]
            self._test(lons, lats, (np.repeat(dense, count), tried), found)

    def _test(
        self, lons: Floats, lats: Floats, pairs: tuple[Ints, NDArray[np.int32]], found: NDArray[np.int32]
    ) -> None:
        """Exact answers; `pairs` of point and tried shape are ordered by point, then by priority."""
        point, tried = pairs
        hit = shapely.intersects_xy(self._shapes[tried], lons[point], lats[point])
        found[point] = NOWHERE
        found[point[hit][::-1]] = tried[hit][::-1]


def _clipped(values: Floats, most: int) -> Floats:
    """Values in [0, most]; NaN becomes 0, which is a cell of the empty frame."""
    return np.fmin(np.fmax(values, 0.0), float(most))


def _grid_for(shapes: NDArray[np.object_], edges: int, most_cells: int) -> Grid:
    """Cells about as high as wide on the ground, with an empty frame around the extent."""
    if len(shapes) == 0:
        return Grid(0.0, 0.0, 1.0, 1.0, 5, 5)
    west, south, east, north = shapely.total_bounds(shapes)
    wanted = min(max(edges * _CELLS_AN_EDGE, _FEWEST_CELLS), most_cells)
    shrink = max(cos(radians((south + north) / 2)), 0.01)
    width, height = max(east - west, 1e-9) * shrink, max(north - south, 1e-9)
    side = (width * height / wanted) ** 0.5
    columns = max(1, min(int(width / side), wanted))
    rows = max(1, min(int(height / side), wanted // columns))
    return Grid.framed((west, south, east, north), columns=columns, rows=rows)


def _paint(cells: NDArray[np.int32], spans: Sequence[Spans]) -> None:
    """Fill every span with its shape, the lowest number last."""
    first = np.concatenate([span.first for span in spans])
    last = np.concatenate([span.last for span in spans])
    shape = np.concatenate([span.shape for span in spans])
    order = np.argsort(-shape, kind="stable")
    for a, b, value in zip(first[order].tolist(), last[order].tolist(), shape[order].tolist(), strict=True):
        cells[a:b] = value


def _lines(edges: Edges, edge: Ints, under: Sequence[Ints]) -> NDArray[np.void]:
    """Line and both answers of the cells that one edge crosses."""
    found = np.empty(len(edge), dtype=_LINE)
    run, rise = edges.bx[edge] - edges.ax[edge], edges.by[edge] - edges.ay[edge]
    length = np.hypot(run, rise)
    found["east"], found["north"] = -rise / length, run / length
    found["offset"] = -(found["east"] * edges.ax[edge] + found["north"] * edges.ay[edge])
    for name, sides in (("left", edges.left), ("right", edges.right)):
        best = np.full(len(edge), len(edges.owners), dtype=np.int64)
        for group, beneath in enumerate(under):
            has = edges.in_group[group, edge]
            answer = np.where(has, sides[group, edge], beneath)
            best = np.where((answer >= 0) & (answer < best), answer, best)
        found[name] = np.where(best == len(edges.owners), NOWHERE, best)
    return found


def _candidates(
    edges: Edges, cell: Ints, edge: Ints, dense: Ints, under: Sequence[Ints]
) -> tuple[Ints, NDArray[np.int32]]:
    """For each dense cell, the shapes that reach into it, in order of priority (offsets, numbers)."""
    position = np.searchsorted(dense, cell)
    position[position == len(dense)] = 0
    inside = dense[position] == cell if len(dense) else np.zeros(len(cell), dtype=bool)
    at, shape = edges.shapes_of(position[inside], edge[inside])
    for values in under:
        covered = values >= 0
        at = np.concatenate([at, np.flatnonzero(covered)])
        shape = np.concatenate([shape, values[covered]])
    many = max(len(edges.owners), 1)
    keys = np.unique(at * many + shape)
    offsets = np.searchsorted(keys // many, np.arange(len(dense) + 1))
    return offsets, (keys % many).astype(np.int32)
