"""Edges on a raster 栅格边: which cells the edges of polygons touch, and what lies between them in a row.

The geometry behind `kernel.raster`, as whole-array operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
#: Cells are widened by this share when edges are assigned to them, so that rounding never loses one.
_SLACK = 1e-6


@dataclass(frozen=True)
class Grid:
    """A raster's position 栅格: south-west corner, cell size in degrees, number of columns and rows."""

    west: float
    south: float
    cell_width: float
    cell_height: float
    columns: int
    rows: int

    @classmethod
    def framed(cls, extent: tuple[float, float, float, float], *, columns: int, rows: int) -> Grid:
        """The extent (west, south, east, north) in cells, framed by two more; the outermost stay empty."""
        west, south, east, north = extent
        width, height = (east - west) / columns, (north - south) / rows
        width, height = max(width, 1e-12) * (1 + _SLACK), max(height, 1e-12) * (1 + _SLACK)
        return cls(west - 2 * width, south - 2 * height, width, height, columns + 4, rows + 4)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.columns * self.rows

    @property
    def columns_a_degree(self) -> float:
        """Columns in one degree of longitude."""
        return 1.0 / self.cell_width

    @property
    def rows_a_degree(self) -> float:
        """Rows in one degree of latitude."""
        return 1.0 / self.cell_height


@dataclass(frozen=True)
class Edges:
    """The distinct edges of all shapes 边; an edge that neighbours share stands once.

    Attributes:
        ax, ay, bx, by: ends of each edge, the lower-left end first.
        left, right: groups x edges, lowest shape of the group on that side seen from a to b, or -1.
        in_group: groups x edges, whether a shape of the group has the edge.
        uses, users: shapes that have an edge, as pairs ordered by edge.
        owners: group of each shape.
    """

    ax: Floats
    ay: Floats
    bx: Floats
    by: Floats
    left: Ints
    right: Ints
    in_group: NDArray[np.bool_]
    uses: Ints
    users: Ints
    owners: Ints

    @property
    def count(self) -> int:
        """Number of distinct edges."""
        return len(self.ax)

    @property
    def groups(self) -> int:
        """Number of groups, at least one."""
        return len(self.left)

    @classmethod
    def of(cls, shapes: NDArray[np.object_], groups: Sequence[int] | None = None) -> Edges:
        """The edges of polygons and multipolygons, in degrees."""
        owners = np.zeros(len(shapes), dtype=np.int64)
        if groups is not None:
            owners = np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
        parts, whole = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        points, ring = shapely.get_coordinates(rings, return_index=True)
        kept = (ring[:-1] == ring[1:]) & (points[:-1] != points[1:]).any(axis=1)
        a, b, shape = points[:-1][kept], points[1:][kept], whole[part[ring[:-1][kept]]]
        turned = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
        low, high = np.where(turned[:, None], b, a), np.where(turned[:, None], a, b)
        ends, edge = np.unique(np.hstack([low, high]), axis=0, return_inverse=True)
        edge = edge.ravel()
        many = int(owners.max(initial=0)) + 1
        sides = np.full((2, many, len(ends)), len(shapes), dtype=np.int64)
        np.minimum.at(sides, (turned.astype(int), owners[shape], edge), shape)
        in_group = np.asarray((sides < len(shapes)).any(axis=0))
        sides[sides == len(shapes)] = -1
        order = np.argsort(edge, kind="stable")
        ax, ay, bx, by = ends.T
        return cls(ax, ay, bx, by, sides[0], sides[1], in_group, edge[order], shape[order], owners)

    def moved(self, grid: Grid) -> Edges:
        """The same with coordinates counted from the grid's corner."""
        return replace(
            self,
            ax=self.ax - grid.west,
            ay=self.ay - grid.south,
            bx=self.bx - grid.west,
            by=self.by - grid.south,
        )

    def ends_in(self, edge: Ints, cell: Ints, grid: Grid) -> NDArray[np.bool_]:
        """Whether either end of each edge lies in or right beside its cell."""
        row, column = np.divmod(cell, grid.columns)
        inside = np.zeros(len(edge), dtype=bool)
        for x, y in ((self.ax, self.ay), (self.bx, self.by)):
            across, up = x[edge] / grid.cell_width - column, y[edge] / grid.cell_height - row
            near = (across >= -_SLACK) & (across <= 1 + _SLACK) & (up >= -_SLACK) & (up <= 1 + _SLACK)
            inside |= near
        return inside

    def shapes_of(self, key: Ints, edge: Ints) -> tuple[Ints, Ints]:
        """Pairs (key, shape) for every shape that has the edge beside each key."""
        first = np.searchsorted(self.uses, edge, side="left")
        count = np.searchsorted(self.uses, edge, side="right") - first
        return np.repeat(key, count), self.users[spread(first, count)]


