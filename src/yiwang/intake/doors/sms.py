"""SMS 短信上行: a gateway posts what people write to the service number.

`POST /api/v1/channels/<code>/sms` takes JSON or a form. Long texts are joined from their parts, delivery
receipts and words to stop are acknowledged and counted, never kept.
"""

from __future__ import annotations

import threading
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ..queries.channels import LiveChannel, channel_index
from ..rules.door_settings import read_settings, register_settings
from ..rules.texting import body_of, sms_settings, texts_of
from ..rules.yaml_tree import YamlTree
from ..running import door_runner
from ..services.texting import join_late, take_texts
from .contract import register_contract
from .gateways import gateway_contract, posted, proven_gateway, told
from .machine import machine_door

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
    texts, ignored = texts_of(posted(sender.body, request.content_type or ""), settings)
    take_texts(channel=sender.channel, texts=texts, ignored=ignored, at=sender.at, nonce=sender.nonce)
    return told(settings.answer)


def bodies_of(channel: LiveChannel, sent: Any) -> list[str]:
    """The bodies of a request whose texts have one part each."""
    texts, _ = texts_of(sent, read_settings(channel.definition, sms_settings))
    return [body_of(text) for text in texts]


register_contract("sms", gateway_contract("sms", sms, bodies_of))


@door_runner("sms")
def run(stop: threading.Event) -> None:
    """Join long texts that stay incomplete."""
    while not stop.is_set():
        at = timezone.now()
        for channel in channel_index().of_door("sms", at):
            join_late(channel=channel, at=at)
        stop.wait(PAUSE)
