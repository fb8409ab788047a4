"""Links 外部单位链接: until when the link of an outside unit holds.

Example: made on 2026-03-02 for a task whose last limit is due on 2026-03-16 at 18:00, with 7 days: until
2026-03-23 18:00. Made anew on 2026-03-20 at 09:00, when every limit has passed: until 2026-03-27 09:00.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

#: Most days that a kind may let links hold beyond the limits.
MOST_DAYS = 365


def link_ends(made_at: datetime, dues: Iterable[datetime], *, days: int) -> datetime:
    """The last instant at which a link opens.

    Args:
        made_at: when the link was made.
        dues: due instants of the task, met or not.
        days: what the kind grants beyond the last of them (`link_days`).
    """
    return max([made_at, *dues]) + timedelta(days=days)
