"""The timer table 定时表: planned and cancelled inside an act, and who reacts when a timer is due."""

from __future__ import annotations

from collections.abc import Callable
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


H = TypeVar("H", bound=TimerHandler)
_HANDLERS: dict[str, TimerHandler] = {}


def timer_handler(kind: str) -> Callable[[H], H]:
    """Decorator: let the clock call this function for each due timer of `kind`.

    Raises:
        ValueError: when another function already reacts to the kind.
    """

    def keep(handler: H) -> H:
        known = _HANDLERS.get(kind)
        if known is not None and _name(known) != _name(handler):
            raise ValueError(f"two handlers for the timer kind {kind!r}")
        _HANDLERS[kind] = handler
        return handler

    return keep


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
