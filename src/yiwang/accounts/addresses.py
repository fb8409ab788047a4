"""Where a request comes from 来源地址: behind trusted proxies too (`YIWANG_TRUSTED_PROXIES`)."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_network

from django.conf import settings
from django.http import HttpRequest

from .rules import Network, client_address


def address_of(request: HttpRequest) -> str:
    """The client's IP address; the lock-out after failed logins counts by it too."""
    trusted = _networks(tuple(settings.YIWANG_TRUSTED_PROXIES))
    return client_address(
        request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", ""), trusted
    )


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)
