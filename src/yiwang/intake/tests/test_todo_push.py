"""To-do push: work platforms hear where a case waits, in order, once, within their areas."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from yiwang.cases.models import Case
from yiwang.cases.public import accept_case, dispatch_case, void_case
from yiwang.cases.tests.factories import AT, SYSTEM, City, make_city, receive
from yiwang.intake.doors.contract import try_channel
from yiwang.intake.models import WriteBack
from yiwang.intake.queries.channels import channel_index
from yiwang.intake.queries.shipped import shipped_definitions
from yiwang.intake.services.registry import add_key, switch_channel
from yiwang.intake.services.todo_pushing import note_todo
from yiwang.intake.services.writing_back import send_due
from yiwang.ledger.public import OutboxEvent, forget, relay_once

from .channels import OPERATOR, opened

pytestmark = pytest.mark.django_db(transaction=True)
SHIPPED = next(found for found in shipped_definitions() if found.code == "work_platform")


@pytest.fixture
def city() -> City:
    found = make_city()
    channel = opened(SHIPPED.text, AT)
    add_key(actor=OPERATOR, at=AT, channel_id=channel.id, kind="hmac")
    forget(everything=True)
    OutboxEvent.objects.all().delete()
    return found


def relay_all() -> None:
    """Let the handlers hear of everything."""
    relay_once(timezone.now())


def told() -> list[tuple[str, str, str]]:
    """What the platform hears: number, status and stage, in the order in which it arrives."""
    got: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        got.append(json.loads(request.content))
        return httpx.Response(204)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        while send_due(at=timezone.now(), client=client):
            pass
    assert all("王小明" not in json.dumps(message, ensure_ascii=False) for message in got)
    return [(message["itemNo"], message["status"], message["stage"]) for message in got]


def test_a_case_that_moves_on_is_done_there_and_added_here(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id)
    relay_all()
    accept_case(actor=SYSTEM, at=AT + timedelta(minutes=1), case_id=case.id)
    relay_all()
    dispatch_case(actor=SYSTEM, at=AT + timedelta(minutes=2), case_id=case.id, host=city.unit("cleaning"))
    relay_all()
    number = case.number
    assert told() == [
        (number, "pending", "received"), (number, "done", "received"), (number, "pending", "dispatching"),
        (number, "done", "dispatching"), (number, "pending", "handling"),
    ]  # fmt: skip


def test_a_case_that_ends_waits_nowhere(city: City) -> None:
    _, case = receive(city)
    relay_all()
    void_case(actor=SYSTEM, at=AT + timedelta(minutes=1), case_id=case.id, reason="重复登记")
    relay_all()
    assert told() == [(case.number, "pending", "received"), (case.number, "done", "received")]
    assert Case.objects.get(pk=case.pk).state == "voided"


def test_events_that_come_late_or_twice_tell_nothing_twice(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=AT + timedelta(minutes=1), case_id=case.id)
    relay_all()
    for minute in (0, 1, 1):
        note_todo(case_id=case.id, at=AT + timedelta(minutes=minute))
    assert told() == [(case.number, "pending", "dispatching")]


def test_nobody_is_told_of_a_sensitive_case(city: City) -> None:
    _, case = receive(city)
    Case.objects.filter(pk=case.pk).update(is_sensitive=True)
    relay_all()
    assert told() == []


def test_without_a_platform_nothing_is_kept(city: City) -> None:
    live = channel_index().by_code["work_platform"]
    switch_channel(actor=OPERATOR, at=AT, channel_id=live.id, on=False, reason="停用")
    forget(everything=True)
    receive(city)
    relay_all()
    assert not WriteBack.objects.exists()


def test_the_contract_of_the_shipped_channel_holds() -> None:
    make_city()
    results = {result.step: result for result in try_channel(SHIPPED.text, at=timezone.now())}
    assert {step: result.reason for step, result in results.items() if result.outcome == "failed"} == {}
