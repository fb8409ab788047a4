"""Telling reporters by message: one voice, each reporter once an occasion, no title of a secret case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import pytest
from django.utils import timezone

from yiwang.cases.models import Callback, CallbackAttempt, CallbackRule, Case, Report
from yiwang.cases.public import (
    accept_case,
    answer_directly,
    close_case,
    complete_task,
    dispatch_case,
    execute_erasure,
    mark_sensitive,
    merge_cases,
    recheck_case,
    record_message,
    reject_case,
    reopen_case,
    request_erasure,
    tracking_path,
    withdraw_report,
)
from yiwang.cases.tests.factories import SYSTEM, City, dispatched, make_city, receive
from yiwang.kernel.actor import EVERYWHERE, Actor
from yiwang.kernel.errors import Conflict
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import bump_now, relay_once
from yiwang.notify.models import Message
from yiwang.notify.queries import opened
from yiwang.notify.services.sending import send_due
from yiwang.notify.services.templates import load_templates
from yiwang.notify.tests.gateway_server import ADMIN, GatewayServer, gateway_in_use, running_gateway

pytestmark = pytest.mark.django_db(transaction=True)
ERASER = Actor(account_id=uuid7(), grants={"cases.erase": EVERYWHERE})
CHIEF = Actor(account_id=uuid7(), grants={"cases.view_sensitive": EVERYWHERE, "cases.view": EVERYWHERE})


@pytest.fixture
def server() -> Iterator[GatewayServer]:
    with running_gateway() as found:
        yield found


@pytest.fixture
def city() -> City:
    city = make_city()
    load_templates(actor=ADMIN, at=timezone.now())
    CallbackRule.objects.update(sample_percent=100)
    bump_now("policy")
    return city


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def told() -> list[tuple[str, str]]:
    """Notice and text of each message, in order."""
    relay_once(timezone.now())
    return [(row.notice, opened(row).get("text", "")) for row in Message.objects.order_by("id")]


def finished(city: City, case: Case, at: datetime) -> Case:
    complete_task(actor=city.actor("handler", unit="cleaning"), at=at, case_id=case.id, result="已清运。")
    recheck_case(actor=SYSTEM, at=at, case_id=case.id, result="passed")
    return close_case(actor=SYSTEM, at=at, case_id=case.id, ending="solved")


def test_a_reporter_hears_of_acceptance_and_end_each_once_with_his_link(
    city: City, server: GatewayServer, now: datetime
) -> None:
    gateway_in_use(server)
    case = finished(city, dispatched(city, at=now), now + timedelta(hours=1))
    report = Report.objects.get(links__case=case)
    link = f"https://yw.example.gov.cn{tracking_path(report)}"
    messages = told()
    assert [notice for notice, _text in messages] == ["accepted", "closed"]
    assert all(report.number in text and link in text for _notice, text in messages)
    assert "东区环卫所" in messages[1][1]
    assert told() == messages
    with httpx.Client() as client:
        assert send_due(at=now + timedelta(minutes=1), client=client) == 2
    assert {got["mobile"] for got in server.got} == {"13900001234"}


def test_nobody_is_told_anything_while_no_gateway_is_on(city: City, now: datetime) -> None:
    finished(city, dispatched(city, at=now), now + timedelta(hours=1))
    assert told() == []


def test_answering_and_rejecting_have_words_of_their_own(
    city: City, server: GatewayServer, now: datetime
) -> None:
    gateway_in_use(server)
    _, case = receive(city, at=now, matter_class=city.classes["request"].id)
    answer_directly(actor=SYSTEM, at=now, case_id=case.id, answer="已说明。")
    _, other = receive(city, at=now)
    reject_case(actor=SYSTEM, at=now, case_id=other.id, reason="不属受理范围")
    assert sorted(notice for notice, _text in told()) == ["answered", "rejected"]


def test_one_voice_no_contact_and_no_wish_to_hear_keep_a_reporter_from_being_told(
    city: City, server: GatewayServer, now: datetime
) -> None:
    gateway_in_use(server)
    for given in (
        {"voice": "source"}, {"contact": None}, {"privacy": "anonymous"}, {"contact": {"name": "王小明"}},
    ):  # fmt: skip
        dispatched(city, at=now, **given)
    assert told() == []


def test_a_reporter_who_withdrew_hears_no_more(city: City, server: GatewayServer, now: datetime) -> None:
    gateway_in_use(server)
    case = dispatched(city, at=now)
    told()
    report = Report.objects.get(links__case=case)
    withdraw_report(actor=SYSTEM, at=now + timedelta(minutes=9), report_id=report.id)
    finished(city, case, now + timedelta(hours=1))
    assert [notice for notice, _text in told()] == ["accepted"]


def test_each_reporter_of_merged_cases_hears_once_in_his_own_words(
    city: City, server: GatewayServer, now: datetime
) -> None:
    gateway_in_use(server)
    survivor = dispatched(city, at=now)
    second, absorbed = receive(
        city, at=now, text="单元门口垃圾无人收。", contact={"phone": "13700005678"},
        matter_class=city.classes["request"].id,
    )  # fmt: skip
    merge_cases(actor=SYSTEM, at=now, survivor=survivor.id, absorbed=absorbed.id, reason="同一处")
    finished(city, survivor, now + timedelta(hours=1))
    ends = [text for notice, text in told() if notice == "closed"]
    assert len(ends) == 2
    assert sum("单元门口垃圾无人收" in text for text in ends) == 1
    assert sum(second.number in text for text in ends) == 1


def test_a_confidential_or_sensitive_case_is_told_of_without_a_title(
    city: City, server: GatewayServer, now: datetime
) -> None:
    gateway_in_use(server)
    _, case = receive(city, at=now, privacy="confidential", matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=now, case_id=case.id)
    _, other = receive(city, at=now, matter_class=city.classes["request"].id)
    mark_sensitive(actor=CHIEF, at=now, case_id=other.id, is_sensitive=True, reason="涉未成年人")
    accept_case(actor=SYSTEM, at=now, case_id=other.id)
    messages = told()
    assert len(messages) == 2
    assert not any("垃圾" in text for _notice, text in messages)


def test_a_case_that_is_done_again_is_told_of_again(city: City, server: GatewayServer, now: datetime) -> None:
    gateway_in_use(server)
    case = finished(city, dispatched(city, at=now), now + timedelta(hours=1))
    told()
    reopen_case(actor=SYSTEM, at=now + timedelta(hours=2), case_id=case.id, reason="又堆了")
    told()
    again = now + timedelta(hours=3)
    dispatch_case(actor=SYSTEM, at=again, case_id=case.id, host=city.unit("cleaning"))
    finished(city, case, again + timedelta(hours=1))
    assert [notice for notice, _text in told()] == ["accepted", "closed", "redo", "closed"]


def test_erasing_a_report_erases_its_messages(city: City, server: GatewayServer, now: datetime) -> None:
    gateway_in_use(server)
    case = dispatched(city, at=now)
    told()
    report = Report.objects.get(links__case=case)
    wish = request_erasure(actor=SYSTEM, at=now, report_id=report.id, basis="本人申请")
    execute_erasure(actor=ERASER, at=now, erasure_id=wish.id)
    row = Message.objects.get()
    assert (row.sealed, row.state, row.reason) == (None, "skipped", "erased")


def test_the_message_of_a_call_back_goes_out_once_when_a_gateway_is_on(
    city: City, server: GatewayServer, now: datetime
) -> None:
    gateway_in_use(server)
    case = finished(city, dispatched(city, at=now), now + timedelta(hours=1))
    row, clerk = Callback.objects.get(case=case), city.actor("callback_clerk", area="city")
    given = {"actor": clerk, "at": now + timedelta(hours=30), "callback_id": row.id, "words": "请评价："}
    record_message(**given)
    with pytest.raises(Conflict, match="已经给诉求人发过"):
        record_message(**given)
    assert CallbackAttempt.objects.get(callback=row).result == "queued"
    sent = [text for notice, text in told() if notice == "callback"]
    assert len(sent) == 1
    assert sent[0].startswith("请评价： https://yw.example.gov.cn/t/")
