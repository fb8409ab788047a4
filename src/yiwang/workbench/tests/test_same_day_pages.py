"""Pages of levels, same-day closing and call-backs, and their API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.cases.models import Callback, CallbackRule, Case, RaiseRule, Report, SameDay, SameDayRule
from yiwang.cases.public import close_case, complete_task, local_day, recheck_case
from yiwang.cases.tests.factories import SYSTEM, City, dispatched, picture, receive
from yiwang.ledger.public import bump_now

from .conftest import Login

pytestmark = pytest.mark.django_db


@pytest.fixture
def hazards(city: City) -> City:
    SameDayRule.objects.create(
        matter_class=city.classes["request"].id, channels=["12345"], valid_from=local_day(timezone.now())
    )
    CallbackRule.objects.update(sample_percent=100, wait_hours=0)
    bump_now("policy")
    return city


def hazard(city: City) -> Case:
    return receive(city, at=timezone.now(), matter_class=city.classes["request"].id)[1]


def closed(city: City) -> Case:
    at = timezone.now() - timedelta(hours=2)
    case = dispatched(city, at=at, channel="visit")
    complete_task(actor=city.actor("handler", unit="cleaning"), at=at, case_id=case.id, result="已清运完毕。")
    recheck_case(actor=SYSTEM, at=at, case_id=case.id, result="passed")
    return close_case(actor=SYSTEM, at=at, case_id=case.id, ending="solved")


def test_the_board_shows_what_is_open_today_and_what_a_street_may_not_see_stays_hidden(
    hazards: City, login: Login
) -> None:
    case = hazard(hazards)
    page = login("duty_chief").get("/same-day/")
    board = page.context["board"]
    assert (board.still_open, board.unconfirmed, board.found, board.cleared) == (1, 1, 1, 0)
    assert case.number in page.content.decode()
    other = Client()
    other.force_login(hazards.login("duty_chief", unit="other_street", area="east_2", username="elsewhere"))
    assert other.get("/same-day/?by=unit").context["board"].still_open == 0


def test_a_worker_confirms_on_the_page_and_the_dispatch_opens(hazards: City, login: Login) -> None:
    case = hazard(hazards)
    worker, address = login("grid_worker"), f"/cases/{case.id}/acts/confirm_on_site/"
    assert case.number in worker.get("/looks/").content.decode()
    case.refresh_from_db()
    given = {"version": case.version, "result": "real", "means": "worker", "note": "有燃气味"}
    place = {"place_lon": "118.8", "place_lat": "32.0"}
    assert worker.post(address, {**given, **place}).status_code == 409  # no picture
    assert worker.post(address, {**given, "scene": picture()}).status_code == 422  # no place
    assert worker.post(address, {**given, **place, "scene": picture()}).status_code == 302
    assert case.number not in worker.get("/looks/").content.decode()
    board = login("duty_chief").get("/same-day/").context["board"]
    assert (board.unconfirmed, board.groups[0].hazards[0].is_confirmed) == (0, True)
    panel = login("duty_chief").get(f"/cases/{case.id}/levels/").content.decode()
    assert "属实" in panel
    assert "有燃气味" in panel


def test_the_dispatch_stands_shut_until_somebody_has_looked(hazards: City, login: Login) -> None:
    case = hazard(hazards)
    from yiwang.cases.public import accept_case

    accept_case(actor=SYSTEM, at=timezone.now(), case_id=case.id)
    acts = {act.name: act.hint for act in login("dispatcher").get(f"/cases/{case.id}/").context["acts"]}
    assert "现场感知确认" in acts["dispatch"]
    assert "dispatch_first" not in acts  # not urgent


def test_a_case_is_passed_up_on_its_page_and_the_chain_says_by_whom(city: City, login: Login) -> None:
    _, case = receive(city)
    worker = login("grid_worker")
    acts = [act.name for act in worker.get(f"/cases/{case.id}/").context["acts"]]
    assert "pass_up" in acts
    sent = worker.post(f"/cases/{case.id}/acts/pass_up/", {"version": case.version, "reason": "够不着"})
    assert sent.status_code == 302
    panel = worker.get(f"/cases/{case.id}/levels/").content.decode()
    assert "网格员 → 网格组" in panel
    assert "够不着" in panel


def test_a_clerk_calls_by_the_script_and_not_solved_goes_back(hazards: City, login: Login) -> None:
    case = closed(hazards)
    row = Callback.objects.get(case=case)
    clerk = login("callback_clerk")
    assert row.report.number in clerk.get("/callbacks/").content.decode()
    page = clerk.get(f"/callbacks/{row.id}/").content.decode()
    assert "已清运完毕。" in page
    assert "没有接通短信发送" in page or "还没有接通短信发送" in page
    assert "13900001234" not in page
    missing = clerk.post(f"/callbacks/{row.id}/", {"form": "reached", "outcome": "unsolved"})
    assert missing.status_code == 422  # satisfaction is a question of the script
    done = clerk.post(
        f"/callbacks/{row.id}/",
        {"form": "reached", "outcome": "unsolved", "satisfaction": "dissatisfied", "contacted": "no"},
    )
    assert done.status_code == 302
    case.refresh_from_db()
    assert (case.state, case.redo_count) == ("handling", 1)


def test_a_call_without_an_answer_waits_and_a_message_is_only_recorded(hazards: City, login: Login) -> None:
    row = Callback.objects.get(case=closed(hazards))
    clerk = login("callback_clerk")
    assert clerk.post(f"/callbacks/{row.id}/", {"form": "missed", "result": "no_answer"}).status_code == 302
    assert row.report.number not in clerk.get("/callbacks/").content.decode()
    assert row.report.number in clerk.get("/callbacks/?tab=later").content.decode()
    clerk.post(f"/callbacks/{row.id}/", {"form": "message", "words": "请点链接评价。"})
    assert "文本已记录，未发送" in clerk.get(f"/callbacks/{row.id}/").content.decode()


def test_the_queue_holds_nothing_of_the_handlers_own_nor_of_elsewhere(hazards: City, login: Login) -> None:
    row = Callback.objects.get(case=closed(hazards))
    clerk = login("callback_clerk")
    elsewhere = Client()
    elsewhere.force_login(hazards.login("callback_clerk", area="west", unit="gardens", username="west"))
    assert elsewhere.get(f"/callbacks/{row.id}/").status_code == 404
    Case.objects.filter(pk=row.case_id).update(handlers=[hazards.accounts["callback_clerk"].id])
    assert clerk.get(f"/callbacks/{row.id}/").status_code == 404
    assert row.report.number not in clerk.get("/callbacks/").content.decode()


def test_solved_and_answered_are_told_apart_to_the_reporter_in_lists_and_in_the_export(
    hazards: City, login: Login
) -> None:
    from yiwang.cases.public import tracking_path

    at = timezone.now()
    solved = closed(hazards)
    answered = dispatched(hazards, at=at, channel="visit")
    complete_task(
        actor=hazards.actor("handler", unit="cleaning"), at=at, case_id=answered.id, result="已说明。"
    )
    recheck_case(actor=SYSTEM, at=at, case_id=answered.id, result="passed")
    close_case(actor=SYSTEM, at=at, case_id=answered.id, ending="answered")
    for case, word, other in ((solved, "已解决", "已答复"), (answered, "已答复", "已解决")):
        report = Report.objects.get(links__case=case)
        page = Client().get(tracking_path(report)).content.decode()
        assert f"已办结：{word}" in page
        assert f"已办结：{other}" not in page
    chief = login("duty_chief")
    sent = b"".join(chief.get("/cases/export.csv"))
    rows = sent.decode("utf-8-sig").splitlines()
    assert [("已解决" in row, "已答复" in row) for row in rows if solved.number in row] == [(True, False)]
    assert [("已解决" in row, "已答复" in row) for row in rows if answered.number in row] == [(False, True)]
    listing = chief.get("/cases/?state=closed").content.decode()
    assert "已解决" in listing
    assert "已答复" in listing


def test_the_rules_are_set_on_a_page_and_end_there(hazards: City, login: Login) -> None:
    admin = login("system_admin")
    page = admin.get("/rules/levels/").content.decode()
    assert "街道指挥中心" in page
    today = local_day(timezone.now())
    form = {
        "class_kind": "event",
        "urgency": "",
        "level": "grid_chief",
        "valid_from": str(today),
        "basis": "试行",
    }
    assert admin.post("/rules/levels/raises/", form).status_code == 302
    row = RaiseRule.objects.get(class_kind="event")
    again = admin.post("/rules/levels/raises/", form)
    assert again.status_code in {409, 422}
    past = admin.post("/rules/levels/raises/", {**form, "valid_from": str(today - timedelta(days=1))})
    assert past.status_code == 422
    assert admin.post(f"/rules/levels/raises/{row.id}/end/").status_code == 302
    row.refresh_from_db()
    assert row.valid_to == today
    assert login("dispatcher").get("/rules/levels/").status_code == 403
    for table in ("levels", "same_day", "callbacks", "questions"):
        assert admin.get(f"/rules/levels/{table}/").status_code == 200


def test_the_api_tells_the_board_and_passes_up(hazards: City, login: Login) -> None:
    case = hazard(hazards)
    chief = login("duty_chief")
    board = chief.get("/api/v1/same-day").json()
    assert [item["number"] for item in board["items"]] == [case.number]
    assert board["items"][0]["state"] == "open"
    worker = login("grid_worker")
    sent = worker.post(
        f"/api/v1/cases/{case.id}/pass-up", {"reason": "够不着"}, content_type="application/json"
    )
    assert sent.status_code == 200, sent.content
    assert sent.json()["level"] == "grid_group"
    chain = worker.get(f"/api/v1/cases/{case.id}/levels").json()
    assert [(step["from_level"], step["to_level"]) for step in chain] == [("grid_worker", "grid_group")]
    assert SameDay.objects.get(case=case).state == "open"
    row = Callback.objects.get(case=closed(hazards))
    clerk = login("callback_clerk")
    assert [one["id"] for one in clerk.get("/api/v1/callbacks").json()["items"]] == [str(row.id)]
    said = {"outcome": "solved", "satisfaction": "satisfied", "answers": {"contacted": "yes"}}
    told = clerk.post(f"/api/v1/callbacks/{row.id}/result", said, content_type="application/json")
    assert told.json()["state"] == "done"
