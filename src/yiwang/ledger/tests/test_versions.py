"""Versioned caches: what a thread keeps to itself."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from yiwang.ledger.public import VersionedCache, apart, bump_now


@pytest.mark.django_db(transaction=True)
def test_a_thread_apart_sees_its_own_uncommitted_changes_and_nobody_else_does() -> None:
    built: list[str] = []

    def build() -> str:
        built.append(threading.current_thread().name)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ledger_cacheversion WHERE name = 'apart.mark'")
            return str(cursor.fetchone()[0])

    cache: VersionedCache[str] = VersionedCache("apart.test", build)
    assert cache.get() == "0"
    seen: list[str] = []
    with apart("apart.test"), transaction.atomic():
        bump_now("apart.mark")
        bump_now("apart.test")
        assert cache.get() == "1"
        other = threading.Thread(target=lambda: (seen.append(cache.get()), connection.close()))
        other.start()
        other.join()
        transaction.set_rollback(True)
    assert seen == ["0"]
    assert cache.get() == "0"
    bump_now("apart.test")
    bump_now("apart.mark")
    assert cache.get() == "1"
