"""Proving 出示凭证: the headers with which we prove to a source who asks or tells."""

from __future__ import annotations

import secrets
from datetime import datetime
from urllib.parse import urlsplit

from ..enums import KeyKind
from ..queries.channels import LiveChannel
from ..rules.signing import signed_headers


def proof_headers(
    channel: LiveChannel, auth: str, *, method: str, url: str, at: datetime, body: bytes = b""
) -> dict[str, str]:
    """The headers for a request to a channel's source 出示凭证.

    Args:
        auth: `none`, `bearer` (the token that they gave us) or `hmac` (our signature).

    Raises:
        ValueError: the channel has no valid key of that kind.
    """
    if auth == "none":
        return {}
    kind = KeyKind.THEIRS if auth == "bearer" else KeyKind.HMAC
    key = channel.key(kind, at)
    if key is None:
        raise ValueError(f"渠道没有可用的“{kind.label}”凭证。")
    if auth == "bearer":
        return {"Authorization": f"Bearer {key.secret}"}
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return signed_headers(
        key.name, key.secret, method=method, path=path, body=body, at=at, nonce=secrets.token_hex(8)
    )
