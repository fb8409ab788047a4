"""The API of the admitted lists: read as of a day, ask whether a matter may go somewhere, apply once."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from yiwang.catalog.models import AdmittedMatter
from yiwang.catalog.services.exemptions import save_admission_rule

from . import test_pages
from .factories import AT, EDITOR, City, make_city

pytestmark = pytest.mark.django_db
LogIn = Callable[..., Client]
log_in = test_pages.log_in


@pytest.fixture
def city() -> City:
    return make_city()


def application(city: City, **more: object) -> str:
    given = {
        "list_kind": "grid", "code": "WG-90", "name": "井盖缺损的发现、报告", "basis": "水务局的函",
        "class_ids": [str(city.class_id("P0101"))], "lead_unit": str(city.units["水务局"]),
        "frequency": "巡查发现时", "funding": "每件 5 元", "limit": {"amount": "2", "unit": "work_day"},
    }  # fmt: skip
    return json.dumps(given | more)


def test_a_list_is_read_as_of_a_day(city: City, log_in: LogIn) -> None:
    client = log_in("places.view")
    rows = client.get("/api/v1/admitted-matters?list=community_duty").json()["rows"]
    assert [row["code"] for row in rows] == ["LZ-01", "LZ-02", "LZ-03"]
    assert client.get("/api/v1/admitted-matters?list=community_duty&day=1999-01-01").json()["rows"] == []
    assert client.get("/api/v1/admitted-matters?list=none").status_code == 422
    assert client.get(f"/api/v1/admitted-matters/{rows[0]['id']}").json()["name"] == "调解民间纠纷"


def test_whether_a_matter_may_go_to_a_grid(city: City, log_in: LogIn) -> None:
    client = log_in("places.view")
    address = f"/api/v1/admission?level=grid&area={city.areas['东门社区']}&matter_class="
    listed = client.get(f"{address}{city.class_id('E0110')}").json()
    assert (listed["verdict"], listed["allows"]) == ("listed", True)
    unchecked = client.get(f"{address}{city.class_id('P0101')}").json()
    assert (unchecked["verdict"], unchecked["allows"]) == ("unchecked", True)
    save_admission_rule(actor=EDITOR, at=AT, level="grid", area_id=None, mode="on", exemption_hours=72)
    unlisted = client.get(f"{address}{city.class_id('P0101')}").json()
    assert (unlisted["verdict"], unlisted["allows"]) == ("unlisted", False)
    assert "非准不入" in unlisted["words"]


def test_an_application_is_filed_once_under_its_key(city: City, log_in: LogIn) -> None:
    client = log_in("catalog.apply_admission")
    for _turn in range(2):
        answer = client.post(
            "/api/v1/admitted-matters", application(city), content_type="application/json",
            headers={"Idempotency-Key": "k-1"},
        )  # fmt: skip
        assert answer.status_code == 201
        assert answer.json()["state"] == "applied"
    assert AdmittedMatter.objects.filter(code="WG-90").count() == 1
    answer = client.post(
        "/api/v1/admitted-matters", application(city, basis=""), content_type="application/json"
    )
    assert answer.status_code == 422
    assert log_in("places.view").get("/api/v1/exemptions").json() == {"rows": [], "next": None}
