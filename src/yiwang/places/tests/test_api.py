"""API of places: list, get and create within the caller's acts and area; where a point lies."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from yiwang.places.models import Address, Part

from .factories import COMMUNITIES, area, at_point, bring, quarters
from .test_part_pages import Login, log_in  # noqa: F401 - a fixture
from .test_parts import CODE, make
from .test_unit_grids import cells

pytestmark = pytest.mark.django_db
API = "/api/v1"


def post(client: Client, path: str, body: object, **headers: str) -> tuple[int, dict[str, object]]:
    answer = client.post(f"{API}{path}", json.dumps(body), content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def given(**more: object) -> dict[str, object]:
    lon, lat = at_point(1, 1)
    return {"code": CODE, "lon": lon, "lat": lat, **more}


def test_parts_are_listed_by_key_and_read_by_code(log_in: Login) -> None:  # noqa: F811
    client = log_in("places.view")
    for number in (1, 2, 3):
        make(f"32019901020000{number:02d}")
    first = client.get(f"{API}/parts?limit=2").json()
    rest = client.get(f"{API}/parts", {"limit": 2, "cursor": first["next"]}).json()
    assert [row["code"][-1] for row in first["items"] + rest["items"]] == ["1", "2", "3"]
    assert rest["next"] is None
    one = client.get(f"{API}/parts/3201990102000002")
    assert (one.json()["class_code"], one["ETag"]) == ("0102", '"1"')
    assert client.get(f"{API}/parts/3201990102999999").status_code == 404
    assert client.get(f"{API}/parts/12").status_code == 422
    assert client.get(f"{API}/parts?status=broken").status_code == 422
    assert client.get(f"{API}/parts?limit=0").status_code == 422


def test_only_ones_own_area_is_listed_read_and_written(log_in: Login) -> None:  # noqa: F811
    client = log_in("places.view", "places.maintain", within=COMMUNITIES[0])
    inside, outside = make(), make("3201990102000035", x=3)
    assert [row["code"] for row in client.get(f"{API}/parts").json()["items"]] == [inside.code]
    assert client.get(f"{API}/parts/{outside.code}").status_code == 404
    lon, lat = at_point(3, 1)
    status, problem = post(client, "/parts", given(code="3201990102000099", lon=lon, lat=lat))
    assert (status, problem["detail"]) == (403, "该社区不在您的部件维护范围内。")


def test_without_the_acts_nothing_is_told(log_in: Login) -> None:  # noqa: F811
    client = log_in("cases.view")
    for path in ("/parts", "/addresses", "/locate?lon=118.7&lat=32"):
        assert client.get(f"{API}{path}").status_code == 403
        assert Client().get(f"{API}{path}").status_code == 401
    assert post(client, "/parts", given())[0] == 403
    assert not Part.objects.exists()


def test_a_part_is_created_once_under_its_key(log_in: Login) -> None:  # noqa: F811
    client = log_in("places.view", "places.maintain")
    body = {key: value for key, value in given(class_code="0102").items() if key != "code"}
    status, made = post(client, "/parts", body, idempotency_key="one")
    assert (status, made["code"]) == (201, "3201990102000001")
    assert post(client, "/parts", body, idempotency_key="one")[1]["code"] == made["code"]
    assert Part.objects.count() == 1
    status, problem = post(client, "/parts", given(code="3201980102000001"))
    assert (status, problem["errors"][0]["field"]) == (422, "code")  # type: ignore[index]
    assert post(client, "/parts", given(status="broken"))[0] == 422
    assert post(client, "/parts", given(colour="red"))[0] == 422


def test_addresses_are_entered_listed_and_read(log_in: Login) -> None:  # noqa: F811
    client = log_in("places.view", "places.maintain")
    lon, lat = at_point(3, 3)
    status, made = post(client, "/addresses", {"text": "示例街道和平路 12 号", "lon": lon, "lat": lat})
    assert (status, made["community"]) == (201, str(area(COMMUNITIES[1])))
    assert client.get(f"{API}/addresses?q=和平").json()["items"] == [made]
    assert client.get(f"{API}/addresses?q=战争").json()["items"] == []
    assert client.get(f"{API}/addresses/{made['id']}").json() == made
    assert post(client, "/addresses", {"text": "示例街道和平路 12 号", "lon": lon, "lat": lat})[0] == 409
    assert Address.objects.count() == 1


def test_a_point_is_located_down_to_the_unit_grid(
    log_in: Login,  # noqa: F811
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    client = log_in("places.view")
    bring("grid", quarters())
    bring("unit_grid", cells())
    lon, lat = at_point(0.25, 3.75)
    found = client.get(f"{API}/locate", {"lon": lon, "lat": lat}).json()
    assert (found["community"]["name"], found["grid"]["code"]) == ("西社区", f"{COMMUNITIES[0]}001")
    assert found["unit_grid"] == f"{COMMUNITIES[0]}001"
    with django_assert_max_num_queries(6):
        client.get(f"{API}/locate", {"lon": lon, "lat": lat})
    assert client.get(f"{API}/locate", {"lon": 1, "lat": 1}).json()["district"] is None
