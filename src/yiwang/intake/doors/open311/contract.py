"""Contract 契约 of the Open311 door: a sample is the form of a POST, without its key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qs

from django.utils import timezone

from ...enums import KeyKind
from ...errors import TooMany
from ...queries.channels import LiveChannel
from ...queries.transfers import settings_of
from ...rules.open311.submission import message_of, read_submission, value_of
from ..contract import Delivered, DoorContract, Sender, register_contract
from .asking import Asker, Query, Unanswerable, refuse
from .offering import offer_of
from .taking import accept_form


def deliver(channel: LiveChannel, bodies: Sequence[bytes], at: datetime, sender: Sender) -> Delivered:
    """POST each form with the sender's key; the same form again counts as the same attempt to send it."""
    ids = []
    for body in bodies:
        form = {**_form(body), "api_key": [sender.secret]}
        try:
            accepted = accept_form(form, [], idempotency_key=hashlib.sha256(body).hexdigest(), at=at)
        except Unanswerable as problem:
            return Delivered(problem.status)
        except TooMany as error:
            return Delivered(429, retry_after=error.retry_after)
        ids.append(accepted.taken.message)
    return Delivered(202, tuple(ids))


def opened(channel: LiveChannel, body: bytes) -> bytes:
    """The message that the mapping reads of a form; its token is given only when it comes in."""
    form, at = _form(body), timezone.now()
    offer = offer_of(Asker(channel, settings_of(channel), None), value_of(form, "service_code"), at)
    submission, problems = read_submission(form, offer.service)
    if problems:
        raise refuse(400, problems[0][1])
    message = message_of(
        submission, offer.service, service_name=offer.name, token="", community=submission.address_id
    )
    return json.dumps(message, ensure_ascii=False).encode()


def _form(body: bytes) -> Query:
    return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)


register_contract("open311", DoorContract(deliver, key_kind=KeyKind.API_KEY, opened=opened))
