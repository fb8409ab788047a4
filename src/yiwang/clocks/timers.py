"""The timer table 定时表: planned and cancelled inside an act, and who reacts when a timer is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from ..ledger.public import Act
from .models import Timer


class TimerHandler(Protocol):
    """What happens when a timer is due; runs in a transaction of its own, once for each timer.

    It must look at the subject again: when `generation` is no longer the subject's, it does nothing.
    """

    def __call__(self, *, subject: UUID, generation: int, due_at: datetime, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A timer that is due 到期定时, as a handler of many sees it."""

    id: UUID
    subject: UUID
    generation: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Again:
    """The timer goes on 继续定时: the same row, due again at `due_at` with this generation."""

    due_at: datetime
    generation: int


@dataclass(frozen=True, slots=True)
class Busy:
    """The subject is being changed by somebody 对象正忙: nothing was done, ask again in a moment."""


BUSY = Busy()
Outcome = Again | Busy


class ManyTimersHandler(Protocol):
    """What happens when timers of one kind are due; called with many, in one transaction.

    It must look at each subject again, and must not wait for a lock: a subject that is locked is `BUSY`.
    Returns what becomes of a timer by its `id`; a timer that is not named has happened.
    """

    def __call__(self, timers: Sequence[DueTimer], *, at: datetime) -> Mapping[UUID, Outcome]: ...


H = TypeVar("H", bound=TimerHandler)
M = TypeVar("M", bound=ManyTimersHandler)
_HANDLERS: dict[str, TimerHandler] = {}
_MANY: dict[str, ManyTimersHandler] = {}


def timer_handler(kind: str) -> Callable[[H], H]:
    """Decorator: let the clock call this function for each due timer of `kind`.

    Raises:
        ValueError: when another function already reacts to the kind.
    """

    def keep(handler: H) -> H:
        _refuse_second(kind, handler)
        _HANDLERS[kind] = handler
        return handler

    return keep


def many_timers_handler(kind: str) -> Callable[[M], M]:
    """Decorator: let the clock call this function for the due timers of `kind`, many at a time.

    Raises:
        ValueError: when another function already reacts to the kind.
    """

    def keep(handler: M) -> M:
        _refuse_second(kind, handler)
        _MANY[kind] = handler
        return handler

    return keep


def _refuse_second(kind: str, handler: object) -> None:
    known = _HANDLERS.get(kind) or _MANY.get(kind)
    if known is not None and _name(known) != _name(handler):
        raise ValueError(f"two handlers for the timer kind {kind!r}")


def many_handler_of(kind: str) -> ManyTimersHandler | None:
    """The function that reacts to many timers of a kind at a time."""
    return _MANY.get(kind)


def kinds_of_many() -> list[str]:
    """The kinds of timers that are fired many at a time."""
    return list(_MANY)


def handler_of(kind: str) -> TimerHandler | None:
    """The function that reacts to a kind of timer."""
    return _HANDLERS.get(kind)


def plan_timer(act: Act, *, subject: UUID, kind: str, due_at: datetime, generation: int) -> Timer:
    """Plan a timer within the act; it is there when the act is."""
    return act.insert(Timer(due_at=due_at, run_at=due_at, subject=subject, kind=kind, generation=generation))


def cancel_timers(act: Act, *, subject: UUID, kind: str | None = None) -> None:
    """Cancel the subject's timers (of one kind) within the act; those planned in the same act stay."""
    if kind is None:
        act.also("DELETE FROM clocks_timer WHERE subject = %s", [subject])
    else:
        act.also("DELETE FROM clocks_timer WHERE subject = %s AND kind = %s", [subject, kind])


def _name(handler: object) -> str:
    return f"{getattr(handler, '__module__', '')}.{getattr(handler, '__qualname__', '')}"
