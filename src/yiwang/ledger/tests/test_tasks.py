"""Housekeeping runs on the job queue's cron."""

from __future__ import annotations

from pathlib import Path

import pytest
from procrastinate.contrib.django import app
from pytest_django import Settings

from yiwang.ledger import tasks
from yiwang.ledger.models import Checkpoint


def test_the_worker_knows_the_periodic_work_of_the_ledger() -> None:
    known = {
        (task.task.name, task.cron)
        for task in app.periodic_registry.periodic_tasks.values()
        if task.task.name.startswith("ledger.")
    }
    assert known == {("ledger.make_checkpoint", "7 * * * *"), ("ledger.purge", "41 3 * * *")}


@pytest.mark.django_db(transaction=True)
def test_the_tasks_do_their_work(settings: Settings, tmp_path: Path) -> None:
    settings.YIWANG_HOME = tmp_path
    tasks.checkpoint_heads(timestamp=0)
    tasks.purge_old_rows(timestamp=0)
    assert Checkpoint.objects.count() == 1
