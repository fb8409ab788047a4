"""Tiles hold what is drawn, say what is illustrative, and change when boundaries do."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import mapbox_vector_tile
import pytest
import shapely
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from yiwang.kernel.errors import Refused
from yiwang.places.pages import boundaries as pages
from yiwang.places.public import (
    NoSuchLayer,
    area_tile,
    city_extent,
    drawn_layers,
    extent_of,
    tile_bounds,
    tile_of,
)

from .factories import (
    ACTOR,
    AT,
    COMMUNITIES,
    LATER,
    SOUTH,
    STREET,
    WEST,
    area,
    at_point,
    box,
    bring,
    feature,
    load_city,
    quarters,
)


@given(st.floats(-179.9, 179.9), st.floats(-85, 85), st.integers(0, 18))
def test_a_point_lies_in_its_tile(lon: float, lat: float, zoom: int) -> None:
    west, south, east, north = tile_bounds(zoom, *tile_of(lon, lat, zoom))
    assert west - 1e-9 <= lon <= east + 1e-9
    assert south - 1e-9 <= lat <= north + 1e-9


def read(tile: bytes, layer: str) -> dict[str, Any]:
    """Features of a tile by code, with their shapes in tile units, y to the south."""
    content = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
    found = {}
    for item in content[layer]["features"]:
        found[item["properties"]["code"]] = (item["properties"], shapely.geometry.shape(item["geometry"]))
    return found


@pytest.mark.django_db
def test_a_tile_holds_the_areas_it_shows_with_shared_borders() -> None:
    load_city()
    bring("grid", quarters(), illustrative=True)
    middle = at_point(1, 2)
    tile = read(area_tile("grid", 13, *tile_of(*middle, 13), at=AT), "grid")
    assert set(tile) == {f"{COMMUNITIES[0]}00{n}" for n in (1, 2, 3, 4)}
    properties, north_west = tile[f"{COMMUNITIES[0]}001"]
    assert (properties["name"], properties["illustrative"]) == ("第1网格", True)
    assert properties["id"] == str(area(f"{COMMUNITIES[0]}001"))
    south_west = tile[f"{COMMUNITIES[0]}003"][1]
    assert north_west.centroid.y < south_west.centroid.y
    assert north_west.intersection(south_west).area == 0
    assert north_west.intersection(south_west).length > 0


@pytest.mark.django_db
def test_an_area_is_labelled_once_however_many_tiles_it_crosses() -> None:
    load_city()
    zoom = 13
    (west, north), (east, south) = tile_of(WEST, SOUTH + 0.04, zoom), tile_of(WEST + 0.04, SOUTH, zoom)
    tiles = [(x, y) for x in range(west, east + 1) for y in range(north, south + 1)]
    found, pieces = [], 0
    for column, row in tiles:
        tile = area_tile("street", zoom, column, row, at=AT)
        content = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})
        pieces += len(content["street"]["features"])
        for label in content.get("street-label", {"features": []})["features"]:
            assert all(0 <= value <= 4096 for value in label["geometry"]["coordinates"])
            found.append(label["properties"]["name"])
    assert (found, pieces > 1) == (["示例街道"], True)


@pytest.mark.django_db
def test_a_point_stands_in_the_tile_where_it_stands_on_the_ground() -> None:
    load_city()
    bring("grid", quarters())
    zoom, (lon, lat) = 14, at_point(0.5, 3)
    column, row = tile_of(lon, lat, zoom)
    west, south, east, north = tile_bounds(zoom, column, row)
    x, y = (lon - west) / (east - west) * 4096, (north - lat) / (north - south) * 4096
    tile = read(area_tile("grid", zoom, column, row, at=AT), "grid")
    inside = [code for code, (_, shape) in tile.items() if shape.contains(shapely.Point(x, y))]
    assert inside == [f"{COMMUNITIES[0]}001"]


@pytest.mark.django_db
def test_tiles_far_away_too_wide_or_without_boundaries_are_empty() -> None:
    load_city()
    bring("grid", quarters())
    assert area_tile("grid", 13, *tile_of(120.0, 30.0, 13), at=AT) == b""
    assert area_tile("grid", 8, *tile_of(WEST, SOUTH, 8), at=AT) == b""
    assert area_tile("police_grid", 14, *tile_of(WEST, SOUTH, 14), at=AT) == b""
    assert area_tile("grid", 13, *tile_of(WEST, SOUTH, 13), at=AT - timedelta(days=1)) == b""
    with pytest.raises(NoSuchLayer):
        area_tile("roads", 13, 0, 0)


@pytest.mark.django_db
def test_layers_to_draw_say_whether_they_are_illustrative() -> None:
    load_city()
    bring("grid", quarters(), illustrative=True)
    drawn = drawn_layers(AT)
    assert [(layer.code, layer.illustrative) for layer in drawn] == [
        ("district", False), ("street", False), ("community", False), ("grid", True),
    ]  # fmt: skip
    bring("grid", [feature(f"{COMMUNITIES[0]}001", box(0, 2, 1, 4.0)), *quarters()[1:]], at=LATER)
    assert drawn_layers(AT)[0].tiles.startswith("/tiles/areas/district/{z}/{x}/{y}.mvt?v=")


@pytest.mark.django_db
def test_the_address_of_tiles_changes_when_boundaries_do() -> None:
    load_city()
    bring("grid", quarters())
    before = {layer.code: layer.tiles for layer in drawn_layers(LATER)}
    wider, narrower = box(0, 2, 1.5, 4), box(1.5, 2, 2, 4)
    moved = [feature(f"{COMMUNITIES[0]}001", wider), feature(f"{COMMUNITIES[0]}002", narrower)]
    bring("grid", moved, at=LATER)
    after = {layer.code: layer.tiles for layer in drawn_layers(LATER)}
    assert [code for code in before if before[code] != after[code]] == ["grid"]


@pytest.mark.django_db
def test_extents_are_those_of_the_boundaries() -> None:
    assert city_extent(AT) is None
    load_city()
    assert city_extent(AT) == pytest.approx((118.70, 32.00, 118.74, 32.04))
    assert extent_of([area(COMMUNITIES[1])], at=AT) == pytest.approx((118.72, 32.00, 118.74, 32.04))
    assert extent_of([], at=AT) is None


def asked(path: str, **headers: str) -> HttpRequest:
    request = RequestFactory(headers=headers).get(path)
    request.actor = ACTOR  # type: ignore[attr-defined]
    return request


@pytest.mark.django_db
def test_a_tile_is_kept_by_the_browser_until_boundaries_change() -> None:
    load_city()
    column, row = tile_of(*at_point(1, 2), 12)
    answer = pages.tile(asked("/?v=1"), "community", 12, column, row)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.mapbox-vector-tile")
    assert set(read(answer.content, "community")) == set(COMMUNITIES)
    again = pages.tile(asked("/?v=1", if_none_match=answer["ETag"]), "community", 12, column, row)
    assert (again.status_code, again.content) == (304, b"")
    with pytest.raises(Http404):
        pages.tile(asked("/"), "community", 3, 8, 0)


@pytest.mark.django_db
def test_one_boundary_comes_as_geojson_with_its_note() -> None:
    load_city()
    bring("grid", quarters(), illustrative=True)
    feature = json.loads(pages.boundary(asked("/"), area(f"{COMMUNITIES[0]}001")).content)
    assert feature["properties"] == {
        "id": str(area(f"{COMMUNITIES[0]}001")),
        "code": f"{COMMUNITIES[0]}001",
        "name": "第1网格",
        "kind": "grid",
        "illustrative": True,
        "note": "示意边界，不作测绘或权属依据。",
    }
    assert shapely.geometry.shape(feature["geometry"]).equals(box(0, 2, 1, 4))
    with pytest.raises(Http404):
        pages.boundary(asked("/"), uuid4())


@pytest.mark.django_db
def test_without_a_login_there_are_only_outlines_down_to_the_street() -> None:
    load_city()
    for layer in ("community", "grid", "police_grid"):
        with pytest.raises(Refused):
            pages.tile(RequestFactory().get("/"), layer, 12, 0, 0)
    column, row = tile_of(*at_point(1, 2), 12)
    assert set(read(Client().get(f"/tiles/areas/street/12/{column}/{row}.mvt").content, "street")) == {STREET}
    assert Client().get(f"/areas/{area(COMMUNITIES[0])}/boundary.geojson").status_code in {302, 401, 403}
