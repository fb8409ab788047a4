"""Background work of `cases`: archiving, deadlines after a calendar correction, ladders."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from .services.housekeeping import archive_due
from .services.recomputing import CORRECTION_TASK, correct_deadlines
from .services.replanning import REPLAN_TASK, replan_ladder


@app.periodic(cron="23 2 * * *")
@app.task(name="cases.archive_due", queueing_lock="cases.archive_due")
def archive_closed_cases(timestamp: int) -> None:
    """Archive 归档 cases that have been closed long enough, in batches until none is left."""
    while archive_due(timezone.now()):
        pass


@app.task(name=CORRECTION_TASK, retry=RetryStrategy(max_attempts=5, linear_wait=30))
def correct_open_deadlines(correction_id: str) -> None:
    """Move the deadlines of open cases 更正时限 after an approved calendar correction, batch by batch."""
    while correct_deadlines(at=timezone.now(), correction_id=UUID(correction_id)):
        pass


@app.task(name=REPLAN_TASK, retry=RetryStrategy(max_attempts=5, linear_wait=30))
def replan_running_clocks(replan_id: str) -> None:
    """Plan running clocks anew 阶梯重排 after a ladder changed; goes on where a killed worker stopped."""
    replan_ladder(at=timezone.now(), replan_id=UUID(replan_id))


@app.periodic(cron="7 16 * * *")
@app.task(name="cases.replan_nightly", queueing_lock="cases.replan_nightly")
def replan_every_night(timestamp: int) -> None:
    """Plan every running clock anew after midnight in Shanghai: ladders begin and end with the day."""
    replan_ladder(at=timezone.now())
