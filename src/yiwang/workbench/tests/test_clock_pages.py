"""The panel of a case's clocks, contacting its reporter, and the page of stage limits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from yiwang.cases.models import ContactAttempt, StageClock, StageLimit
from yiwang.cases.public import local_day
from yiwang.cases.tests.factories import City, dispatched
from yiwang.cases.tests.test_api import Api

from .conftest import Login

pytestmark = pytest.mark.django_db


def test_the_panel_shows_every_clock_with_its_limits_and_how_they_were_reckoned(
    city: City, login: Login
) -> None:
    case = dispatched(city, at=timezone.now())
    answer = login("dispatcher", area="city").get(f"/cases/{case.id}/clocks/")
    page = answer.content.decode()
    labels = [row.label for row in answer.context["page"].stages]
    assert labels == ["受理", "派遣", "处置"]
    assert {row.label for row in answer.context["page"].tasks} == {"签收", "联系诉求人", "处置"}
    assert "对外承诺" in page
    assert "法定时限" in page
    assert "紧急工作时按自然时间连续计算" in page
    assert answer.context["form"] is None


def test_the_unit_at_work_notes_a_contact_on_the_panel(city: City, login: Login) -> None:
    case = dispatched(city, at=timezone.now())
    client = login("handler", unit="cleaning")
    assert client.get(f"/cases/{case.id}/clocks/").context["form"] is not None
    client.post(f"/cases/{case.id}/contact/", {"way": "phone", "reached": "no"})
    assert ContactAttempt.objects.count() == 0  # words are missing
    client.post(f"/cases/{case.id}/contact/", {"way": "phone", "reached": "no", "note": "无人接听"})
    assert StageClock.objects.get(case=case, stage="contact").ended_at is None
    client.post(f"/cases/{case.id}/contact/", {"way": "visit", "reached": "yes"})
    assert StageClock.objects.get(case=case, stage="contact").ended_at is not None
    assert "无人接听" in client.get(f"/cases/{case.id}/clocks/").content.decode()


def test_another_unit_neither_sees_the_panel_nor_notes_a_contact(city: City, login: Login) -> None:
    case = dispatched(city, at=timezone.now())
    stranger = login("handler", unit="gardens")
    assert stranger.get(f"/cases/{case.id}/clocks/").status_code == 404
    stranger.post(f"/cases/{case.id}/contact/", {"way": "phone", "reached": "yes"})
    assert ContactAttempt.objects.count() == 0


def test_stage_limits_are_listed_set_and_ended(city: City, login: Login) -> None:
    client = login("system_admin")
    assert client.get("/rules/stages/").status_code == 200
    assert login("duty_chief").get("/rules/stages/").status_code == 403
    today = str(local_day(timezone.now()))
    given = {
        "stage": "sign", "class_kind": "event", "amount": "2", "unit": "work_hour", "legal_unit": "work_day",
        "basis": "区政府会议纪要", "valid_from": today,
    }  # fmt: skip
    assert client.post("/rules/stages/set/", given).status_code == 302
    row = StageLimit.objects.get(stage="sign", class_kind="event")
    assert (row.amount, row.unit, row.legal_amount) == (2, "work_hour", None)
    form = client.get("/rules/stages/set/", {"from": str(row.id)}).context["form"]
    assert (form.initial["amount"], form.initial["version"]) == ("2", row.version)
    assert client.post("/rules/stages/set/", {**given, "version": 0}).status_code == 409
    wrong = client.post("/rules/stages/set/", {**given, "stage": "handle"})
    assert wrong.status_code == 422
    assert "amount" in wrong.context["form"].errors
    day = local_day(timezone.now()) + timedelta(days=1)
    client.post(f"/rules/stages/{row.id}/end/", {"valid_to": str(day)})
    row.refresh_from_db()
    assert row.valid_to == day


def test_the_api_tells_the_clocks_and_takes_a_contact(city: City) -> None:
    case = dispatched(city, at=timezone.now())
    api = Api(city, kind="handler", unit="cleaning", acts=("cases.view", "cases.handle"))
    sheet = api.get(f"/cases/{case.id}/clocks").json()
    assert [row["stage"] for row in sheet["stages"]] == ["accept", "dispatch", "handle"]
    assert sheet["total_seconds"] == sum(row["used_seconds"] for row in sheet["stages"])
    assert sheet["promise"]["legal_due_at"] is not None
    made = api.post(f"/cases/{case.id}/contacts", {"way": "phone", "reached": True})
    assert made.status_code == 201
    tasks = api.get(f"/cases/{case.id}/clocks").json()["tasks"]
    assert next(row for row in tasks if row["stage"] == "contact")["status"] == "done"
