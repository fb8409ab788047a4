"""CAP 预警接入: a source posts one CAP message; answered once it is committed.

`POST /api/v1/channels/<code>/cap` takes the XML as it is, signed or by token like every push. A refusal is
problem+json with the name of its reason in `reason`.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from ...kernel.actor import system_actor
from ...kernel.errors import Conflict, NotFound
from ..rules.cap.settings import read_settings
from ..rules.door_settings import register_settings
from ..rules.yaml_tree import YamlTree
from ..services.alerts import alert_door, receive_alert
from .machine import machine_door, proven

RELAY = system_actor("cap", "intake.import")


def check_settings(tree: YamlTree) -> None:
    """Settings of a CAP channel; `rules.cap.settings` says which."""
    read_settings(tree)


register_settings("cap", check_settings)


@machine_door("POST")
def cap(request: HttpRequest, code: str) -> HttpResponse:
    """Take one CAP message 接收预警."""
    sender = proven(request, code)
    if sender.channel.door != "cap":
        raise NotFound("这个渠道不接收 CAP 预警，请核对地址。", code="intake.no_channel")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Conflict("请发送未压缩的 XML 原文。", code="intake.compressed")
    receipt = receive_alert(
        actor=RELAY, at=sender.at, door=alert_door(sender.channel), raw=sender.body, nonce=sender.nonce
    )
    answer = {
        "id": str(receipt.id),
        "identifier": receipt.identifier,
        "areas": list(receipt.areas),
        "unchanged": receipt.unchanged,
    }
    return JsonResponse(answer, status=202)
