"""Generated city 生成的城市: a plain grid over an extent, in the five levels of a real one.

For drills and for data from elsewhere: cells are gathered three by three into communities, these into
streets, these into districts. Neighbours share their vertices exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

Extent = tuple[float, float, float, float]
_SIDE = 3
_LEVELS = ("grid", "community", "street", "district")
_NAMES = {"district": "区", "street": "街道", "community": "社区", "grid": "网格"}
_MOST_CELLS = 100_000


@dataclass(frozen=True, slots=True)
class GeneratedArea:
    """One area 生成的区域 of a generated city, with its shape in WGS84 degrees."""

    kind: str
    code: str
    name: str
    parent_code: str
    shape: shapely.Geometry


def generate_grid(extent: Extent, rows: int, columns: int, *, code: str, name: str) -> list[GeneratedArea]:
    """The areas of a city that covers an extent, larger ones first.

    A row or column of blocks that is cut short by the edge of the extent is simply smaller.

    Args:
        extent: west, south, east, north in WGS84 degrees.
        rows, columns: number of grids from north to south and from west to east.
        code, name: of the city; codes below it append two digits a level.

    Raises:
        ValueError: for an empty extent or a number of cells out of range.
    """
    west, south, east, north = extent
    if not (west < east and south < north) or rows < 1 or columns < 1 or rows * columns > _MOST_CELLS:
        raise ValueError(f"no grid of {rows} x {columns} cells over {extent}")
    xs = np.round(np.linspace(west, east, columns + 1), 6)
    ys = np.round(np.linspace(north, south, rows + 1), 6)
    left, top = np.meshgrid(xs[:-1], ys[:-1])
    right, bottom = np.meshgrid(xs[1:], ys[1:])
    cells = shapely.box(left, bottom, right, top)
    city = GeneratedArea("city", code, name, "", shapely.coverage_union_all(cells.ravel()))
    return [city, *_blocks(cells, "district", code, "")]


def _blocks(cells: np.ndarray, kind: str, parent: str, label: str) -> Iterator[GeneratedArea]:
    """The blocks of one kind within the cells of their parent, each followed by what is inside it."""
    side = _SIDE ** _LEVELS.index(kind)
    rows, columns = cells.shape
    corners = [(row, column) for row in range(0, rows, side) for column in range(0, columns, side)]
    width = max(2, len(str(len(corners))))
    for number, (row, column) in enumerate(corners, 1):
        inside = cells[row : row + side, column : column + side]
        code, name = f"{parent}{number:0{width}d}", f"{label}{number}"
        shape = shapely.coverage_union_all(inside.ravel())
        yield GeneratedArea(kind, code, f"{name}{_NAMES[kind]}", parent, shape)
        if kind != "grid":
            yield from _blocks(inside, _LEVELS[_LEVELS.index(kind) - 1], code, f"{name}-")
