"""Administration of a case: corrections by two people, sensitive marks, access lists, erasure."""

from __future__ import annotations

import pytest
from django.test import Client

from yiwang.cases.public import Case, CaseAccess, Correction, ErasureRequest, Report
from yiwang.cases.tests.factories import City, dispatched, receive

from .conftest import Login

pytestmark = pytest.mark.django_db


def url(case: Case, tail: str = "") -> str:
    return f"/cases/{case.id}/{tail}"


def admin_acts_of(client: Client, case: Case) -> list[str]:
    return [act.name for act in client.get(url(case)).context["admin_acts"]]


def correct(client: Client, case: Case, **changes: object) -> object:
    case.refresh_from_db()
    stands = {
        "title": case.title, "urgency": case.urgency, "privacy": case.privacy, "address": case.address,
        "matter_class": str(case.matter_class or ""), "community": str(case.community),
    }  # fmt: skip
    given = {"version": case.version, "reason": "登记有误", **stands, **changes}
    return client.post(url(case, "acts/correct/"), given)


def test_each_is_offered_what_he_may_do(city: City, login: Login) -> None:
    _, case = receive(city)
    assert admin_acts_of(login("duty_chief"), case) == ["correct", "mark_sensitive", "request_erasure"]
    assert admin_acts_of(login("dispatcher"), case) == ["correct"]
    assert admin_acts_of(login("leader"), case) == []
    assert "管理" not in [s.strip() for s in login("leader").get(url(case)).content.decode().split(">")]


def test_a_correction_goes_from_one_person_to_another_and_onto_the_timeline(city: City, login: Login) -> None:
    case = dispatched(city)
    answer = correct(login("dispatcher"), case, title="三号楼垃圾", urgency="urgent")
    assert answer.status_code == 302, answer.context and answer.context["problem"]  # type: ignore[attr-defined]
    wish = Correction.objects.get(case=case)
    assert set(wish.after) == {"title", "urgency"}
    assert admin_acts_of(login("dispatcher"), case) == ["take_back_correction"]
    chief = login("duty_chief")
    page = chief.get("/corrections/")
    assert [view.row.id for view in page.context["views"]] == [wish.id]
    page = chief.get(url(case))
    assert "有一份更正申请待批准" in page.content.decode()
    acts = [act.name for act in page.context["admin_acts"]]
    assert acts[:2] == ["approve_correction", "refuse_correction"]
    done = chief.post(
        url(case, "acts/approve_correction/"),
        {"version": Case.objects.get(pk=case.pk).version, "correction": str(wish.id)},
    )
    assert done.status_code == 302
    case.refresh_from_db()
    assert (case.title, case.urgency) == ("三号楼垃圾", "urgent")
    happening = chief.get(url(case)).context["page"].happenings[0]
    assert str(happening.title) == "行政更正"
    assert "紧急程度：一般 → 紧急" in happening.text


def test_a_correction_of_nothing_comes_back_with_what_was_typed(city: City, login: Login) -> None:
    _, case = receive(city)
    answer = correct(login("dispatcher"), case)
    assert (answer.status_code, answer.context["problem"]) == (  # type: ignore[attr-defined]
        422, "没有要更正的内容，请至少改动一项。",
    )  # fmt: skip
    assert "登记有误" in answer.content.decode()  # type: ignore[attr-defined]


def test_the_asker_does_not_approve_by_hand_either(city: City, login: Login) -> None:
    _, case = receive(city)
    chief = login("duty_chief")
    correct(chief, case, urgency="prompt")
    wish = Correction.objects.get(case=case)
    answer = chief.post(url(case, "acts/approve_correction/"), {"correction": str(wish.id)})
    assert answer.status_code == 409
    assert Case.objects.get(pk=case.pk).urgency == "ordinary"
    chief.post(url(case, "acts/take_back_correction/"), {"correction": str(wish.id)})
    wish.refresh_from_db()
    assert wish.state == "taken_back"


def test_a_sensitive_case_is_opened_to_whom_the_list_names(city: City, login: Login) -> None:
    _, case = receive(city)
    chief, clerk = login("duty_chief"), login("seat_operator")
    chief.post(url(case, "acts/mark_sensitive/"), {"version": case.version, "reason": "涉未成年人"})
    assert clerk.get(url(case)).status_code == 404
    found = chief.get("/pick/accounts/", {"q": "seat_operator"}).json()["choices"]
    assert [choice["value"] for choice in found] == [str(city.accounts["seat_operator"].id)]
    assert clerk.get("/pick/accounts/", {"q": "duty"}).status_code == 403
    chief.post(url(case, "acts/grant_access/"), {"account": found[0]["value"]})
    assert clerk.get(url(case)).status_code == 200
    assert clerk.get(url(case)).context["access_list"] is None
    listed = chief.get(url(case)).context["access_list"]
    assert [row.name for row in listed] == ["受理员seat_operator"]
    gone = chief.post(url(case, f"access/{listed[0].id}/revoke/"))
    assert (gone.status_code, CaseAccess.objects.count()) == (302, 0)
    assert clerk.get(url(case)).status_code == 404
    chief.post(url(case, "acts/unmark_sensitive/"), {"reason": "已查清"})
    assert clerk.get(url(case)).status_code == 200


