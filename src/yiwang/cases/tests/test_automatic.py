"""What the platform accepted by itself can be taken back, until somebody works on it."""

from __future__ import annotations

import pytest

from yiwang.cases.models import Case, Task
from yiwang.cases.public import accept_case, dispatch_case, sign_task, take_back_acceptance
from yiwang.cases.replaying import replay_case
from yiwang.cases.tests.factories import AT, City, make_city, receive
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Refused
from yiwang.ledger.public import JournalEntry

ROBOT = system_actor("triage", "cases.accept", "cases.dispatch")


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def dispatched_by_itself(city: City) -> Case:
    _report, case = receive(city, community=None)
    accept_case(
        actor=ROBOT, at=AT, case_id=case.id, matter_class=city.classes["event"].id,
        community=city.area("east_1_a"), automatic=True,
    )  # fmt: skip
    return dispatch_case(actor=ROBOT, at=AT, case_id=case.id, host=city.unit("cleaning"))


def test_taking_back_puts_class_place_and_tasks_where_they_were(city: City) -> None:
    case = dispatched_by_itself(city)
    operator = city.actor("seat_operator", area="city")
    take_back_acceptance(
        actor=operator, at=AT, case_id=case.id, reason="不是这类事", matter_class=None, keep_place=False
    )
    case.refresh_from_db()
    assert (case.state, case.matter_class, case.community, case.host) == ("received", None, None, None)
    assert (case.due_at, case.automatic_at) == (None, None)
    assert list(Task.objects.filter(case=case).values_list("state", flat=True)) == ["recalled"]
    journal = list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))
    assert journal[-1].kind == "cases.take_back"
    assert replay_case(case, journal) == []


def test_a_task_that_was_signed_for_is_not_taken_back(city: City) -> None:
    case = dispatched_by_itself(city)
    task = Task.objects.get(case=case)
    sign_task(actor=city.actor("handler", unit="cleaning"), at=AT, case_id=case.id)
    task.refresh_from_db()
    with pytest.raises(Conflict, match="尚未签收"):
        take_back_acceptance(
            actor=city.actor("seat_operator", area="city"), at=AT, case_id=case.id, reason="不是这类事",
            matter_class=None, keep_place=False,
        )  # fmt: skip
    assert task.state == "working"


def test_what_a_person_accepted_is_not_taken_back(city: City) -> None:
    _report, case = receive(city, matter_class=city.classes["event"].id)
    operator = city.actor("seat_operator", area="city")
    accept_case(actor=operator, at=AT, case_id=case.id)
    with pytest.raises(Conflict, match="只能撤销系统自动办理"):
        take_back_acceptance(
            actor=operator, at=AT, case_id=case.id, reason="想改", matter_class=None, keep_place=True
        )


def test_who_may_not_accept_may_not_take_back(city: City) -> None:
    case = dispatched_by_itself(city)
    with pytest.raises(Refused):
        take_back_acceptance(
            actor=city.actor("leader", area="city"), at=AT, case_id=case.id, reason="不是这类事",
            matter_class=None, keep_place=True,
        )  # fmt: skip
