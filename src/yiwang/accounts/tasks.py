"""Background work of accounts: what is past its retention goes every night."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from procrastinate.contrib.django import app

from .services import purge_access, purge_rates


@app.periodic(cron="23 3 * * *")
@app.task(name="accounts.purge", queueing_lock="accounts.purge")
def purge_old_rows(timestamp: int) -> None:
    """Delete access records, failed attempts, rate counts and sessions past their time 清理."""
    now = timezone.now()
    SessionStore.clear_expired()
    purge_access(now)
    purge_rates(now)