def test_naming_nobody_for_the_list_is_told(city: City, login: Login) -> None:
    _, case = receive(city, is_sensitive=True)
    answer = login("duty_chief").post(url(case, "acts/grant_access/"), {})
    assert (answer.status_code, answer.context["problem"]) == (422, "请指定一个账号或一个单位。")


def test_an_erasure_is_asked_for_on_the_case_and_executed_by_the_security_post(
    city: City, login: Login
) -> None:
    report, case = receive(city)
    chief = login("duty_chief")
    asked = chief.post(
        url(case, "acts/request_erasure/"), {"report": str(report.id), "basis": "本人申请，第四十七条"}
    )
    assert asked.status_code == 302
    assert "申请删除个人信息，待执行" in chief.get(url(case)).content.decode()
    wish = ErasureRequest.objects.get()
    assert chief.get("/erasures/").status_code == 403
    security = login("security_admin")
    page = security.get("/erasures/")
    assert "本人申请，第四十七条" in page.content.decode()
    assert report.text not in page.content.decode()
    security.post(f"/erasures/{wish.id}/", {"act": "refuse", "reason": " "})
    assert ErasureRequest.objects.get().state == "asked"
    security.post(f"/erasures/{wish.id}/", {"act": "execute"})
    assert (ErasureRequest.objects.get().state, Report.objects.get().text) == ("executed", "")
    assert "内容已按规定删除" in chief.get(url(case)).content.decode()
    assert "本人申请" in security.get("/erasures/", {"state": "executed"}).content.decode()


def test_the_live_answer_is_empty_until_the_version_has_moved(city: City, login: Login) -> None:
    _, case = receive(city)
    reader = login("leader")
    assert reader.get(url(case, "live/"), {"since": case.version}).status_code == 204
    login("seat_operator").post(url(case, "claim/"))
    news = reader.get(url(case, "live/"), {"since": case.version})
    text = news.content.decode()
    assert (news.status_code, 'id="case-timeline" hx-swap-oob' in text) == (200, True)
    assert "开始处理" in text
    assert reader.get(url(case, "live/"), {"since": case.version + 1}).status_code == 204


def test_a_page_left_open_is_told_that_the_case_has_left_its_reader(city: City, login: Login) -> None:
    from yiwang.cases.tests.factories import dispatched

    case = dispatched(city)
    elsewhere = login("handler", unit="gardens", username="gardener").get(url(case, "live/"), {"since": 0})
    assert (elsewhere.status_code, "案件已不归您办理或查看" in elsewhere.content.decode()) == (200, True)
    assert case.number not in elsewhere.content.decode()
    mine = login("handler", unit="cleaning").get(url(case, "live/"), {"since": 0}).content.decode()
    assert 'id="case-timeline"' in mine


def test_bulk_dispatch_to_a_chosen_unit_says_done_or_refused_and_why(city: City, login: Login) -> None:
    from yiwang.cases.public import accept_case
    from yiwang.cases.tests.factories import AT, SYSTEM

    cleaning = city.unit("cleaning")
    _, fine = receive(city, matter_class=city.classes["event"].id)
    _, complained = receive(city, matter_class=city.classes["event"].id, complained_unit=cleaning)
    _, early = receive(city)
    for case in (fine, complained):
        accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    for case in (fine, complained, early):
        case.refresh_from_db()
    chosen = [f"{c.id}:{c.version}" for c in (fine, complained, early)]
    client = login("dispatcher")
    given = {"act": "dispatch_to", "case": chosen, "host": str(cleaning), "instruction": "今日处置。"}
    results = client.post("/cases/bulk/", given).context["results"]
    assert [bool(result.problem) for result in results] == [False, True, True]
    assert "被投诉举报的单位" in results[1].problem
    assert "待受理" in results[2].problem
    fine.refresh_from_db()
    assert (fine.state, fine.host) == ("handling", cleaning)
    nobody = client.post("/cases/bulk/", {"act": "dispatch_to", "case": chosen})
    assert nobody.status_code == 422


def test_a_limit_that_cannot_run_is_told_on_the_page(
    city: City, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    from decimal import Decimal

    from yiwang.cases.public import accept_case
    from yiwang.cases.services import dispatching
    from yiwang.cases.tests.factories import AT, SYSTEM

    _, case = receive(city, matter_class=city.classes["event"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    case.refresh_from_db()
    unusable = (Decimal("0.0011"), "urgent_hour")  # the database refuses to store such a limit
    monkeypatch.setattr(dispatching, "limit_for", lambda _case: unusable)
    given = {"version": case.version, "host": str(city.unit("cleaning"))}
    answer = login("dispatcher").post(url(case, "acts/dispatch/"), given)
    assert answer.status_code == 409
    assert "暴露垃圾" in answer.context["problem"]
