"""Observing 观测: a request id everywhere, one log line a request, figures for `/metrics`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from uuid import UUID

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram

from ..kernel.ids import uuid7

_LOG = structlog.get_logger("yiwang.requests")
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = ("/healthz", "/metrics", "/static/")

REQUESTS = Counter("yiwang_requests_total", "Answered requests", ["method", "route", "status"])
SECONDS = Histogram(
    "yiwang_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class Observed:
    """First of all middleware: binds the request id, measures, logs.

    The id is taken from `X-Request-Id` when it is well formed, else made; the answer carries it back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request and observe it."""
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _GIVEN.fullmatch(given) else str(uuid7())
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        try:
            answer = self.get_response(request)
            answer.headers["X-Request-Id"] = request_id
            self._note(request, answer, time.perf_counter() - began)
        finally:
            structlog.contextvars.clear_contextvars()
        return answer

    def _note(self, request: HttpRequest, answer: HttpResponseBase, seconds: float) -> None:
        if request.path.startswith(_QUIET):
            return
        match = request.resolver_match
        route = f"/{match.route}" if match else "unmatched"
        REQUESTS.labels(request.method, route, answer.status_code).inc()
        SECONDS.labels(route).observe(seconds)
        # `_cached_user` exists once the view has asked who it is: logging must not cause a query
        account = getattr(getattr(request, "_cached_user", None), "pk", None)
        _LOG.info(
            "request",
            method=request.method,
            route=route,
            status=answer.status_code,
            ms=round(seconds * 1000, 1),
            account=str(account) if isinstance(account, (UUID, int)) else None,
        )
