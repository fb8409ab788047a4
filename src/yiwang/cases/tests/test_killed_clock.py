"""A clock process that is killed in the middle of its work neither loses a step nor takes one twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from django.db import connection

from yiwang.cases import handlers
from yiwang.cases.models import Supervision
from yiwang.cases.services.ladders import STEP_TIMER
from yiwang.clocks import timers
from yiwang.clocks.models import Timer
from yiwang.clocks.public import fire_due
from yiwang.ledger.public import check_ledger

from .factories import make_city
from .test_stepping import local, running, taken, with_ladders

AT = local(2026, 3, 5, 12, 0)
#: Takes the steps of a batch, says so, and waits to be killed before it settles the timers.
CLOCK = """
    import sys, time
    from datetime import datetime
    import django
    django.setup()
    from django.db import connection
    connection.settings_dict.update(NAME={name!r}, HOST={host!r}, PORT={port!r}, USER={user!r})
    connection.settings_dict.update(PASSWORD={word!r})
    from yiwang.cases import handlers
    from yiwang.clocks import draining
    def settle(*given):
        print("taken", flush=True)
        time.sleep(60)
    draining._settle = settle
    draining.fire_due(datetime.fromisoformat({at!r}))
"""


@pytest.fixture(autouse=True)
def _handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers, "_MANY", {})
    timers.many_timers_handler(STEP_TIMER)(handlers.steps_are_due)


def start() -> subprocess.Popen[str]:
    """A clock of its own that stands still after it has taken the steps and before it commits."""
    known = connection.settings_dict
    code = textwrap.dedent(CLOCK).format(
        name=known["NAME"], host=known["HOST"], port=known["PORT"], user=known["USER"],
        word=known["PASSWORD"], at=AT.isoformat(),
    )  # fmt: skip
    root = Path(__file__).resolve().parents[3]
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root), "DJANGO_SETTINGS_MODULE": "yiwang.project.settings"},
    )


@pytest.mark.django_db(transaction=True)
def test_a_killed_clock_neither_loses_nor_doubles() -> None:
    city = with_ladders(make_city())
    tasks = [running(city) for _ in range(5)]
    Timer.objects.exclude(subject__in=[task.id for task in tasks], kind=STEP_TIMER).delete()
    with start() as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "taken\n"
            assert not Supervision.objects.exists()
            assert fire_due(AT) == 0
        finally:
            os.kill(process.pid, signal.SIGKILL)
    limit = time.monotonic() + 20
    while not fire_due(AT) and time.monotonic() < limit:
        continue
    assert [taken(task.id) for task in tasks] == [["remind"]] * 5
    assert Timer.objects.filter(kind=STEP_TIMER).count() == 5
    assert fire_due(AT) == 0
    assert check_ledger().problems == []
