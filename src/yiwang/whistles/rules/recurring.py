"""Recurrence 定期: the next instant of a schedule on weekdays or days of the month.

Example: weekly on Monday and Thursday at 9:00, asked on Monday 2026-03-02 09:00, answers Thursday
2026-03-05 09:00.
A month that has no 31st is passed over.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from ...kernel.working_time import SHANGHAI

#: Further than any schedule with a day that exists, in days: 29 February comes within eight years.
_HORIZON = 366 * 9


def next_instant(cadence: str, days: Collection[int], minute: int, *, after: datetime) -> datetime:
    """The first instant later than `after` (aware), in Shanghai time.

    Args:
        cadence: `weekly` or `monthly`.
        days: 1 (Monday) to 7, or 1 to 31.
        minute: minute of the day, 0 to 1439.

    Raises:
        ValueError: when no day ever fits.
    """
    start = after.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    for step in range(_HORIZON):
        day = start + timedelta(days=step)
        number = day.isoweekday() if cadence == "weekly" else day.day
        found = day + timedelta(minutes=minute)
        if number in days and found > after:
            return found
    raise ValueError("没有符合的日期。")


def days_problem(cadence: str, days: Collection[int]) -> str | None:
    """The Chinese remedy for days that fit no cadence, else None."""
    most = {"weekly": 7, "monthly": 31}.get(cadence)
    if most is None:
        return "定期方式只能是 weekly 或 monthly。"
    if not days:
        return "请至少选择一天。"
    if any(not 1 <= day <= most for day in days):
        return f"请填写 1 到 {most} 之间的日子。"
    return None
