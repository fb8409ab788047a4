"""Jobs of killed workers are done after all, up to a limit; forgotten uploads are swept."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from pytest_django import Settings

from yiwang.project.sweeping import sweep_uploads
from yiwang.project.tasks import MOST_ATTEMPTS, retry_lost_jobs

pytestmark = pytest.mark.django_db(transaction=True)
TASK = "ledger.make_checkpoint"
NOW = 1_800_000_000.0


def lost_job(*, attempts: int, queueing_lock: str | None = None) -> int:
    """A job that a worker took with it: in `doing`, its worker silent for an hour."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) "
            "VALUES (now() - interval '1 hour') RETURNING id"
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO procrastinate_jobs "
            "(queue_name, task_name, status, attempts, worker_id, queueing_lock) "
            "VALUES ('default', %s, 'doing', %s, %s, %s) RETURNING id",
            [TASK, attempts, worker, queueing_lock],
        )
        return int(cursor.fetchone()[0])


def look_for_lost_jobs() -> None:
    """Run the task as the worker does."""

    async def run() -> None:
        connector = PsycopgConnector(kwargs=connector_params())
        with app.replace_connector(connector) as running:
            async with running.open_async():
                await retry_lost_jobs.func(SimpleNamespace(app=running), timestamp=0)

    asyncio.run(run())


def state(job: int) -> tuple[str, int] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, attempts FROM procrastinate_jobs WHERE id = %s", [job])
        found: tuple[str, int] | None = cursor.fetchone()
        return found


@pytest.mark.parametrize("attempts", range(MOST_ATTEMPTS - 1))
def test_a_lost_job_waits_again_as_long_as_it_has_not_taken_five_workers(attempts: int) -> None:
    job = lost_job(attempts=attempts)
    look_for_lost_jobs()
    assert state(job) == ("todo", attempts + 1)


def test_a_job_that_has_taken_five_workers_is_given_up_and_stays_to_be_seen() -> None:
    job = lost_job(attempts=MOST_ATTEMPTS - 1)
    look_for_lost_jobs()
    assert state(job) == ("failed", MOST_ATTEMPTS)
    look_for_lost_jobs()
    assert state(job) == ("failed", MOST_ATTEMPTS)


def test_a_lost_job_whose_work_waits_already_is_dropped() -> None:
    job = lost_job(attempts=0, queueing_lock=TASK)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, queueing_lock) "
            "VALUES ('default', %s, 'todo', %s)",
            [TASK, TASK],
        )
    look_for_lost_jobs()
    assert state(job) is None


@pytest.fixture
def uploads(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.YIWANG_HOME = tmp_path
    monkeypatch.setenv("YIWANG_UPLOADS_KEPT_DAYS", "3")
    folder = tmp_path / "imports"
    folder.mkdir()
    for name, days in (("old.csv", 4), ("needed.csv", 40), ("failed.csv", 5), ("fresh.csv", 2)):
        (folder / name).write_text("x")
        os.utime(folder / name, (NOW - days * 86_400,) * 2)
    return folder


def test_old_uploads_go_unless_a_job_still_needs_them(uploads: Path) -> None:
    with connection.cursor() as cursor:
        for name, status in (("needed.csv", "doing"), ("failed.csv", "failed")):
            cursor.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args) "
                "VALUES ('default', 'intake.import_upload', %s, jsonb_build_object('kept', %s::text))",
                [status, name],
            )
    assert sweep_uploads(now=NOW) == 2
    assert sorted(path.name for path in uploads.iterdir()) == ["fresh.csv", "needed.csv"]
    assert sweep_uploads(now=NOW) == 0


def test_without_any_upload_there_is_nothing_to_sweep(settings: Settings, tmp_path: Path) -> None:
    settings.YIWANG_HOME = tmp_path / "new"
    assert sweep_uploads(now=NOW) == 0
