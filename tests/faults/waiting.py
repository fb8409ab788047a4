"""Waiting for a fact with a deadline: the machine may be slow, the fact may not stay away."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
GLANCE = 0.05


def wait_for(what: str, look: Callable[[], T], *, seconds: float = 30, every: float = GLANCE) -> T:
    """The first true answer of `look`; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"after {seconds:.0f} s still not: {what} (last: {found!r})"
        time.sleep(every)
