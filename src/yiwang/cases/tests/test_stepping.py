"""Ladders at work: each step once, whoever changes the case; the known failures of DIGIT's scheduler."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from yiwang.cases import handlers
from yiwang.cases.models import Case, Ladder, StageClock, Supervision, Task
from yiwang.cases.services.ladders import STEP_TIMER, cancel_steps, plan_steps, replan_steps
from yiwang.cases.services.stepping import take_due_steps
from yiwang.clocks import timers
from yiwang.clocks.draining import RETRY_BUSY
from yiwang.clocks.models import Timer
from yiwang.clocks.public import fire_due
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.models import JournalEntry, OutboxEvent
from yiwang.ledger.public import acting, bump_now, check_ledger, forget

from .factories import AT, SYSTEM, City, dispatched, make_city, receive

STEPS: list[dict[str, Any]] = [
    {"act": "remind", "anchor": "share", "share": 50, "to": ["host"]},
    {"act": "soon", "anchor": "share", "share": 80, "to": ["host"]},
    {"act": "urge", "anchor": "after", "amount": 1, "unit": "work_hour", "to": ["host"]},
    {
        "act": "supervise", "anchor": "after", "amount": 1, "unit": "work_day", "to": ["host", "supervise"],
        "reply_amount": 1, "reply_unit": "work_day",
    },
    {"act": "list", "anchor": "after", "amount": 3, "unit": "work_day", "to": ["host"]},
    {"act": "escalate", "anchor": "after", "amount": 5, "unit": "work_day", "to": ["parent", "district"]},
]  # fmt: skip
ORDER = ["remind", "soon", "overdue", "urge", "supervise", "list", "escalate"]


@pytest.fixture(autouse=True)
def _handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the timers of cases are fired, however the tests before were run."""
    monkeypatch.setattr(timers, "_MANY", {})
    timers.many_timers_handler("cases.overdue")(handlers.cases_are_overdue)
    timers.many_timers_handler(STEP_TIMER)(handlers.steps_are_due)


@pytest.fixture
def city(db: None) -> City:
    return with_ladders(make_city())


def with_ladders(city: City) -> City:
    Ladder.objects.filter(stage__in=("handle", "accept", "dispatch")).update(steps=STEPS)
    bump_now("ladders")
    return city


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def running(city: City, **given: Any) -> Task:
    """A task with a limit of five working days, due on Monday 2026-03-09 at 18:00, and its steps."""
    case = dispatched(city, **given)
    task = Task.objects.get(case=case)
    with acting(actor=SYSTEM, at=AT) as act:
        cancel_steps(act, subject=task.id)
        plan(act, case, task)
    return task


def plan(act: Any, case: Case, task: Task) -> None:
    plan_steps(
        act, case=case, subject=task.id, stage="handle", started_at=task.dispatched_at,
        amount=task.limit_amount, unit=task.limit_unit, due_at=task.due_at,
    )  # fmt: skip


def taken(subject: UUID) -> list[str]:
    return list(
        Supervision.objects.filter(subject=subject).order_by("at", "seq").values_list("act", flat=True)
    )


def fire_to_the_end(subject: UUID) -> list[datetime]:
    """Fire the subject's timers one after the other, each at its own instant."""
    instants: list[datetime] = []
    while (timer := Timer.objects.filter(subject=subject, kind=STEP_TIMER).first()) is not None:
        instants.append(timer.due_at)
        assert len(instants) < 20
        fire_due(timer.due_at)
    return instants


def test_a_task_climbs_its_ladder_step_by_step_and_each_is_journaled(city: City) -> None:
    task = running(city)
    instants = fire_to_the_end(task.id)
    assert taken(task.id) == ORDER
    assert instants == [
        local(2026, 3, 5, 12, 0), local(2026, 3, 6, 18, 0), local(2026, 3, 9, 18, 0),
        local(2026, 3, 10, 9, 0), local(2026, 3, 10, 18, 0), local(2026, 3, 12, 18, 0),
        local(2026, 3, 16, 18, 0),
    ]  # fmt: skip
    case = Case.objects.get()
    assert case.raised_to == city.unit("east_centre")
    assert case.urge_count == Supervision.objects.filter(act="urge").count()
    assert (case.supervised_at, case.listed_at) == (instants[4], instants[5])
    seqs = Supervision.objects.filter(subject=task.id).values_list("seq", flat=True)
    kinds = JournalEntry.objects.filter(stream=case.id, agent="clock", seq__in=list(seqs)).order_by("seq")
    assert list(kinds.values_list("kind", flat=True)) == [
        "cases.reminded", "cases.nearly_overdue", "cases.clock_overdue", "cases.urged", "cases.supervised",
        "cases.listed", "cases.escalated",
    ]  # fmt: skip
    reached = OutboxEvent.objects.filter(kind="cases.step_reached", stream=case.id)
    assert reached.count() == Supervision.objects.count()
    demanded = Supervision.objects.get(act="supervise", subject=task.id)
    assert (demanded.state, demanded.reply_due_at) == ("awaited", local(2026, 3, 11, 18, 0))
    assert (demanded.units, demanded.addressed_acts) == ([city.unit("cleaning")], ["cases.supervise"])
    assert check_ledger().problems == []


