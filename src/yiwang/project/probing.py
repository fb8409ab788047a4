"""Probing 探测: ask a running web server whether it is ready."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any


def health(host: str, port: int, *, seconds: float = 3) -> tuple[int, dict[str, Any]]:
    """Status and body of `/healthz`; status 0 when nothing answers there."""
    connection = HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, HTTPException, ValueError):
        return 0, {}
    finally:
        connection.close()


def is_ready(host: str, port: int) -> bool:
    """Whether `/healthz` answers 200."""
    return health(host, port)[0] == 200
