"""Rules of single sign-on 统一身份认证规则: what goes to the provider, and which of its tokens are believed.

Sources: OpenID Connect Core 1.0 §3.1.3.7, RFC 7636 (PKCE), RFC 9207 (issuer in the answer).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

#: Signatures that are believed: all by a private key of the provider, never by a shared secret or none.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
#: How long somebody may take at the provider, and how far its clock may be off.
LIFETIME = timedelta(minutes=10)
LEEWAY = timedelta(seconds=60)
LONGEST_IDENTITY = 200


class SignOnFailed(Exception):
    """A login that is not believed or not finished.

    Attributes:
        code: why, for the log and the tests: `state`, `nonce`, `signature`, `expired`, `audience` …
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


@dataclass(frozen=True, slots=True)
class SignOnSettings:
    """Who the provider is and who we are to it 统一身份认证设置.

    Attributes:
        claim: claim whose value is the account's 统一身份标识.
        label: what the button on the login page says.
        ca_file: certificates trusted instead of the system's.
    """

    issuer: str
    client_id: str
    client_secret: str = ""
    claim: str = "sub"
    scope: str = "openid"
    label: str = "统一身份认证"
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A login on its way 登录途中: kept in the visitor's session, used once.

    Attributes:
        verifier: the secret of PKCE, of which the provider saw only a hash.
        next: where to go after it, a path of ours.
        began: epoch seconds.
    """

    state: str
    nonce: str
    verifier: str
    next: str
    began: int

    @classmethod
    def begin(cls, *, at: datetime, next_path: str) -> Pending:
        """A login that begins now, with secrets of its own."""
        return cls(
            secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), next_path,
            int(at.timestamp()),
        )  # fmt: skip

    def as_plain(self) -> dict[str, Any]:
        """As the session keeps it."""
        return asdict(self)


def pending_from(kept: object, *, state: str, at: datetime) -> Pending:
    """The login that an answer belongs to.

    Args:
        kept: what the session holds under this state, None when it holds nothing.

    Raises:
        SignOnFailed: it holds none (`state`), or the login began too long ago (`late`).
    """
    if not isinstance(kept, Mapping) or not state or not hmac.compare_digest(str(kept["state"]), state):
        raise SignOnFailed("state")
    pending = Pending(**kept)
    if at.timestamp() - pending.began > LIFETIME.total_seconds():
        raise SignOnFailed("late")
    return pending


def is_safe_address(address: str) -> bool:
    """Whether an address may carry secrets: https, or plain http on this machine only."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def authorization_address(
    endpoint: str, settings: SignOnSettings, pending: Pending, *, return_address: str
) -> str:
    """Where to send somebody who wants to log in."""
    digest = hashlib.sha256(pending.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": return_address,
        "scope": settings.scope,
        "state": pending.state,
        "nonce": pending.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return _with_query(endpoint, query)


def leaving_address(endpoint: str, settings: SignOnSettings, *, return_address: str) -> str:
    """Where to send somebody who logs out at the provider too (RP-Initiated Logout 1.0)."""
    query = {"client_id": settings.client_id, "post_logout_redirect_uri": return_address}
    return _with_query(endpoint, query)


def _with_query(endpoint: str, query: Mapping[str, str]) -> str:
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"


def usable_keys(document: Mapping[str, Any]) -> KeySet:
    """The provider's signing keys; symmetric ones and those for encryption are left out.

    Raises:
        SignOnFailed: there are none (`keys`).
    """
    listed = document.get("keys")
    found = [
        key
        for key in (listed if isinstance(listed, list) else [])
        if isinstance(key, dict) and key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"
    ]
    if not found:
        raise SignOnFailed("keys")
    try:
        return KeySet.import_key_set({"keys": found})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SignOnFailed("keys", type(error).__name__) from error


def believed_claims(
    token: str, keys: KeySet, *, settings: SignOnSettings, nonce: str, at: datetime
) -> dict[str, Any]:
    """The claims of an id_token that is the provider's, for us, for this login, and still valid.

    Raises:
        SignOnFailed: it is not; `code` says which check.
    """
    try:
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SignOnFailed("signature", type(error).__name__) from error
    if claims.get("iss") != settings.issuer:
        raise SignOnFailed("issuer")
    _check_audience(claims, settings.client_id)
    _check_times(claims, at.timestamp())
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise SignOnFailed("nonce")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise SignOnFailed("subject")
    return claims


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    given = claims.get("aud")
    audience = given if isinstance(given, list) else [given]
    if client_id not in audience:
        raise SignOnFailed("audience")
    party = claims.get("azp")
    if (len(audience) > 1 or party is not None) and party != client_id:
        raise SignOnFailed("audience", "azp")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    leeway = LEEWAY.total_seconds()
    end, issued, start = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if not all(isinstance(value, int | float) for value in (end, issued, start)):
        raise SignOnFailed("expired", "no times")
    assert end is not None and issued is not None  # noqa: PT018 - both are numbers, see above
    if end <= now - leeway:
        raise SignOnFailed("expired")
    if max(issued, start) > now + leeway:
        raise SignOnFailed("early")


def identity_of(claims: Mapping[str, Any], claim: str) -> str:
    """The 统一身份标识 that the claims carry; empty when they carry none.

    Raises:
        SignOnFailed: its value cannot be one (`claim`).
    """
    value = claims.get(claim)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise SignOnFailed("claim", claim)
    identity = str(value)
    if identity_problem(identity):
        raise SignOnFailed("claim", claim)
    return identity


def identity_problem(identity: str) -> str | None:
    """Chinese remedy when a text can be nobody's 统一身份标识, else None; it is compared as it stands."""
    if not identity or identity != identity.strip() or not identity.isprintable():
        return "请填写身份平台给出的标识，不能为空，不含空白或不可见字符。"
    if len(identity) > LONGEST_IDENTITY:
        return f"不能超过 {LONGEST_IDENTITY} 个字符。"
    return None
