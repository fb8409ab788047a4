"""Visiting 来访间隔: when a source that is asked at intervals is asked again."""

from __future__ import annotations

from datetime import datetime, timedelta

#: A source that fails is asked at least so often.
LONGEST_PAUSE = timedelta(minutes=10)


def is_visit_due(last: datetime | None, every: timedelta, failures: int, at: datetime) -> bool:
    """Whether a source is to be asked at `at`; one that fails is asked less and less often.

    A visit that lies ahead was written down by a clock that was wrong. Example: every minute, failing for the
    third time: asked again after eight minutes.
    """
    if last is None or last > at:
        return True
    pause = every
    if failures:
        longest = max(every, LONGEST_PAUSE)
        pause = min(max(every, timedelta(seconds=1)) * 2 ** min(failures, 12), longest)
    return last + pause <= at
