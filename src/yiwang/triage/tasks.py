"""Background work of triage."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from .services.issues import RECKON_TASK, reckon, reckon_daily
from .services.owning_replays import REPLAY_TASK, run_replay


@app.task(name=REPLAY_TASK)
def replay_draft(replay_id: str) -> None:
    """Replay 权责重放: count what a draft of the responsibility list would have changed."""
    run_replay(at=timezone.now(), replay_id=UUID(replay_id))


@app.task(name=RECKON_TASK)
def reckon_issues(run_id: str) -> None:
    """Hot issues 热点研判 of an area and a period that somebody asked for."""
    reckon(run_id=UUID(run_id), at=timezone.now())


@app.periodic(cron="40 20 * * *")
@app.task(name="triage.reckon_daily", queueing_lock="triage.reckon_daily")
def reckon_issues_daily(timestamp: int) -> None:
    """Hot issues 热点研判 of the day, before the city wakes up (04:40 in Shanghai)."""
    reckon_daily(timezone.now())
