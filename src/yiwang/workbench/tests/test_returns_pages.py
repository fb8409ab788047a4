"""Pages of returns and disputes: asked for, decided, arbitrated; the chain of the first asked; the rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.cases.models import Arbitration, Case, FallbackOwner, Handover, ReturnRule, Task, TaskReturn
from yiwang.cases.public import (
    accept_case,
    dispatch_case,
    hand_over_case,
    mark_first_asked,
    merge_cases,
    report_for,
    reports_of,
    tracking_path,
)
from yiwang.cases.tests.factories import SYSTEM, City, dispatched, picture, receive

from .conftest import Login

pytestmark = pytest.mark.django_db


def act(client: Client, case: Case, name: str, **given: Any) -> Any:
    case.refresh_from_db()
    return client.post(f"/cases/{case.id}/responsibility/{name}/", {"version": case.version, **given})


def buttons(client: Client, case: Case) -> list[str]:
    found = client.get(f"/cases/{case.id}/responsibility/").context["found"]
    inner = [b.name for view in (*found.disputes, *found.returns) for b in view.buttons]
    return [*inner, *(b.name for b in found.buttons)]


def test_a_case_is_returned_twice_and_arbitrated_on_the_pages(city: City, login: Login) -> None:
    case = dispatched(city, at=timezone.now() - timedelta(minutes=20))
    cleaner = login("handler", unit="cleaning", username="cleaner")
    gardener = login("handler", unit="gardens", username="gardener")
    dispatcher, judge = login("dispatcher"), login("supervisor")
    assert buttons(cleaner, case) == ["ask_return"]
    asked = act(
        cleaner, case, "ask_return", reason="not_our_duty", words="非我所职责。",
        proposed_unit=str(city.unit("gardens")), scene=picture(),
    )  # fmt: skip
    assert asked.status_code == 302, asked.context["form"].errors
    row = TaskReturn.objects.get()
    assert len(row.evidence) == 1
    assert buttons(cleaner, case) == ["take_back_return", "ask_return"]
    listed = dispatcher.get("/returns/")
    assert [view.row.id for view, _past in listed.context["views"]] == [row.id]
    assert "退单待审" in dispatcher.get("/cases/").content.decode()
    offered = buttons(dispatcher, case)
    assert offered == ["grant_return", "refuse_return", "refer_return"]
    granted = act(dispatcher, case, "grant_return", subject=str(row.id), words="同意。")
    assert granted.status_code == 302
    case.refresh_from_db()
    dispatch_case(actor=SYSTEM, at=timezone.now(), case_id=case.id, host=city.unit("gardens"))
    again = act(gardener, case, "ask_return", reason="wrong_area", words="不在绿地范围。")
    assert again.status_code == 302
    dispute = Arbitration.objects.get()
    assert [view.row.id for view in judge.get("/disputes/").context["views"]] == [dispute.id]
    assert buttons(judge, case) == ["rule_arbitration"]
    ruled = act(
        judge, case, "rule_arbitration", subject=str(dispute.id), mode="meeting",
        host=str(city.unit("street")), co_units=[str(city.unit("cleaning"))],
        legal_basis="城市绿化条例 第四条", words="街道主办。",
        view_unit_1=str(city.unit("gardens")), view_post_1="办公室主任", view_words_1="不在绿地范围。",
        view_unit_2=str(city.unit("street")), view_post_2="城管科科长", view_words_2="可以牵头。",
    )  # fmt: skip
    assert ruled.status_code == 302, ruled.context["form"].errors
    case.refresh_from_db()
    assert (case.final_owner, case.host) == (city.unit("street"), city.unit("street"))
    page = judge.get(f"/cases/{case.id}/").content.decode()
    assert "已裁定，不得退单" in page
    panel = judge.get(f"/cases/{case.id}/responsibility/").content.decode()
    assert "城管科科长" in panel
    assert "城市绿化条例" in panel


def test_a_refusal_without_words_keeps_the_form_open(city: City, login: Login) -> None:
    case = dispatched(city, at=timezone.now())
    act(login("handler", unit="cleaning"), case, "ask_return", reason="repeated", words="与昨日案件重复。")
    row = TaskReturn.objects.get()
    answer = act(login("dispatcher"), case, "refuse_return", subject=str(row.id), words="")
    assert answer.status_code == 422
    assert answer.context["form"].errors["words"]


def test_a_stale_page_is_answered_and_may_be_sent_again(city: City, login: Login) -> None:
    case = dispatched(city, at=timezone.now())
    cleaner = login("handler", unit="cleaning")
    given = {"reason": "repeated", "words": "与昨日案件重复。", "version": 1}
    answer = cleaner.post(f"/cases/{case.id}/responsibility/ask_return/", given)
    assert answer.status_code == 409
    assert f'value="{case.version}"' in answer.content.decode()


def test_the_first_asked_hands_over_and_the_resident_sees_units_and_posts(city: City, login: Login) -> None:
    clerk = login("seat_operator", unit="street", area="east_1", username="clerk")
    _, case = receive(city, matter_class=city.classes["request"].id, at=timezone.now())
    assert buttons(clerk, case) == ["mark_first"]
    assert act(clerk, case, "mark_first").status_code == 302
    accept_case(actor=SYSTEM, at=timezone.now(), case_id=case.id)
    handler = login("handler", unit="street", username="street_handler")
    dispatch_case(actor=SYSTEM, at=timezone.now(), case_id=case.id, host=city.unit("street"))
    assert buttons(handler, case) == ["hand_over"]
    moved = act(
        handler, case, "hand_over", to_unit=str(city.unit("gardens")), reason="树木由园林处理，联系李四。"
    )
    assert moved.status_code == 302, moved.context["form"].errors
    assert Handover.objects.get().to_unit == city.unit("gardens")
    gardener = login("handler", unit="gardens", username="gardener")
    assert buttons(gardener, case) == ["ask_arbitration"]
    report = reports_of(case).get()
    page = Client().get(tracking_path(report)).content.decode()
    assert "首问负责" in page
    for words in ("东一街道办事处", "处置人员", "东区园林所"):
        assert words in page
    for hidden in ("李四", "clerk", "street_handler"):
        assert hidden not in page
    assert report_for(report.number, tracking_path(report).split("/")[3]) == report


def test_the_tick_at_registration_notes_the_first_asked(city: City, login: Login) -> None:
    clerk = login("seat_operator", unit="street", area="east_1", username="clerk")
    given = {
        "text": "门口路灯不亮", "kind": "help", "privacy": "open", "channel": "visit", "urgency": "ordinary",
        "district": str(city.area("east")), "street": str(city.area("east_1")),
        "community": str(city.area("east_1_a")), "then": "only", "is_first_asked": "on",
    }  # fmt: skip
    answer = clerk.post("/report/new", given)
    form = answer.context["form"] if answer.context and "form" in answer.context else None
    assert answer.status_code == 302, form and form.errors
    assert Case.objects.get().first_unit == city.unit("street")


def test_the_rules_are_set_on_a_page_with_their_basis(city: City, login: Login) -> None:
    admin = login("system_admin")
    page = admin.get("/rules/returns/").content.decode()
    for words in ("非本单位职责", "24 紧急工作时", "安阳市12345政务服务便民热线条例"):
        assert words in page
    today = timezone.localdate().isoformat()
    owner = {
        "which": "owner", "area": str(city.area("east")), "class_kind": "",
        "unit": str(city.unit("east_centre")), "basis": "东区兜底办法", "valid_from": today,
    }  # fmt: skip
    assert admin.post("/rules/returns/", owner).status_code == 302
    row = FallbackOwner.objects.get()
    assert admin.post("/rules/returns/", {**owner, "basis": ""}).status_code == 422
    assert admin.post(f"/rules/returns/owner/{row.id}/end/", {"valid_to": today}).status_code == 302
    row.refresh_from_db()
    assert row.valid_to == timezone.localdate()
    rule = {
        "which": "rule", "class_kind": "part", "ask_amount": "12", "ask_unit": "urgent_hour",
        "ask_from": "sign",
        "review_amount": "2", "review_unit": "work_hour", "ruling_amount": "1", "ruling_unit": "work_day",
        "fallback_amount": "2", "fallback_unit": "work_hour", "arbitrate_from": "2", "most_transfers": "1",
        "basis": "东区试行", "valid_from": today,
    }  # fmt: skip
    assert admin.post("/rules/returns/", rule).status_code == 302
    assert ReturnRule.objects.get(class_kind="part").ask_amount == 12
    page = admin.get("/rules/returns/").content.decode()
    assert "12 紧急工作时（自签收起）" in page
    assert "24 紧急工作时（自派遣起）" in page
    assert login("dispatcher").get("/rules/returns/").status_code == 403


def test_lists_wait_for_those_who_decide_and_nobody_else(city: City, login: Login) -> None:
    for _ in range(3):
        case = dispatched(city, at=timezone.now())
        act(login("handler", unit="cleaning"), case, "ask_return", reason="repeated", words="重复。")
    assert len(login("dispatcher").get("/returns/").context["views"]) == 3
    for kind, address in (("handler", "/returns/"), ("dispatcher", "/disputes/"), ("leader", "/disputes/")):
        assert (
            login(kind, **({"unit": "cleaning"} if kind == "handler" else {})).get(address).status_code == 403
        )


def test_another_unit_is_offered_nothing(city: City, login: Login) -> None:
    case = dispatched(city, at=timezone.now())
    gardener = login("handler", unit="gardens", username="gardener")
    assert gardener.get(f"/cases/{case.id}/responsibility/").status_code == 404
    assert act(gardener, case, "ask_return", reason="repeated", words="重复。").status_code == 404
    assert Task.objects.get(case=case).state == "pending"


def test_what_was_settled_about_an_absorbed_case_stands_on_the_panel_of_the_survivor(
    city: City, login: Login
) -> None:
    at = timezone.now() - timedelta(minutes=20)
    gone, into = dispatched(city, at=at), dispatched(city, unit="gardens", at=at)
    mark_first_asked(actor=SYSTEM, at=at, case_id=gone.id, unit=city.unit("cleaning"))
    plain = dispatched(city, at=at)
    for case in (gone, plain):
        merge_cases(actor=SYSTEM, at=timezone.now(), survivor=into.id, absorbed=case.id, reason="同一处")
    dispatcher = login("dispatcher")
    panel = dispatcher.get(f"/cases/{into.id}/responsibility/")
    found = panel.context["found"]
    assert [(view.case.id, "首问单位为" in view.words) for view in found.absorbed] == [(gone.id, True)]
    assert gone.number in panel.content.decode()
    assert found.chain == []
    told = dispatcher.get(f"/api/v1/cases/{into.id}/responsibility").json()
    assert {row["case"]: row["first_unit"] for row in told["absorbed"]} == {
        str(gone.id): str(city.unit("cleaning")), str(plain.id): None,
    }  # fmt: skip


def test_a_resident_reads_the_whole_chain_of_the_first_asked_after_a_merge(city: City) -> None:
    at = timezone.now() - timedelta(minutes=20)
    gone, into = dispatched(city, at=at), dispatched(city, unit="gardens", at=at)
    mark_first_asked(actor=SYSTEM, at=at, case_id=gone.id, unit=city.unit("cleaning"))
    giver = city.actor("handler", unit="cleaning")
    hand_over_case(actor=giver, at=at, case_id=gone.id, to_unit=city.unit("gardens"), reason="属园林的内部话")
    merge_cases(actor=SYSTEM, at=timezone.now(), survivor=into.id, absorbed=gone.id, reason="同一处")
    page = Client().get(tracking_path(reports_of(into)[0])).content.decode()
    for words in ("首问", "移交", "接收"):
        assert f"<strong>{words}</strong>" in page
    assert "内部话" not in page