@dataclass(frozen=True)
class Spans:
    """Runs of cells 行段 whose centre lies in a shape: flat cell numbers [first, last), ordered."""

    first: Ints
    last: Ints
    shape: Ints

    def at(self, cell: Ints) -> Ints:
        """The shape whose run holds each cell, or -1."""
        if len(self.first) == 0:
            return np.full(len(cell), -1)
        position = np.searchsorted(self.first, cell, side="right") - 1
        inside = (position >= 0) & (cell < self.last[position])
        return np.where(inside, self.shape[position], -1)


def spread(first: Ints, count: Ints) -> Ints:
    """first[0], first[0]+1, … (count[0] of them), then the same from first[1], and so on."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(first - (ends - count), count)


def cross_rows(edges: Edges, grid: Grid, group: int) -> Spans:
    """The runs of cells of one group, found where its edges cross the middle lines of the rows."""
    mine = edges.owners[edges.users] == group
    edge, shape = edges.uses[mine], edges.users[mine]
    low = np.minimum(edges.ay[edge], edges.by[edge]) / grid.cell_height - 0.5
    high = np.maximum(edges.ay[edge], edges.by[edge]) / grid.cell_height - 0.5
    first = np.ceil(low).astype(np.int64)
    count = np.ceil(high).astype(np.int64) - first
    row = spread(first, count)
    edge, shape = np.repeat(edge, count), np.repeat(shape, count)
    ax, ay, bx, by = edges.ax[edge], edges.ay[edge], edges.bx[edge], edges.by[edge]
    x = ax + ((row + 0.5) * grid.cell_height - ay) / (by - ay) * (bx - ax)
    order = np.lexsort((x, row, shape))
    column = np.ceil(x[order] / grid.cell_width - 0.5).astype(np.int64)
    start = row[order] * grid.columns
    begin, end, shape = start[::2] + column[::2], start[1::2] + column[1::2], shape[order][::2]
    kept = begin < end
    by_cell = np.argsort(begin[kept], kind="stable")
    return Spans(begin[kept][by_cell], end[kept][by_cell], shape[kept][by_cell])


def cells_on_edges(edges: Edges, grid: Grid) -> tuple[Ints, Ints]:
    """Pairs (cell, edge), ordered by cell, for every cell that an edge touches or nearly touches."""
    x0, y0 = edges.ax / grid.cell_width, edges.ay / grid.cell_height
    x1, y1 = edges.bx / grid.cell_width, edges.by / grid.cell_height
    lowest, highest = np.minimum(y0, y1), np.maximum(y0, y1)
    first = np.floor(lowest - _SLACK).astype(np.int64)
    count = np.floor(highest + _SLACK).astype(np.int64) - first + 1
    edge, row = np.repeat(np.arange(edges.count), count), spread(first, count)
    bottom = np.maximum(row - _SLACK, lowest[edge])
    top = np.minimum(row + 1 + _SLACK, highest[edge])
    rise = (y1 - y0)[edge]
    level = np.abs(rise) < _SLACK
    safe = np.where(level, 1.0, rise)
    run = (x1 - x0)[edge]
    one = np.where(level, x0[edge], x0[edge] + (bottom - y0[edge]) / safe * run)
    two = np.where(level, x1[edge], x0[edge] + (top - y0[edge]) / safe * run)
    left = np.floor(np.minimum(one, two) - _SLACK).astype(np.int64)
    width = np.floor(np.maximum(one, two) + _SLACK).astype(np.int64) - left + 1
    cell = np.repeat(row * grid.columns, width) + spread(left, width)
    edge = np.repeat(edge, width)
    order = np.argsort(cell, kind="stable")
    return cell[order], edge[order]
