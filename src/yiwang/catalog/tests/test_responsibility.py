"""The most specific row wins; rows that tie are refused; the answer says why."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.catalog.errors import ResponsibilityTie
from yiwang.catalog.models import ResponsibilityRow
from yiwang.catalog.public import (
    add_responsibility,
    end_responsibility,
    replace_responsibility,
    responsible,
)
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused, StaleVersion
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import JournalEntry

from .factories import AT, EDITOR, TODAY, City, make_city

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    return make_city()


def add(city: City, *args: object, **more: object) -> ResponsibilityRow:
    return add_responsibility(actor=EDITOR, at=AT, terms=city.terms(*args, **more))  # type: ignore[arg-type]


def host(
    city: City, class_code: str, area: str | None, ordinal: int | None = None, at: datetime = AT
) -> str | None:
    answer = responsible(
        city.class_id(class_code),
        city.areas[area] if area else None,
        city.condition_id(class_code, ordinal) if ordinal else None,
        at=at,
    )
    return next((n for n, key in city.units.items() if answer and key == answer.host_id), None)


def test_nobody_answers_where_no_row_covers(city: City) -> None:
    add(city, "水务局", "P0101", "浦口区")
    assert host(city, "P0101", "大厂街道") is None
    assert host(city, "P0102", "泰山街道") is None
    assert responsible(uuid7(), None, at=AT) is None


def test_a_deeper_class_beats_a_smaller_area(city: City) -> None:
    add(city, "街道办", "P01", "泰山街道")
    add(city, "水务局", "P0101")
    assert host(city, "P0101", "东门社区") == "水务局"
    assert host(city, "P0102", "东门社区") == "街道办"


def test_a_named_condition_beats_everything(city: City) -> None:
    add(city, "街道办", "P0101", "东门一格")
    add(city, "水务局", "P0101", ordinal=2)
    assert host(city, "P0101", "东门一格", 2) == "水务局"
    assert host(city, "P0101", "东门一格", 1) == "街道办"
    assert host(city, "P0101", "东门一格") == "街道办"


def test_the_smaller_area_wins_in_either_tree(city: City) -> None:
    add(city, "城管局")
    add(city, "水务局", None, "浦口区")
    add(city, "新区管委会", None, "高新开发区")
    assert host(city, "P0101", "东门一格") == "新区管委会"
    add(city, "街道办", None, "东门社区")
    assert host(city, "P0101", "东门一格") == "街道办"
    assert host(city, "P0101", "新华社区") == "城管局"
    assert host(city, "P0101", None) == "城管局"


def test_who_runs_an_area_wins_over_the_legal_area_of_the_same_size(city: City) -> None:
    add(city, "街道办", "P01", "泰山街道")
    add(city, "新区管委会", "P01", "高新开发区")
    assert host(city, "P0101", "东门社区") == "新区管委会"
    answer = responsible(city.class_id("P0101"), city.areas["东门社区"], at=AT)
    assert answer is not None
    assert len(answer.beaten) == 1


def test_a_grid_row_covers_nothing_but_its_grid(city: City) -> None:
    add(city, "街道办", "P0101", "东门一格")
    assert host(city, "P0101", "东门一格") == "街道办"
    assert host(city, "P0101", "东门社区") is None


def test_the_answer_says_which_row_won_and_what_it_beat(city: City) -> None:
    loser = add(city, "街道办", "P01", "泰山街道")
    winner = add(city, "水务局", "P0101", co_unit_ids=[city.units["街道办"]])
    answer = responsible(city.class_id("P0101"), city.areas["东门社区"], at=AT)
    assert answer is not None
    assert (answer.row_id, answer.beaten) == (winner.id, (loser.id,))
    assert answer.co_unit_ids == (city.units["街道办"],)
    assert answer.reason == (
        "按权责清单“上水井盖 · 全市”确定主办单位，优先于“公用设施 · 泰山街道”：它的分类更细。"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({"area": "泰山街道"}, {"area": "泰山街道"}),
        ({"area": "高新开发区"}, {"area": "站前片区"}),
        ({"class_code": "P0101", "ordinal": 1}, {"class_code": "P0101", "ordinal": 1}),
        ({"class_code": "P01", "area": "东门一格"}, {"class_code": "P01", "area": "东门一格"}),
    ],
)
def test_two_rows_that_tie_are_refused_naming_the_other(
    city: City, first: dict[str, object], second: dict[str, object]
) -> None:
    there = add(city, "水务局", **first)
    with pytest.raises(ResponsibilityTie) as caught:
        add(city, "城管局", **second)
    assert caught.value.other == there.id
    assert "水务局" in caught.value.message
    assert ResponsibilityRow.objects.count() == 1


def test_rows_that_share_no_day_do_not_tie(city: City) -> None:
    add(city, "水务局", "P0101", valid_to=TODAY + timedelta(days=10))
    add(city, "城管局", "P0101", valid_from=TODAY + timedelta(days=10))
    assert host(city, "P0101", None) == "水务局"
    assert host(city, "P0101", None, at=AT + timedelta(days=10)) == "城管局"


def test_rows_for_places_apart_do_not_tie(city: City) -> None:
    add(city, "水务局", "P0101", "泰山街道")
    add(city, "城管局", "P0101", "大厂街道")
    assert (host(city, "P0101", "东门社区"), host(city, "P0101", "新华社区")) == ("水务局", "城管局")


def test_an_ended_row_still_explains_its_days(city: City) -> None:
    row = add(city, "水务局", "P0101", valid_from=date(2026, 1, 1))
    end_responsibility(actor=EDITOR, at=AT, row_id=row.id, valid_to=TODAY, expected=1)
    assert host(city, "P0101", None) is None
    assert host(city, "P0101", None, at=AT - timedelta(days=1)) == "水务局"
    with pytest.raises(Conflict, match="已于 2026-02-13 失效"):
        end_responsibility(actor=EDITOR, at=AT, row_id=row.id, valid_to=TODAY)


def test_replacing_ends_the_old_row_and_begins_the_new_one(city: City) -> None:
    row = add(city, "水务局", "P0101", valid_from=date(2026, 1, 1))
    new = replace_responsibility(
        actor=EDITOR, at=AT, row_id=row.id, terms=city.terms("城管局", "P0101"), expected=1
    )
    assert host(city, "P0101", None) == "城管局"
    assert host(city, "P0101", None, at=AT - timedelta(days=1)) == "水务局"
    kinds = [
        list(JournalEntry.objects.filter(stream=key).order_by("seq").values_list("kind", flat=True))
        for key in (row.id, new.id)
    ]
    assert kinds == [
        ["catalog.responsibility_added", "catalog.responsibility_ended"],
        ["catalog.responsibility_added"],
    ]


def test_a_stale_version_is_told_what_happened(city: City) -> None:
    row = add(city, "水务局", "P0101")
    with pytest.raises(StaleVersion):
        end_responsibility(actor=EDITOR, at=AT, row_id=row.id, valid_to=date(2026, 3, 1), expected=0)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"valid_to": TODAY}, "valid_to"),
        ({"area_id": uuid7()}, "area_id"),
        ({"host_id": uuid7()}, "host_id"),
        ({"class_id": uuid7()}, "class_id"),
        ({"condition_id": uuid7()}, "condition_id"),
        ({"co_unit_ids": [uuid7()]}, "co_unit_ids"),
    ],
)
def test_what_does_not_fit_together_is_named(city: City, more: dict[str, object], field: str) -> None:
    from dataclasses import replace

    terms = replace(city.terms("水务局", "P0101"), **more)  # type: ignore[arg-type]
    with pytest.raises(Invalid) as caught:
        add_responsibility(actor=EDITOR, at=AT, terms=terms)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_whoever_may_not_edit_is_refused(city: City) -> None:
    with pytest.raises(Refused):
        add_responsibility(actor=system_actor("test"), at=AT, terms=city.terms("水务局"))


def test_a_new_version_of_a_condition_keeps_its_row(city: City) -> None:
    from yiwang.catalog.models import RegisteringCondition
    from yiwang.ledger.public import bump_now

    add(city, "水务局", "P0101", ordinal=2)
    old = RegisteringCondition.objects.get(id=city.condition_id("P0101", 2))
    new = RegisteringCondition(
        matter_class_id=old.matter_class_id, ordinal=2, text="新", amount=1, unit="work_day", valid_from=TODAY
    )
    old.valid_to = TODAY
    old.save()
    new.save()
    bump_now("catalog")
    assert city.condition_id("P0101", 2) == new.id
    assert host(city, "P0101", None, 2) == "水务局"


_CLASSES = (None, "P01", "P0101")
_AREAS = (None, "浦口区", "江北新区", "高新开发区", "站前片区", "泰山街道", "东门社区", "东门一格")
_ROWS = st.lists(
    st.tuples(st.sampled_from(_CLASSES), st.sampled_from(_AREAS), st.integers(0, 3), st.integers(1, 4)),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS)
def test_however_rows_are_entered_no_question_has_two_best_answers(
    city: City, rows: list[tuple[str | None, str | None, int, int]]
) -> None:
    from django.db import transaction

    from yiwang.catalog.queries.responsibility import rank_of, responsibility_node
    from yiwang.catalog.rules.specificity import specificity
    from yiwang.ledger.public import forget
    from yiwang.orgs.public import area_index

    point = transaction.savepoint()
    for class_code, area, start, length in rows:
        first = TODAY + timedelta(days=start)
        try:
            add(city, "水务局", class_code, area, valid_from=first, valid_to=first + timedelta(days=length))
        except ResponsibilityTie:
            continue
    nodes = {
        row.id: responsibility_node(row)
        for row in ResponsibilityRow.objects.select_related("matter_class", "condition")
    }
    areas = area_index(TODAY)
    for day in range(7):
        for area in _AREAS:
            answer = responsible(
                city.class_id("P0101"), city.areas[area] if area else None, at=AT + timedelta(days=day)
            )
            if answer is None:
                continue
            keys = [
                specificity(nodes[key], rank_of(nodes[key].area_id, areas))
                for key in (answer.row_id, *answer.beaten)
            ]
            assert keys == sorted(keys, reverse=True)
            assert len(set(keys)) == len(keys)
    transaction.savepoint_rollback(point)
    forget(everything=True)
