"""Taking 专用处理: doors whose messages are no reports say here what their messages do instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..queries.channels import LiveChannel
from ..rules.applying import MappedReport

#: Does what a mapped message says, or raises RowFailed or YiwangError.
Taker = Callable[[LiveChannel, MappedReport, datetime], None]

_TAKERS: dict[str, Taker] = {}


def register_taker(door: str, taker: Taker) -> None:
    """Let `taker` deal with every message of a door's channels."""
    _TAKERS[door] = taker


def taker_of(door: str) -> Taker | None:
    """What deals with a door's messages; None when they become reports."""
    return _TAKERS.get(door)
