"""Uploading 上传导入: keep a file, open its run, and leave the reading to the worker."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from procrastinate.contrib.django import app

from ...kernel.actor import Actor
from ...kernel.ids import uuid7
from ...orgs.public import resolve_actor
from ..models import ImportRun, Mapping
from ..reading import format_of
from .importing import Counts, run_import, start_run

#: Name of the background task that reads a kept upload.
IMPORT_TASK = "intake.import_upload"


def upload_file(*, actor: Actor, at: datetime, mapping: Mapping, upload: UploadedFile) -> ImportRun:
    """Keep an uploaded file 上传 and have the worker import it by the mapping.

    Raises:
        Refused: the actor may not import.
        Invalid: the file is of another kind than the mapping reads.
    """
    name = Path(upload.name or "").name
    format_of(Path(name))
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / f"{uuid7()}-{name[-80:]}"
    with kept.open("xb") as stream:
        for chunk in upload.chunks():
            stream.write(chunk)
    try:
        with transaction.atomic():
            run = start_run(actor=actor, at=at, mapping=mapping, path=kept, file_name=name)
            app.configure_task(IMPORT_TASK).defer(run_id=str(run.id), kept=kept.name)
    except BaseException:
        kept.unlink()
        raise
    return run


def import_kept(*, at: datetime, run_id: UUID, kept: str) -> Counts:
    """Import a kept upload as the account that uploaded it, and delete the file when it is in."""
    run = ImportRun.objects.get(pk=run_id)
    assert run.by is not None, "an upload has an account"
    path = _folder() / Path(kept).name
    counts = run_import(actor=resolve_actor(run.by, at), at=at, run_id=run_id, path=path)
    path.unlink()
    return counts


def _folder() -> Path:
    return Path(settings.YIWANG_HOME) / "imports"
