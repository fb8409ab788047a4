"""Standing 预警状态: how an alert stands at an instant; nothing has to run for one to expire."""

from __future__ import annotations

from datetime import datetime


def standing_of(
    *,
    kind: str,
    status: str,
    effective_at: datetime,
    expires_at: datetime,
    ended_at: datetime | None,
    ending: str,
    at: datetime,
) -> str:
    """One of `coming`, `in_force`, `updated`, `cancelled`, `expired`, `notice`.

    Periods are half-open: an alert is in force from its first instant and no longer at its last.

    Example: one in force from 8 to 14 that an update of 10 ended is `in_force` at 9 and `updated` at 11.

    Args:
        ending: `updated` or `cancelled`, with `ended_at`.
    """
    if kind not in {"Alert", "Update"} or status in {"Draft", "System"}:
        return "notice"
    if ended_at is not None and ended_at <= at:
        return ending
    if expires_at <= at:
        return "expired"
    return "in_force" if effective_at <= at else "coming"