def test_a_clock_is_not_reset_by_any_edit(city: City) -> None:
    """DIGIT counts from the last change, so that a remark or a look at a case begins its time anew."""
    task = running(city)
    before = Timer.objects.get(subject=task.id)
    Case.objects.filter(pk=task.case_id).update(title="改过的标题", address="改过的地址")
    Task.objects.filter(pk=task.id).update(instruction="改过的意见", signed_at=AT)
    fire_due(before.due_at - timedelta(seconds=1))
    after = Timer.objects.get(subject=task.id)
    assert (after.due_at, after.generation) == (before.due_at, before.generation)
    fire_due(before.due_at)
    assert taken(task.id) == ["remind"]


def test_more_than_a_hundred_due_rows_all_fire(city: City) -> None:
    """DIGIT asks for due complaints without paging and so escalates the first hundred only."""
    case = dispatched(city)
    model = Task.objects.get(case=case)
    tasks = []
    for number in range(230):
        at = AT + timedelta(seconds=number)
        tasks.append(
            Task(
                case_id=case.id, case_created_at=case.created_at, unit=model.unit, state="pending",
                dispatched_at=at, limit_amount=4, limit_unit="work_hour", due_at=model.due_at,
            )
        )  # fmt: skip
    Task.objects.bulk_create(tasks)
    with acting(actor=SYSTEM, at=AT) as act:
        for task in tasks:
            plan(act, case, task)
    assert model.due_at is not None
    fire_due(model.due_at)
    overdue = Supervision.objects.filter(act="overdue", subject__in=[task.id for task in tasks])
    assert overdue.count() == 230
    assert overdue.values("subject").distinct().count() == 230


def test_cases_that_nobody_was_given_climb_too(city: City) -> None:
    """DIGIT escalates to the superior of the assignee, and so leaves out whatever has no assignee."""
    _, case = receive(city)
    clock = open_clock(case, due_at=AT + timedelta(hours=2))
    fire_to_the_end(clock.id)
    assert taken(clock.id) == ORDER
    case.refresh_from_db()
    assert case.raised_to == city.unit("east_centre")
    urged = Supervision.objects.get(act="urge", subject=clock.id)
    assert (urged.units, urged.stage) == ([], "accept")
    supervised = Supervision.objects.get(act="supervise", subject=clock.id)
    assert (supervised.units, supervised.reply_due_at) == ([], None)  # nobody there to answer
    clock.refresh_from_db()
    assert clock.overdue_at == clock.due_at


def open_clock(case: Case, *, due_at: datetime) -> StageClock:
    """The clock of the case's stage with a limit of two hours."""
    clock = StageClock.objects.filter(case=case, ended_at=None, task=None).first()
    if clock is None:
        clock = StageClock(case=case, stage="accept", started_at=case.created_at)
    clock.limit_amount, clock.limit_unit, clock.due_at = 2, "work_hour", due_at
    clock.save()
    with acting(actor=SYSTEM, at=AT) as act:
        cancel_steps(act, subject=clock.id)
        plan_steps(
            act, case=case, subject=clock.id, stage="accept", started_at=clock.started_at, amount=Decimal(2),
            unit="work_hour", due_at=due_at,
        )  # fmt: skip
    return clock


def test_a_clock_that_ended_takes_no_step_even_if_its_timer_was_left(city: City) -> None:
    task = running(city)
    Task.objects.filter(pk=task.id).update(state="done")
    assert fire_to_the_end(task.id) == [local(2026, 3, 5, 12, 0)]
    assert taken(task.id) == []


