"""The case page: acts by permission, conflicts that lose nothing, contacts behind a purpose."""

from __future__ import annotations

import pytest
from django.test import Client

from yiwang.cases.public import CASE, Case, Remark
from yiwang.cases.tests.factories import City, dispatched, picture, receive
from yiwang.ledger.public import JournalEntry

from .conftest import Login

pytestmark = pytest.mark.django_db


def url(case: Case, tail: str = "") -> str:
    return f"/cases/{case.id}/{tail}"


def acts_of(client: Client, case: Case) -> list[str]:
    return [act.name for act in client.get(url(case)).context["acts"]]


def test_the_page_offers_the_acts_of_the_table_that_the_actor_may_do(city: City, login: Login) -> None:
    _, case = receive(city)
    assert acts_of(login("seat_operator"), case) == ["accept", "answer", "request_verification", "merge",
                                                     "reject", "void"]  # fmt: skip
    assert acts_of(login("leader"), case) == []
    handled = dispatched(city)
    assert acts_of(login("handler", unit="cleaning"), handled) == ["sign", "feed_back"]


def test_every_row_of_the_table_has_a_form_except_what_is_done_elsewhere() -> None:
    from yiwang.workbench.forms.level_acts import ACT_FORMS, FORM_OF_ROW

    without = {
        row.action for row in CASE.transitions if FORM_OF_ROW.get(row.action, row.action) not in ACT_FORMS
    }
    by_others = {"withdraw", "take_back", "redo", "redo_elsewhere"}  # reporters, triage, call-backs
    on_panels = {
        "suspend", "resume", "give_back", "refuse_unlisted", "arbitrate", "hand_over", "take_fallback",
    }  # fmt: skip
    assert without == by_others | on_panels


def test_a_case_goes_the_whole_way_through_the_forms(city: City, login: Login) -> None:
    _, case = receive(city)

    def do(client: Client, name: str, **given: object) -> None:
        case.refresh_from_db()
        answer = client.post(url(case, f"acts/{name}/"), {"version": case.version, **given})
        assert answer.status_code == 302, answer.context and answer.context.get("problem")

    event = str(city.classes["event"].id)
    do(login("seat_operator"), "accept", matter_class=event, urgency="urgent")
    do(login("dispatcher"), "dispatch", host=str(city.unit("cleaning")), instruction="请尽快处置。")
    handler = login("handler", unit="cleaning")
    do(handler, "sign")
    do(handler, "feed_back", result="已清运。", before=picture("red"), after=picture("green"))
    do(login("grid_worker"), "recheck", result="passed", note="已清理干净。")
    chief = login("duty_chief")
    form = chief.get(url(case)).content.decode().split('data-act="close"')[1].split("</form>")[0]
    assert 'name="ending"' in form
    assert "checked" not in form, "how it ended is for a person to say"
    assert chief.post(url(case, "acts/close/"), {"version": case.version}).status_code == 422
    do(chief, "close", ending="solved")
    case.refresh_from_db()
    assert (case.state, case.ending, case.urgency) == ("closed", "solved", "urgent")
    page = login("duty_chief").get(url(case))
    assert [file.stage for file in page.context["page"].attachments] == ["before", "after"]
    assert "时限是怎么算的" in page.content.decode()


def test_feedback_without_pictures_is_refused_and_the_text_is_kept(city: City, login: Login) -> None:
    case = dispatched(city, matter="event")
    answer = login("handler", unit="cleaning").post(
        url(case, "acts/feed_back/"), {"version": case.version, "result": "已经清运完毕了。"}
    )
    assert (answer.status_code, answer.context["problem"]) == (
        409,
        "缺少处置后、处置前照片，不能提交。请补齐后再试。",
    )
    assert "已经清运完毕了。" in answer.content.decode()


def test_the_second_of_two_operators_is_told_who_changed_what_and_loses_nothing(
    city: City, login: Login
) -> None:
    _, case = receive(city)
    seen = case.version
    event = str(city.classes["event"].id)
    login("seat_operator").post(
        url(case, "acts/accept/"), {"version": seen, "matter_class": event, "urgency": "ordinary"}
    )
    second = login("seat_operator", username="second")
    answer = second.post(url(case, "acts/reject/"), {"version": seen, "reason": "不属于本平台受理范围。"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert [(c.what, c.by) for c in answer.context["changes"]] == [("受理转派", "宁城市城运中心 受理员")]
    assert "不属于本平台受理范围。" in page
    assert Case.objects.get(pk=case.pk).state == "dispatching"


def test_a_stale_form_whose_act_is_still_open_comes_back_on_the_new_version(city: City, login: Login) -> None:
    _, case = receive(city)
    client = login("seat_operator")
    client.post(url(case, "claim/"))
    answer = client.post(url(case, "acts/reject/"), {"version": case.version, "reason": "重复。"})
    assert (answer.status_code, answer.context["form"]["version"].value()) == (409, str(case.version + 1))


def test_claiming_tells_others_that_somebody_is_working_on_it(city: City, login: Login) -> None:
    _, case = receive(city)
    login("seat_operator").post(url(case, "claim/"))
    assert "宁城市城运中心 受理员 正在处理此案件" in login("dispatcher").get(url(case)).content.decode()


def test_a_contact_is_masked_until_it_is_revealed_with_a_purpose(city: City, login: Login) -> None:
    report, case = receive(city)
    client = login("seat_operator")
    assert "13900001234" not in client.get(url(case)).content.decode()
    reveal = url(case, f"reports/{report.id}/contact/")
    assert client.post(reveal, {"purpose": " "}).status_code == 422
    answer = client.post(reveal, {"purpose": "回访核实"})
    assert "13900001234" in answer.content.decode()
    entry = JournalEntry.objects.get(stream=case.id, kind="cases.contact_revealed")
    assert Remark.objects.get(case=case, seq=entry.seq).text == "回访核实"


def test_the_page_refuses_an_act_that_the_actor_may_not_do(city: City, login: Login) -> None:
    _, case = receive(city)
    answer = login("leader").post(url(case, "acts/reject/"), {"version": case.version, "reason": "无权。"})
    assert (answer.status_code, Case.objects.get(pk=case.pk).state) == (403, "received")


def test_who_handled_a_case_sees_why_he_may_not_recheck_it(city: City, login: Login) -> None:
    case = dispatched(city)
    worker = city.actor("grid_worker")
    Case.objects.filter(pk=case.pk).update(state="rechecking", handlers=[worker.account_id])
    page = login("grid_worker").get(url(case))
    hints = {act.name: act.hint for act in page.context["acts"]}
    assert hints["recheck"] == "处置人员本人不能核查或结案，请由他人办理。"


def test_merging_and_undoing_it_from_the_page(city: City, login: Login) -> None:
    (_, first), (_, second) = receive(city), receive(city)
    client = login("dispatcher")
    found = client.get("/pick/cases/", {"q": first.number}).json()["choices"]
    assert [choice["value"] for choice in found] == [str(first.id)]
    client.post(url(second, "acts/merge/"), {"survivor": str(first.id), "reason": "同一问题。"})
    assert Case.objects.get(pk=second.pk).merged_into == first.id
    assert second.number in client.get(url(first)).content.decode()
    client.post(url(second, "acts/unmerge/"), {"reason": "不是同一处。"})
    assert Case.objects.get(pk=second.pk).state == "received"


def test_the_printed_order_keeps_the_contact_masked(city: City, login: Login) -> None:
    case = dispatched(city)
    page = login("dispatcher").get(url(case, "order/")).content.decode()
    assert case.number in page
    assert "13900001234" not in page
