"""The package's partition of Nanjing is complete, gap-free and small enough to locate in."""

from __future__ import annotations

import csv
import json
import tracemalloc
from collections import Counter
from functools import cache
from importlib.resources import files

import numpy as np
import shapely

from yiwang.kernel.raster import Raster
from yiwang.places.services.nanjing import read_package

MEGABYTE = 1 << 20


@cache
def grids() -> tuple[np.ndarray, np.ndarray]:
    found = read_package("grids")
    return np.array(list(found)), np.array(list(found.values()), dtype=object)


@cache
def exclusive() -> tuple[np.ndarray, np.ndarray]:
    found = read_package("exclusive_grids")
    return np.array(list(found)), np.array(list(found.values()), dtype=object)


def test_there_are_as_many_areas_as_the_divisions_say() -> None:
    codes, _ = grids()
    assert [len({code[:length] for code in codes}) for length in (4, 6, 9, 12, 15)] == [
        1,
        11,
        101,
        1255,
        9968,
    ]
    text = files("yiwang.orgs").joinpath("data/nanjing_divisions.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert Counter(row["kind"] for row in rows) == {
        "city": 1,
        "district": 11,
        "street": 101,
        "community": 1255,
    }
    assert {code[:12] for code in codes} == {row["code"] for row in rows if row["kind"] == "community"}


def test_the_operational_areas_are_the_39_zones_and_the_new_area() -> None:
    text = files("yiwang.orgs").joinpath("data/nanjing_operational.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert Counter(row["kind"] for row in rows) == {"functional_zone": 40, "community": 67}
    new_area = next(row for row in rows if row["name"] == "江北新区")
    assert len(new_area["legal_codes"].split()) == 7


def test_grids_have_neither_gap_nor_overlap() -> None:
    _, shapes = grids()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    whole = shapely.coverage_union_all(shapes)
    assert abs(shapely.area(shapes).sum() - whole.area) < 1e-12


def test_grids_of_a_district_make_up_its_simplified_outline() -> None:
    codes, shapes = grids()
    text = files("yiwang.places").joinpath("data/nanjing_districts.geojson").read_text(encoding="utf-8")
    outlines = json.loads(text)["features"]
    assert len(outlines) == 11
    for outline in outlines:
        code, shape = outline["properties"]["code"], shapely.geometry.shape(outline["geometry"])
        mine = shapely.coverage_union_all(shapes[np.char.startswith(codes, code)])
        assert shapely.symmetric_difference(mine, shape).area / shape.area < 1e-4
        assert shapely.hausdorff_distance(mine, shape) < 5e-6


def test_exclusive_grids_lie_in_a_grid_of_their_community_and_keep_apart() -> None:
    codes, shapes = grids()
    names, cut = exclusive()
    inside, grid = shapely.STRtree(shapes).query(cut, predicate="within")
    assert inside.tolist() == list(range(len(cut)))
    assert [codes[g][:12] for g in grid] == [name[:12] for name in names]
    first, second = shapely.STRtree(cut).query(cut, predicate="intersects")
    assert (first == second).all()


def test_the_package_stays_small() -> None:
    folder = files("yiwang.places").joinpath("data")
    assert sum(len(item.read_bytes()) for item in folder.iterdir() if item.is_file()) < 1.4 * MEGABYTE


def test_locating_in_the_whole_city_agrees_with_every_polygon_on_borders_too() -> None:
    shapes = np.concatenate([exclusive()[1], grids()[1]])
    raster = Raster(shapes, groups=[0] * len(exclusive()[1]) + [1] * len(grids()[1]))
    rng = np.random.default_rng(11)
    vertices = shapely.get_coordinates(shapes)
    middles = (vertices[1:] + vertices[:-1]) / 2
    chosen = [vertices[rng.integers(0, len(vertices), 5000)], middles[rng.integers(0, len(middles), 5000)]]
    points = np.vstack([*chosen, rng.uniform((118.36, 31.24), (119.23, 32.61), (20_000, 2))])
    point, shape = shapely.STRtree(shapes).query(shapely.points(points), predicate="intersects")
    wanted = np.full(len(points), len(shapes))
    np.minimum.at(wanted, point, shape)
    wanted[wanted == len(shapes)] = -1
    assert raster.locate(points[:, 0], points[:, 1]).tolist() == wanted.tolist()


def test_building_and_using_the_locator_stays_within_256_megabytes() -> None:
    shapes = np.concatenate([exclusive()[1], grids()[1]])
    groups = [0] * len(exclusive()[1]) + [1] * len(grids()[1])
    rng = np.random.default_rng(12)
    lons, lats = rng.uniform(118.36, 119.23, 500_000), rng.uniform(31.24, 32.61, 500_000)
    tracemalloc.start()
    try:
        Raster(shapes, groups=groups).locate(lons, lats)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 256 * MEGABYTE
