"""Signing 签名: what a pushed request is signed over, and whether a signature holds.

A source signs `METHOD\\nPATH\\nTIME\\nNONCE\\nSHA256(body)` with HMAC-SHA256 under its secret and sends key
name, time (seconds since 1970), nonce and signature in headers. A time stamp too far off, a short nonce or a
wrong signature is refused; a nonce may be used once, which the store of nonces sees to.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

KEY, TIME, NONCE, SIGNATURE = "X-Yiwang-Key", "X-Yiwang-Time", "X-Yiwang-Nonce", "X-Yiwang-Signature"
SKEW = timedelta(minutes=5)
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Signed:
    """What the headers of a signed request say."""

    key: str
    time: str
    nonce: str
    signature: str


def headers_of(headers: Mapping[str, str]) -> Signed | None:
    """The four headers, or None when one is missing."""
    given = [headers.get(name, "") for name in (KEY, TIME, NONCE, SIGNATURE)]
    return Signed(*given) if all(given) else None


def signature(secret: str, *, method: str, path: str, time: str, nonce: str, body: bytes) -> str:
    """The signature of a request in hexadecimal."""
    text = "\n".join((method.upper(), path, time, nonce, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def fault(signed: Signed, secret: str, *, method: str, path: str, body: bytes, at: datetime) -> str:
    """Why the signature does not hold (Chinese); empty when it does. The nonce is not looked up here."""
    if not (signed.time.isascii() and signed.time.isdigit() and len(signed.time) <= 12):
        return f"{TIME} 应为自 1970 年起的秒数。"
    if abs(at.timestamp() - int(signed.time)) > SKEW.total_seconds():
        return f"{TIME} 与服务器时间相差超过 {SKEW.seconds // 60} 分钟，请校准时钟。"
    if not _NONCE.fullmatch(signed.nonce):
        return f"{NONCE} 应为 8 到 64 位字母、数字、下划线或连字符。"
    expected = signature(secret, method=method, path=path, time=signed.time, nonce=signed.nonce, body=body)
    if not hmac.compare_digest(expected.encode(), signed.signature.lower().encode("utf-8", "replace")):
        return "签名不符，请核对密钥，以及参与签名的方法、路径、时间、随机数和报文。"
    return ""


def signed_headers(
    name: str, secret: str, *, method: str, path: str, body: bytes, at: datetime, nonce: str
) -> dict[str, str]:
    """The headers of a signed request, as a source makes them."""
    time = str(int(at.timestamp()))
    signed = signature(secret, method=method, path=path, time=time, nonce=nonce, body=body)
    return {KEY: name, TIME: time, NONCE: nonce, SIGNATURE: signed}
