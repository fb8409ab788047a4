"""Outbound calls 外呼: one request to a gateway, with limits on where it goes, how long, and what is read.

Redirects are never followed. A host that resolves to a private address is refused unless the gateway says
that it stands in the internal network; link-local ones, where clouds keep their secrets, are refused always.
Names are resolved before the request: a name server that answers differently a moment later could slip past.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

import httpx

from ..rules import Envelope

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
#: Bytes of an answer that are read, and for how many seconds.
_READ, _READING = 4_000, 20.0


class NotReached(Exception):
    """The gateway was certainly not told: no connection came about."""


class NotAllowed(Exception):
    """The address is not one that this gateway may name."""


class NoAnswer(Exception):
    """The request may have arrived, but no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and beginning of the body of an answer."""

    status: int
    body: bytes


def call(envelope: Envelope, *, is_internal: bool, client: httpx.Client) -> Answer:
    """Send one request 调用网关.

    Raises:
        NotAllowed, NotReached: nothing was sent. NoAnswer: nobody knows.
    """
    check_host(envelope.url, is_internal=is_internal)
    begun, body = time.monotonic(), b""
    try:
        with client.stream(
            envelope.method, envelope.url, content=envelope.body or None, headers=dict(envelope.headers),
            timeout=TIMEOUT, follow_redirects=False,
        ) as answer:  # fmt: skip
            for chunk in answer.iter_bytes(_READ):
                body += chunk
                if len(body) >= _READ or time.monotonic() - begun > _READING:
                    break
            return Answer(answer.status_code, body[:_READ])
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
        raise NotReached(f"{type(error).__name__}: {error}") from error
    except (httpx.InvalidURL, ValueError) as error:
        raise NotAllowed(f"{type(error).__name__}: {error}") from error
    except httpx.HTTPError as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error


def check_host(url: str, *, is_internal: bool) -> None:
    """Refuse a host in a network that the gateway may not reach.

    Raises:
        NotAllowed: private, reserved or link-local. NotReached: the name is unknown.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"{type(error).__name__}: {error}") from error
    except ValueError as error:
        raise NotAllowed(str(error)) from error
    for entry in found:
        address = ip_address(str(entry[4][0]).partition("%")[0])
        if not _may_reach(address, is_internal=is_internal):
            raise NotAllowed(f"{host} -> {address}")


def _may_reach(address: IPv4Address | IPv6Address, *, is_internal: bool) -> bool:
    plain = getattr(address, "ipv4_mapped", None) or address
    if plain.is_link_local or plain.is_multicast or plain.is_unspecified:
        return False
    return plain.is_global or is_internal
