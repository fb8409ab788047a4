"""Nanjing and generated cities load whole, once, and flagged illustrative."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import shapely

from yiwang.kernel.errors import Conflict, Invalid
from yiwang.orgs.public import area_index, load_divisions, nanjing_divisions, nanjing_links
from yiwang.places.public import Boundary, create_extent_city, load_nanjing_boundaries, locate, place_of
from yiwang.places.rules.extents import generate_grid

from .factories import ACTOR, AT, DAY, code_of

pytestmark = pytest.mark.django_db
ANGELES = (-118.7, 33.7, -118.1, 34.4)


def test_nanjing_loads_in_all_layers_and_only_once() -> None:
    load_divisions(actor=ACTOR, at=AT, rows=nanjing_divisions(), links=nanjing_links(), source="tests")
    assert load_nanjing_boundaries(actor=ACTOR, at=AT) == 13_332
    rows = Boundary.objects.values_list("layer__code", "illustrative")
    assert Counter(rows) == {
        ("city", True): 1, ("district", True): 11, ("street", True): 101, ("community", True): 1255,
        ("grid", True): 9968, ("exclusive_grid", True): 1995, ("functional_zone", True): 1,
    }  # fmt: skip
    place = place_of(118.7969, 32.0603, at=AT)
    assert place is not None
    index = area_index(DAY)
    assert index.by_id[place.district_id].name == "玄武区"  # type: ignore[index]
    assert code_of(place.community_id) == str(code_of(place.grid_id))[:12]
    assert locate([118.7969, 0.0], [32.0603, 0.0], layer="functional_zone", at=AT).tolist() == [-1, -1]
    assert load_nanjing_boundaries(actor=ACTOR, at=AT) == 0


def test_nanjing_needs_its_divisions_first() -> None:
    with pytest.raises(Conflict):
        load_nanjing_boundaries(actor=ACTOR, at=AT)


def test_a_generated_city_covers_its_extent_in_five_levels() -> None:
    areas = generate_grid(ANGELES, 10, 7, code="LA", name="Los Angeles")
    assert Counter(a.kind for a in areas) == {
        "city": 1,
        "district": 1,
        "street": 2,
        "community": 12,
        "grid": 70,
    }
    for kind in ("district", "street", "community", "grid"):
        shapes = np.array([a.shape for a in areas if a.kind == kind], dtype=object)
        assert shapely.coverage_is_valid(shapes)
        assert shapely.equals(shapely.union_all(shapes), shapely.box(*ANGELES))
    by_code = {a.code: a for a in areas}
    assert len(by_code) == len(areas)
    for a in areas[1:]:
        assert by_code[a.parent_code].shape.covers(a.shape)


def test_a_generated_city_is_created_once() -> None:
    for _ in range(2):
        city = create_extent_city(
            actor=ACTOR, at=AT, code="LA", name="Los Angeles", extent=ANGELES, rows=12, cols=12
        )
    assert code_of(city) == "LA"
    assert Boundary.objects.filter(layer__code="grid").count() == 144
    place = place_of(-118.4, 34.0, at=AT)
    assert place is not None
    assert None not in (place.district_id, place.street_id, place.community_id, place.grid_id)
    assert place_of(-118.0, 34.0, at=AT) is None


@pytest.mark.parametrize(
    ("extent", "rows"), [((-118.1, 33.7, -118.7, 34.4), 5), (ANGELES, 0), (ANGELES, 200_000)]
)
def test_an_empty_extent_or_a_wild_number_of_cells_is_refused(
    extent: tuple[float, float, float, float], rows: int
) -> None:
    with pytest.raises(Invalid):
        create_extent_city(actor=ACTOR, at=AT, code="X", name="X", extent=extent, rows=rows, cols=5)
