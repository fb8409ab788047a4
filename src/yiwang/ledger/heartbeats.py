"""Heartbeats 心跳: every process of the instance tells the database that it still goes round its loop.

The relay and the clock beat from their loops, so one that hangs falls silent. The loops of the web and the
live feed belong to their server, so they beat from a thread; the worker beats in the job queue's own table.
Ages are measured by the database's clock. This module loads no models: the live feed's process uses it
without Django's apps.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any

import psycopg
from django.db import connection

#: Seconds between two beats, and after how many without one a process counts as silent.
EVERY = 10.0
SILENCE = 45
#: A process that ended without a word is forgotten after a day.
_BEAT = """
WITH forgotten AS (
    DELETE FROM ledger_heartbeat WHERE part = %(part)s AND seen_at < now() - interval '1 day'
)
INSERT INTO ledger_heartbeat (part, process, started_at, seen_at)
VALUES (%(part)s, %(process)s, now(), now())
ON CONFLICT (part, process) DO UPDATE SET seen_at = now(),
    started_at = CASE WHEN %(first)s THEN now() ELSE ledger_heartbeat.started_at END
"""
_END = "DELETE FROM ledger_heartbeat WHERE part = %(part)s AND process = %(process)s"


class Heart:
    """The heartbeat of this process.

    Args:
        part: `web`, `relay`, `clock` or `live`.
        every: seconds between two beats.
    """

    def __init__(self, part: str, *, every: float = EVERY) -> None:
        self.part = part
        self.process = f"{socket.gethostname()[:48]}:{os.getpid()}"
        self._every = every
        self._next = 0.0
        self._first = True

    def beat(self) -> None:
        """Tell the database, if it is time; costs nothing in between."""
        now = time.monotonic()
        if now < self._next:
            return
        with connection.cursor() as cursor:
            cursor.execute(_BEAT, self._values())
        self._next, self._first = now + self._every, False

    def beat_for_ever(self, url: str) -> None:
        """Beat through a short connection each time, past Django; a beat that does not arrive is left out."""
        while True:
            with suppress(psycopg.Error):
                with psycopg.connect(url, autocommit=True, connect_timeout=5) as short:
                    short.execute(_BEAT, self._values())
                self._first = False
            time.sleep(self._every)

    def end(self) -> None:
        """An orderly end: the process is forgotten at once."""
        with connection.cursor() as cursor:
            cursor.execute(_END, {"part": self.part, "process": self.process})

    def _values(self) -> dict[str, Any]:
        return {"part": self.part, "process": self.process, "first": self._first}


def beat_in_background(part: str, url: str) -> threading.Thread:
    """Start a thread that beats for ever 后台心跳; it shows that the process is there, not that it answers.

    Args:
        url: connection URL of the running role.
    """
    thread = threading.Thread(target=Heart(part).beat_for_ever, args=(url,), name="heartbeat", daemon=True)
    thread.start()
    return thread


__all__ = ["EVERY", "SILENCE", "Heart", "beat_in_background"]
