"""Push 接口推送: a source posts its messages, one or many; answered once they are committed.

`POST /api/v1/channels/<code>/messages` takes JSON (an object or a list), NDJSON, XML or a form;
`GET /api/v1/channels/<code>/messages/<id>` tells the source what became of one of its messages.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory

from ...cases.public import Report
from ...kernel.errors import NotFound, invalid
from ..models import QuarantineEntry, RawMessage
from ..queries.channels import LiveChannel
from ..rules.door_settings import register_settings
from ..rules.signing import signed_headers
from ..rules.splitting import MOST, split_delivery
from ..rules.yaml_tree import YamlTree
from ..services.receiving import receive_raw
from .contract import Delivered, DoorContract, Sender, register_contract
from .machine import machine_door, proven

_KINDS = {
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/json": "json",
}


#: What a message of a mapping's format is sent as.
CONTENT_TYPES = {
    "json": "application/json",
    "xml": "application/xml",
    "form": "application/x-www-form-urlencoded",
}


def check_settings(tree: YamlTree) -> None:
    """Settings of a push channel: `auth`."""
    tree.known({"auth"})
    tree.choice("auth", ("hmac", "token", ""), "")


register_settings("push", check_settings)


@machine_door("POST")
def messages(request: HttpRequest, code: str) -> HttpResponse:
    """Take a delivery 接收推送."""
    sender = proven(request, code)
    bodies = split_delivery(sender.body, _KINDS.get(request.content_type or "", "one"), most=MOST)
    if not bodies:
        raise invalid("body", "", "报文为空，请发送至少一条消息。")
    if len(bodies) > MOST:
        raise invalid("body", f"{MOST} 条以上", f"一次最多 {MOST} 条，请分批发送。")
    receipt = receive_raw(channel=sender.channel, bodies=bodies, at=sender.at, nonce=sender.nonce)
    return JsonResponse(
        {
            "read": receipt.read,
            "stored": receipt.stored,
            "unchanged": receipt.unchanged,
            "messages": [str(key) for key in receipt.ids],
        },
        status=202,
    )


@machine_door("GET")
def message(request: HttpRequest, code: str, message_id: UUID) -> HttpResponse:
    """What became of a message 查询消息结果; a source sees its own only."""
    sender = proven(request, code)
    row = RawMessage.objects.filter(pk=message_id, channel=sender.channel.code).first()
    if row is None:
        raise NotFound("没有这条消息。", code="intake.no_message")
    answer: dict[str, object] = {
        "id": str(row.id),
        "state": row.state,
        "received_at": row.received_at.isoformat(),
        "handled_at": row.handled_at.isoformat() if row.handled_at else None,
    }
    number = (
        Report.objects.values_list("number", flat=True).filter(pk=row.report).first() if row.report else None
    )
    if number is not None:
        answer["report"] = number
    problems = QuarantineEntry.objects.filter(message=row, state="open")
    answer["problems"] = list(problems.values("reason", "field", "value", "remedy"))
    return JsonResponse(answer)


def deliver(channel: LiveChannel, bodies: Sequence[bytes], at: datetime, sender: Sender) -> Delivered:
    """Send messages through the view as their source would, each in a request of its own."""
    spec = channel.spec
    kind = CONTENT_TYPES.get(spec.format if spec else "json", "application/json")
    path = f"/api/v1/channels/{channel.code}/messages"
    ids: list[UUID] = []
    for body in bodies:
        if sender.key.kind == "token":
            headers = {"Authorization": f"Bearer {sender.secret}"}
        else:
            headers = signed_headers(
                sender.key.name, sender.secret, method="POST", path=path, body=body, at=at,
                nonce=secrets.token_hex(8),
            )  # fmt: skip
        request = RequestFactory().post(path, body, content_type=kind, headers=headers)
        answer = messages(request, code=channel.code)
        if answer.status_code != 202:
            return Delivered(answer.status_code, retry_after=int(answer.get("Retry-After", "0")))
        ids += [UUID(key) for key in json.loads(answer.content)["messages"]]
    return Delivered(202, tuple(ids))


register_contract("push", DoorContract(deliver, key_kind="hmac"))