def test_a_timer_of_a_due_instant_that_moved_waits_for_the_new_one(city: City) -> None:
    task = running(city)
    moved = local(2026, 3, 16, 18, 0)
    Task.objects.filter(pk=task.id).update(due_at=moved)
    fire_due(local(2026, 3, 5, 12, 0))
    assert taken(task.id) == []
    assert Timer.objects.get(subject=task.id).due_at == local(2026, 3, 12, 12, 0)


def test_steps_are_planned_anew_when_the_due_instant_moves_and_none_is_taken_twice(city: City) -> None:
    task = running(city)
    for at in (local(2026, 3, 5, 12, 0), local(2026, 3, 6, 18, 0), local(2026, 3, 9, 18, 0)):
        fire_due(at)
    assert taken(task.id) == ["remind", "soon", "overdue"]
    moved = local(2026, 3, 16, 18, 0)
    Task.objects.filter(pk=task.id).update(due_at=moved)
    with acting(actor=SYSTEM, at=local(2026, 3, 9, 18, 30)) as act:
        replan_steps(
            act, case=Case.objects.get(), subject=task.id, stage="handle", started_at=task.dispatched_at,
            amount=task.limit_amount, unit=task.limit_unit, due_at=moved,
        )  # fmt: skip
    fire_to_the_end(task.id)
    assert taken(task.id) == ["remind", "soon", "overdue", *ORDER]


def test_after_an_outage_one_stale_reminder_comes_and_then_what_still_counts(city: City) -> None:
    task = running(city)
    fire_due(local(2026, 3, 10, 20, 0))
    assert taken(task.id) == ["remind", "overdue", "urge", "supervise"]


def test_a_batch_costs_the_same_round_trips_for_twenty_timers_and_for_fifty(city: City) -> None:
    counts = []
    for number in (20, 50):
        tasks = [running(city) for _ in range(number)]
        Timer.objects.exclude(subject__in=[task.id for task in tasks]).delete()
        fire_due(local(2026, 3, 5, 11, 59))
        forget()
        with CaptureQueriesContext(connection) as queries:
            fire_due(local(2026, 3, 5, 12, 0))
        counts.append(len(queries))
        assert (
            Supervision.objects.filter(act="remind", subject__in=[task.id for task in tasks]).count()
            == number
        )
    assert counts[0] == counts[1]
    assert counts[0] <= 18


@pytest.mark.django_db(transaction=True)
def test_each_step_is_taken_once_even_with_two_clock_processes() -> None:
    city = with_ladders(make_city())
    tasks = [running(city) for _ in range(30)]
    at = local(2026, 3, 10, 18, 0)

    def clock() -> None:
        try:
            moment = at
            while Timer.objects.filter(run_at__lte=at + timedelta(hours=1)).exists():
                fire_due(moment)
                moment += RETRY_BUSY
        finally:
            connection.close()

    threads = [threading.Thread(target=clock) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    for task in tasks:
        # Each clock has a time of its own here, so only what was taken is told, not in which order.
        assert sorted(taken(task.id)) == ["overdue", "remind", "supervise", "urge"]
    assert check_ledger().problems == []


@pytest.mark.django_db(transaction=True)
def test_a_case_that_somebody_changes_holds_up_nobody_and_is_asked_again() -> None:
    city = with_ladders(make_city())
    busy, free = running(city), running(city)
    at = local(2026, 3, 5, 12, 0)
    locked, done = threading.Event(), threading.Event()

    def change() -> None:
        try:
            with transaction.atomic():
                Case.objects.select_for_update().get(pk=busy.case_id)
                locked.set()
                done.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=change)
    thread.start()
    assert locked.wait(30)
    fire_due(at)
    assert (taken(busy.id), taken(free.id)) == ([], ["remind"])
    done.set()
    thread.join(30)
    fire_due(at + timedelta(seconds=1))
    assert taken(busy.id) == ["remind"]


def test_one_bad_timer_holds_up_nobody(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = running(city), running(city)
    real = take_due_steps

    def failing(timers: Any, **given: Any) -> Any:
        if any(timer.subject == bad.id for timer in timers):
            raise RuntimeError("a ladder with a broken rung")
        return real(timers, **given)

    monkeypatch.setattr(handlers, "take_due_steps", failing)
    fire_due(local(2026, 3, 5, 12, 0))
    assert (taken(bad.id), taken(good.id)) == ([], ["remind"])
    assert "broken rung" in Timer.objects.get(subject=bad.id, kind=STEP_TIMER).last_error
