"""NATS client 队列客户端 that keeps to the addresses and the TLS that its definition demands."""

from __future__ import annotations

from typing import Any

from nats.aio.client import Client
from nats.errors import SecureConnRequiredError


class CarefulClient(Client):
    """A NATS client that is stricter than its library.

    The library connects in clear when a server does not ask for TLS, so that whoever answers in its place
    would get the token; and it follows every address a server names.

    Args:
        demands_tls: refuse a server that offers no TLS, before anything is sent to it.
    """

    def __init__(self, *, demands_tls: bool) -> None:
        super().__init__()
        self._demands_tls = demands_tls

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        if initial_connection and self._demands_tls and not info.get("tls_required"):
            raise SecureConnRequiredError
        await super()._process_info({**info, "connect_urls": []}, initial_connection)
