"""Gateways 网关: what the doors share to which a provider posts — who sends, what, and how they are tried."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from ...kernel.errors import NotFound, invalid
from ..models import RawMessage
from ..queries.channels import LiveChannel
from ..rules.webhooks import read_request
from .contract import Delivered, DoorContract, Sender
from .machine import Proven, proven

View = Callable[..., HttpResponse]


def proven_gateway(request: HttpRequest, code: str, door: str) -> Proven:
    """Who posts to a gateway's address.

    Raises:
        NotFound: the channel is of another door.
        Refused, Unproved: as `machine.proven`.
    """
    sender = proven(request, code)
    if sender.channel.door != door:
        raise NotFound(f"渠道“{sender.channel.name}”不是从这个地址接入的。", code="intake.no_channel")
    return sender


def posted(body: bytes, content_type: str) -> Any:
    """What was posted, as a tree.

    Raises:
        Invalid: it is neither JSON nor a form.
    """
    try:
        return read_request(body, content_type)
    except ValueError as error:
        raise invalid("body", "", "报文应为 JSON 或表单（UTF-8 或 GB18030）。") from error


def told(answer: str) -> HttpResponse:
    """The answer a gateway wants."""
    return HttpResponse(json.dumps(json.loads(answer)), content_type="application/json")


def gateway_contract(door: str, view: View, opened: Callable[[LiveChannel, Any], list[str]]) -> DoorContract:
    """How a gateway's door is tried: through its view, with a token.

    Args:
        opened: the bodies that the door makes of what was posted.
    """

    def bodies(channel: LiveChannel, body: bytes) -> list[bytes]:
        return [text.encode() for text in opened(channel, json.loads(body))]

    def deliver(channel: LiveChannel, sent: Sequence[bytes], at: datetime, sender: Sender) -> Delivered:
        ids = []
        for body in sent:
            request = RequestFactory().post(
                f"/api/v1/channels/{channel.code}/{door}", body, content_type="application/json",
                headers={"Authorization": f"Bearer {sender.secret}"},
            )  # fmt: skip
            answer = view(request, code=channel.code)
            if answer.status_code != 200:
                return Delivered(answer.status_code, retry_after=int(answer.get("Retry-After", "0")))
            marks = [f"~{hashlib.sha256(made).hexdigest()}" for made in bodies(channel, body)]
            rows = RawMessage.objects.filter(channel=channel.code, identity__in=marks)
            ids += list(rows.values_list("id", flat=True))
        return Delivered(202, tuple(ids))

    def first(channel: LiveChannel, body: bytes) -> bytes:
        return next(iter(bodies(channel, body)), b"{}")

    return DoorContract(deliver, key_kind="token", opened=first)
