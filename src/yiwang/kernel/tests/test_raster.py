"""The raster gives the same answer as testing every polygon, on borders too."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.kernel.raster import NOWHERE, Raster

WEST, SOUTH = 118.5, 31.5
CORNER = np.array([WEST, SOUTH])


def by_hand(shapes: np.ndarray, lons: np.ndarray, lats: np.ndarray) -> list[int]:
    """Lowest number of all polygons that cover each point."""
    covers = shapely.intersects_xy(shapes[:, None], lons[None], lats[None])
    return np.where(covers.any(axis=0), covers.argmax(axis=0), NOWHERE).tolist()


def voronoi(count: int, seed: int, size: float = 0.2) -> np.ndarray:
    """A gap-free partition of a square into polygons with vertices of six decimals."""
    points = np.random.default_rng(seed).uniform(0, size, (count, 2)) + CORNER
    square = shapely.box(WEST, SOUTH, WEST + size, SOUTH + size)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=square))
    lines = shapely.union_all(shapely.boundary(shapely.intersection(cells, square)), grid_size=1e-6)
    return shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))


def telling_points(shapes: np.ndarray, seed: int, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Random points, all vertices, points on edges, and points a hair beside edges."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(shapes)
    anywhere = rng.uniform((west - 0.01, south - 0.01), (east + 0.01, north + 0.01), (count, 2))
    vertices = shapely.get_coordinates(shapes)
    middles = (vertices[1:] + vertices[:-1]) / 2
    beside = middles + rng.normal(0, 1e-10, middles.shape)
    points = np.vstack([anywhere, vertices, middles, beside])
    return points[:, 0], points[:, 1]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(0, 10**6), st.sampled_from([1 << 8, 1 << 12, 1 << 20]))
def test_the_raster_agrees_with_testing_every_polygon(count: int, seed: int, most_cells: int) -> None:
    shapes = voronoi(count, seed)
    lons, lats = telling_points(shapes, seed)
    assert Raster(shapes, most_cells=most_cells).locate(lons, lats).tolist() == by_hand(shapes, lons, lats)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 40), st.integers(0, 10**6))
def test_a_point_by_itself_gets_the_same_answer_as_in_an_array(count: int, seed: int) -> None:
    shapes = voronoi(count, seed)
    lons, lats = telling_points(shapes, seed)
    raster = Raster(shapes)
    alone = [raster.locate_one(x, y) for x, y in zip(lons.tolist(), lats.tolist(), strict=True)]
    assert alone == raster.locate(lons, lats).tolist()


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 25), st.integers(1, 12), st.integers(0, 10**6))
def test_polygons_laid_over_others_win_by_standing_first(below: int, above: int, seed: int) -> None:
    ground = voronoi(below, seed)
    centres = np.random.default_rng(seed).uniform(0.02, 0.18, (above, 2)) + CORNER
    over = shapely.get_parts(shapely.union_all(shapely.buffer(shapely.points(centres), 0.01, quad_segs=3)))
    shapes = np.concatenate([over, ground])
    raster = Raster(shapes, groups=[0] * len(over) + [1] * len(ground))
    lons, lats = telling_points(shapes, seed)
    assert raster.locate(lons, lats).tolist() == by_hand(shapes, lons, lats)


def test_an_overlay_that_shares_an_edge_with_the_ground_wins_on_that_edge() -> None:
    ground = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    over = shapely.box(1, 0, 1.5, 1)
    raster = Raster([over, *ground], groups=[0, 1, 1])
    assert raster.locate([0.5, 1.0, 1.2, 1.5, 1.7], [0.5] * 5).tolist() == [1, 0, 0, 0, 2]


def test_a_point_on_a_border_goes_to_the_lowest_number() -> None:
    squares = [shapely.box(x, y, x + 1, y + 1) for y in (0, 1) for x in (0, 1)]
    raster = Raster(squares)
    assert raster.locate([1.0, 1.0, 1.0, 0.5, 2.0], [0.5, 1.0, 1.5, 1.0, 2.0]).tolist() == [0, 0, 2, 0, 3]


def test_holes_and_separate_pieces_are_kept_apart() -> None:
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    pair = shapely.MultiPolygon([shapely.box(1.2, 1.2, 1.8, 1.8), shapely.box(5, 0, 6, 1)])
    raster = Raster([ring, pair])
    lons, lats = [0.5, 1.5, 1.1, 1.0, 5.5, 4.0], [0.5, 1.5, 1.1, 1.5, 0.5, 0.5]
    assert raster.locate(lons, lats).tolist() == [0, 1, -1, 0, 1, -1]


def test_points_without_a_place_are_nowhere() -> None:
    raster = Raster([shapely.box(0, 0, 1, 1)])
    lons, lats = [np.nan, 0.5, np.inf, -np.inf, 179.0], [0.5, np.nan, 0.5, 0.5, 89.0]
    assert raster.locate(lons, lats).tolist() == [NOWHERE] * 5
    assert [raster.locate_one(x, y) for x, y in zip(lons, lats, strict=True)] == [NOWHERE] * 5


def test_no_polygons_locate_nothing() -> None:
    assert Raster([]).locate([1.0, 2.0], [1.0, 2.0]).tolist() == [NOWHERE, NOWHERE]
    assert len(Raster([]).locate([], [])) == 0


def test_the_raster_keeps_to_its_bound_of_cells() -> None:
    raster = Raster(voronoi(50, 1), most_cells=1 << 12)
    assert raster.nbytes < 200_000


@pytest.mark.parametrize("size", [1, (1 << 15) - 1, 1 << 15, (1 << 15) + 1, 100_000])
def test_the_length_of_the_array_does_not_matter(size: int) -> None:
    shapes = voronoi(20, 3)
    lons = np.linspace(WEST - 0.01, WEST + 0.21, size)
    lats = np.linspace(SOUTH + 0.21, SOUTH - 0.01, size)
    assert Raster(shapes).locate(lons, lats).tolist() == by_hand(shapes, lons, lats)
