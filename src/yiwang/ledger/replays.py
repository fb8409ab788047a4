"""Replays 重放: apps tell `check ledger` what the journal says a row must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from .models import JournalEntry, RootRow

R = TypeVar("R", bound=RootRow)
#: For many rows at once, what stands beside each in other tables, by its key.
Gather = Callable[[Sequence[Any]], Mapping[UUID, Any]]


@dataclass(frozen=True, slots=True)
class Replay:
    """How the rows of a model are compared with their journals; `differences` gets what `gather` found."""

    differences: Callable[[Any, Sequence[JournalEntry], Any], list[str]]
    gather: Gather


_REPLAYS: dict[type[RootRow], Replay] = {}


def register_replay(
    model: type[R],
    replay: Callable[..., list[str]],
    gather: Callable[[Sequence[R]], Mapping[UUID, Any]] | None = None,
) -> None:
    """Let `check ledger` compare each row of `model` with its journal.

    Args:
        replay: gets a row and every entry of its stream in order; returns the differences in words, nothing
            when they agree.
        gather: what stands beside the rows in other tables, asked for many at once, so that a row costs no
            query of its own; `replay` then gets what was found for its row as a third argument.
    """
    if gather is None:
        _REPLAYS[model] = Replay(lambda row, entries, _: replay(row, entries), lambda rows: {})
    else:
        _REPLAYS[model] = Replay(replay, gather)


def replay_of(model: type[RootRow]) -> Replay | None:
    """The registered replay of a model."""
    return _REPLAYS.get(model)
