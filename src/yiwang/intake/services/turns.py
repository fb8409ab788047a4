"""Turns 独占: one process at a time looks after a mailbox or a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def alone(kind: str, code: str) -> Iterator[bool]:
    """Whether this process has the turn 独占; a session lock keeps the others away until the block ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s), hashtext(%s))", [kind, code])
        mine = bool(cursor.fetchone()[0])
        try:
            yield mine
        finally:
            if mine and connection.connection is not None and not connection.connection.closed:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s), hashtext(%s))", [kind, code])
