"""Background work of `notify`: messages go out every minute; old texts are blanked every night."""

from __future__ import annotations

import httpx
from django.utils import timezone
from procrastinate.contrib.django import app

from .services.resending import forget_old
from .services.sending import send_due


@app.periodic(cron="* * * * *")
@app.task(name="notify.send_due", queueing_lock="notify.send_due")
def send_due_messages(timestamp: int) -> None:
    """Send due messages 发送到期短信; a worker that dies leaves one in doubt, none sent twice."""
    with httpx.Client() as client:
        send_due(at=timezone.now(), client=client)


@app.periodic(cron="41 18 * * *")
@app.task(name="notify.forget_old", queueing_lock="notify.forget_old")
def forget_old_messages(timestamp: int) -> None:
    """Blank numbers and texts that have served their purpose 到期清除."""
    forget_old(timezone.now())
