"""The pages of ladders and supervision: the panel, the register, and setting a ladder."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.cases.models import Case, Ladder, LadderReplan, Supervision
from yiwang.cases.public import (
    LadderTerms,
    Occurrence,
    local_day,
    set_ladder,
    supervise_case,
    switch_ladder,
    take_event_steps,
    urge_case,
)
from yiwang.cases.tests.factories import SYSTEM, City, dispatched, make_city

BACKEND = "django.contrib.auth.backends.ModelBackend"
pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    return make_city()


def login(city: City, kind: str, **given: Any) -> Client:
    account = city.login(kind, **given)
    client = Client()
    client.force_login(account, BACKEND)
    return client


def test_a_supervisor_orders_on_the_panel_and_the_unit_answers(city: City) -> None:
    case = dispatched(city, at=timezone.now())
    supervisor = login(city, "supervisor", area="east")
    panel = supervisor.get(f"/cases/{case.id}/supervision/").content.decode()
    assert "还没有提醒、催办或督办" in panel
    assert panel.count("<summary") == 3
    given = {"text": "请说明进度", "amount": "1", "unit": "work_day", "to": "", "version": case.version}
    supervisor.post(f"/cases/{case.id}/supervision/supervise/", given)
    row = Supervision.objects.get()
    handler = login(city, "handler", unit="cleaning")
    panel = handler.get(f"/cases/{case.id}/supervision/").content.decode()
    assert "请说明进度" in panel
    assert "答复督办" in panel
    assert "督办销号" not in panel
    handler.post(f"/supervisions/{row.id}/reply/", {"text": "今天完成"})
    row.refresh_from_db()
    assert row.state == "answered"
    panel = supervisor.get(f"/cases/{case.id}/supervision/").content.decode()
    assert "今天完成" in panel
    assert "督办销号" in panel
    supervisor.post(f"/supervisions/{row.id}/settle/", {"text": "已核对"})
    row.refresh_from_db()
    assert row.state == "settled"


def test_a_refused_order_says_why_and_changes_nothing(city: City) -> None:
    case = dispatched(city, at=timezone.now())
    supervisor = login(city, "supervisor", area="east")
    answer = supervisor.post(f"/cases/{case.id}/supervision/urge/", {"text": "", "version": ""}, follow=True)
    assert "请写明意见" in answer.content.decode()
    stale = {"text": "请抓紧", "version": "1"}
    answer = supervisor.post(f"/cases/{case.id}/supervision/urge/", stale, follow=True)
    assert "案件已有变化" in answer.content.decode()
    assert not Supervision.objects.exists()


def test_the_register_holds_what_the_reader_may_see_and_narrows_it(city: City) -> None:
    at = timezone.now()
    boss = city.actor("supervisor", area="city", username="boss")
    east, west = dispatched(city, at=at), dispatched(city, at=at, area="west_1_a", unit="gardens")
    urge_case(actor=boss, at=at, case_id=east.id, text="请抓紧")
    supervise_case(actor=boss, at=at, case_id=west.id, text="请答复")
    Case.objects.filter(pk=east.id).update(title="东区垃圾")
    Case.objects.filter(pk=west.id).update(title="西区垃圾")
    everywhere = Client()
    everywhere.force_login(city.accounts["boss"], BACKEND)

    def titles(client: Client, query: str = "") -> list[str]:
        page = client.get(f"/supervisions/{query}").content.decode()
        return [title for title in ("东区垃圾", "西区垃圾") if title in page]

    assert titles(everywhere) == ["东区垃圾", "西区垃圾"]
    assert titles(login(city, "supervisor", unit="east_centre", area="east", username="east")) == ["东区垃圾"]
    assert titles(everywhere, "?kind=urge") == ["东区垃圾"]
    assert titles(everywhere, "?state=unanswered") == ["西区垃圾"]
    assert titles(everywhere, "?state=late") == []
    assert titles(everywhere, f"?unit={city.unit('gardens')}") == ["西区垃圾"]
    assert titles(everywhere, f"?area={city.area('east')}") == ["东区垃圾"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_register_costs_the_same_queries_for_one_row_and_three(
    city: City, count: int, django_assert_max_num_queries: Any
) -> None:
    at = timezone.now()
    boss = city.actor("supervisor", area="city", username="boss")
    for _number in range(count):
        urge_case(actor=boss, at=at, case_id=dispatched(city, at=at).id, text="请抓紧")
    client = Client()
    client.force_login(city.accounts["boss"], BACKEND)
    client.get("/supervisions/")
    with django_assert_max_num_queries(12):
        assert client.get("/supervisions/").content.decode().count("请抓紧") == 0


def steps(**more: str) -> dict[str, str]:
    given = {
        "step-TOTAL_FORMS": "2", "step-INITIAL_FORMS": "0", "step-0-act": "remind", "step-0-anchor": "share",
        "step-0-share": "60", "step-0-to": "host", "step-1-act": "supervise", "step-1-anchor": "after",
        "step-1-amount": "2", "step-1-unit": "work_day", "step-1-to": "supervise",
        "step-1-reply_amount": "1", "step-1-reply_unit": "work_day",
    }  # fmt: skip
    return {**given, **more}


def test_an_administrator_sets_a_ladder_and_its_replan_is_shown(city: City) -> None:
    client = login(city, "system_admin")
    page = client.get("/rules/ladders/").content.decode()
    assert "挂牌督办" in page
    assert "示例" in page
    today = local_day(timezone.now())
    old = Ladder.objects.get(stage="handle", urgency="")
    assert client.get(f"/rules/ladders/set/?from={old.id}").status_code == 200
    given = {
        "name": "处置",
        "stage": "handle",
        "valid_from": today.isoformat(),
        "basis": "本市规定",
        **steps(),
    }
    answer = client.post(f"/rules/ladders/set/?from={old.id}", given)
    assert answer.status_code == 302
    new = Ladder.objects.get(stage="handle", urgency="", valid_to=None)
    assert [step["act"] for step in new.steps] == ["remind", "supervise"]
    assert (new.code, new.is_example) == ("handle", False)
    old.refresh_from_db()
    assert old.valid_to == today
    order = LadderReplan.objects.get()
    progress = client.get("/rules/ladders/progress/").content.decode()
    assert "every 2s" in progress
    LadderReplan.objects.filter(pk=order.pk).update(finished_at=datetime.now(UTC))
    assert "every 2s" not in client.get("/rules/ladders/progress/").content.decode()


def test_a_wrong_step_is_named_and_nothing_is_set(city: City) -> None:
    client = login(city, "system_admin")
    given = {"name": "处置", "stage": "handle", "valid_from": local_day(timezone.now()).isoformat()}
    answer = client.post("/rules/ladders/set/", {**given, **steps(**{"step-0-share": "100"})})
    assert answer.status_code == 422
    assert "1 到 99" in answer.content.decode()
    assert not LadderReplan.objects.exists()


def test_ladders_are_for_who_configures(city: City) -> None:
    assert login(city, "supervisor", area="east").get("/rules/ladders/").status_code == 403


def test_above_the_queue_stands_what_is_owed_and_what_waits_to_be_settled(city: City) -> None:
    case = dispatched(city, at=timezone.now())
    boss = city.actor("supervisor", area="east", username="boss")
    row = supervise_case(actor=boss, at=timezone.now(), case_id=case.id, text="请答复")
    handler = login(city, "handler", unit="cleaning")
    supervisor = login(city, "supervisor", area="east")
    stranger = login(city, "handler", unit="gardens", username="stranger")

    def notices(client: Client) -> str:
        desk = client.get("/").content.decode()
        place = re.search(r"/supervisions/desk/[0-9a-f-]+/", desk)
        assert place is not None
        return client.get(place.group()).content.decode()

    owed = notices(handler)
    assert "督办待答复 1" in owed
    assert "逾期" not in owed
    link = re.search(r'alert-link" href="([^"]+)"', owed)
    assert link is not None
    address = html.unescape(link.group(1))
    assert case.number in handler.get(address).content.decode()
    assert notices(stranger).strip() == ""
    assert case.number not in stranger.get(address).content.decode()
    Supervision.objects.update(reply_due_at=timezone.now() - timedelta(minutes=1))
    assert "逾期 1" in notices(handler)
    assert notices(supervisor).strip() == ""
    handler.post(f"/supervisions/{row.id}/reply/", {"text": "今天完成"})
    assert notices(handler).strip() == ""
    assert "督办待销号 1" in notices(supervisor)


def test_the_register_shows_what_is_addressed_to_the_readers_own_unit(city: City) -> None:
    at = timezone.now()
    boss = city.actor("supervisor", area="city", username="boss")
    street = login(city, "handler", unit="street")
    mine, other = dispatched(city, at=at, unit="street"), dispatched(city, at=at, unit="street")
    supervise_case(actor=boss, at=at, case_id=mine.id, text="请答复")
    supervise_case(actor=boss, at=at, case_id=other.id, text="请答复", units=[city.unit("gardens")])
    page = street.get("/supervisions/?whose=mine").content.decode()
    assert (mine.number in page, other.number in page) == (True, False)


def test_a_ladder_of_an_event_is_listed_off_and_switched_by_one_button(city: City) -> None:
    client = login(city, "system_admin")
    row = Ladder.objects.get(stage="repeated")
    page = client.get("/rules/ladders/").content.decode()
    events = page[page.index("事件触发") :]
    assert events.count("未启用") == Ladder.objects.filter(is_on=False).count() == 7
    assert "未启用" not in page[: page.index("事件触发")]
    assert "第 2 次起" in events
    address = f"/rules/ladders/{row.id}/switch/"
    assert address in events
    assert "已启用" in client.post(address, {"on": "1"}, follow=True).content.decode()
    row.refresh_from_db()
    assert row.is_on
    assert client.get("/rules/ladders/").content.decode().count("未启用") == 6
    assert "已停止触发" in client.post(address, {"on": "0"}, follow=True).content.decode()
    assert "已经是这个状态" in client.post(address, {"on": "0"}, follow=True).content.decode()
    assert login(city, "supervisor", area="east").post(address, {"on": "1"}).status_code == 403


def test_an_administrator_sets_the_ladder_of_an_event(city: City) -> None:
    client = login(city, "system_admin")
    old = Ladder.objects.get(stage="unsolved")
    page = client.get(f"/rules/ladders/set/?from={old.id}").content.decode()
    assert '<optgroup label="事件">' in page
    tomorrow = local_day(timezone.now() + timedelta(days=1)).isoformat()
    given = {
        "name": "未解决", "stage": "unsolved", "valid_from": tomorrow, "step-TOTAL_FORMS": "1",
        "step-INITIAL_FORMS": "0", "step-0-act": "list", "step-0-anchor": "count", "step-0-to": "host",
    }  # fmt: skip
    answer = client.post("/rules/ladders/set/", given)
    assert answer.status_code == 422
    assert "从第几次起" in answer.content.decode()
    answer = client.post("/rules/ladders/set/", {**given, "step-0-count": "3"}, follow=True)
    assert "启用之后才会触发" in answer.content.decode()
    new = Ladder.objects.get(stage="unsolved", valid_to=None)
    assert (new.steps, new.is_on) == (
        [{"act": "list", "anchor": "count", "to": ["host"], "count": 3}], False,
    )  # fmt: skip
    assert not LadderReplan.objects.exists()


def test_what_an_event_opened_is_told_with_its_cause_to_the_units_that_owe_an_answer(city: City) -> None:
    at = timezone.now()
    admin = city.actor("system_admin")
    step = {
        "act": "supervise", "anchor": "count", "count": 1, "to": ["host", "street"], "reply_amount": 1,
        "reply_unit": "work_day",
    }  # fmt: skip
    row = set_ladder(actor=admin, at=at, terms=LadderTerms("repeated", "重复", (step,), local_day(at)))
    switch_ladder(actor=admin, at=at, ladder_id=row.id, on=True)
    case = dispatched(city, at=at)
    take_event_steps(actor=SYSTEM, at=at, occurrence=Occurrence("repeated", case.id, at, 2))
    for unit in ("cleaning", "street"):
        reader = login(city, "handler", unit=unit, username=unit)
        desk = reader.get("/").content.decode()
        place = re.search(r"/supervisions/desk/[0-9a-f-]+/", desk)
        assert place is not None
        assert "督办待答复 1" in reader.get(place.group()).content.decode()
        register = reader.get("/supervisions/?whose=mine&state=unanswered").content.decode()
        assert case.number in register
        assert "重复来件重办，第 2 次" in register
        assert reader.get(f"/cases/{case.id}/").status_code == 200
        panel = reader.get(f"/cases/{case.id}/supervision/").content.decode()
        assert "重复来件重办，第 2 次" in panel
        assert "事件触发" in panel
        assert "答复督办" in panel
        chain = reader.get(f"/cases/{case.id}/levels/").content.decode()
        assert "重复来件重办，第 2 次" in chain
        assert "计时器" not in chain
    stranger = login(city, "handler", unit="gardens", username="gardens")
    assert stranger.get(f"/cases/{case.id}/").status_code == 404
    english = Client(headers={"accept-language": "en"})
    english.force_login(city.accounts["street"], BACKEND)
    english.cookies["django_language"] = "en"
    assert "time 2" in english.get(f"/cases/{case.id}/supervision/").content.decode()
