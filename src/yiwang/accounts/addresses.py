"""Addresses 地址: where a request comes from, behind trusted proxies too, and how others reach us."""

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


def own_address(request: HttpRequest, path: str) -> str:
    """A whole address of ours, as browsers see it: by the trusted origin of the request's host, if any."""
    host = request.get_host()
    origin = next((one for one in settings.CSRF_TRUSTED_ORIGINS if one.endswith(f"://{host}")), "")
    return f"{origin}{path}" if origin else request.build_absolute_uri(path)


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)
