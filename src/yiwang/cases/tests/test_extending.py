"""Extensions: how often, until when, and whose clocks they move."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yiwang.cases.models import Task
from yiwang.cases.services.accepting import accept_case
from yiwang.cases.services.deciding import approve_application
from yiwang.cases.services.dispatching import dispatch_case, recall_case
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.kernel.errors import Conflict

from .test_applications import DUE, approve_all, ask, dispatcher, shanghai

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    return make_city()


def test_a_third_extension_is_refused(city: City) -> None:
    case = dispatched(city)
    for day in (4, 5):
        approve_all(city, ask(city, case, at=shanghai(2026, 3, day, 10)), at=shanghai(2026, 3, day, 11))
    case.refresh_from_db()
    assert case.due_at == shanghai(2026, 3, 23, 18)
    with pytest.raises(Conflict, match="最多 2 次"):
        ask(city, case, at=shanghai(2026, 3, 6, 10))


def test_another_host_has_what_the_first_left_of_the_extensions(city: City) -> None:
    case = dispatched(city)
    for day in (4, 5):
        approve_all(city, ask(city, case, at=shanghai(2026, 3, day, 10)), at=shanghai(2026, 3, day, 11))
    recall_case(actor=SYSTEM, at=shanghai(2026, 3, 6, 9), case_id=case.id, reason="改派")
    dispatch_case(
        actor=SYSTEM, at=shanghai(2026, 3, 6, 10), case_id=case.id, host=city.unit("gardens"),
        co_units=[city.unit("cleaning")],
    )  # fmt: skip
    gardener = city.actor("handler", unit="gardens", username="gardener")
    with pytest.raises(Conflict, match="最多 2 次"):
        ask(city, case, at=shanghai(2026, 3, 6, 11), actor=gardener)
    ask(city, case, at=shanghai(2026, 3, 6, 11))  # a co-unit's moves no promise


def test_an_overdue_task_is_never_extended(city: City) -> None:
    case = dispatched(city)
    with pytest.raises(Conflict, match="已超过办理时限"):
        ask(city, case, at=DUE + timedelta(seconds=1))
    ask(city, case, at=DUE)  # at the very instant it is in time


def test_a_co_units_extension_moves_its_own_task_alone(city: City) -> None:
    _, case = receive(city, matter_class=city.classes["request"].id)
    accept_case(actor=SYSTEM, at=AT, case_id=case.id)
    dispatch_case(
        actor=SYSTEM, at=AT + timedelta(minutes=5), case_id=case.id, host=city.unit("cleaning"),
        co_units=[city.unit("gardens")],
    )  # fmt: skip
    gardener = city.actor("handler", unit="gardens", username="gardener")
    wish = ask(city, case, at=AT + timedelta(hours=1), actor=gardener)
    approve_application(
        actor=city.actor("unit_leader", unit="gardens", username="gardens-head"), at=AT + timedelta(hours=2),
        application_id=wish.id,
    )  # fmt: skip
    approve_application(actor=dispatcher(city), at=AT + timedelta(hours=2), application_id=wish.id)
    case.refresh_from_db()
    dues = dict(Task.objects.filter(case=case).values_list("role", "due_at"))
    assert case.due_at == dues["host"] == DUE
    assert dues["co"] == shanghai(2026, 3, 16, 18)
