"""Case tiles: clusters by cell, single cases by key, only what the filter wants."""

from __future__ import annotations

import mapbox_vector_tile
import pytest
from django.db import connection
from django.db.models import QuerySet

from yiwang.cases.public import Case, CaseFilter
from yiwang.cases.tests.factories import AT, SYSTEM, City, receive
from yiwang.kernel.errors import NotFound
from yiwang.places.public import TILE_EXTENT
from yiwang.workbench.queries.tiles import ROW_CAP, case_tile, cases_in, tile_box

pytestmark = pytest.mark.django_db


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    side = 1 << z
    x = int((lon + 180) / 360 * side)
    y = next(y for y in range(side) if tile_box(z, x, y).south <= lat < tile_box(z, x, y).north)
    return z, x, y


def features(wanted: CaseFilter, z: int, x: int, y: int) -> list[dict]:
    body = case_tile(SYSTEM, wanted, z, x, y, at=AT)
    return mapbox_vector_tile.decode(body, default_options={"y_coord_down": True}).get(
        "cases", {"features": []}
    )["features"]


def test_cases_close_together_are_one_cluster_and_a_lone_case_has_its_key(city: City) -> None:
    for step in range(3):
        receive(city, lon=118.8 + step / 1e5, lat=32.0)
    _, lone = receive(city, lon=118.6, lat=32.0)
    found = features(CaseFilter(), *tile_of(118.8, 32.0, 10))
    assert sorted((f["properties"]["count"], f["properties"].get("id")) for f in found) == [
        (1, str(lone.id)), (3, None)
    ]  # fmt: skip


def test_a_feature_lies_where_its_case_is(city: City) -> None:
    receive(city, lon=118.8, lat=32.0)
    z, x, y = tile_of(118.8, 32.0, 10)
    column, row = features(CaseFilter(), z, x, y)[0]["geometry"]["coordinates"]
    box = tile_box(z, x, y)
    assert column == round((118.8 - box.west) / (box.east - box.west) * TILE_EXTENT)
    assert abs(row - (box.north - 32.0) / (box.north - box.south) * TILE_EXTENT) < 2


def test_ended_cases_show_only_when_they_are_asked_for(city: City) -> None:
    from yiwang.cases.public import void_case

    _, case = receive(city, lon=118.8, lat=32.0)
    void_case(actor=SYSTEM, at=AT, case_id=case.id, reason="重复。")
    where = tile_of(118.8, 32.0, 10)
    assert features(CaseFilter(), *where) == []
    assert len(features(CaseFilter(states=("voided",)), *where)) == 1


@pytest.mark.parametrize(("z", "x", "y"), [(21, 0, 0), (2, 4, 0), (2, 0, 4)])
def test_a_tile_that_does_not_exist_is_not_found(z: int, x: int, y: int) -> None:
    with pytest.raises(NotFound):
        tile_box(z, x, y)


def plan_of(rows: QuerySet[Case]) -> str:
    return rows.order_by("-created_at").values("pk")[:ROW_CAP].explain()


def test_a_tile_among_many_cases_is_read_by_the_index_on_places(city: City) -> None:
    receive(city, lon=118.8, lat=32.0)
    fresh = {"id": "gen_random_uuid()", "number": "'n' || n"}
    fresh |= {"lon": "118.3 + n % 193 / 193.0", "lat": "31.6 + n % 211 / 211.0"}
    columns = [field.column for field in Case._meta.concrete_fields]
    chosen = ", ".join(fresh.get(column, f"c.{column}") for column in columns)
    many = f"SELECT {chosen} FROM cases_case c, generate_series(1, 30000) n"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO cases_case ({', '.join(columns)}) {many}")
        cursor.execute("RESET ROLE")  # the running role would be told no, in a notice that nobody reads
        cursor.execute("ANALYZE cases_case")
        cursor.execute("SET ROLE yiwang_app")
    box = tile_box(*tile_of(118.8, 32.0, 14))
    everywhere = cases_in(SYSTEM, CaseFilter(), box, AT)
    assert "cases_case_place" in plan_of(everywhere)
    assert "Seq Scan on cases_case " not in plan_of(everywhere)
    assert "cases_case_place" in plan_of(cases_in(SYSTEM, CaseFilter(states=("received",)), box, AT))
    dispatcher = city.actor("dispatcher", area="east")
    assert "Seq Scan on cases_case " not in plan_of(cases_in(dispatcher, CaseFilter(), box, AT))
    assert 0 < everywhere.count() < 100
