"""Illustrative partition 示意划分: districts into streets, communities and grids without gap or overlap.

Where a city has published no polygons below the district, a demo needs some. The finest cells are made
first (a relaxed Voronoi diagram of each district), noded once on a grid of whole units so that neighbours
share their vertices exactly, and then gathered into communities and streets. Larger areas are unions of
their cells, so every level is a gap-free and overlap-free partition of the one above by construction.
All coordinates are whole units of 1e-6 degrees (`shapes.UNITS_A_DEGREE`). One seed gives one result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from .regions import Neighbours, balanced_regions, mend_regions
from .shapes import UNITS_A_DEGREE

Cell = tuple[str, shapely.Geometry]
_RELAXATIONS = 8
_CUT_OUT_SHARE = 0.55
_CORNERS = 8


@dataclass(frozen=True)
class Parent:
    """What is partitioned: a district with its streets and communities.

    Attributes:
        code: code of the district.
        outline: polygon or multipolygon in whole units; outlines of several parents share their borders.
        streets: street code to (rough longitude, latitude; codes of its communities).
    """

    code: str
    outline: shapely.Geometry
    streets: Mapping[str, tuple[tuple[float, float], tuple[str, ...]]]

    @property
    def communities(self) -> int:
        """Number of communities."""
        return sum(len(codes) for _, codes in self.streets.values())


def partition(parents: Sequence[Parent], *, cells: int, seed: int) -> list[Cell]:
    """Cut the parents into `cells` grids and give each to a community.

    Returns:
        (community code, polygon in whole units), ordered by community and within it from north to south
        and west to east, the order of numbering.

    Raises:
        ValueError: when there are too few cells for the communities.
    """
    rng = np.random.default_rng(seed)
    shares = apportion([parent.communities for parent in parents], cells)
    raw: list[shapely.Geometry] = []
    owner: list[int] = []
    for number, (parent, share) in enumerate(zip(parents, shares, strict=True)):
        made = _relaxed_cells(parent.outline, share, rng)
        raw.extend(made)
        owner.extend([number] * len(made))
    leaves = _node(raw, [parent.outline for parent in parents], np.array(owner))
    neighbours = Neighbours.of(leaves)
    centres = _scaled(shapely.get_coordinates(shapely.centroid(leaves)))
    found: list[Cell] = []
    for number, parent in enumerate(parents):
        members = np.flatnonzero(np.array(owner) == number)
        for community, inside in _gather(parent, members, centres, neighbours):
            found.extend((community, leaves[i]) for i in _reading_order(inside, centres))
    return sorted(found, key=lambda cell: cell[0])


def apportion(weights: Sequence[float], total: int) -> list[int]:
    """Whole shares of `total` in proportion to `weights`, by largest remainder; sums to `total`."""
    exact = np.asarray(weights, dtype=np.float64) * total / sum(weights)
    shares = np.floor(exact).astype(int)
    order = np.argsort(shares - exact, kind="stable")
    shares[order[: total - int(shares.sum())]] += 1
    return [int(share) for share in shares]


def cut_outs(cells: Sequence[Cell], *, count: int) -> list[Cell]:
    """Small octagons well inside `count` of the cells, spread evenly over their order (专属网格)."""
    chosen = np.unique(np.linspace(0, len(cells) - 1, count).astype(int))
    angles = (np.arange(_CORNERS) + 0.5) * 2 * np.pi / _CORNERS
    found: list[Cell] = []
    for index in chosen:
        community, shape = cells[index]
        radius = shapely.maximum_inscribed_circle(shape, tolerance=10)
        x, y = shapely.get_coordinates(radius)[0]
        reach = shapely.length(radius) * _CUT_OUT_SHARE
        octagon = np.round(np.column_stack([x + reach * np.cos(angles), y + reach * np.sin(angles)]))
        found.append((community, shapely.Polygon(octagon)))
    return found


def _scaled(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whole units to units of equal length east and north, at the latitude of each point's column mean."""
    return points * np.array([np.cos(np.radians(points[:, 1].mean() / UNITS_A_DEGREE)), 1.0])


