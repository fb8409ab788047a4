"""Background work of `clocks`: every hour, whether the years that deadlines touch are known."""

from __future__ import annotations

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from .services import note_unknown_years

_LOG = logging.getLogger(__name__)


@app.periodic(cron="11 * * * *")
@app.task(name="clocks.note_unknown_years", queueing_lock="clocks.note_unknown_years")
def warn_of_unknown_years(timestamp: int) -> None:
    """Keep the log of calendar warnings 日历预警."""
    unknown = note_unknown_years(timezone.now())
    if unknown:
        _LOG.warning("the working calendar does not know the years %s", unknown)
