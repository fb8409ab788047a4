"""Canonical text 规范文本: the one spelling that is stored and hashed.

Journal bodies hold ids, codes, instants, whole numbers, booleans and salted commitments. Floats are
refused (their spelling differs between programs): store microdegrees, fen, seconds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

HASH_SIZE = 32
GENESIS = bytes(HASH_SIZE)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(v) for v in value)
    raise TypeError(f"a journal body cannot hold {type(value).__name__}: {value!r}")


def _refuse_floats(values: Iterable[Any]) -> None:
    for value in values:
        if isinstance(value, float):
            raise TypeError(f"a journal body cannot hold a float: {value!r}")
        if isinstance(value, (dict, list, tuple)):
            _refuse_floats(value.values() if isinstance(value, dict) else value)


_ENCODER = json.JSONEncoder(default=_plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def canonical_text(body: Mapping[str, Any]) -> str:
    """Sorted keys, no spaces, UTF-8 kept as it is.

    Raises:
        TypeError: for floats and for anything that is not a plain value.
    """
    _refuse_floats(body.values())
    return _ENCODER.encode(body)


def instant_text(at: datetime) -> str:
    """An aware instant in UTC with microseconds, such as `2026-02-13T07:20:00.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def due_name(key: UUID) -> str:
    """How entries name the row whose due instant they tell: the last twelve digits of its key."""
    return key.hex[-12:]


def entry_hash(
    previous: bytes,
    *,
    stream: UUID,
    seq: int,
    kind: str,
    at: datetime,
    actor: UUID | None,
    post: UUID | None,
    agent: str,
    body: str,
) -> bytes:
    """SHA-256 of one journal entry, chained to the entry before it.

    The hashed text is `previous || stream \\n seq \\n kind \\n at \\n actor \\n post \\n agent \\n body`.
    Where there is no actor or no post, its line is empty. Every stored column is covered.
    """
    who = (str(actor or ""), str(post or ""), agent)
    head = "\n".join((str(stream), str(seq), kind, instant_text(at), *who, body))
    return hashlib.sha256(previous + head.encode()).digest()


def new_salt() -> bytes:
    """Sixteen random bytes for a commitment."""
    return os.urandom(16)


def commitment(text: str, salt: bytes) -> str:
    """Salted commitment to a free text: HMAC-SHA256 keyed by the salt, in hex.

    Once the salt is erased with the text, nothing can be guessed from the commitment.
    """
    return hmac.digest(salt, text.encode(), "sha256").hex()
