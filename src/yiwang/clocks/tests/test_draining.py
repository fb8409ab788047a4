"""Timers fire once, are never lost, and one bad one holds up nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from yiwang.clocks import timers
from yiwang.clocks.draining import LEASE, _claim
from yiwang.clocks.models import Timer
from yiwang.clocks.public import cancel_timers, fire_due, plan_timer, run_clock, timer_handler
from yiwang.kernel.actor import system_actor
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import acting

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
ACTOR = system_actor("test")
FIRED: list[tuple[UUID, int, datetime]] = []
BROKEN: set[UUID] = set()
LATENESS: list[float] = []


def on_time(*, subject: UUID, generation: int, due_at: datetime, at: datetime) -> None:
    if subject in BROKEN:
        raise RuntimeError("no paper in the printer")
    FIRED.append((subject, generation, due_at))
    LATENESS.append((timezone.now() - due_at).total_seconds())


@pytest.fixture(autouse=True)
def _handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(timers, "_HANDLERS", {})
    timer_handler("tests.due")(on_time)
    for seen in (FIRED, BROKEN, LATENESS):
        seen.clear()
    return


def plan(subject: UUID, due_at: datetime, *, kind: str = "tests.due", generation: int = 1) -> None:
    with acting(actor=ACTOR, at=AT) as act:
        plan_timer(act, subject=subject, kind=kind, due_at=due_at, generation=generation)


@pytest.mark.django_db
def test_a_due_timer_fires_once_and_a_later_one_waits() -> None:
    early, late = uuid7(), uuid7()
    plan(early, AT)
    plan(late, AT + timedelta(seconds=1))
    assert fire_due(AT) == 1
    assert fire_due(AT) == 0
    assert [(early, 1, AT)] == FIRED
    assert fire_due(AT + timedelta(seconds=1)) == 1
    assert not Timer.objects.exists()


@pytest.mark.django_db
def test_planning_anew_in_one_act_leaves_only_the_new_timer() -> None:
    subject, other = uuid7(), uuid7()
    plan(subject, AT)
    plan(other, AT)
    with acting(actor=ACTOR, at=AT) as act:
        cancel_timers(act, subject=subject, kind="tests.due")
        plan_timer(act, subject=subject, kind="tests.due", due_at=AT, generation=2)
    fire_due(AT)
    assert sorted(FIRED) == sorted([(subject, 2, AT), (other, 1, AT)])


@pytest.mark.django_db
def test_cancelling_one_kind_leaves_the_others() -> None:
    subject = uuid7()
    plan(subject, AT)
    plan(subject, AT, kind="tests.other")
    with acting(actor=ACTOR, at=AT) as act:
        cancel_timers(act, subject=subject, kind="tests.other")
    assert [timer.kind for timer in Timer.objects.all()] == ["tests.due"]
    with acting(actor=ACTOR, at=AT) as act:
        cancel_timers(act, subject=subject)
    assert not Timer.objects.exists()


@pytest.mark.django_db
def test_a_failing_timer_is_tried_again_later_and_holds_up_nobody() -> None:
    bad, good = uuid7(), uuid7()
    BROKEN.add(bad)
    plan(bad, AT - timedelta(minutes=1))
    plan(good, AT)
    assert fire_due(AT) == 1
    timer = Timer.objects.get()
    assert (timer.attempts, timer.last_error, timer.run_at) == (
        1, "RuntimeError: no paper in the printer", AT + timedelta(seconds=1),
    )  # fmt: skip
    assert fire_due(AT + timedelta(seconds=1)) == 0
    timer.refresh_from_db()
    assert timer.run_at == AT + timedelta(seconds=3)
    BROKEN.clear()
    assert fire_due(AT + timedelta(hours=1)) == 1
    assert [subject for subject, *_ in FIRED] == [good, bad]


@pytest.mark.django_db
def test_a_timer_nobody_reacts_to_stays_visible() -> None:
    plan(uuid7(), AT, kind="tests.unknown")
    assert fire_due(AT) == 0
    assert "tests.unknown" in Timer.objects.get().last_error


@pytest.mark.django_db
def test_a_timer_cancelled_while_its_handler_runs_has_not_happened() -> None:
    subject = uuid7()

    def cancelled_meanwhile(*, subject: UUID, generation: int, due_at: datetime, at: datetime) -> None:
        plan(uuid7(), AT + timedelta(days=1))
        Timer.objects.filter(subject=subject).delete()

    timer_handler("tests.cancelled")(cancelled_meanwhile)
    plan(subject, AT, kind="tests.cancelled")
    assert fire_due(AT) == 0
    assert [timer.subject for timer in Timer.objects.all()] == [subject]


@pytest.mark.django_db
def test_the_timers_of_a_clock_that_died_are_taken_over() -> None:
    plan(uuid7(), AT)
    assert len(_claim(AT)) == 1
    assert fire_due(AT) == 0
    assert fire_due(AT + LEASE) == 1


def test_one_kind_of_timer_has_one_handler() -> None:
    with pytest.raises(ValueError, match="two handlers"):
        timer_handler("tests.due")(lambda **_: None)


@pytest.mark.django_db(transaction=True)
def test_two_clocks_side_by_side_fire_each_timer_once_and_at_most_a_second_late() -> None:
    start = timezone.now()
    subjects = [uuid7() for _ in range(60)]
    for number, subject in enumerate(subjects):
        plan(subject, start + timedelta(milliseconds=500 + 15 * number))
    stop = threading.Event()

    def clock() -> None:
        try:
            run_clock(stop)
        finally:
            connection.close()

    threads = [threading.Thread(target=clock) for _ in range(2)]
    for thread in threads:
        thread.start()
    limit = time.monotonic() + 20
    while len(FIRED) < len(subjects) and time.monotonic() < limit:
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert sorted(subject for subject, *_ in FIRED) == sorted(subjects)
    assert max(LATENESS) < 1.0
    assert min(LATENESS) >= 0
    assert not Timer.objects.exists()
