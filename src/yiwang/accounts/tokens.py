"""Authentication by API token 令牌认证."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from .models import ApiToken
from .rules import scopes_allow

#: Every token begins so, which lets scanners for leaked secrets find one.
PREFIX = "ywt_"
_KEEP_SECONDS = 1.0
_KEPT_MOST = 4096
_COARSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """Who a token speaks for 令牌身份: token, account and the listed acts (or `read`, `write`)."""

    token_id: UUID
    account_id: UUID
    acts: frozenset[str]

    def allows(self, act: str) -> bool:
        """Whether the token may do an act, if its account may."""
        return scopes_allow(self.acts, act)


_kept: dict[bytes, tuple[float, datetime | None, TokenIdentity | None]] = {}


def token_digest(raw: str) -> bytes:
    """SHA-256 of a token's text. A token holds 256 random bits, so no salt or stretching is needed."""
    return hashlib.sha256(raw.encode()).digest()


def authenticate_token(raw: str, *, at: datetime | None = None) -> TokenIdentity | None:
    """Who the token speaks for, or None when it is unknown, expired, revoked or its account inactive.

    The answer is kept for a second at most, so that a revocation takes effect within a second in every
    process.

    Args:
        at: the instant of the request; by default now.
    """
    if not raw.startswith(PREFIX) or len(raw) > 100:
        return None
    digest = token_digest(raw)
    now = time.monotonic()
    instant = at or timezone.now()
    kept = _kept.get(digest)
    if kept is not None and now - kept[0] <= _KEEP_SECONDS:
        return kept[2] if kept[1] is None or instant < kept[1] else None
    expires_at, identity = _look_up(digest, instant)
    if len(_kept) >= _KEPT_MOST:
        _kept.clear()
    _kept[digest] = (now, expires_at, identity)
    return identity


def forget_tokens() -> None:
    """Drop what this process keeps, so that the next look-up asks the database."""
    _kept.clear()


def _look_up(digest: bytes, at: datetime) -> tuple[datetime | None, TokenIdentity | None]:
    row = (
        ApiToken.objects.filter(digest=digest, revoked_at=None, expires_at__gt=at, account__is_active=True)
        .values_list("id", "account_id", "acts", "expires_at", "last_used_at")
        .first()
    )
    if row is None:
        return None, None
    token_id, account_id, acts, expires_at, last_used_at = row
    if (last_used_at is None or at - last_used_at >= _COARSE) and not connection.in_atomic_block:
        ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=at), pk=token_id).update(
            last_used_at=at
        )
    return expires_at, TokenIdentity(token_id, account_id, frozenset(acts))
