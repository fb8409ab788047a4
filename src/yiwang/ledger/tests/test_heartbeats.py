"""Processes tell the database that they go round; what ends in order is forgotten at once."""

from __future__ import annotations

import os
import threading
from datetime import timedelta

import pytest
from django.db.models import F

from yiwang.clocks.public import run_clock
from yiwang.ledger.models import Heartbeat
from yiwang.ledger.public import Heart, run_relay

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_heart_beats_when_it_is_time_and_keeps_its_first_instant() -> None:
    heart = Heart("relay", every=0)
    heart.beat()
    first = Heartbeat.objects.get()
    assert (first.part, first.process.rpartition(":")[2]) == ("relay", str(os.getpid()))
    Heartbeat.objects.update(seen_at=F("seen_at") - timedelta(minutes=5))
    heart.beat()
    again = Heartbeat.objects.get()
    assert (again.started_at, again.seen_at > first.seen_at) == (first.started_at, True)


def test_between_two_beats_nothing_is_asked(django_assert_num_queries) -> None:
    heart = Heart("relay", every=60)
    heart.beat()
    with django_assert_num_queries(0):
        heart.beat()


def test_processes_silent_for_a_day_are_forgotten_by_the_next_of_their_part() -> None:
    Heart("relay").beat()
    Heart("clock").beat()
    Heartbeat.objects.update(process="gone:1", seen_at=F("seen_at") - timedelta(days=2))
    Heart("relay").beat()
    assert sorted(Heartbeat.objects.values_list("part", "process")) == [
        ("clock", "gone:1"), ("relay", Heart("relay").process),
    ]  # fmt: skip


@pytest.mark.parametrize(("part", "run"), [("relay", run_relay), ("clock", run_clock)])
def test_relay_and_clock_beat_from_their_loops_and_leave_nothing_behind(part: str, run) -> None:
    seen: list[str] = []

    class Once(threading.Event):
        """Lets the loop go round once."""

        def wait(self, timeout: float | None = None) -> bool:
            """Look at what the process has told, then end it."""
            seen.extend(Heartbeat.objects.values_list("part", flat=True))
            self.set()
            return True

    run(Once())
    assert seen == [part]
    assert not Heartbeat.objects.exists()
