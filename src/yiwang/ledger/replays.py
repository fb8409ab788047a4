"""Replays 重放: apps tell `check ledger` what the journal says a row must be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .models import JournalEntry, RootRow

R = TypeVar("R", bound=RootRow)
Replay = Callable[[Any, Sequence[JournalEntry]], list[str]]

_REPLAYS: dict[type[RootRow], Replay] = {}


def register_replay(model: type[R], replay: Callable[[R, Sequence[JournalEntry]], list[str]]) -> None:
    """Let `check ledger` compare each row of `model` with its journal.

    Args:
        replay: gets a row and every entry of its stream in order; returns the differences in words, nothing
            when they agree.
    """
    _REPLAYS[model] = replay


def replay_of(model: type[RootRow]) -> Replay | None:
    """The registered replay of a model."""
    return _REPLAYS.get(model)
