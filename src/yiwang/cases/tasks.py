"""Background work of `cases`: archiving every night."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from .services.housekeeping import archive_due


@app.periodic(cron="23 2 * * *")
@app.task(name="cases.archive_due", queueing_lock="cases.archive_due")
def archive_closed_cases(timestamp: int) -> None:
    """Archive 归档 cases that have been closed long enough, in batches until none is left."""
    while archive_due(timezone.now()):
        pass
