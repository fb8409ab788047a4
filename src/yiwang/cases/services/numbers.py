"""Numbers 编号 that people read, taken from one global cycling sequence in blocks."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime

from django.db import connection

from ...kernel.ids import format_number
from ..policy import local_day

_BLOCK = 64
_lock = threading.Lock()
_kept: dict[str, deque[int]] = {}


def take(count: int) -> list[int]:
    """`count` values of the sequence; gaps are allowed, locks are not."""
    name = str(connection.settings_dict["NAME"])
    with _lock:
        kept = _kept.setdefault(name, deque())
        if len(kept) < count:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT nextval('cases_number') FROM generate_series(1, %s)",
                    [max(_BLOCK, count - len(kept))],
                )
                kept.extend(row[0] for row in cursor.fetchall())
        return [kept.popleft() for _ in range(count)]


def new_number(at: datetime, prefix: str = "") -> str:
    """A new number with the Shanghai date of `at`."""
    return format_number(local_day(at), take(1)[0], prefix)
