"""The intake process 对接进程: the drain, the sender and every door that runs by itself, each in a thread.

A part that fails is started again with a growing pause and shows it in `RunnerState`; the others go on. A
door registers its part with `@door_runner("mqtt")`; the function gets a `threading.Event` and returns soon
after it is set.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from .models import RunnerState
from .services.handling import handle_waiting
from .services.receiving import forget_old_nonces

Runner = Callable[[threading.Event], None]
#: Pause between two looks at an empty queue, in seconds.
IDLE = 0.1
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
BEAT = 10.0
_NONCES_KEPT = timedelta(hours=1)
_RUNNERS: dict[str, Runner] = {}
_LOG = logging.getLogger(__name__)


def door_runner(name: str) -> Callable[[Runner], Runner]:
    """Decorator: run this function in the intake process."""

    def keep(runner: Runner) -> Runner:
        _RUNNERS[name] = runner
        return runner

    return keep


def runners() -> dict[str, Runner]:
    """Name and function of every part."""
    return dict(_RUNNERS)


def run_intake(stop: threading.Event, *, only: tuple[str, ...] = ()) -> None:
    """Run all parts until `stop` is set.

    Args:
        only: names of the parts to run; empty means all.
    """
    chosen = {name: runner for name, runner in _RUNNERS.items() if not only or name in only}
    threads = [
        threading.Thread(target=_keep_running, args=(name, runner, stop), name=f"intake-{name}", daemon=True)
        for name, runner in chosen.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _keep_running(name: str, runner: Runner, stop: threading.Event) -> None:
    failures, pause = 0, FIRST_PAUSE
    while not stop.is_set():
        beat = threading.Event()
        _note(name, timezone.now(), failures=failures, started=True)
        heart = threading.Thread(target=_beat, args=(name, beat, stop), daemon=True)
        heart.start()
        began = timezone.now()
        try:
            runner(stop)
            failures, pause = 0, FIRST_PAUSE
        except Exception as error:
            failures += 1
            if timezone.now() - began > timedelta(seconds=LONGEST_PAUSE):
                failures, pause = 1, FIRST_PAUSE
            _LOG.exception("part %s of the intake process failed and is started again", name)
            _note(name, timezone.now(), failures=failures, error=f"{type(error).__name__}: {error}")
        finally:
            beat.set()
            heart.join()
            connection.close()
        stop.wait(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _beat(name: str, done: threading.Event, stop: threading.Event) -> None:
    while not done.wait(BEAT) and not stop.is_set():
        _note(name, timezone.now())
    connection.close()


def _note(
    name: str, at: datetime, *, failures: int | None = None, error: str = "", started: bool = False
) -> None:
    """Write down how a part fares; a database that is away is no failure of the part."""
    given: dict[str, object] = {"seen_at": at}
    if failures is not None:
        given["failures"] = failures
    if error:
        given["last_error"] = error[:300]
    if started:
        given["started_at"] = at
    try:
        RunnerState.objects.update_or_create(
            name=name, defaults=given, create_defaults={"started_at": at, **given}
        )
    except DatabaseError:
        connection.close()


@door_runner("drain")
def drain(stop: threading.Event) -> None:
    """Handle stored messages as they come."""
    swept = timezone.now()
    while not stop.is_set():
        moved = handle_waiting(stop=stop).total
        if timezone.now() - swept > _NONCES_KEPT:
            swept = timezone.now()
            forget_old_nonces(before=swept - _NONCES_KEPT)
        if not moved:
            stop.wait(IDLE)
