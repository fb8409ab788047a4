"""Files over HTTP 附件下载: streamed only to who may read; to everybody else there is no such file."""

from __future__ import annotations

from typing import BinaryIO
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from ..interface.public import actor_of
from .models import Attachment
from .readers import may_read
from .storage import content_store

#: A file never runs anything, whatever a browser takes it for.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_THUMB_TYPE = "image/jpeg"


@require_safe
def download(request: HttpRequest, attachment_id: UUID) -> FileResponse:
    """One file; pictures are shown in the page, everything else is saved."""
    row = _readable(request, attachment_id)
    answer = _stream(row.sha256, row.media_type)
    answer["Content-Disposition"] = content_disposition_header(not row.is_image, row.filename) or ""
    return answer


@require_safe
def thumbnail(request: HttpRequest, attachment_id: UUID) -> FileResponse:
    """The thumbnail of a picture."""
    row = _readable(request, attachment_id)
    answer = _stream(row.thumb_sha256, _THUMB_TYPE)
    answer["Content-Disposition"] = "inline"
    return answer


def _readable(request: HttpRequest, attachment_id: UUID) -> Attachment:
    row = Attachment.objects.filter(id=attachment_id).first()
    if row is None or not may_read(actor_of(request), row):
        raise Http404
    return row


def _stream(sha256: str, media_type: str) -> FileResponse:
    answer = FileResponse(_open(sha256), content_type=media_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = _POLICY
    answer["Cache-Control"] = "private, max-age=3600"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _open(sha256: str) -> BinaryIO:
    try:
        return content_store().open(sha256)
    except FileNotFoundError as error:
        raise Http404 from error
