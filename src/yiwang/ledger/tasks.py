"""Background work of `ledger`: checkpoints every hour, housekeeping every night."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from .checkpoints import make_checkpoint
from .housekeeping import purge_delivered
from .idempotency import purge_answers


@app.periodic(cron="7 * * * *")
@app.task(name="ledger.make_checkpoint", queueing_lock="ledger.make_checkpoint")
def checkpoint_heads(timestamp: int) -> None:
    """Write a signed checkpoint 存证点."""
    make_checkpoint(timezone.now())


@app.periodic(cron="41 3 * * *")
@app.task(name="ledger.purge", queueing_lock="ledger.purge")
def purge_old_rows(timestamp: int) -> None:
    """Delete delivered events and stored answers past their time 清理."""
    now = timezone.now()
    purge_delivered(now)
    purge_answers(now)
