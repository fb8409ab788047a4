"""Levels: passing up by choice, raising by rule or by a leader; neither moves a deadline."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.cases.models import Case, LevelRule, LevelStep, RaiseRule, StageClock, Task
from yiwang.cases.public import accept_case, pass_up, raise_level
from yiwang.cases.tests.factories import AT, SYSTEM, City, dispatched, make_city, receive
from yiwang.clocks.models import Timer
from yiwang.kernel.actor import Actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.ledger.public import bump_now, check_ledger

WHO = ("grid_worker", "grid_group", "grid_chief", "duty_chief")


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def holder(city: City, kind: str) -> Actor:
    return city.actor(kind, unit="street", area="east_1")


def test_a_case_goes_up_rung_by_rung_and_the_chain_is_kept(city: City) -> None:
    _, case = receive(city)
    for step, kind in enumerate(WHO[:3]):
        pass_up(
            actor=holder(city, kind), at=AT + timedelta(minutes=step), case_id=case.id, reason=f"{kind}办不了"
        )
    chain = LevelStep.objects.filter(case=case).order_by("at")
    assert [(s.from_level, s.to_level, s.kind) for s in chain] == [
        ("grid_worker", "grid_group", "pass_up"),
        ("grid_group", "grid_chief", "pass_up"),
        ("grid_chief", "street_centre", "pass_up"),
    ]
    assert [s.at for s in chain] == [AT + timedelta(minutes=n) for n in range(3)]
    assert Case.objects.get(pk=case.id).level == "street_centre"
    with pytest.raises(Conflict, match="最高层级"):
        pass_up(actor=holder(city, "duty_chief"), at=AT, case_id=case.id, reason="还是办不了")
    assert check_ledger().problems == []


def test_only_who_stands_on_the_rung_passes_it_on_and_gives_a_reason(city: City) -> None:
    _, case = receive(city)
    worker = holder(city, "grid_worker")
    with pytest.raises(Invalid):
        pass_up(actor=worker, at=AT, case_id=case.id, reason=" ")
    pass_up(actor=worker, at=AT, case_id=case.id, reason="够不着")
    with pytest.raises(Refused, match="网格组"):
        pass_up(actor=worker, at=AT, case_id=case.id, reason="再推一次")
    stranger = city.actor("grid_group", unit="other_street", area="east_2", username="stranger")
    with pytest.raises(Refused):
        pass_up(actor=stranger, at=AT, case_id=case.id, reason="别的街道")


def test_a_street_may_have_rungs_of_its_own(city: City) -> None:
    for ordinal, (code, kinds) in enumerate([("low", ["grid_worker"]), ("top", ["duty_chief"])]):
        LevelRule.objects.create(
            street=city.area("east_1"), ordinal=ordinal, code=code, name=code, post_kinds=kinds,
            valid_from=date(2024, 1, 1),
        )  # fmt: skip
    bump_now("policy")
    _, case = receive(city)
    assert pass_up(actor=holder(city, "grid_worker"), at=AT, case_id=case.id, reason="难").level == "top"


def test_an_urgent_matter_starts_at_the_street_when_it_is_accepted(city: City) -> None:
    _, calm = receive(city, matter_class=city.classes["request"].id)
    _, urgent = receive(city, matter_class=city.classes["request"].id, urgency="urgent")
    assert accept_case(actor=SYSTEM, at=AT, case_id=calm.id).level == ""
    assert accept_case(actor=SYSTEM, at=AT, case_id=urgent.id).level == "street_centre"
    step = LevelStep.objects.get(case=urgent)
    assert (step.kind, step.by, step.rule) == ("raise", None, RaiseRule.objects.get(urgency="urgent").id)


def test_the_rule_of_a_class_goes_before_that_of_an_urgency(city: City) -> None:
    key = city.classes["request"].id
    RaiseRule.objects.create(matter_class=key, level="grid_chief", valid_from=date(2024, 1, 1))
    bump_now("policy")
    _, case = receive(city, matter_class=key, urgency="urgent")
    assert accept_case(actor=SYSTEM, at=AT, case_id=case.id).level == "grid_chief"


def test_a_leader_raises_only_upwards_to_a_rung_that_exists(city: City) -> None:
    _, case = receive(city)
    leader = city.actor("supervisor", area="east")
    with pytest.raises(Invalid, match="没有这个层级"):
        raise_level(actor=leader, at=AT, case_id=case.id, level="moon", reason="重要")
    raise_level(actor=leader, at=AT, case_id=case.id, level="grid_chief", reason="重要")
    with pytest.raises(Invalid, match="高于"):
        raise_level(actor=leader, at=AT, case_id=case.id, level="grid_group", reason="重要")
    with pytest.raises(Refused):
        raise_level(
            actor=holder(city, "grid_worker"), at=AT, case_id=case.id, level="street_centre", reason="重要"
        )


def clocks(case: Case) -> list[object]:
    """Every due instant that hangs on a case."""
    case.refresh_from_db()
    tasks = list(Task.objects.filter(case=case).values_list("id", "due_at", "state", "unit").order_by("id"))
    stages = list(
        StageClock.objects.filter(case=case).values_list("id", "stage", "due_at", "ended_at").order_by("id")
    )
    subjects = [case.id, *(t[0] for t in tasks), *(s[0] for s in stages)]
    timers = list(Timer.objects.filter(subject__in=subjects).values_list("kind", "due_at").order_by("id"))
    promise = (case.due_at, case.round, case.state, case.host, case.overdue_at)
    return [promise, tasks, stages, timers]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(
            st.sampled_from(WHO),
            st.sampled_from(["raise:grid_group", "raise:grid_chief", "raise:street_centre"]),
        ),
        max_size=6,
    )
)
def test_no_passing_up_or_raising_moves_a_deadline(city: City, steps: list[str]) -> None:
    case = dispatched(city)
    before = clocks(case)
    leader = city.actor("supervisor", area="east")
    for number, step in enumerate(steps):
        at = AT + timedelta(hours=number + 1)
        try:
            if step.startswith("raise:"):
                raise_level(actor=leader, at=at, case_id=case.id, level=step[6:], reason="重要")
            else:
                pass_up(actor=holder(city, step), at=at, case_id=case.id, reason="办不了")
        except (Refused, Conflict, Invalid):
            pass
        assert clocks(case) == before
