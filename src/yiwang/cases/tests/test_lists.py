"""The list and the object predicate agree; pages go by key; words are found inside the scope."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yiwang.cases.models import Case, CaseAccess
from yiwang.cases.public import CaseFilter, list_cases, may, task_units, turn_page, visible_to
from yiwang.cases.tests.factories import AT, City, dispatched, make_city, receive
from yiwang.kernel.actor import Actor, Scope
from yiwang.kernel.errors import Invalid
from yiwang.kernel.ids import uuid7


@pytest.fixture
def city(db: None) -> City:
    return make_city()


AREAS = ("east_1_a", "east_1_b", "east_2_a", "west_1_a", None)


def make_cases(city: City, count: int) -> list[Case]:
    dice = random.Random(7)
    made = []
    for n in range(count):
        at = AT + timedelta(minutes=n)
        area = dice.choice(AREAS)
        if area and dice.random() < 0.4:
            case = dispatched(city, unit=dice.choice(["cleaning", "gardens"]), area=area, at=at)
        else:
            complained = city.unit("gardens") if dice.random() < 0.2 else None
            _, case = receive(
                city, area=area, at=at, complained_unit=complained, is_sensitive=dice.random() < 0.3
            )
        made.append(case)
    return made


def test_the_list_shows_exactly_what_the_predicate_allows(city: City) -> None:
    cases = make_cases(city, 40)
    account = uuid7()
    sensitive = next(case for case in cases if case.is_sensitive)
    CaseAccess.objects.create(case=sensitive, account=account, at=AT)
    east = frozenset({city.area("east_1_a"), city.area("east_1_b"), city.area("east_2_a")})
    scopes = [
        Scope(everywhere=True),
        Scope(communities=east),
        Scope(communities=frozenset({city.area("west_1_a")})),
        Scope(units=frozenset({city.unit("cleaning")})),
        Scope(communities=frozenset({city.area("east_1_a")}), units=frozenset({city.unit("gardens")})),
        Scope(),
    ]
    for scope in scopes:
        for cleared in (Scope(), Scope(everywhere=True), Scope(communities=east)):
            actor = Actor(account_id=account, grants={"cases.view": scope, "cases.view_sensitive": cleared})
            allowed = {c.id for c in Case.objects.all() if may(actor, "cases.view", c, task_units(c))}
            listed = [row.id for row in list_cases(actor, CaseFilter(), at=AT, limit=100).rows]
            assert set(listed) == allowed
            assert len(listed) == len(allowed)
            assert {row.id for row in visible_to(actor)} == allowed


def test_pages_by_key_show_every_case_once_in_order(city: City) -> None:
    make_cases(city, 25)
    actor = Actor(
        account_id=uuid7(),
        grants={
            "cases.view": Scope(
                communities=frozenset({city.area("east_1_a"), city.area("west_1_a")}),
                units=frozenset({city.unit("cleaning"), city.unit("gardens")}),
            )
        },
    )
    whole = list_cases(actor, CaseFilter(), at=AT, limit=100).rows
    seen: list[Case] = []
    after = None
    while True:
        page = list_cases(actor, CaseFilter(), at=AT, after=after, limit=4)
        seen += page.rows
        after = page.last_key()
        if not page.has_more:
            break
    assert [c.id for c in seen] == [c.id for c in whole]
    assert [c.created_at for c in whole] == sorted((c.created_at for c in whole), reverse=True)


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("text", ["", "梅园"])
def test_turning_back_shows_the_same_pages(city: City, oldest_first: bool, text: str) -> None:
    make_cases(city, 25)
    wanted = CaseFilter(oldest_first=oldest_first, text=text)
    actor = Actor(
        account_id=uuid7(),
        grants={
            "cases.view": Scope(
                communities=frozenset({city.area("east_1_a"), city.area("west_1_a")}),
                units=frozenset({city.unit("cleaning"), city.unit("gardens")}),
            )
        },
    )
    onward: list[list[Case]] = []
    cursor, page = "", None
    while page is None or page.next:
        page = turn_page(actor, wanted, at=AT, cursor=cursor, limit=2)
        onward.append(page.rows)
        cursor = page.next or ""
    assert len(onward) > 3
    back = [onward[-1]]
    while page.previous:
        page = turn_page(actor, wanted, at=AT, cursor=page.previous, limit=2)
        back.append(page.rows)
    assert [[c.id for c in rows] for rows in reversed(back)] == [[c.id for c in rows] for rows in onward]


def test_turning_back_costs_no_more_queries(city: City) -> None:
    for n in range(5):
        receive(city, at=AT + timedelta(minutes=n))
    actor = Actor(account_id=uuid7(), grants={"cases.view": Scope(everywhere=True)})
    first = turn_page(actor, CaseFilter(), at=AT, limit=2)
    second = turn_page(actor, CaseFilter(), at=AT, cursor=first.next or "", limit=2)
    with CaptureQueriesContext(connection) as queries:
        turn_page(actor, CaseFilter(), at=AT, cursor=second.previous or "", limit=2)
    assert len(queries) == 2
    assert not any("count(" in query["sql"].lower() for query in queries)


def test_a_cursor_of_the_other_order_is_refused(city: City) -> None:
    for n in range(3):
        receive(city, at=AT + timedelta(minutes=n))
    actor = Actor(account_id=uuid7(), grants={"cases.view": Scope(everywhere=True)})
    page = turn_page(actor, CaseFilter(), at=AT, limit=2)
    with pytest.raises(Invalid):
        turn_page(actor, CaseFilter(oldest_first=True), at=AT, cursor=page.next or "", limit=2)


def test_a_word_is_found_only_inside_the_scope(city: City) -> None:
    _, here = receive(city, text="双安巷路灯不亮", area="east_1_a")
    receive(city, text="双安巷路灯不亮", area="west_1_a")
    receive(city, text="双安巷井盖丢失", area="east_1_a")
    actor = Actor(
        account_id=uuid7(),
        grants={"cases.view": Scope(communities=frozenset({city.area("east_1_a"), city.area("east_1_b")}))},
    )

    def found(text: str) -> list[str]:
        return [str(row.id) for row in list_cases(actor, CaseFilter(text=text), at=AT).rows]

    assert found("路灯") == [str(here.id)]
    assert found("双安巷 路灯") == [str(here.id)]
    assert found("灯路") == []
    assert found("100%") == []
    assert found(here.number) == [str(here.id)]


def test_a_word_that_is_too_common_for_the_cap_is_still_found(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yiwang.cases.lists.CANDIDATES", 3)
    for _ in range(6):
        receive(city, text="路灯不亮")
    actor = Actor(account_id=uuid7(), grants={"cases.view": Scope(everywhere=True)})
    assert len(list_cases(actor, CaseFilter(text="路灯"), at=AT).rows) == 6


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_costs_the_same_number_of_queries(city: City, count: int) -> None:
    for _ in range(count):
        receive(city)
    actor = Actor(
        account_id=uuid7(), grants={"cases.view": Scope(communities=frozenset({city.area("east_1_a")}))}
    )
    list_cases(actor, CaseFilter(), at=AT)
    with CaptureQueriesContext(connection) as queries:
        list_cases(actor, CaseFilter(states=("received",)), at=AT)
    assert len(queries) == 2


def test_filters_narrow_the_list(city: City) -> None:
    case = dispatched(city)
    receive(city, channel="h5", area="east_2_a")
    actor = Actor(account_id=uuid7(), grants={"cases.view": Scope(everywhere=True)})

    def count(**given: object) -> int:
        return len(list_cases(actor, CaseFilter(**given), at=AT + timedelta(days=30)).rows)  # type: ignore[arg-type]

    assert count() == 2
    assert count(states=("handling",)) == 1
    assert count(channel="h5") == 1
    assert count(area=city.area("east_2")) == 1
    assert count(unit=city.unit("cleaning")) == 1
    assert count(unit=city.unit("gardens")) == 0
    assert count(overdue=True) == 1
    assert count(matter_class=case.matter_class) == 1
