"""A city's short message gateway 测试网关 on this machine: answers as it is told and keeps what it got."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

from yiwang.cases.tests.factories import AT
from yiwang.kernel.actor import system_actor
from yiwang.kernel.ids import uuid7
from yiwang.ledger.public import acting
from yiwang.notify.models import Gateway, Message
from yiwang.notify.public import Notice, Telling, queue_message
from yiwang.notify.services.gateways import GatewayTerms, add_gateway, switch_gateway

ADMIN = system_actor("tests", "notify.configure", "notify.messages")
PHONE = "13812345678"


@dataclass
class GatewayServer:
    """What the server got, and what it says next: pairs of status and JSON; success by default."""

    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def next_answer(self) -> tuple[int, Any]:
        """The next answer."""
        return self.answers.pop(0) if self.answers else (200, {"code": 0, "data": {"msgid": "m-1"}})


@contextmanager
def running_gateway() -> Iterator[GatewayServer]:
    """A gateway that listens until the block ends."""
    kept = GatewayServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            kept.got.append(json.loads(body))
            kept.headers.append(dict(self.headers))
            status, tree = kept.next_answer()
            answer = json.dumps(tree).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", kept.url)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/sms"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def terms_of(server: GatewayServer, **changed: Any) -> GatewayTerms:
    """Terms of a gateway at the server."""
    given: dict[str, Any] = {
        "name": "市短信平台", "url": server.url, "link_base": "https://yw.example.gov.cn",
        "valid_from": date(2026, 1, 1), "is_internal": True, "credential": "app-secret",
        "headers": {"Authorization": "Bearer {credential}"},
        "body": {"mobile": "{phone}", "content": "{text}", "seq": "{id}"},
        "success_path": "code", "success_value": "0", "id_path": "data.msgid",
    }  # fmt: skip
    return GatewayTerms(**given | changed)


def gateway_in_use(server: GatewayServer, **changed: Any) -> Gateway:
    """A gateway at the server that is on."""
    row = add_gateway(actor=ADMIN, at=AT, terms=terms_of(server, **changed))
    return switch_gateway(actor=ADMIN, at=AT, gateway_id=row.id, on=True)


def queued(
    *, report: UUID | None = None, phone: str = PHONE, urgent: bool = False, occurrence: str = ""
) -> Message | None:
    """A message in the queue, with words of its own."""
    with acting(actor=ADMIN, at=AT) as act:
        return queue_message(
            act,
            Telling(
                report_id=report or uuid7(), number="20260302-00000017-4", notice=Notice.CALLBACK,
                phone=phone, path="/t/1/secret/", words="请评价", occurrence=occurrence, is_urgent=urgent,
            ),
        )  # fmt: skip
