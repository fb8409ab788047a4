"""SMS 短信上行: a gateway posts what people write to the service number.

`POST /api/v1/channels/<code>/sms` takes JSON or a form. Long texts are joined from their parts, delivery
receipts and words to stop are acknowledged and counted, never kept.
"""

from __future__ import annotations

import json
import threading

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ...kernel.errors import NotFound, invalid
from ..queries.channels import channel_index
from ..rules.door_settings import read_settings, register_settings
from ..rules.texting import sms_settings, texts_of
from ..rules.webhooks import read_request
from ..rules.yaml_tree import YamlTree
from ..running import door_runner
from ..services.texting import join_late, take_texts
from .machine import Proven, machine_door, proven

#: Seconds between two looks at parts whose window has passed.
PAUSE = 10.0


def check_settings(tree: YamlTree) -> None:
    """Settings of an SMS channel; see docs/channels-people.md."""
    sms_settings(tree)


register_settings("sms", check_settings)


@machine_door("POST")
def sms(request: HttpRequest, code: str) -> HttpResponse:
    """Take what a gateway posts 短信上行; answered in the gateway's own words once it is committed."""
    sender = proven_gateway(request, code, "sms")
    settings = read_settings(sender.channel.definition, sms_settings)
    texts, ignored = texts_of(body_of_request(request, sender), settings)
    take_texts(channel=sender.channel, texts=texts, ignored=ignored, at=sender.at, nonce=sender.nonce)
    return told(settings.answer)


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


def body_of_request(request: HttpRequest, sender: Proven) -> object:
    """What was posted, as a tree.

    Raises:
        Invalid: it is neither JSON nor a form.
    """
    try:
        return read_request(sender.body, request.content_type or "")
    except ValueError as error:
        raise invalid("body", "", "报文应为 JSON 或表单（UTF-8 或 GB18030）。") from error


def told(answer: str) -> HttpResponse:
    """The answer a gateway wants."""
    return HttpResponse(json.dumps(json.loads(answer)), content_type="application/json")


@door_runner("sms")
def run(stop: threading.Event) -> None:
    """Join long texts that stay incomplete."""
    while not stop.is_set():
        at = timezone.now()
        for channel in channel_index().of_door("sms", at):
            join_late(channel=channel, at=at)
        stop.wait(PAUSE)
