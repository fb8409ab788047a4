"""A point lies where the boundaries of its day say."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from yiwang.places.public import (
    Boundary,
    create_extent_city,
    locate,
    locator,
    place_locator,
    place_of,
)
from yiwang.places.rules.locator import stretches

from .factories import (
    ACTOR,
    AT,
    COMMUNITIES,
    LATER,
    STREET,
    area,
    at_point,
    box,
    bring,
    code_of,
    feature,
    load_city,
    quarters,
)

pytestmark = pytest.mark.django_db


def grid_at(x: float, y: float, at=AT) -> str | None:
    place = place_of(*at_point(x, y), at=at)
    return code_of(place.grid_id) if place else None


def test_a_point_is_placed_in_all_levels() -> None:
    load_city()
    bring("grid", [*quarters(0), *quarters(1)])
    place = place_of(*at_point(3.5, 3.5), at=AT)
    assert place is not None
    found = [code_of(k) for k in (place.district_id, place.street_id, place.community_id, place.grid_id)]
    assert found == ["320199", STREET, COMMUNITIES[1], f"{COMMUNITIES[1]}002"]


def test_a_point_on_a_border_goes_to_the_lowest_code() -> None:
    load_city()
    bring("grid", [*quarters(0), *quarters(1)])
    first, second = COMMUNITIES
    assert [grid_at(1, 3), grid_at(1, 2), grid_at(2, 1), grid_at(4, 4)] == [
        f"{first}001", f"{first}001", f"{first}004", f"{second}002",
    ]  # fmt: skip


def test_outside_every_boundary_there_is_no_place() -> None:
    load_city()
    assert place_of(*at_point(9, 9), at=AT) is None


def test_where_there_are_no_grids_the_community_answers() -> None:
    load_city()
    bring("grid", quarters(0))
    west, east = (place_of(*at_point(x, 1), at=AT) for x in (0.5, 3.5))
    assert west is not None
    assert east is not None
    assert (code_of(west.grid_id), code_of(east.grid_id)) == (f"{COMMUNITIES[0]}003", None)
    assert code_of(east.community_id) == COMMUNITIES[1]


def test_an_exclusive_grid_wins_over_the_grid_it_is_cut_out_of() -> None:
    load_city()
    bring("grid", quarters(0))
    own = f"{COMMUNITIES[0]}Z001"
    bring("exclusive_grid", [feature(own, box(0.4, 0.4, 0.8, 0.8), "学校专属网格")])
    assert [grid_at(0.6, 0.6), grid_at(0.4, 0.6), grid_at(0.3, 0.6)] == [own, own, f"{COMMUNITIES[0]}003"]
    found = locator("grid", AT)
    assert code_of(found.areas[int(found.locate(*zip(at_point(0.6, 0.6), strict=True))[0])]) == own


def test_an_old_case_keeps_its_old_grid() -> None:
    load_city()
    bring("grid", quarters(0))
    halves = [
        feature(f"{COMMUNITIES[0]}001", box(0, 0, 1, 4), "第1网格"),
        feature(f"{COMMUNITIES[0]}002", box(1, 0, 2, 4), "第2网格"),
    ]
    bring("grid", halves, at=LATER, replace=True)
    assert [grid_at(0.5, 1, at) for at in (AT, LATER - timedelta(days=1), LATER)] == [
        f"{COMMUNITIES[0]}003", f"{COMMUNITIES[0]}003", f"{COMMUNITIES[0]}001",
    ]  # fmt: skip


def test_before_the_first_boundary_nothing_is_located() -> None:
    load_city()
    bring("grid", quarters(0))
    assert locate(*zip(at_point(0.5, 1), strict=True), at=AT - timedelta(days=1)).tolist() == [-1]


def test_a_layer_that_nobody_has_loaded_locates_nothing() -> None:
    assert locate([118.7], [32.0], layer="police_grid", at=AT).tolist() == [-1]


def test_arrays_and_single_points_agree() -> None:
    load_city()
    bring("grid", quarters(0))
    rng = np.random.default_rng(2)
    lons, lats = rng.uniform(118.69, 118.75, 500), rng.uniform(31.99, 32.05, 500)
    finder = place_locator(AT)
    found = finder.locate(lons, lats)
    alone = [finder.area_at(x, y) for x, y in zip(lons.tolist(), lats.tolist(), strict=True)]
    assert [finder.areas[i] if i >= 0 else None for i in found.tolist()] == alone


def test_a_second_city_far_away_is_located_as_well() -> None:
    load_city()
    bring("grid", quarters(0))
    create_extent_city(
        actor=ACTOR, at=AT, code="LA", name="Los Angeles", extent=(-118.7, 33.7, -118.1, 34.4), rows=9, cols=9
    )
    far = place_of(-118.69, 34.39, at=AT)
    assert far is not None
    assert code_of(far.grid_id) == "LA01010101"
    assert grid_at(0.5, 1) == f"{COMMUNITIES[0]}003"
    assert place_locator(AT).nbytes < 8 << 20


def test_a_load_into_one_layer_does_not_rebuild_the_locators_of_others() -> None:
    load_city()
    before = locator("community", AT)
    bring("grid", quarters(0))
    assert locator("community", AT) is before


def test_one_area_has_one_boundary_a_day_in_a_layer() -> None:
    load_city()
    bring("grid", quarters(0))
    moved = [
        feature(f"{COMMUNITIES[0]}{n:03d}", s, "新") for n, s in ((1, box(0, 0, 1, 4)), (2, box(1, 0, 2, 4)))
    ]
    bring("grid", moved, at=LATER, replace=True)
    history = Boundary.objects.filter(area_id=area(f"{COMMUNITIES[0]}001"), layer__code="grid")
    spans = list(history.order_by("valid_from").values_list("valid_from", "valid_to"))
    assert [end for _, end in spans] == [spans[1][0], None]


def test_boxes_far_apart_make_separate_stretches() -> None:
    bounds = np.array([[0, 0, 1, 1], [1.5, 0, 2, 1], [0, 5, 1, 6], [-90, 0, -89, 1]], dtype=float)
    assert sorted(part.tolist() for part in stretches(bounds)) == [[0, 1], [2], [3]]
    assert stretches(np.empty((0, 4))) == []
