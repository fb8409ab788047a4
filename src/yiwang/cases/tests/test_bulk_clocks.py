"""First clocks of a batch: what arrays say is what one case after the other is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from yiwang.cases.enums import Stage
from yiwang.cases.models import Case
from yiwang.cases.policy import local_day
from yiwang.cases.public import StageTerms, set_stage_limit
from yiwang.cases.services.bulk_clocks import FirstClock, FirstClocks
from yiwang.cases.services.ladders import first_step
from yiwang.cases.services.stages import limits_from
from yiwang.cases.stage_limits import stage_rule
from yiwang.cases.steps import RunningClock
from yiwang.cases.tests.factories import AT, City, make_city
from yiwang.clocks.public import calendar_at, set_local_day
from yiwang.kernel.actor import EVERYWHERE, Actor
from yiwang.kernel.ids import uuid7

ADMIN = Actor(account_id=uuid7(), grants=dict.fromkeys(("cases.configure", "clocks.edit"), EVERYWHERE))
#: Inside and outside working hours, at their edges, at night, on a weekend, with a part of a second.
STARTS = [
    AT + timedelta(days=day, hours=hours, minutes=minutes, microseconds=7 * day)
    for day in (0, 1, 4, 5, 6)
    for hours, minutes in ((0, 0), (2, 30), (2, 45), (4, 30), (8, 29), (8, 30), (15, 0))
]


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def alone(matter_class: UUID | None, urgency: str, at: datetime) -> FirstClock:
    """The clock of one case, as the single path reckons it."""
    rule = stage_rule(Stage.ACCEPT, matter_class=matter_class, urgency=urgency, at=at)
    limits = limits_from(rule, at, at)
    due = limits.due.due_at if limits.due else None
    clock = RunningClock(Stage.ACCEPT.value, at, limits.amount, limits.unit, due)
    first = first_step(Case(matter_class=matter_class, urgency=urgency), clock, at=at)
    return FirstClock(
        limits.amount, limits.unit, due, limits.due.calendar_version if limits.due else None,
        limits.legal_due_at, limits.legal_words, limits.basis,
        first.step.slot if first else None, first.at if first else None,
    )  # fmt: skip


def together(asked: list[tuple[UUID | None, str, datetime]]) -> list[FirstClock]:
    clocks = FirstClocks()
    for matter_class, urgency, at in asked:
        clocks.add(matter_class=matter_class, urgency=urgency, at=at, day=local_day(at))
    return clocks.reckoned()


def put(amount: str | None, unit: str, legal: str | None, legal_unit: str, **target: object) -> None:
    terms = StageTerms(
        stage="accept", amount=Decimal(amount) if amount else None, unit=unit,
        legal_amount=Decimal(legal) if legal else None, legal_unit=legal_unit, basis="测试",
        valid_from=local_day(AT), **target,
    )  # fmt: skip
    set_stage_limit(actor=ADMIN, at=AT, terms=terms)


def test_every_case_of_a_batch_gets_the_clock_that_it_would_get_alone(city: City) -> None:
    event, part, request = (city.classes[name].id for name in ("event", "part", "request"))
    put("2", "work_day", "15", "work_day", matter_class=event)
    put("0.25", "urgent_hour", "0.5", "work_hour", matter_class=part)
    put(None, "", "1", "urgent_day", matter_class=request)
    set_local_day(
        actor=ADMIN, at=AT + timedelta(days=1), day=local_day(AT) + timedelta(days=2), intervals=[],
        name="台风停工",
    )  # fmt: skip
    asked = [
        (matter_class, urgency, at)
        for at in STARTS
        for matter_class in (None, event, part, request)
        for urgency in ("ordinary", "urgent")
    ]
    found = together(asked)
    assert found == [alone(*case) for case in asked]
    assert len({clock.calendar_version for clock in found if clock.due_at is not None}) == 2
    assert (
        {clock.due_at is None for clock in found} == {clock.slot is None for clock in found} == {True, False}
    )


def test_one_case_is_a_batch_too_and_none_has_no_clocks(city: City) -> None:
    assert together([(None, "ordinary", AT)]) == [alone(None, "ordinary", AT)]
    assert together([]) == []
    assert calendar_at(AT).version == together([(None, "urgent", AT)])[0].calendar_version


def test_a_case_from_before_any_limit_runs_a_clock_without_one(city: City) -> None:
    asked = [(None, "ordinary", AT), (None, "ordinary", datetime(1985, 3, 4, 2, tzinfo=UTC))]
    found = together(asked)
    assert found == [alone(*case) for case in asked]
    assert [clock.due_at is None for clock in found] == [False, True]
