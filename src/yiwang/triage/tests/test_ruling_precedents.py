"""A ruling says whose job such cases are: it becomes a precedent that proposes a responsibility row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yiwang.cases.models import Arbitration
from yiwang.cases.public import rule_arbitration
from yiwang.cases.tests.factories import AT, City, make_city
from yiwang.cases.tests.test_returning import JUDGE, hours, returned_once, returned_twice, ruling
from yiwang.triage.models import Precedent
from yiwang.triage.services.owning_precedents import note_dispatch, note_ruling


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def test_a_ruling_makes_a_precedent_for_the_unit_that_it_names(city: City) -> None:
    case, dispute = returned_twice(city)
    rule_arbitration(
        actor=JUDGE, at=AT + hours(5), arbitration_id=dispute.id, ruling=ruling(city, "street", "cleaning")
    )
    losers = (city.unit("gardens"),)
    at = AT + timedelta(hours=6)
    row = note_ruling(case_id=case.id, host_id=city.unit("street"), from_units=losers, at=at)
    assert row is not None
    assert (row.host_unit_id, row.from_unit_ids, row.count) == (city.unit("street"), list(losers), 1)
    again = note_ruling(case_id=case.id, host_id=city.unit("street"), from_units=losers, at=at)
    assert again is not None
    assert Precedent.objects.get().count == 1


def test_a_ruling_without_another_party_teaches_nothing(city: City) -> None:
    case, _ = returned_twice(city)
    assert Arbitration.objects.count() == 1
    host = city.unit("gardens")
    assert note_ruling(case_id=case.id, host_id=host, from_units=(host,), at=AT + hours(6)) is None


def test_a_granted_return_and_a_second_dispatch_make_a_precedent_too(city: City) -> None:
    case = returned_once(city)
    row = note_dispatch(case_id=case.id, host_id=city.unit("gardens"), at=AT + hours(3))
    assert row is not None
    assert row.from_unit_ids == [city.unit("cleaning")]
