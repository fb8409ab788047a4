"""Outages 数据库中断: which errors mean that the database is out of reach, and one log line for each.

Plain Python: the errors of psycopg, and Django's around them, are told by their class and their SQLSTATE.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_LOG = logging.getLogger("yiwang.outages")
#: Classes of DB-API errors that a lost connection raises; a rule broken by our own SQL is none of them.
_CLASSES = frozenset({"OperationalError", "InterfaceError"})
#: 08 connection exception, 57P0x shut down or starting up, 53300 too many connections.
_STATES = ("08", "57P01", "57P02", "57P03", "53300")


def is_outage(error: BaseException | None) -> bool:
    """Whether the error, or the one it was raised from, means that the database cannot be reached.

    Example: connection refused, or a server that shut down; not a deadlock, and not a statement that was
    cancelled after its time.
    """
    seen = 0
    while error is not None and seen < 5:
        if any(kind.__name__ in _CLASSES for kind in type(error).__mro__):
            cause = error.__cause__
            state = getattr(error, "sqlstate", None) or getattr(cause, "sqlstate", None)
            return state is None or str(state).startswith(_STATES)
        error, seen = error.__cause__, seen + 1
    return False


@dataclass(frozen=True, slots=True)
class _Open:
    since: float
    errors: int


class OutageLog:
    """One line when an outage begins and one when it is over, however many requests or rounds it hits.

    Args:
        who: which process or part tells it.
        clock: seconds, monotonic; for tests.
    """

    def __init__(self, who: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._who = who
        self._clock = clock
        self._lock = threading.Lock()
        self._open: _Open | None = None

    @property
    def is_open(self) -> bool:
        """Whether an outage was noted and has not ended."""
        return self._open is not None

    def note(self, error: BaseException) -> None:
        """An error of an outage; the first one is logged, without a traceback."""
        with self._lock:
            known = self._open
            self._open = _Open(known.since if known else self._clock(), (known.errors if known else 0) + 1)
        if known is None:
            _LOG.error("the database is out of reach, part=%s error=%s", self._who, type(error).__name__)

    def over(self) -> None:
        """The database has answered; says so once, with how long it took and how many errors there were."""
        with self._lock:
            ended, self._open = self._open, None
        if ended is not None:
            _LOG.warning(
                "the database is back, part=%s seconds=%.1f errors=%d",
                self._who, self._clock() - ended.since, ended.errors,
            )  # fmt: skip


__all__ = ["OutageLog", "is_outage"]
