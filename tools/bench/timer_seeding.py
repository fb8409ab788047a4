"""Seed a million open cases set-based, each with its task, its running clock and the timer of its promise.

The timers of their ladders are put by the product's own re-planning, which is measured.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

from . import seeding
from .stage import owner_connection

_TIMERS = """
INSERT INTO clocks_timer (id, due_at, run_at, subject, kind, generation, attempts, last_error)
SELECT gen_random_uuid(), due_at, due_at, id, 'cases.overdue', round, 0, '' FROM cases_case
WHERE state = 'handling'
"""


def ensure_seeded(size: int) -> None:
    """Seed up to `size` open cases unless they are there; they fall due in 20 to 30 days."""
    crop = seeding.Crop(
        states=("handling",), start=datetime.now(UTC) - timedelta(days=10), span=timedelta(days=10),
        limit=timedelta(days=30), days=15, entries=1,
    )  # fmt: skip
    have = seeding.case_count()
    if have >= size:
        return
    seeding.ensure_seeded(size, crop)
    started = time.monotonic()
    with owner_connection() as connection:  # type: ignore[attr-defined]
        connection.execute(_TIMERS)
        connection.execute("VACUUM ANALYZE clocks_timer")
    print(f"clocks and timers in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
