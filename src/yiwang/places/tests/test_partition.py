"""A partition has no gap and no overlap, and the same seed makes the same one."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.places.rules.partition import Parent, apportion, cut_outs, partition
from yiwang.places.rules.regions import Neighbours, balanced_regions, mend_regions
from yiwang.places.rules.shapes import UNITS_A_DEGREE, decode_shape, encode_shape

CORNER = np.array([118_700_000, 32_000_000])
#: Two districts that share a crooked border; the western one has a bay.
WESTERN = shapely.Polygon(
    np.array([(0, 0), (30_000, 0), (26_000, 9_000), (31_000, 20_000), (18_000, 20_000), (15_000, 8_000),
              (12_000, 20_000), (0, 20_000)]) + CORNER
)  # fmt: skip
EASTERN = shapely.Polygon(
    np.array([(30_000, 0), (50_000, 0), (50_000, 20_000), (31_000, 20_000), (26_000, 9_000)]) + CORNER
)


def parents() -> list[Parent]:
    def streets(prefix: str, x: float) -> dict[str, tuple[tuple[float, float], tuple[str, ...]]]:
        return {
            f"{prefix}{s:03d}": (
                (118.7 + x + s / 300, 32.01),
                tuple(f"{prefix}{s:03d}{c:03d}" for c in range(1, 4)),
            )
            for s in (1, 2)
        }

    return [
        Parent("320101", WESTERN, streets("320101", 0.0)),
        Parent("320102", EASTERN, streets("320102", 0.03)),
    ]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.integers(60, 200))
def test_cells_cover_their_parents_without_gap_or_overlap(seed: int, count: int) -> None:
    cells = partition(parents(), cells=count, seed=seed)
    shapes = np.array([shape for _, shape in cells], dtype=object)
    assert len(cells) == count
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert {code for code, _ in cells} == {
        c for p in parents() for _, codes in p.streets.values() for c in codes
    }
    for parent in parents():
        mine = shapes[[code.startswith(parent.code) for code, _ in cells]]
        assert shapely.symmetric_difference(shapely.coverage_union_all(mine), parent.outline).area < 1e5
        assert abs(shapely.area(mine).sum() - shapely.coverage_union_all(mine).area) < 1e-3


def test_vertices_are_whole_units() -> None:
    points = shapely.get_coordinates([shape for _, shape in partition(parents(), cells=80, seed=1)])
    assert np.array_equal(points, np.round(points))


def test_the_same_seed_makes_the_same_partition() -> None:
    first, second = (partition(parents(), cells=100, seed=5) for _ in range(2))
    assert [(c, encode_shape(s)) for c, s in first] == [(c, encode_shape(s)) for c, s in second]
    assert first != partition(parents(), cells=100, seed=6)


def test_too_few_cells_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        partition(parents(), cells=8, seed=1)


def test_grids_are_numbered_from_the_north_west_to_the_south_east() -> None:
    cells = [shape for code, shape in partition(parents(), cells=200, seed=2) if code == "320101001001"]
    first, last = cells[0].centroid, cells[-1].centroid
    assert first.y > last.y


@given(st.lists(st.integers(1, 50), min_size=1, max_size=20), st.integers(0, 3000))
def test_whole_shares_add_up_and_stay_next_to_the_exact_ones(weights: list[int], total: int) -> None:
    shares = apportion(weights, total)
    assert sum(shares) == total
    assert all(abs(s - w * total / sum(weights)) < 1 for s, w in zip(shares, weights, strict=True))


def test_cut_outs_lie_inside_their_cell_and_keep_apart() -> None:
    cells = partition(parents(), cells=90, seed=4)
    chosen = cut_outs(cells, count=30)
    assert len(chosen) == 30
    for community, octagon in chosen:
        assert any(shape.contains(octagon) for code, shape in cells if code == community)


def test_a_region_in_two_pieces_keeps_the_larger_one() -> None:
    row = np.array([shapely.box(x, 0, x + 1, 1) for x in range(6)], dtype=object)
    labels = np.array([0, 1, 0, 0, 1, 1])
    assert mend_regions(labels, Neighbours.of(row), np.ones(6)).tolist() == [0, 0, 0, 0, 1, 1]


def test_regions_take_about_what_they_want() -> None:
    cells = np.array([shapely.box(x, y, x + 1, y + 1) for x in range(12) for y in range(12)], dtype=object)
    centres = shapely.get_coordinates(shapely.centroid(cells))
    labels = balanced_regions(centres, [72, 36, 36], Neighbours.of(cells))
    assert np.abs(np.bincount(labels) - [72, 36, 36]).max() <= 8


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_shapes_come_back_from_their_text(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = (int(v) for v in rng.integers(-180_000_000, 170_000_000, 2) // (1, 3))
    ring = shapely.box(x, y, x + 900, y + 900)
    shape = shapely.MultiPolygon(
        [
            ring.difference(shapely.box(x + 10, y + 10, x + 20, y + 30)),
            shapely.box(x + 1000, y, x + 1010, y + 5),
        ]
    )
    back = decode_shape(encode_shape(shape))
    assert shapely.equals(shapely.transform(back, lambda p: np.round(p * UNITS_A_DEGREE)), shape)
