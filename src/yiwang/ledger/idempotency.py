"""Idempotency 幂等: one answer to a request, however often it is sent under one key.

The answer is stored in the transaction of the act itself, so there is no act without its answer and no answer
without its act. Requests that arrive together wait for each other on the unique index. Errors are not stored:
the same request may be sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from ..kernel.errors import FieldProblem, Invalid
from .act import execute

#: How long an answer is kept.
KEPT = timedelta(days=7)
LONGEST_KEY = 200

_CLAIM = """
INSERT INTO ledger_idempotentanswer (token, scope, key, request_hash, status, body)
VALUES (%s, %s, %s, %s, 0, '') ON CONFLICT DO NOTHING RETURNING id
"""


def answer_once(
    token_id: UUID, scope: str, key: str, request_bytes: bytes, produce: Callable[[], tuple[int, str]]
) -> tuple[int, str, bool]:
    """Answer a request once and give the same answer again to its repetitions.

    Args:
        token_id: who asks; keys of different tokens never meet.
        scope: method and path, such as `POST /api/v1/reports`.
        key: the client's `Idempotency-Key`.
        request_bytes: the request's body; another body under the same key is refused.
        produce: does the act and returns (status, body). It runs in this transaction and reports errors by
            raising.

    Returns:
        Status, body, and whether it is a repetition.

    Raises:
        Invalid: `idempotency.key_reused` for another body under the key, `idempotency.key_invalid` for a key
            that is empty or longer than 200 characters.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise _refusal(key, f"请写 1 到 {LONGEST_KEY} 个字符的键。", "idempotency.key_invalid")
    if len(scope) > LONGEST_KEY:
        scope = hashlib.sha256(scope.encode()).hexdigest()
    digest = hashlib.sha256(request_bytes).digest()
    with transaction.atomic():
        claimed = execute(_CLAIM, [token_id, scope, key, digest]).fetchone()
        if claimed is None:
            return _stored(token_id, scope, key, digest)
        status, body = produce()
        execute(
            "UPDATE ledger_idempotentanswer SET status = %s, body = %s WHERE id = %s",
            [status, body, claimed[0]],
        )
    return status, body, False


def purge_answers(at: datetime) -> int:
    """Delete answers older than `KEPT`; returns how many."""
    return execute("DELETE FROM ledger_idempotentanswer WHERE created_at < %s", [at - KEPT]).rowcount


def _stored(token_id: UUID, scope: str, key: str, digest: bytes) -> tuple[int, str, bool]:
    row = execute(
        "SELECT request_hash, status, body FROM ledger_idempotentanswer "
        "WHERE token = %s AND scope = %s AND key = %s",
        [token_id, scope, key],
    ).fetchone()
    if row is None:
        raise _refusal(key, "这个键刚刚过期，请换一个键重发。", "idempotency.key_expired")
    if bytes(row[0]) != digest:
        raise _refusal(key, "这个键已用于另一个请求，请换一个键。", "idempotency.key_reused")
    return row[1], row[2], True


def _refusal(key: str, remedy: str, code: str) -> Invalid:
    return Invalid(
        f"Idempotency-Key：{remedy}", [FieldProblem("Idempotency-Key", key[:60], remedy)], code=code
    )
