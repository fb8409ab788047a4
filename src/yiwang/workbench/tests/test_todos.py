"""To-dos for a work platform: a person's own queue, without personal data, only by a token that may."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.accounts.models import Account
from yiwang.accounts.public import issue_token
from yiwang.accounts.tokens import forget_tokens
from yiwang.cases.models import Case
from yiwang.cases.public import accept_case
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.kernel.actor import Actor
from yiwang.ledger.public import bump_now
from yiwang.workbench.queries import todos

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    forget_tokens()
    return make_city()


def token_of(account: Account, *acts: str) -> dict[str, str]:
    """Headers with a new token of an account."""
    now = timezone.now()
    issued = issue_token(
        actor=Actor(account_id=account.id), at=now, account_id=account.id, name="工作平台", acts=acts,
        expires_at=now + timedelta(days=30),
    )  # fmt: skip
    return {"Authorization": f"Bearer {issued.text}"}


@pytest.fixture
def platform(city: City) -> dict[str, str]:
    """Headers of the work platform: its account may read what waits for others, and nothing else."""
    kind = city.kinds["leader"]
    kind.grants = [{"act": "workbench.read_todos", "scope": "everywhere"}]
    kind.save()
    account = city.login("leader", area="city", username="platform")
    bump_now("grants")
    return token_of(account, "workbench.read_todos")


def asked(headers: dict[str, str], **query: object) -> tuple[int, dict[str, Any]]:
    """What the API answers."""
    answer = Client().get("/api/v1/todos", query, headers=headers)
    return answer.status_code, json.loads(answer.content)


def test_a_person_gets_what_the_own_queue_holds_and_no_more(city: City, platform: dict[str, str]) -> None:
    seat = city.login("seat_operator", area="east")
    handler = city.login("handler", unit="cleaning")
    Account.objects.filter(pk=handler.pk).update(identity="320115-77")
    _, new = receive(city)
    receive(city, area="west_1_a")
    out = dispatched(city, matter="event")
    status, found = asked(platform, account=seat.username)
    assert status == 200
    assert [todo["number"] for todo in found["todos"]] == [new.number]
    assert found["counts"][0] == {"kind": "received", "kind_name": "待受理", "count": 1, "more": False}
    status, found = asked(platform, person="320115-77")
    assert [(todo["number"], todo["kind"]) for todo in found["todos"]] == [(out.number, "handling")]
    assert found["todos"][0]["due_at"]
    assert found["todos"][0]["link"] == f"http://testserver/cases/{out.id}/"


def test_a_to_do_tells_class_and_area_but_nothing_of_the_resident(
    city: City, platform: dict[str, str]
) -> None:
    handler = city.login("handler", unit="cleaning")
    case = dispatched(city, matter="event", title="王小明反映三号楼垃圾")
    _, found = asked(platform, account=handler.username)
    assert found["todos"][0]["title"] == "暴露垃圾（梅园社区）"
    text = json.dumps(found, ensure_ascii=False)
    assert not any(word in text for word in ("王小明", "13900001234", "三号楼"))
    Case.objects.filter(pk=case.pk).update(is_sensitive=True)
    city.kinds["handler"].grants.append({"act": "cases.view_sensitive", "scope": "everywhere"})
    city.kinds["handler"].save()
    bump_now("grants")
    _, found = asked(platform, account=handler.username)
    assert [todo["title"] for todo in found["todos"]] == ["敏感案件，请登录查看"]


def test_pages_go_on_by_key_across_kinds_without_gap_or_repeat(
    city: City, platform: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(todos, "MOST_COUNTED", 3)
    city.login("duty_chief", area="city")
    dispatcher = city.login("dispatcher", area="city")
    numbers = []
    for n in range(7):
        at = AT + timedelta(minutes=n)
        if n % 2:
            _, case = receive(city, at=at)
        else:
            case = dispatched(city, at=at)
            Case.objects.filter(pk=case.pk).update(state="dispatching")
        numbers.append(case.number)
    seen: list[str] = []
    cursor, pages = "", 0
    while True:
        _, found = asked(platform, account=dispatcher.username, limit=2, cursor=cursor)
        assert bool(found["counts"]) == (not cursor)
        if found["counts"]:
            counts = {count["kind"]: (count["count"], count["more"]) for count in found["counts"]}
        seen += [todo["number"] for todo in found["todos"]]
        cursor, pages = found["cursor"], pages + 1
        if not cursor:
            break
    assert seen == numbers
    assert pages == 4
    assert (counts["received"], counts["dispatching"]) == ((3, False), (3, True))
    _, found = asked(platform, account=dispatcher.username, kind="received")
    assert {todo["kind"] for todo in found["todos"]} == {"received"}


def test_what_is_done_is_gone(city: City, platform: dict[str, str]) -> None:
    seat = city.login("seat_operator", area="city")
    _, case = receive(city, matter_class=city.classes["request"].id)
    assert asked(platform, account=seat.username)[1]["todos"]
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    assert asked(platform, account=seat.username)[1]["todos"] == []


def test_others_are_read_only_by_a_token_that_names_it(city: City, platform: dict[str, str]) -> None:
    seat, other = city.login("seat_operator", area="city"), city.login("dispatcher", area="city")
    receive(city)
    own = token_of(seat, "read", "write")
    status, found = asked(own)
    assert (status, len(found["todos"])) == (200, 1)
    assert asked(own, account=other.username)[0] == 403
    assert Client().get("/api/v1/todos").status_code == 401
    assert asked(platform)[1]["todos"] == []
    for query in ({"account": "nobody"}, {"person": "nobody"}):
        assert asked(platform, **query)[0] == 404
    assert asked(platform, account="seat_operator", person="x")[0] == 422
    Account.objects.filter(pk=seat.pk).update(is_active=False)
    assert asked(platform, account=seat.username)[0] == 404
    assert asked(platform, account=other.username, cursor="broken")[0] == 422
    assert asked(platform, account=other.username, kind="archived")[0] == 422
    assert asked(platform, account=other.username, limit=1000)[0] == 422
