"""Urging, supervising and listing by people: who may, what is owed, and who ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from yiwang.cases.enums import StepAct, StepCause
from yiwang.cases.models import Case, Supervision
from yiwang.cases.public import (
    case_for,
    demand_again,
    follow_up_report,
    lift_listing,
    list_case,
    may,
    reply_supervision,
    settle_supervision,
    supervise_case,
    urge_case,
    visible_to,
)
from yiwang.cases.replaying import replay_case
from yiwang.cases.services.addressing import units_of
from yiwang.cases.services.stepping import Notice, record_step
from yiwang.kernel.actor import Actor
from yiwang.kernel.errors import Conflict, Invalid, NotFound, Refused
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.models import JournalEntry
from yiwang.ledger.public import acting

from .factories import AT, SYSTEM, City, dispatched, make_city

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def supervisor(city: City) -> Actor:
    return city.actor("supervisor", area="east")


def handler(city: City, unit: str = "cleaning") -> Actor:
    return city.actor("handler", unit=unit, username=f"handler-{unit}")


def test_a_supervised_unit_replies_and_somebody_else_settles(city: City, supervisor: Actor) -> None:
    case = dispatched(city)
    row = supervise_case(actor=supervisor, at=AT, case_id=case.id, text="请说明为何未到现场")
    case.refresh_from_db()
    assert (row.state, row.units) == ("awaited", [city.unit("cleaning")])
    assert row.reply_due_at is not None
    assert row.reply_due_at.astimezone(SHANGHAI).isoformat() == "2026-03-03T18:00:00+08:00"
    assert case.supervised_at == AT
    with pytest.raises(Refused):
        reply_supervision(actor=handler(city, "gardens"), at=AT, supervision_id=row.id, text="已到场")
    answered = reply_supervision(actor=handler(city), at=AT, supervision_id=row.id, text="已到场")
    assert (answered.state, answered.replied_unit) == ("answered", city.unit("cleaning"))
    back = demand_again(actor=supervisor, at=AT, supervision_id=row.id, reason="请附时间")
    assert (back.state, back.reply_due_at) == ("awaited", row.reply_due_at)
    reply_supervision(actor=handler(city), at=AT, supervision_id=row.id, text="十点到场")
    settled = settle_supervision(actor=supervisor, at=AT, supervision_id=row.id, reason="已核对")
    case.refresh_from_db()
    assert settled.state == "settled"
    assert Case.objects.get().supervised_at is None
    assert replay_case(case, list(JournalEntry.objects.filter(stream=case.id).order_by("seq"))) == []
    with pytest.raises(Conflict):
        settle_supervision(actor=supervisor, at=AT, supervision_id=row.id, reason="再销一次")


def test_who_replied_does_not_settle(city: City) -> None:
    case = dispatched(city, unit="street")
    both = city.actor("handler", unit="street", username="both")
    city.login("supervisor", unit="centre", area="east", username="second")
    row = supervise_case(actor=city.actor("supervisor", area="east"), at=AT, case_id=case.id, text="请答复")
    reply_supervision(actor=both, at=AT, supervision_id=row.id, text="已办")
    same = Actor(both.account_id, grants=city.actor("supervisor", area="east").grants)
    with pytest.raises(Conflict, match="答复人本人"):
        settle_supervision(actor=same, at=AT, supervision_id=row.id, reason="已核对")


def test_a_listing_is_lifted_by_somebody_else_with_a_reason(city: City, supervisor: Actor) -> None:
    leader = city.actor("leader", area="city")
    case = dispatched(city)
    row = list_case(actor=leader, at=AT, case_id=case.id, text="反复投诉，挂牌督办")
    with pytest.raises(Conflict, match="已经挂牌"):
        list_case(actor=supervisor, at=AT, case_id=case.id, text="再挂")
    with pytest.raises(Conflict, match="挂牌人以外"):
        lift_listing(actor=leader, at=AT, supervision_id=row.id, reason="已解决")
    with pytest.raises(Invalid):
        lift_listing(actor=supervisor, at=AT, supervision_id=row.id, reason=" ")
    lift_listing(actor=supervisor, at=AT, supervision_id=row.id, reason="问题已解决")
    assert Case.objects.get().listed_at is None


def test_a_residents_chase_is_counted_as_urging_and_so_is_a_persons(city: City, supervisor: Actor) -> None:
    case = dispatched(city)
    report = case.links.get().report
    follow_up_report(actor=SYSTEM, at=AT, report_id=report.id, kind="chase", text="怎么还没来")
    follow_up_report(actor=SYSTEM, at=AT, report_id=report.id, kind="addition", text="又多了一堆")
    urge_case(actor=supervisor, at=AT, case_id=case.id, text="请抓紧")
    case.refresh_from_db()
    assert case.urge_count == 2
    causes = Supervision.objects.filter(act="urge").order_by("seq").values_list("cause", flat=True)
    assert list(causes) == ["resident", "person"]


@pytest.mark.parametrize(
    ("service", "given"),
    [
        (urge_case, {}),
        (list_case, {}),
        (supervise_case, {}),
    ],
)
def test_no_words_no_order_and_no_permission_no_order(
    city: City, supervisor: Actor, service: Callable[..., Any], given: dict[str, Any]
) -> None:
    case = dispatched(city)
    with pytest.raises(Invalid):
        service(actor=supervisor, at=AT, case_id=case.id, text="  ", **given)
    with pytest.raises(Refused):
        service(actor=handler(city), at=AT, case_id=case.id, text="请抓紧", **given)
    elsewhere = city.actor("supervisor", area="west", unit="other_street", username="west")
    with pytest.raises(Refused):
        service(actor=elsewhere, at=AT, case_id=case.id, text="请抓紧", **given)
    assert not Supervision.objects.exists()


def test_a_limit_that_no_clock_can_run_is_refused_in_words(city: City, supervisor: Actor) -> None:
    case = dispatched(city)
    with pytest.raises(Invalid):
        supervise_case(
            actor=supervisor, at=AT, case_id=case.id, text="请答复", reply=(Decimal("0.5"), "work_day")
        )


def test_the_unit_a_case_was_raised_to_sees_it_and_no_more(city: City) -> None:
    case = dispatched(city)
    other = handler(city, "gardens")
    with pytest.raises(NotFound):
        case_for(other, case.id)
    Case.objects.filter(pk=case.id).update(raised_to=city.unit("gardens"))
    case.refresh_from_db()
    assert case_for(other, case.id) == case
    assert list(visible_to(other)) == [case]
    assert not may(other, "cases.handle", case)
    assert list(visible_to(other, "cases.handle")) == []


def test_a_closed_case_is_no_longer_urged(city: City, supervisor: Actor) -> None:
    case = dispatched(city)
    Case.objects.filter(pk=case.id).update(state="closed")
    with pytest.raises(Conflict, match="已经办结"):
        urge_case(actor=supervisor, at=AT + timedelta(days=1), case_id=case.id, text="请抓紧")


def test_a_ladders_supervision_that_demands_no_answer_does_not_keep_the_mark_for_ever(
    city: City, supervisor: Actor
) -> None:
    case = dispatched(city)
    with acting(actor=SYSTEM, at=AT) as act:
        locked = act.lock(Case, case.id)
        record_step(act, locked, Notice(StepAct.SUPERVISE, StepCause.TIMER, [city.unit("cleaning")]))
    row = supervise_case(actor=supervisor, at=AT, case_id=case.id, text="请答复")
    reply_supervision(actor=handler(city), at=AT, supervision_id=row.id, text="已到场")
    settle_supervision(actor=supervisor, at=AT, supervision_id=row.id, reason="已核对")
    assert Case.objects.get().supervised_at is None


def test_a_step_is_never_addressed_to_the_unit_complained_of(city: City) -> None:
    case = dispatched(city, unit="gardens")
    assert units_of(("street", "host"), case, None, "handle") == [city.unit("street"), city.unit("gardens")]
    case.complained_unit = city.unit("street")
    assert units_of(("street", "host"), case, None, "handle") == [city.unit("gardens")]


def test_a_case_that_two_clocks_list_is_lifted_by_one_act(city: City, supervisor: Actor) -> None:
    case = dispatched(city)
    row = list_case(actor=city.actor("leader", area="city"), at=AT, case_id=case.id, text="挂牌督办")
    with acting(actor=SYSTEM, at=AT + timedelta(hours=1)) as act:
        locked = act.lock(Case, case.id)
        again = record_step(act, locked, Notice(StepAct.LIST, StepCause.TIMER, [city.unit("cleaning")]))
    assert again.state == "noted"
    assert Case.objects.get().listed_at == AT
    lift_listing(actor=supervisor, at=AT + timedelta(hours=2), supervision_id=row.id, reason="问题已解决")
    assert Case.objects.get().listed_at is None


def test_a_unit_that_owes_an_answer_sees_the_case_until_it_is_settled(city: City, supervisor: Actor) -> None:
    case = dispatched(city)
    asked, stranger = handler(city, "gardens"), handler(city, "street")
    with pytest.raises(NotFound):
        case_for(asked, case.id)
    row = supervise_case(
        actor=supervisor, at=AT, case_id=case.id, text="请说明", units=[city.unit("gardens")]
    )
    assert case_for(asked, case.id) == case
    assert list(visible_to(asked)) == [case]
    assert not may(asked, "cases.handle", case)
    assert list(visible_to(asked, "cases.handle")) == []
    assert list(visible_to(stranger)) == []
    reply_supervision(actor=asked, at=AT, supervision_id=row.id, text="已说明")
    assert list(visible_to(asked)) == [case]
    settle_supervision(actor=supervisor, at=AT, supervision_id=row.id, reason="已核对")
    assert list(visible_to(asked)) == []
    with pytest.raises(NotFound):
        case_for(asked, case.id)
