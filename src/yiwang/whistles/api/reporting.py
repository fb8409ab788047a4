"""Acts of the units that are called."""

from __future__ import annotations

from typing import Any, BinaryIO, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router
from ninja.files import UploadedFile

from ...cases.public import Picture
from ...interface.public import PROBLEMS
from .. import public as whistles
from . import schemas as s
from .answering import act_on

router = Router(tags=["whistles"])
ACT = {200: dict[str, Any], **PROBLEMS}
_TASK = "/whistles/{uuid:whistle_id}/tasks/{uuid:task_id}"


@router.post(f"{_TASK}/sign", response=ACT, summary="签收")
def post_sign(request: HttpRequest, whistle_id: UUID, task_id: UUID) -> HttpResponse:
    """Sign for the unit's task."""
    return act_on(request, whistle_id, whistles.sign_report, task_id=task_id)


@router.post(f"{_TASK}/contact", response=ACT, summary="联系")
def post_contact(request: HttpRequest, whistle_id: UUID, task_id: UUID, body: s.TextIn) -> HttpResponse:
    """Contact the whistler."""
    return act_on(request, whistle_id, whistles.contact_whistler, task_id=task_id, text=body.text)


@router.post(f"{_TASK}/decline", response=ACT, summary="拒绝报到")
def post_decline(request: HttpRequest, whistle_id: UUID, task_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Refuse to report."""
    return act_on(request, whistle_id, whistles.decline_report, task_id=task_id, reason=body.reason)


@router.post(f"{_TASK}/check-in", response=ACT, summary="报到签到")
def post_check_in(
    request: HttpRequest, whistle_id: UUID, task_id: UUID, body: Form[s.CheckInIn], file: File[UploadedFile]
) -> HttpResponse:
    """Check in with a photo and the phone's position in WGS84."""
    pictures = [_picture(file, "scene")]
    return act_on(request, whistle_id, whistles.check_in, task_id=task_id, pictures=pictures, **body.dict())


@router.post(f"{_TASK}/feedback", response=ACT, summary="反馈")
def post_feedback(request: HttpRequest, whistle_id: UUID, task_id: UUID, body: s.TextIn) -> HttpResponse:
    """Feed back what the unit did."""
    return act_on(request, whistle_id, whistles.feed_back_report, task_id=task_id, result=body.text)


@router.post("/whistles/{uuid:whistle_id}/items/{uuid:item_id}/done", response=ACT, summary="完成清单事项")
def post_item(request: HttpRequest, whistle_id: UUID, item_id: UUID, body: s.TextIn) -> HttpResponse:
    """Do an item of the list."""
    return act_on(request, whistle_id, whistles.complete_item, item_id=item_id, feedback=body.text)


@router.post(f"{_TASK}/rate-whistler", response=ACT, summary="评价吹哨方")
def post_rate_whistler(
    request: HttpRequest, whistle_id: UUID, task_id: UUID, body: s.MarksIn
) -> HttpResponse:
    """Rate the whistler, where the kind assesses both sides."""
    marks = whistles.Marks(**body.dict())
    return act_on(request, whistle_id, whistles.rate_whistler, task_id=task_id, marks=marks)


def _picture(file: UploadedFile, stage: str) -> Picture:
    return Picture(stage, cast("BinaryIO", file.file), file.name or "")
