"""Sending write-backs 回写发送: runs in the intake process."""

from __future__ import annotations

import threading

import httpx
from django.utils import timezone

from ..running import door_runner
from ..services.writing_back import send_due

#: Pause between two looks when nothing is due, in seconds.
IDLE = 0.5


@door_runner("write_back")
def run(stop: threading.Event) -> None:
    """Send what is due until `stop` is set."""
    with httpx.Client() as client:
        while not stop.is_set():
            if not send_due(at=timezone.now(), client=client):
                stop.wait(IDLE)
