"""Group chats 社区群: the robot of a group posts its messages; only what a grid worker marked is kept.

`POST /api/v1/channels/<code>/chat` takes JSON or a form. All other messages are counted and forgotten.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from ..queries.channels import LiveChannel
from ..rules.door_settings import read_settings, register_settings
from ..rules.group_chat import body_of, chat_settings, marked_of
from ..rules.yaml_tree import YamlTree
from ..services.counting import count
from ..services.receiving import receive_raw
from .contract import register_contract
from .gateways import gateway_contract, posted, proven_gateway, told
from .machine import machine_door


def check_settings(tree: YamlTree) -> None:
    """Settings of a group-chat channel; see docs/channels-people.md."""
    chat_settings(tree)


register_settings("chat", check_settings)


@machine_door("POST")
def chat(request: HttpRequest, code: str) -> HttpResponse:
    """Take what a robot posts 群消息; the marked messages are committed before it is answered."""
    sender = proven_gateway(request, code, "chat")
    settings = read_settings(sender.channel.definition, chat_settings)
    marked, ignored = marked_of(posted(sender.body, request.content_type or ""), settings)
    with transaction.atomic():
        if ignored:
            count(sender.channel.code, sender.at, ignored=ignored)
        receive_raw(
            channel=sender.channel, bodies=list(map(body_of, marked)), at=sender.at, nonce=sender.nonce
        )
    return told(settings.answer)


def bodies_of(channel: LiveChannel, sent: Any) -> list[str]:
    """The bodies of the marked messages of a request."""
    marked, _ = marked_of(sent, read_settings(channel.definition, chat_settings))
    return list(map(body_of, marked))


register_contract("chat", gateway_contract("chat", chat, bodies_of))
