"""Answering 应答: who asks over the API, and an act that is done once under an `Idempotency-Key`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja.responses import NinjaJSONEncoder

from ..kernel.actor import Actor
from ..kernel.errors import Invalid, Refused
from .problem import ProblemOut
from .requests import actor_of, retrying

#: The answers that every route of an act may give beside its own.
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 412, 422, 429), ProblemOut)
Run = Callable[[], tuple[int, str]]
#: What runs an act once for an owner, scope, key and body: status, body, and whether it was run before.
Once = Callable[[UUID, str, str, bytes, Run], tuple[int, str, bool]]


def asker(request: HttpRequest) -> Actor:
    """Who asks; the root's authentication has put it on the request.

    Raises:
        Refused: nobody is logged in and no token was sent.
    """
    found = actor_of(request)
    if found is None:
        raise Refused("请先登录，或在请求头中提供有效的令牌。", code="refused")
    return found


def answer_act(request: HttpRequest, status: int, produce: Callable[[], Any], *, once: Once) -> HttpResponse:
    """Do an act and answer with what it made; through `once` only under an `Idempotency-Key`.

    Raises:
        Invalid: a key without anybody to whom it could belong.
    """
    key = request.headers.get("Idempotency-Key")

    def run() -> tuple[int, str]:
        return status, json.dumps(produce(), cls=NinjaJSONEncoder, ensure_ascii=False)

    repeated = False
    if key is None:
        code, body = retrying(run)()
    else:
        owner = getattr(request, "token_id", None) or asker(request).account_id
        if owner is None:
            raise Invalid("Idempotency-Key 需要令牌或登录。")
        scope = f"{request.method} {request.path}"
        code, body, repeated = retrying(once)(owner, scope, key, request.body, run)
    response = HttpResponse(body, status=code, content_type="application/json; charset=utf-8")
    if repeated:
        response["Idempotency-Replayed"] = "true"
    return response
