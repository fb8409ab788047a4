"""Repeats: closed cases that a new report may say again are proposed to whoever may reopen them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from yiwang.cases.models import CallbackRule, Case, StageClock
from yiwang.cases.public import earlier_closed, reopen_by_repeat, unmerge_cases
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.cases.tests.test_api import Api
from yiwang.kernel.actor import Actor
from yiwang.kernel.errors import Conflict, Refused
from yiwang.ledger.public import bump_now, check_ledger

DAY = timedelta(days=1)
STRANGER: dict[str, Any] = {"contact": {"name": "李红", "phone": "13700005678"}}
ELSEWHERE: dict[str, Any] = {"address": "梅园社区东门"}


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def closed(city: City, *, at: Any = AT, **given: Any) -> Case:
    """A case of `request` that was closed at an instant."""
    case = dispatched(city, at=at, **given)
    StageClock.objects.filter(case=case, ended_at=None).update(ended_at=at, ending="done")
    Case.objects.filter(pk=case.id).update(state="closed", ending="solved", closed_at=at, clock=None)
    return Case.objects.get(pk=case.id)


def fresh(city: City, *, at: Any = AT + DAY, matter: str = "request", **given: Any) -> Case:
    return receive(city, at=at, matter_class=city.classes[matter].id, **given)[1]


def clerk(city: City) -> Actor:
    return city.actor("callback_clerk", area="city")


def proposed(city: City, case: Case, at: Any = AT + DAY) -> list[Case]:
    return [found.case for found in earlier_closed(clerk(city), case, at)]


def test_the_same_reporter_is_proposed_wherever_in_the_community(city: City) -> None:
    old = closed(city)
    (found,) = earlier_closed(clerk(city), fresh(city, **ELSEWHERE), AT + DAY)
    assert (found.case, found.is_same_reporter, found.is_same_address) == (old, True, False)


def test_somebody_else_is_proposed_from_the_same_address_or_from_near(city: City) -> None:
    at_address = closed(city)
    assert proposed(city, fresh(city, **STRANGER)) == [at_address]
    assert proposed(city, fresh(city, **STRANGER, **ELSEWHERE)) == []
    nowhere: dict[str, Any] = {"community": city.area("east_1_a"), "area": None, "address": ""}
    Case.objects.filter(pk=at_address.id).update(lon=118.8, lat=32.0, address="")
    new = fresh(city, **STRANGER, **nowhere)
    for lon, lat, is_near in (
        (118.8, 32.0008, True), (118.8, 32.00092, False), (118.8009, 32.0, True), (118.80085, 32.0008, False),
    ):  # fmt: skip
        new.lon, new.lat = lon, lat
        assert bool(proposed(city, new)) is is_near, (lon, lat)


def test_the_metres_are_data(city: City) -> None:
    old, new = closed(city, address=""), fresh(city, **STRANGER, address="")
    Case.objects.filter(pk=old.id).update(lon=118.8, lat=32.0)
    new.lon, new.lat = 118.8, 32.002
    assert proposed(city, new) == []
    CallbackRule.objects.update(repeat_metres=300)
    bump_now("policy")
    assert proposed(city, new) == [old]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"matter": "event"}, {}),
        ({"area": "east_1_b"}, {}),
        ({}, {"at": AT + 30 * DAY + timedelta(seconds=1)}),
    ],
    ids=["another class", "another community", "too long ago"],
)
def test_another_matter_place_or_time_is_not_proposed(
    city: City, old: dict[str, Any], new: dict[str, Any]
) -> None:
    closed(city, **old)
    at = new.get("at", AT + DAY)
    assert proposed(city, fresh(city, **new), at) == []


def test_on_the_last_day_it_is_still_proposed_and_an_open_case_never(city: City) -> None:
    old = closed(city)
    assert proposed(city, fresh(city, at=AT + 30 * DAY), AT + 30 * DAY) == [old]
    Case.objects.filter(pk=old.id).update(state="handling")
    assert proposed(city, fresh(city)) == []


def test_it_is_proposed_only_to_who_may_reopen_the_closed_one(city: City) -> None:
    old, new = closed(city), fresh(city)
    assert earlier_closed(city.actor("seat_operator", area="city"), new, AT + DAY) == []
    west = city.actor("callback_clerk", unit="gardens", area="west", username="west")
    assert earlier_closed(west, new, AT + DAY) == []
    Case.objects.filter(pk=old.id).update(is_sensitive=True)
    assert proposed(city, new) == []


def test_one_query_finds_them_by_its_index_however_many_there_are(city: City) -> None:
    who, new = clerk(city), fresh(city)
    earlier_closed(who, new, AT + DAY)  # the rules are read once
    for older in (0, 3000):
        _many(city, older)
        with CaptureQueriesContext(connection) as seen:
            found = earlier_closed(who, new, AT + DAY)
        asked = [query["sql"] for query in seen if "ledger_cacheversion" not in query["sql"]]
        assert (len(asked), len(found)) == (1, 5 if older else 0)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")  # the running role may not, and would be told so in a notice alone
        cursor.execute("ANALYZE cases_case")
        cursor.execute("SET ROLE yiwang_app")
        cursor.execute("EXPLAIN " + asked[0])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "cases_case_closed" in plan, plan


def _many(city: City, count: int) -> None:
    """Closed cases of a year, over all communities and classes."""
    places = [area.id for name, area in city.areas.items() if area.kind == "community"]
    classes = [node.id for node in city.classes.values()]
    Case.objects.bulk_create(
        Case(
            number=f"old-{number}", state="closed", ending="solved", title="旧案", channel="12345",
            community=places[number % len(places)],
            matter_class=classes[number // len(places) % len(classes)],
            address="梅园社区三号楼", created_at=AT - 2 * DAY, closed_at=AT - number * DAY / 9,
        )
        for number in range(count)
    )  # fmt: skip


def test_at_most_five_are_proposed_the_last_closed_first(city: City) -> None:
    made = [closed(city, at=AT + timedelta(hours=number)) for number in range(7)]
    assert proposed(city, fresh(city)) == made[:1:-1]


def test_a_clerk_reopens_by_the_repeat_without_any_right_to_merge(city: City) -> None:
    old, new = closed(city), fresh(city)
    done = reopen_by_repeat(actor=clerk(city), at=AT + DAY, case_id=old.id, repeat_id=new.id, reason="又堆了")
    assert (done.state, done.redo_cause, done.report_count) == ("dispatching", "repeated", 2)
    new.refresh_from_db()
    assert (new.state, new.merged_into) == ("merged", old.id)
    assert proposed(city, new) == []
    unmerge_cases(actor=SYSTEM, at=AT + DAY, absorbed=new.id, reason="不是同一处")
    assert check_ledger().problems == []


def test_who_may_not_reopen_there_joins_nothing(city: City) -> None:
    old, new = closed(city), fresh(city)
    for kind, where in (("seat_operator", "city"), ("callback_clerk", "west")):
        who = city.actor(kind, unit="street", area=where, username=f"{kind}-{where}")
        with pytest.raises(Refused):
            reopen_by_repeat(actor=who, at=AT + DAY, case_id=old.id, repeat_id=new.id, reason="又堆了")
    with pytest.raises(Conflict):
        reopen_by_repeat(actor=clerk(city), at=AT + DAY, case_id=old.id, repeat_id=old.id, reason="又堆了")


def test_the_api_proposes_and_reopens(city: City) -> None:
    now = timezone.now()
    old = closed(city, at=now - DAY)
    new = fresh(city, at=now)
    api = Api(city, kind="callback_clerk", area="city", acts=("cases.view", "cases.reopen"))
    (found,) = api.get(f"/cases/{new.id}/earlier").json()
    assert (found["case"], found["is_same_reporter"], found["metres"]) == (str(old.id), True, None)
    done = api.post(f"/cases/{old.id}/reopen-by-repeat", {"repeat": str(new.id), "reason": "又堆了"})
    assert (done.status_code, done.json()["state"]) == (200, "dispatching")
    assert api.get(f"/cases/{new.id}/earlier").json() == []
