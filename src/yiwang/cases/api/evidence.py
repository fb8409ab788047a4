"""Evidence of a case over the API: add a file, list what is there."""

from __future__ import annotations

from typing import Any, BinaryIO, cast
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from ...files.public import attachments_of
from ...interface.public import PROBLEMS
from .. import public as cases
from . import schemas as s
from .routes import actor

router = Router(tags=["evidence"])


@router.post("/cases/{uuid:case_id}/evidence", response={201: s.EvidenceOut, **PROBLEMS}, summary="上传证据")
def post_evidence(
    request: HttpRequest, case_id: UUID, stage: Form[str], file: File[UploadedFile]
) -> Status[Any]:
    """Add a picture or document to a case; its kind is told by its content, hidden data are removed."""
    cases.attach_evidence(
        actor=actor(request), at=timezone.now(), case_id=case_id,
        pictures=[cases.Picture(stage, cast("BinaryIO", file.file), file.name or "")],
    )  # fmt: skip
    newest = attachments_of(cases.EVIDENCE_OWNER, case_id)[-1]
    return Status(201, s.evidence_out(newest))


@router.get(
    "/cases/{uuid:case_id}/evidence", response={200: list[s.EvidenceOut], **PROBLEMS}, summary="证据列表"
)
def get_evidence(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    """The files of a case; each is fetched at `/files/<id>`."""
    case = cases.case_for(actor(request), case_id)
    return [s.evidence_out(row) for row in attachments_of(cases.EVIDENCE_OWNER, case.id)]
