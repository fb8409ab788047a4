"""The intake process 对接进程: the drain, the sender and every door that runs by itself, each in a thread.

A part that fails is started again with a growing pause and shows it in `RunnerState`; the others go on. A
door registers its part with `@door_runner("mqtt")`; the function gets a `threading.Event` and returns soon
after it is set. The process beats as a whole while all its parts have a living thread. A database
out of reach is one log line when that begins and one when it is over, and no failure of any part.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from ..kernel.outages import OutageLog, is_outage
from ..ledger.public import Heart
from .models import RunnerState
from .services.handling import handle_waiting
from .services.receiving import forget_old_nonces

Runner = Callable[[threading.Event], None]
#: Pause between two looks at an empty queue, and of a channel that was just emptied, in seconds.
IDLE = 0.1
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
BEAT = 10.0
#: Pause between two looks of the process at its own threads, in seconds.
WATCH = 1.0
#: Tells an outage of the database once for all parts of the process.
OUTAGE = OutageLog("intake")
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
    _watch(threads, stop)
    for thread in threads:
        thread.join()


def _watch(threads: Sequence[threading.Thread], stop: threading.Event) -> None:
    """Beat for the process until `stop` is set or a thread has died, which no part's failure brings about."""
    heart = Heart("intake")
    while not stop.is_set():
        try:
            if all(thread.is_alive() for thread in threads):
                heart.beat()
            if OUTAGE.is_open:
                _reach_database()
        except Exception as error:
            tell(error, "the heart of the intake process")
            connection.close()
        stop.wait(WATCH)
    with suppress(DatabaseError):
        heart.end()
    connection.close()


def _reach_database() -> None:
    """Ask the database anything; when it answers, the outage is over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    OUTAGE.over()


def tell(error: Exception, who: str) -> None:
    """Log a failure with its traceback, an outage of the database as one line for the whole process."""
    if is_outage(error):
        OUTAGE.note(error)
    else:
        _LOG.exception("%s failed and is tried again", who)


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
            if is_outage(error):
                pause = FIRST_PAUSE
            else:
                failures += 1
            if timezone.now() - began > timedelta(seconds=LONGEST_PAUSE):
                failures, pause = 1, FIRST_PAUSE
            tell(error, f"part {name} of the intake process")
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
        handle_waiting(stop=stop, rest=IDLE)
        if timezone.now() - swept > _NONCES_KEPT:
            swept = timezone.now()
            forget_old_nonces(before=swept - _NONCES_KEPT)
        stop.wait(IDLE)
