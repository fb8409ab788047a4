"""Evidence 证据 of a case: uploads of a form, kept in the transaction of the act that they prove."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile

from ..cases.public import Picture, attach_evidence
from ..kernel.actor import Actor

Uploads = Sequence[UploadedFile]


def keep_pictures(
    *, actor: Actor, at: datetime, case_id: UUID, expected: int | None = None, **by_stage: Uploads
) -> int | None:
    """Attach uploads by stage (`scene`, `before`, `after`, `recheck`).

    Returns:
        The version that the act after it must expect.
    """
    pictures = [
        Picture(stage, upload.file, upload.name or "")  # type: ignore[arg-type]
        for stage, uploads in by_stage.items()
        for upload in uploads
    ]
    if not pictures:
        return expected
    return attach_evidence(actor=actor, at=at, case_id=case_id, pictures=pictures, expected=expected).version
