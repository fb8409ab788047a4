"""Background work of intake."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from .doors.trials import TRIAL_TASK, run_trial
from .services.uploading import IMPORT_TASK, import_kept


@app.task(name=IMPORT_TASK)
def import_upload(run_id: str, kept: str) -> None:
    """Import an uploaded file 后台导入."""
    import_kept(at=timezone.now(), run_id=UUID(run_id), kept=kept)


@app.task(name=TRIAL_TASK)
def try_definition(key: str) -> None:
    """Try a channel's contract 后台试运行 that a page asked for."""
    run_trial(key=UUID(key), at=timezone.now())
