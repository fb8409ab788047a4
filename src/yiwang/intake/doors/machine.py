"""The guard of machine doors 机器接口守卫: who sends, by signature or token, and errors as problem+json."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from ...interface.public import json_answer, problem_for_status, problem_of
from ...kernel.errors import YiwangError
from ..enums import KeyKind
from ..errors import TooMany, Unproved
from ..queries.channels import LiveChannel, LiveKey, channel_index, live_channel
from ..rules.signing import Signed, fault, headers_of
from ..services.counting import count_refusal

#: Bytes of one delivery, at most.
MOST_BYTES = 12_000_000
_LOG = logging.getLogger(__name__)
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Proven:
    """A request whose sender is known 已证实的请求.

    Attributes:
        nonce: key and nonce to be used up when the delivery is stored; None with a token.
    """

    channel: LiveChannel
    key: LiveKey
    body: bytes
    at: datetime
    nonce: tuple[UUID, str] | None


def machine_door(*methods: str) -> Callable[[View], View]:
    """Decorator of a machine's view: these methods only, no session, errors as problem+json."""

    def wrap(view: View) -> View:
        @csrf_exempt
        @functools.wraps(view)
        def guarded(request: HttpRequest, **values: object) -> HttpResponse:
            if request.method not in methods:
                only = problem_for_status(405, f"这个地址只接受 {'、'.join(methods)}。")
                answer = json_answer(only, request)
                answer["Allow"] = ", ".join(methods)
                return answer
            try:
                return view(request, **values)
            except YiwangError as error:
                return refusal(request, error)

        return guarded

    return wrap


def refusal(request: HttpRequest, error: YiwangError) -> HttpResponse:
    """An error as problem+json, with when to come again."""
    problem = problem_of(error, request)
    assert problem is not None
    answer = json_answer(problem, request)
    if isinstance(error, TooMany):
        answer["Retry-After"] = str(error.retry_after)
    return answer


def proven(
    request: HttpRequest, code: str, *, kinds: Sequence[str] = (KeyKind.HMAC, KeyKind.TOKEN)
) -> Proven:
    """Who sends a request to a channel, and its body.

    Args:
        kinds: kinds of keys that are accepted; a channel whose settings say `auth: token` or `auth: hmac`
            accepts that one only.

    Raises:
        NotFound: there is no such channel.
        Refused: it is closed.
        Unproved: the request does not prove that it comes from the channel's source.
    """
    at = timezone.now()
    channel = live_channel(code, at)
    body = _body(request)
    wanted = str(channel.definition.settings.get("auth", ""))
    allowed = [kind for kind in kinds if not wanted or kind == wanted]
    signed = headers_of(request.headers)
    try:
        if signed is not None and KeyKind.HMAC in allowed:
            key = _signed(channel, signed, request, body, at)
            return Proven(channel, key, body, at, (key.id, signed.nonce))
        if KeyKind.TOKEN in allowed:
            return Proven(channel, _token(channel, request, at), body, at, None)
        raise Unproved("请求没有签名。请带上 X-Yiwang-Key、-Time、-Nonce 和 -Signature。")
    except Unproved:
        count_refusal(channel.code, at, refused=1)
        raise


def _body(request: HttpRequest) -> bytes:
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = 0
    try:
        body = b"" if length > MOST_BYTES else _read(request)
    except RawPostDataException:
        body = b""
    if max(length, len(body)) > MOST_BYTES:
        raise _TooLarge(f"报文不能超过 {MOST_BYTES // 1_000_000} MB，请分批发送。")
    return body


def _read(request: HttpRequest) -> bytes:
    """The body, one byte beyond what is allowed at most: its length need not be stated, nor be true."""
    return request.body if hasattr(request, "_body") else request.read(MOST_BYTES + 1)


class _TooLarge(YiwangError):
    """The delivery is too large (413)."""

    status = 413
    code = "intake.too_large"


def _signed(channel: LiveChannel, signed: Signed, request: HttpRequest, body: bytes, at: datetime) -> LiveKey:
    key = channel_index().keys_by_name.get(signed.key)
    if key is None or key.channel != channel.code or key.kind != KeyKind.HMAC or not key.holds(at):
        raise Unproved("凭证不存在、已失效，或不属于这个渠道。")
    wrong = fault(
        signed, key.secret, method=request.method or "", path=request.get_full_path(), body=body, at=at
    )
    if wrong:
        raise Unproved(wrong)
    return key


def _token(channel: LiveChannel, request: HttpRequest, at: datetime) -> LiveKey:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = _token_of_address(channel, request)
    key = channel_index().key_of_secret(token.strip(), at) if token.strip() else None
    if key is None or key.channel != channel.code or key.kind != KeyKind.TOKEN:
        raise Unproved("令牌不存在、已失效，或不属于这个渠道。")
    return key


def _token_of_address(channel: LiveChannel, request: HttpRequest) -> str:
    """The token of `?key=…`, for gateways that can do no better and whose channel says `key_in_address`."""
    allowed = channel.definition.settings.get("key_in_address") == "true"
    return request.GET.get("key", "") if allowed else ""
