"""A changed ladder is followed by every running clock, set by set, as each would follow it alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from yiwang.cases.models import Case, Ladder, LadderReplan, Supervision, Task
from yiwang.cases.services import replanning
from yiwang.cases.services.ladders import STEP_TIMER, replan_steps
from yiwang.cases.services.replanning import replan_ladder
from yiwang.cases.services.setting_ladders import LadderTerms, end_ladder, set_ladder
from yiwang.clocks.models import Timer
from yiwang.clocks.public import fire_due
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import acting, bump_now, execute

from .factories import AT, SYSTEM, City, make_city, receive
from .test_stepping import STEPS, local, running, with_ladders

ADMIN = system_actor("test", "cases.configure")
LATER = [
    {"act": "remind", "anchor": "share", "share": 60, "to": ["host"]},
    {"act": "soon", "anchor": "share", "share": 90, "to": ["host"]},
    *STEPS[2:],
]


@pytest.fixture
def city(db: None) -> City:
    return with_ladders(make_city())


def change(steps: list[dict[str, Any]]) -> None:
    Ladder.objects.filter(stage="handle").update(steps=steps)
    bump_now("ladders")


def planned() -> dict[Any, tuple[datetime, int]]:
    rows = Timer.objects.filter(kind=STEP_TIMER).values_list("subject", "due_at", "generation")
    return {subject: (due_at, generation) for subject, due_at, generation in rows}


def plan_each(at: datetime) -> dict[Any, tuple[datetime, int]]:
    """What planning each task alone gives."""
    for task in Task.objects.select_related("case"):
        with acting(actor=SYSTEM, at=at) as act:
            replan_steps(
                act, case=task.case, subject=task.id, stage="handle", started_at=task.dispatched_at,
                amount=task.limit_amount, unit=task.limit_unit, due_at=task.due_at,
            )  # fmt: skip
    return planned()


def test_a_changed_ladder_moves_every_timer_as_each_would_be_planned_alone(city: City) -> None:
    for number in range(7):
        running(city, at=AT + timedelta(minutes=37 * number))
    fire_due(local(2026, 3, 5, 12, 30))
    assert Supervision.objects.filter(act="remind").exists()
    change(LATER)
    at = local(2026, 3, 5, 14, 0)
    done = replan_ladder(at=at, chunk=2)
    together = planned()
    assert (done.changed > 0, done.examined) == (True, len(together))
    assert together == plan_each(at)
    assert replan_ladder(at=at).changed == 0


def test_no_due_instant_moves_and_no_step_is_taken_again(city: City) -> None:
    task = running(city)
    fire_due(local(2026, 3, 5, 12, 0))
    change(LATER)
    replan_ladder(at=local(2026, 3, 5, 12, 1))
    fire_due(local(2026, 3, 9, 14, 0))
    assert [row.act for row in Supervision.objects.filter(subject=task.id).order_by("seq")] == [
        "remind",
        "soon",
    ]
    before = task.due_at
    task.refresh_from_db()
    assert task.due_at == before


def test_a_clock_without_a_timer_gets_one_and_one_without_further_steps_loses_its(city: City) -> None:
    task = running(city)
    Timer.objects.filter(subject=task.id).delete()
    assert replan_ladder(at=AT).added == 1
    assert planned()[task.id] == (local(2026, 3, 5, 12, 0), 0)
    after = local(2026, 3, 9, 18, 0)
    fire_due(after)
    change([{"act": "overdue", "anchor": "due", "to": ["host"]}])
    replan_ladder(at=after)
    assert task.id not in planned()


def test_a_missing_timer_is_looked_up_by_its_clock_before_the_statistics_know_of_any(city: City) -> None:
    running(city)
    others = (
        Timer(subject=uuid7(), kind="cases.overdue", due_at=AT, run_at=AT, generation=1) for _ in range(3000)
    )
    Timer.objects.filter(kind=STEP_TIMER).delete()
    Timer.objects.bulk_create(others)
    for statement in ("RESET ROLE", "ANALYZE clocks_timer", "SET ROLE yiwang_app"):
        execute(statement, [])
    execute(replanning._BY_KEY, [])
    asked = replanning._UNTIMED.format(clocks=replanning._CLOCKS[0], cursor=UUID(int=0), count=20_000)
    query = asked.strip().removeprefix("COPY (").partition(") TO STDOUT")[0]
    plan = "\n".join(line for (line,) in execute(f"EXPLAIN {query}", []).fetchall())
    assert ("clocks_timer_subject" in plan, "Anti Join" in plan) == (True, False)


def test_a_timer_that_moved_meanwhile_is_planned_alone(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    task = running(city)
    change(LATER)
    write = replanning._write

    def moved_meanwhile(*given: Any) -> None:
        write(*given)
        Timer.objects.filter(subject=task.id).update(due_at=AT, run_at=AT)

    monkeypatch.setattr(replanning, "_write", moved_meanwhile)
    replan_ladder(at=AT, stages=["handle"])
    assert planned()[task.id] == (local(2026, 3, 5, 18, 0), 0)


def test_setting_a_ladder_orders_the_replan_and_its_progress_is_kept(city: City) -> None:
    running(city)
    _, waiting = receive(city)
    terms = LadderTerms("handle", "处置", tuple(LATER), local(2026, 3, 2).date())
    row = set_ladder(actor=ADMIN, at=AT, terms=terms)
    order = LadderReplan.objects.get()
    assert (order.ladder, order.stages, order.finished_at) == (row, ["handle"], None)
    replan_ladder(at=AT, replan_id=order.id)
    order.refresh_from_db()
    assert (order.changed, order.finished_at) == (1, AT)
    assert order.examined >= 1
    assert Case.objects.get(pk=waiting.id).state == "received"


def test_a_ladder_of_a_class_goes_before_the_one_of_the_stage_until_it_ends(city: City) -> None:
    first = running(city)
    terms = LadderTerms(
        "handle", "物业管理", ({"act": "urge", "anchor": "due", "to": ["host"]},), local(2026, 3, 2).date(),
        matter_class=city.classes["request"].id,
    )  # fmt: skip
    row = set_ladder(actor=ADMIN, at=AT, terms=terms)
    replan_ladder(at=AT)
    assert planned()[first.id] == (local(2026, 3, 9, 18, 0), 8)
    end_ladder(actor=ADMIN, at=AT, ladder_id=row.id, valid_to=local(2026, 3, 2).date())
    replan_ladder(at=AT)
    assert planned()[first.id] == (local(2026, 3, 5, 12, 0), 0)


def test_only_who_configures_sets_ladders_and_a_wrong_step_is_named(city: City) -> None:
    terms = LadderTerms(
        "handle", "处置", ({"act": "urge", "anchor": "due", "to": []},), local(2026, 3, 1).date()
    )
    with pytest.raises(Refused):
        set_ladder(actor=SYSTEM, at=AT, terms=terms)
    with pytest.raises(Invalid) as refused:
        set_ladder(actor=ADMIN, at=AT, terms=terms)
    assert [problem.field for problem in refused.value.problems] == ["valid_from", "steps"]


def test_planning_alone_goes_by_what_is_true_under_the_lock(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = running(city)
    extended = local(2026, 3, 16, 18, 0)

    @contextmanager
    def after_another(**given: Any) -> Iterator[Any]:
        """Somebody's extension is committed while this act waits for the case."""
        Task.objects.filter(pk=task.id).update(due_at=extended)
        with acting(**given) as act:
            yield act

    monkeypatch.setattr(replanning, "acting", after_another)
    replanning._plan_alone(task.id, AT)
    assert planned()[task.id] == (local(2026, 3, 12, 12, 0), 0)


def test_a_reminder_that_an_outage_delayed_still_comes_after_the_nightly_replan(city: City) -> None:
    task = running(city)
    replan_ladder(at=local(2026, 3, 6, 0, 7))  # the reminder of Thursday 12:00 was not fired yet
    fire_due(local(2026, 3, 6, 8, 0))
    assert [row.act for row in Supervision.objects.filter(subject=task.id)] == ["remind"]


def test_an_act_that_a_rest_moved_behind_the_present_is_not_taken_again_by_the_nightly_replan(
    city: City,
) -> None:
    change([{"act": "urge", "anchor": "share", "share": 50, "to": ["host"]}])
    task = running(city)
    fire_due(local(2026, 3, 6, 9, 0))
    moved = local(2026, 3, 31, 11, 0)  # as though 挂账 had left three hours of forty
    Task.objects.filter(pk=task.id).update(due_at=moved)
    Timer.objects.filter(subject=task.id).update(due_at=moved, run_at=moved)
    replan_ladder(at=local(2026, 3, 31, 8, 0))
    fire_due(local(2026, 3, 31, 8, 1))
    assert [row.act for row in Supervision.objects.filter(subject=task.id)] == ["urge"]
    assert planned()[task.id] == (moved, 8)
