"""Returns over the API: the same acts by token."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from yiwang.cases.models import Case
from yiwang.cases.public import dispatch_case
from yiwang.cases.tests.factories import SYSTEM, City, dispatched, make_city
from yiwang.cases.tests.test_api import Api


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def test_a_case_is_returned_twice_and_arbitrated_over_the_api(city: City) -> None:
    case = dispatched(city, at=timezone.now() - timedelta(minutes=20))
    acts = ("cases.view", "cases.ask_return")
    cleaner = Api(city, kind="handler", unit="cleaning", name="cleaner", acts=acts)
    gardener = Api(city, kind="handler", unit="gardens", name="gardener", acts=acts)
    reviewer = Api(city, kind="dispatcher", acts=("cases.view", "cases.review"))
    judge = Api(city, kind="supervisor", acts=("cases.view", "cases.arbitrate"))
    body = {"reason": "not_our_duty", "words": "非我所职责。"}
    asked = cleaner.post(f"/cases/{case.id}/returns", body)
    assert asked.status_code == 201, asked.content
    key = asked.json()["id"]
    assert reviewer.post(f"/returns/{key}/refuse", {"words": " "}).status_code == 422
    granted = reviewer.post(f"/returns/{key}/grant", {})
    assert (granted.status_code, granted.json()["state"]) == (200, "dispatching")
    dispatch_case(actor=SYSTEM, at=timezone.now(), case_id=case.id, host=city.unit("gardens"))
    again = gardener.post(f"/cases/{case.id}/returns", body)
    assert again.json()["state"] == "arbitrating"
    found = judge.get(f"/cases/{case.id}/responsibility").json()
    (dispute,) = found["disputes"]
    ruling = {
        "mode": "designate", "host": str(city.unit("street")), "legal_basis": "城市绿化条例 第四条",
        "words": "街道主办。",
    }  # fmt: skip
    ruled = judge.post(f"/disputes/{dispute['id']}/rule", ruling)
    assert (ruled.status_code, ruled.json()["host"]) == (200, str(city.unit("street")))
    assert judge.get(f"/cases/{case.id}/responsibility").json()["final_owner"] == str(city.unit("street"))
    assert Case.objects.get(pk=case.id).arbitration is None
