"""The intake process: its heart beats, and a database out of reach is told once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError

from yiwang.intake import running
from yiwang.kernel.outages import OutageLog
from yiwang.ledger.public import Heartbeat

db = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pauses, no part of the product, and an outage log of its own."""
    monkeypatch.setattr(running, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(running, "LONGEST_PAUSE", 0.02)
    monkeypatch.setattr(running, "WATCH", 0.01)
    monkeypatch.setattr(running, "OUTAGE", OutageLog("intake"))
    monkeypatch.setattr(running, "_RUNNERS", {})


def run_until(done: Callable[[], bool]) -> None:
    """Run the process in a thread until `done`, then stop it."""
    stop = threading.Event()
    process = threading.Thread(target=running.run_intake, args=(stop,))
    process.start()
    for _ in range(1000):
        if done() or not process.is_alive():
            break
        stop.wait(0.01)
    stop.set()
    process.join(10)
    assert not process.is_alive()


@db
def test_the_intake_process_beats_while_it_runs_and_is_forgotten_when_it_ends() -> None:
    seen: list[str] = []

    @running.door_runner("calm")
    def calm(stop: threading.Event) -> None:
        stop.wait()

    def beats() -> bool:
        seen.extend(Heartbeat.objects.filter(part="intake").values_list("process", flat=True))
        return bool(seen)

    run_until(beats)
    assert seen
    assert not Heartbeat.objects.filter(part="intake").exists()


@db
def test_parts_that_meet_an_outage_tell_it_once_together_and_its_end_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: dict[str, int] = {"one": 0, "other": 0}

    def part(name: str) -> running.Runner:
        def run(stop: threading.Event) -> None:
            tries[name] += 1
            if tries["one"] < 6 or tries["other"] < 6:
                raise OperationalError("connection to server failed: Connection refused")
            stop.wait()

        return run

    for name in tries:
        running.door_runner(name)(part(name))
    away = threading.Event()
    reach = running._reach_database
    with pytest.MonkeyPatch.context() as during:
        during.setattr(running, "_reach_database", lambda: reach() if away.is_set() else None)

        def done() -> bool:
            if min(tries.values()) >= 6:
                away.set()
            return away.is_set() and not running.OUTAGE.is_open

        run_until(done)
    loud = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.levelname for record in loud] == ["ERROR", "WARNING"], [r.getMessage() for r in loud]
    assert all("part=intake" in record.getMessage() and record.exc_info is None for record in loud)


@db
def test_a_failure_that_is_no_outage_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    tries: list[int] = []

    @running.door_runner("broken")
    def broken(stop: threading.Event) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("a bug")
        stop.wait()

    run_until(lambda: len(tries) > 1)
    assert [bool(record.exc_info) for record in caplog.records if record.levelno >= logging.ERROR] == [True]
