"""Versioned caches 版本化缓存: what every process keeps in memory, and how it learns of a change.

A service that changes the catalog, a calendar, a boundary or a grant calls `bump(act, "catalog")` in its
transaction. Processes ask for all versions at most once a second and rebuild what has moved.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from django.db import connection

from .act import Act

T = TypeVar("T")
_CHECK_EVERY = 1.0

_lock = threading.Lock()
#: Names whose values this thread keeps to itself for now, with the values.
_apart: ContextVar[dict[str, dict[int, Any]] | None] = ContextVar("yiwang_caches_apart", default=None)
_versions: dict[str, int] = {}
_checked = 0.0
_caches: list[VersionedCache] = []


def bump(act: Act, name: str) -> None:
    """Tell every process, in the act's transaction, that what `name` caches has changed."""
    act.also(
        "INSERT INTO ledger_cacheversion (name, version) VALUES (%s, 1) "
        "ON CONFLICT (name) DO UPDATE SET version = ledger_cacheversion.version + 1",
        [name],
    )
    forget()


def bump_now(name: str) -> None:
    """The same outside an act (loading package data, bulk import); joins the open transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_cacheversion (name, version) VALUES (%s, 1) "
            "ON CONFLICT (name) DO UPDATE SET version = ledger_cacheversion.version + 1",
            [name],
        )
    forget()


def forget(*, everything: bool = False, name: str = "") -> None:
    """Ask the database for versions at the next look-up.

    Args:
        everything: drop all cached values.
        name: drop what is cached under this name, as after a transaction that was undone.
    """
    own = _apart.get()
    if own is not None:
        for kept in own.values():
            kept.clear()
        return
    global _checked  # noqa: PLW0603 - process-wide by intent
    _checked = 0.0
    for cache in _caches:
        if everything or cache.name == name:
            cache.clear()


@contextmanager
def apart(*names: str) -> Iterator[None]:
    """Let this thread see its own uncommitted changes in some caches, and nobody else.

    For a transaction that will be undone: values under `names` are built anew for this thread until the block
    ends, versions that it bumps are told to nobody, and all other caches stay as they are.
    """
    token = _apart.set({name: {} for name in names})
    try:
        yield
    finally:
        _apart.reset(token)


def _current(name: str) -> int:
    global _checked  # noqa: PLW0603
    if _apart.get() is not None and _checked:
        return _versions.get(name, 0)
    now = time.monotonic()
    if now - _checked > _CHECK_EVERY:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, version FROM ledger_cacheversion")
            fresh = dict(cursor.fetchall())
        with _lock:
            _versions.clear()
            _versions.update(fresh)
            _checked = now
    return _versions.get(name, 0)


class VersionedCache(Generic[T]):
    """One value built from the database and kept until its version moves.

    Args:
        name: what `bump` is called with.
        build: reads the database and returns the value; must not write.
    """

    def __init__(self, name: str, build: Callable[[], T]) -> None:
        self.name = name
        self._build = build
        self._kept: tuple[int, T] | None = None
        _caches.append(self)

    def get(self) -> T:
        """The current value; at most one second behind a commit elsewhere."""
        own = (_apart.get() or {}).get(self.name)
        if own is not None:
            if id(self) not in own:
                own[id(self)] = self._build()
            value: T = own[id(self)]
            return value
        version = _current(self.name)
        kept = self._kept
        if kept is not None and kept[0] == version:
            return kept[1]
        fresh = self._build()
        self._kept = (version, fresh)
        return fresh

    def clear(self) -> None:
        """Drop the value."""
        self._kept = None
