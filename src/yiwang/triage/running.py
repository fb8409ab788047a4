"""The triage process 研判进程: sees cases as they come, beats, and survives whatever happens."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress

from django.db import Error, connection
from django.utils import timezone

from ..kernel.outages import OutageLog, is_outage
from ..ledger.public import Heart
from .services.proposing import propose_waiting

#: Pause between two looks at an empty queue, in seconds.
IDLE = 0.3
_LOG = logging.getLogger(__name__)


def run_triage(stop: threading.Event) -> None:
    """Propose for waiting cases until `stop` is set; survives a restart of the database."""
    heart, outage = Heart("triage"), OutageLog("triage")
    while not stop.is_set():
        try:
            heart.beat()
            pause = 0.0 if propose_waiting(at=timezone.now()) else IDLE
            outage.over()
        except Exception as error:
            if is_outage(error):
                outage.note(error)
            else:
                _LOG.exception("triage failed and tries again")
            connection.close()
            pause = 1.0
        stop.wait(pause)
    with suppress(Error):
        heart.end()
