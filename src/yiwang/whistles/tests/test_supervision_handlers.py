"""Whistles and ladders of events: a late unit and a raised whistle are supervised on the attached cases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from yiwang.cases.models import Case, Ladder, Supervision
from yiwang.cases.public import LadderTerms, local_day, set_ladder, switch_ladder
from yiwang.cases.tests.factories import AT, dispatched
from yiwang.ledger.models import OutboxEvent
from yiwang.ledger.public import event_from, relay_once
from yiwang.whistles import supervision_handlers
from yiwang.whistles.models import Whistle, WhistleCase, WhistleClock, WhistleTask
from yiwang.whistles.public import decline_report, insist_on_report, mark_late, raise_whistle

from .factories import Town, make_town, reported, sent, task_of

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.fixture
def town() -> Town:
    return make_town()


def heed(town: Town, event: str) -> None:
    """Have the event supervised from the first time on."""
    admin = town.city.actor("system_admin")
    step = {
        "act": "supervise", "anchor": "count", "count": 1, "to": ["host", "supervise"], "reply_amount": 1,
        "reply_unit": "work_day",
    }  # fmt: skip
    row = set_ladder(actor=admin, at=AT, terms=LadderTerms(event, "吹哨", (step,), local_day(AT)))
    switch_ladder(actor=admin, at=AT, ladder_id=row.id, on=True)


def with_case(town: Town, *, co: tuple[UUID, ...] = ()) -> tuple[Whistle, Case]:
    """A whistle sent to the cleaning company about a case that the gardeners work on."""
    whistle, case = sent(town, co=co), dispatched(town.city, unit="gardens")
    WhistleCase.objects.create(whistle=whistle, case=case)
    return whistle, case


def late(task: WhistleTask, stage: str) -> WhistleClock:
    """Let a limit of a unit pass, and its event be delivered."""
    clock = WhistleClock.objects.get(task=task, stage=stage)
    at = clock.due_at + SECOND
    assert mark_late(actor=supervision_handlers.LADDERS, at=at, clock_id=clock.id, generation=task.round)
    relay_once(at)
    return clock


def opened() -> list[Supervision]:
    return list(Supervision.objects.filter(cause="event").order_by("at", "id"))


def test_nothing_is_opened_for_a_late_unit_before_a_city_switches_it_on(town: Town) -> None:
    assert set(Ladder.objects.filter(stage__startswith="whistle").values_list("is_on", flat=True)) == {False}
    whistle, _case = with_case(town)
    late(task_of(whistle), "sign")
    assert opened() == []


def test_the_unit_that_did_not_sign_is_supervised_on_the_case_not_the_cases_own_host(town: Town) -> None:
    heed(town, "whistle_unsigned")
    whistle, case = with_case(town)
    clock = late(task_of(whistle), "sign")
    (row,) = opened()
    assert (row.case_id, row.stage, row.times) == (case.id, "whistle_unsigned", 1)
    assert (row.units, row.state) == ([town.city.unit("cleaning")], "awaited")
    assert row.at == clock.due_at + SECOND
    late(task_of(whistle), "report")
    assert len(opened()) == 1


def test_two_units_that_are_late_together_are_each_counted_and_answer_for_themselves(town: Town) -> None:
    heed(town, "whistle_absent")
    cleaning, gardens = town.city.unit("cleaning"), town.city.unit("gardens")
    whistle, _case = with_case(town, co=(gardens,))
    clocks = WhistleClock.objects.filter(task__whistle=whistle, stage="report")
    at = clocks[0].due_at + SECOND
    for clock in clocks:
        mark_late(actor=supervision_handlers.LADDERS, at=at, clock_id=clock.id, generation=1)
    relay_once(at)
    assert {tuple(row.units): row.times for row in opened()} == {(cleaning,): 1, (gardens,): 1}


def test_a_unit_that_is_late_again_after_somebody_insisted_is_late_for_the_second_time(town: Town) -> None:
    heed(town, "whistle_unsigned")
    whistle, _case = with_case(town)
    task = task_of(whistle)
    first = late(task, "sign")
    at = first.due_at + timedelta(minutes=1)
    given = {"whistle_id": whistle.id, "task_id": task.id}
    decline_report(actor=town.cleaning, at=at, reason="不属本单位", **given)  # type: ignore[arg-type]
    insist_on_report(actor=town.centre, at=at, reason="属地单位须到场", **given)  # type: ignore[arg-type]
    task.refresh_from_db()
    again = WhistleClock.objects.get(task=task, stage="sign", round=task.round)
    mark_late(actor=supervision_handlers.LADDERS, at=again.due_at, clock_id=again.id, generation=task.round)
    relay_once(again.due_at)
    assert [row.times for row in opened()] == [1, 2]


def test_an_event_of_a_whistle_that_is_delivered_twice_opens_once(town: Town) -> None:
    heed(town, "whistle_unsigned")
    whistle, _case = with_case(town)
    late(task_of(whistle), "sign")
    (told,) = OutboxEvent.objects.filter(stream=whistle.id, kind="whistles.late")
    event = event_from(told.kind, told.body)
    supervision_handlers.lateness_is_supervised(event, AT + timedelta(days=9))  # type: ignore[arg-type]
    assert len(opened()) == 1


def test_a_raised_whistle_is_told_on_each_of_its_cases(town: Town) -> None:
    heed(town, "whistle_raised")
    whistle, first = with_case(town)
    second = dispatched(town.city, unit="cleaning")
    WhistleCase.objects.create(whistle=whistle, case=second)
    reported(town, whistle, town.cleaning)
    at = AT + timedelta(hours=2)
    raise_whistle(actor=town.member, at=at, whistle_id=whistle.id, reason="涉及两区")
    relay_once(at)
    found = {row.case_id: (row.stage, row.times, row.units) for row in opened()}
    assert found == {
        first.id: ("whistle_raised", 1, [town.city.unit("gardens")]),
        second.id: ("whistle_raised", 1, [town.city.unit("cleaning")]),
    }


def test_an_outside_unit_and_a_whistle_without_a_case_open_nothing(town: Town) -> None:
    heed(town, "whistle_unsigned")
    late(task_of(sent(town)), "sign")
    whistle, _case = with_case(town)
    task = task_of(whistle)
    WhistleTask.objects.filter(pk=task.id).update(unit=None, outside=town.metro)
    late(task, "sign")
    assert opened() == []
