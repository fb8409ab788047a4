"""Answering 应答: who asks, and an act that is done once under an `Idempotency-Key`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja.responses import NinjaJSONEncoder

from ...interface.public import ProblemOut, actor_of, expected_version, retrying
from ...kernel.actor import Actor
from ...kernel.errors import Invalid, Refused
from ...ledger.public import answer_once
from ..models import Whistle
from .schemas import whistle_out

PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 412, 422, 429), ProblemOut)


def actor(request: HttpRequest) -> Actor:
    """Who asks; the root's authentication has put it on the request."""
    found = actor_of(request)
    if found is None:
        raise Refused("请先登录，或在请求头中提供有效的令牌。", code="refused")
    return found


def answer(request: HttpRequest, status: int, produce: Callable[[], Any]) -> HttpResponse:
    """Do an act and answer with what it made; once only under an `Idempotency-Key`."""
    key = request.headers.get("Idempotency-Key")

    def run() -> tuple[int, str]:
        return status, json.dumps(produce(), cls=NinjaJSONEncoder, ensure_ascii=False)

    repeated = False
    if key is None:
        code, body = retrying(run)()
    else:
        token = getattr(request, "token_id", None) or actor(request).account_id
        if token is None:
            raise Invalid("Idempotency-Key 需要令牌或登录。")
        scope = f"{request.method} {request.path}"
        code, body, repeated = retrying(answer_once)(token, scope, key, request.body, run)
    response = HttpResponse(body, status=code, content_type="application/json; charset=utf-8")
    if repeated:
        response["Idempotency-Replayed"] = "true"
    return response


def act_on(request: HttpRequest, whistle_id: UUID, service: Callable[..., Any], **given: Any) -> HttpResponse:
    """One act on a whistle: its new self."""
    expected = expected_version(request)

    def produce() -> dict[str, Any]:
        made = service(
            actor=actor(request), at=timezone.now(), whistle_id=whistle_id, expected=expected, **given
        )
        if isinstance(made, Whistle):
            return whistle_out(made)
        return whistle_out(Whistle.objects.get(pk=whistle_id))

    return answer(request, 200, produce)
