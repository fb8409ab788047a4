"""Background work of intake."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from .services.uploading import IMPORT_TASK, import_kept


@app.task(name=IMPORT_TASK)
def import_upload(run_id: str, kept: str) -> None:
    """Import an uploaded file 后台导入."""
    import_kept(at=timezone.now(), run_id=UUID(run_id), kept=kept)
