"""The API: the loop by token, one answer to a repeated request, stale versions, named problems."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.accounts.public import issue_token
from yiwang.cases.models import Case, Report
from yiwang.cases.public import complete_task, recheck_case
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city
from yiwang.kernel.actor import Actor


class Api:
    """A client with a token."""

    def __init__(
        self,
        city: City,
        *,
        kind: str,
        unit: str = "centre",
        area: str | None = None,
        name: str = "",
        acts: tuple[str, ...] = (),
    ) -> None:
        account = city.login(kind, unit=unit, area=area, username=name or kind)
        now = timezone.now()
        issued = issue_token(
            actor=Actor(account_id=account.id), at=now, account_id=account.id, name="test",
            acts=["read", "write", *acts], expires_at=now + timedelta(hours=1),
        )  # fmt: skip
        self.client = Client(headers={"authorization": f"Bearer {issued.text}"})

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(
            f"/api/v1{path}", json.dumps(body or {}), content_type="application/json", headers=headers
        )

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query)


@pytest.fixture
def city(db: None) -> Iterator[City]:
    return make_city()


def report(city: City, **more: Any) -> dict[str, Any]:
    return {
        "text": "梅园社区垃圾成堆", "community": str(city.area("east_1_a")),
        "matter_class": str(city.classes["request"].id), **more,
    }  # fmt: skip


def test_a_case_goes_through_the_loop_by_token(city: City) -> None:
    operator = Api(city, kind="seat_operator", area="city")
    dispatcher = Api(city, kind="dispatcher", area="city")
    handler = Api(city, kind="handler", unit="cleaning")
    worker, chief = Api(city, kind="grid_worker", area="east_1"), Api(city, kind="duty_chief", area="city")
    made = operator.post("/reports", report(city, accept=True))
    assert made.status_code == 201, made.content
    assert made.json()["case"]["state"] == "dispatching"
    path = f"/cases/{made.json()['case']['id']}"
    states = [
        dispatcher.post(f"{path}/dispatch", {"host": str(city.unit("cleaning"))}),
        handler.post(f"{path}/sign"),
        handler.post(f"{path}/feedback", {"result": "已清运"}),
        worker.post(f"{path}/recheck", {"result": "passed"}),
        chief.post(f"{path}/close", {"ending": "solved"}),
    ]
    assert [answer.json()["state"] for answer in states] == [
        "handling", "handling", "rechecking", "closing", "closed",
    ]  # fmt: skip
    shown = chief.get(path)
    assert shown["ETag"] == f'"{shown.json()["case"]["version"]}"'
    assert "工作日" in shown.json()["tasks"][0]["due_explanation"]
    assert len(chief.get(f"{path}/timeline").json()) == 8


@pytest.mark.parametrize("body", [{}, {"ending": ""}, {"ending": "fixed_on_the_spot"}, {"ending": None}])
def test_how_a_case_ended_must_be_said_over_the_api(city: City, body: dict[str, Any]) -> None:
    case = dispatched(city)
    handler = city.actor("handler", unit="cleaning")
    complete_task(actor=handler, at=AT, case_id=case.id, result="已清运。")
    recheck_case(actor=SYSTEM, at=AT, case_id=case.id, result="passed")
    chief = Api(city, kind="duty_chief", area="city")
    answer = chief.post(f"/cases/{case.id}/close", body)
    assert answer.status_code == 422, answer.content
    (problem,) = answer.json()["errors"]
    assert problem["field"] == "ending"
    assert problem["remedy"]
    assert Case.objects.get(pk=case.id).state == "closing"
    closed = chief.post(f"/cases/{case.id}/close", {"ending": "answered"})
    assert (closed.status_code, closed.json()["ending"]) == (200, "answered")


def test_the_same_key_gives_the_same_answer_and_one_report(city: City) -> None:
    api = Api(city, kind="seat_operator", area="city")
    first = api.post("/reports", report(city), **{"Idempotency-Key": "a1"})
    again = api.post("/reports", report(city), **{"Idempotency-Key": "a1"})
    assert (first.json(), again["Idempotency-Replayed"]) == (again.json(), "true")
    assert Report.objects.count() == 1
    other = api.post("/reports", report(city, text="另一件事"), **{"Idempotency-Key": "a1"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")


def test_a_stale_if_match_names_what_happened(city: City) -> None:
    api = Api(city, kind="seat_operator", area="city")
    path = f"/cases/{api.post('/reports', report(city)).json()['case']['id']}"
    assert api.post(f"{path}/accept", {}, **{"If-Match": '"1"'}).status_code == 200
    stale = api.post(f"{path}/accept", {}, **{"If-Match": '"1"'})
    assert stale.status_code == 412
    assert stale["Content-Type"] == "application/problem+json"
    assert len(stale.json()["changes"]) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("text", ""), ("lon", 200), ("kind", "shout"), ("crs", "mars"), ("colour", "red"), ("urgency", 3)],
)
def test_wrong_input_names_the_field_and_the_remedy(city: City, field: str, value: Any) -> None:
    api = Api(city, kind="seat_operator", area="city")
    answer = api.post("/reports", report(city, lat=32.0, lon=118.8) | {field: value})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()["errors"][0]
    assert problem["field"].endswith(field)
    assert problem["remedy"]
    assert Report.objects.count() == 0


def test_another_street_sees_neither_list_nor_case(city: City) -> None:
    here = Api(city, kind="seat_operator", area="city")
    case = here.post("/reports", report(city)).json()["case"]["id"]
    there = Api(city, kind="grid_worker", area="west_1")
    assert there.get("/cases").json()["items"] == []
    assert there.get(f"/cases/{case}").status_code == 404
    assert there.post(f"/cases/{case}/recheck", {"result": "passed"}).status_code == 403


def test_pages_follow_the_cursor_and_end(city: City) -> None:
    api = Api(city, kind="seat_operator", area="city")
    for _ in range(5):
        api.post("/reports", report(city))
    seen, cursor = [], ""
    for _ in range(4):
        page = api.get("/cases", limit=2, cursor=cursor).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == Case.objects.count() == 5
    assert api.get("/cases", cursor="nonsense").status_code == 422
    assert api.get("/cases", limit=0).status_code == 422
    assert api.get("/cases", state="asleep").status_code == 422


def test_without_a_token_nothing_is_told(city: City) -> None:
    answer = Client().get("/api/v1/cases")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_the_openapi_document_names_every_act(city: City) -> None:
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    acts = {path.rsplit("/", 1)[1] for path in paths if path.startswith("/api/v1/cases/{case_id}/")}
    assert acts >= {
        "accept", "register", "dispatch", "sign", "feedback", "approve", "recheck", "close", "rework",
        "merge", "unmerge", "answer", "handle-on-the-spot", "reject", "void", "reopen", "ratings",
    }  # fmt: skip


def test_a_sensitive_case_is_kept_and_shared_over_the_api(city: City) -> None:
    operator = Api(city, kind="seat_operator", area="city")
    chief = Api(city, kind="duty_chief", area="city", acts=("cases.view_sensitive",))
    case = operator.post("/reports", report(city)).json()["case"]["id"]
    refused = operator.post(f"/cases/{case}/sensitive", {"is_sensitive": True, "reason": "涉未成年人"})
    assert refused.status_code == 403
    marked = chief.post(f"/cases/{case}/sensitive", {"is_sensitive": True, "reason": "涉未成年人"})
    assert marked.json()["is_sensitive"] is True
    assert operator.get(f"/cases/{case}").status_code == 404
    account = str(city.accounts["seat_operator"].id)
    row = chief.post(f"/cases/{case}/access", {"account": account})
    assert row.status_code == 201
    assert operator.get(f"/cases/{case}").status_code == 200
    assert [r["account"] for r in chief.get(f"/cases/{case}/access").json()] == [account]
    assert chief.client.delete(f"/api/v1/access/{row.json()['id']}").status_code == 204
    assert operator.get(f"/cases/{case}").status_code == 404


def test_evidence_is_added_over_the_api_and_disguised_files_are_refused(city: City) -> None:
    from io import BytesIO

    from yiwang.cases.tests.factories import picture

    api = Api(city, kind="seat_operator", area="city")
    case = api.post("/reports", report(city)).json()["case"]["id"]
    path = f"/api/v1/cases/{case}/evidence"
    added = api.client.post(path, {"stage": "scene", "file": picture("red")})
    assert (added.status_code, added.json()["media_type"]) == (201, "image/jpeg")
    fake = BytesIO(b"MZ not a picture")
    fake.name = "photo.jpg"
    assert api.client.post(path, {"stage": "scene", "file": fake}).status_code in {415, 422}
    assert len(api.get(f"/cases/{case}/evidence").json()) == 1


def test_erasing_over_the_api_needs_its_own_permission(city: City) -> None:
    api = Api(city, kind="seat_operator", area="city")
    made = api.post("/reports", report(city)).json()
    asked = api.post(f"/reports/{made['report']}/erasures", {"basis": "本人申请"})
    assert asked.status_code == 403
    chief = Api(city, kind="duty_chief", area="city")
    asked = chief.post(f"/reports/{made['report']}/erasures", {"basis": "本人申请"})
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    executed = chief.post(f"/erasures/{asked.json()['id']}/execute")
    assert (executed.status_code, executed.json()["code"]) == (403, "cases.refused")


def test_a_correction_over_the_api_is_applied_by_another_person_only(city: City) -> None:
    chief = Api(city, kind="duty_chief", area="city", acts=("cases.approve_correction",))
    other = Api(city, kind="duty_chief", area="city", name="other", acts=("cases.approve_correction",))
    case = chief.post("/reports", report(city)).json()["case"]
    asked = chief.post(f"/cases/{case['id']}/corrections", {"urgency": "urgent", "reason": "现场危险"})
    assert (asked.status_code, asked.json()["before"]) == (201, {"urgency": "ordinary"})
    own = chief.post(f"/corrections/{asked.json()['id']}/approve")
    assert (own.status_code, own.json()["code"]) == (409, "correction.guard_refused")
    done = other.post(f"/corrections/{asked.json()['id']}/approve")
    assert (done.status_code, done.json()["urgency"]) == (200, "urgent")
    listed = chief.get(f"/cases/{case['id']}/corrections").json()
    assert [row["state"] for row in listed] == ["approved"]
    nothing = chief.post(f"/cases/{case['id']}/corrections", {"urgency": "urgent", "reason": "再次"})
    assert nothing.status_code == 422


def test_the_list_of_the_api_turns_back(city: City) -> None:
    api = Api(city, kind="duty_chief", area="city")
    for _ in range(3):
        api.post("/reports", report(city))
    first = api.get("/cases", limit=2).json()
    second = api.get("/cases", limit=2, cursor=first["next"]).json()
    back = api.get("/cases", limit=2, cursor=second["previous"]).json()
    assert (first["previous"], second["next"]) == (None, None)
    assert [row["id"] for row in back["items"]] == [row["id"] for row in first["items"]]
