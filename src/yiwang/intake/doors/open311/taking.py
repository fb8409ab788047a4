"""Taking 收件: a POST is stored raw first, then handled at once; the answer is a number or a token."""

from __future__ import annotations

import base64
import json
import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ....cases.public import Report
from ....ledger.public import blind_index
from ....orgs.public import area_index
from ...models import RawMessage, ServiceRequest
from ...rules.open311.submission import Submission, message_of, read_submission, value_of
from ...services.counting import count
from ...services.handling import handle_now
from ...services.receiving import receive_raw
from .asking import Asker, Query, Unanswerable, asker_of, refuse
from .offering import Offer, offer_of

MOST_FILES = 5
MOST_BYTES = 8 * 1024 * 1024
_LOG = logging.getLogger(__name__)
_LENGTH = 26
TOKEN = re.compile(r"[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a POST 受理结果: its token, its message, and the report's number once there is one."""

    token: str
    message: UUID
    number: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a POST 受理回执."""

    taken: Taken
    notice: str
    account_id: str


def accept_form(
    form: Query, files: Sequence[UploadedFile], *, idempotency_key: str, at: datetime
) -> Accepted:
    """Take the form of a POST in 受理表单, after everything about it was checked.

    Raises:
        Unanswerable: 403 for the key, 404 for jurisdiction or service, 400 for anything else.
        TooMany: the channel is over its quota.
    """
    asker = asker_of(form, at, needs_key=True)
    try:
        offer, submission = _checked_form(asker, form, at)
        taken = take(asker, offer, submission, files=files, idempotency_key=idempotency_key, at=at)
    except Unanswerable:
        with transaction.atomic():
            count(asker.channel.code, at, refused=1)
        raise
    return Accepted(taken, asker.settings.notice, submission.account_id)


def _checked_form(asker: Asker, form: Query, at: datetime) -> tuple[Offer, Submission]:
    code = value_of(form, "service_code")
    if not code:
        raise refuse(400, _("缺少 service_code，请从 services 中选择。"))
    offer = offer_of(asker, code, at)
    submission, problems = read_submission(form, offer.service)
    if problems:
        raise Unanswerable(400, problems)
    return offer, submission


def take(
    asker: Asker,
    offer: Offer,
    submission: Submission,
    *,
    files: Sequence[UploadedFile],
    idempotency_key: str,
    at: datetime,
) -> Taken:
    """Take a request in 受理提交.

    The message is committed before it is handled, so what is answered is never lost: when the handling
    fails or asks for a correction, the answer is a token and the report follows later. The same
    idempotency key by the same API key gives the first answer again.

    Raises:
        Unanswerable: 400 when the address identifier is unknown or the files are too many or too large.
        TooMany: the channel is over its quota.
    """
    token = _token(asker, idempotency_key)
    known = taken_by(token)
    if known is not None:
        return known
    message = message_of(
        submission, offer.service, service_name=offer.name, token=token, community=_community(submission)
    )
    pictures = [_picture(upload) for upload in _checked(files)]
    if pictures:
        listed = message.get("attachments", [])
        message["attachments"] = [*(listed if isinstance(listed, list) else []), *pictures]
    body = json.dumps(message, ensure_ascii=False, sort_keys=True)
    try:
        with transaction.atomic():
            receipt = receive_raw(channel=asker.channel, bodies=[body], at=at)
            ServiceRequest.objects.create(
                token=token, channel=asker.channel.code, key=asker.key.id if asker.key else None,
                service_code=offer.service.code, message=receipt.ids[0], received_at=at,
            )  # fmt: skip
    except IntegrityError:
        known = taken_by(token)
        if known is None:
            raise
        return known
    try:
        handle_now(channel=asker.channel, ids=receipt.ids, at=at)
    except Exception:
        _LOG.exception("a request of channel %s waits for the drain", asker.channel.code)
        return Taken(token, receipt.ids[0])
    return taken_by(token) or Taken(token, receipt.ids[0])


def taken_by(token: str) -> Taken | None:
    """What became of the request of a token; None when there is none."""
    if not TOKEN.fullmatch(token):
        return None
    request = ServiceRequest.objects.filter(token=token).first()
    if request is None:
        return None
    report = RawMessage.objects.filter(pk=request.message).values_list("report", flat=True).first()
    number = Report.objects.filter(pk=report).values_list("number", flat=True).first() if report else None
    return Taken(token, request.message, number or "")


def _token(asker: Asker, idempotency_key: str) -> str:
    """An unguessable token; of an idempotency key always the same one."""
    if idempotency_key and asker.key is not None:
        raw = blind_index(f"{asker.key.id} {idempotency_key}", purpose="open311")
    else:
        raw = secrets.token_bytes(20)
    return base64.b32encode(raw).decode().lower()[:_LENGTH]


def _community(submission: Submission) -> str:
    """Code of the community that the address identifier names; empty when coordinates say it already."""
    if not submission.address_id:
        return ""
    node = area_index().by_code.get(submission.address_id)
    if node is None or node.kind != "community":
        if submission.lat is not None or submission.address:
            return ""
        raise refuse(400, "address_id：没有这个编号，请填写 12 位社区代码，或改用 lat 和 long。")
    return node.code


def _checked(files: Sequence[UploadedFile]) -> Sequence[UploadedFile]:
    if len(files) > MOST_FILES:
        raise refuse(400, f"附件不能超过 {MOST_FILES} 个。")
    if sum(upload.size or 0 for upload in files) > MOST_BYTES:
        raise refuse(400, f"附件合计不能超过 {MOST_BYTES // 1024 // 1024} MB。")
    return files


def _picture(upload: UploadedFile) -> dict[str, str]:
    name = (upload.name or "media")[-120:]
    upload.seek(0)
    return {"name": name, "base64": base64.b64encode(upload.read()).decode()}