def _relaxed_cells(outline: shapely.Geometry, count: int, rng: np.random.Generator) -> list[shapely.Geometry]:
    """`count` Voronoi cells of similar size, clipped to the outline; their borders are not yet noded."""
    stretch = np.array([np.cos(np.radians(outline.centroid.y / UNITS_A_DEGREE)), 1.0])
    flat = shapely.transform(outline, lambda points: points * stretch)
    shapely.prepare(flat)
    west, south, east, north = flat.bounds
    seeds = np.empty((0, 2))
    while len(seeds) < count:
        tried = rng.uniform((west, south), (east, north), (count, 2))
        seeds = np.vstack([seeds, tried[shapely.contains_xy(flat, tried[:, 0], tried[:, 1])]])[:count]
    for step in range(_RELAXATIONS + 1):
        diagram = shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=flat, ordered=True)
        cells = shapely.intersection(shapely.get_parts(diagram), flat)
        if step < _RELAXATIONS:
            moved = shapely.get_coordinates(shapely.centroid(cells))
            inside = shapely.contains_xy(flat, moved[:, 0], moved[:, 1])
            seeds = np.where(inside[:, None], moved, seeds)
    return list(shapely.transform(cells, lambda points: points / stretch))


def _node(
    raw: Sequence[shapely.Geometry], outlines: Sequence[shapely.Geometry], owner: NDArray[np.int64]
) -> NDArray[np.object_]:
    """The cells again, in whole units, with every vertex shared by all neighbours that touch it.

    Splinters that the rounding or a bay of the outline cut off go to the neighbour of the same parent with
    which they share most of their border.
    """
    lines = shapely.boundary(np.array([*raw, *outlines], dtype=object))
    noded = shapely.union_all(lines, grid_size=1.0)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inner = shapely.point_on_surface(faces)
    face, cell = shapely.STRtree(raw).query(inner, predicate="intersects")
    order = np.lexsort((cell, face))
    face, first = np.unique(face[order], return_index=True)
    labels = cell[order][first]
    faces = faces[face]
    labels = mend_regions(labels, Neighbours.of(faces), shapely.area(faces), owner[labels])
    merged = np.empty(len(raw), dtype=object)
    for number in range(len(raw)):
        merged[number] = shapely.normalize(shapely.coverage_union_all(faces[labels == number]))
    return merged


def _gather(
    parent: Parent, members: NDArray[np.int64], centres: NDArray[np.float64], neighbours: Neighbours
) -> list[tuple[str, NDArray[np.int64]]]:
    """Each community of the parent with its cells."""
    codes = list(parent.streets)
    targets = apportion([len(parent.streets[c][1]) for c in codes], len(members))
    positions = np.array([parent.streets[c][0] for c in codes]) * UNITS_A_DEGREE
    scale = np.cos(np.radians(centres[:, 1].mean() / UNITS_A_DEGREE))
    seeds = positions * np.array([scale, 1.0])
    street_of = balanced_regions(centres[members], targets, neighbours.within(members), seeds=seeds)
    found: list[tuple[str, NDArray[np.int64]]] = []
    for number, code in enumerate(codes):
        inside = members[street_of == number]
        communities = parent.streets[code][1]
        wanted = apportion([1] * len(communities), len(inside))
        community_of = balanced_regions(centres[inside], wanted, neighbours.within(inside))
        found.extend((c, inside[community_of == i]) for i, c in enumerate(communities))
    return found


def _reading_order(members: NDArray[np.int64], centres: NDArray[np.float64]) -> list[int]:
    """Members in rows from north to south, each row from west to east."""
    x, y = centres[members, 0], centres[members, 1]
    rows = max(1, round(len(members) ** 0.5))
    height = max((y.max() - y.min()) / rows, 1e-9)
    row = np.minimum(((y.max() - y) / height).astype(int), rows - 1)
    return [int(i) for i in members[np.lexsort((x, row))]]
