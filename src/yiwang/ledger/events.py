"""Events 事件: past facts as frozen dataclasses of ids and values, and who reacts to them.

An app declares its events in `events.py` and its reactions in `handlers.py`::

    @dataclass(frozen=True, slots=True)
    class CaseDispatched(Event):
        kind: ClassVar[str] = "cases.dispatched"
        case_id: UUID
        host_id: UUID

        @property
        def stream(self) -> UUID:
            return self.case_id

    @handles(CaseDispatched)
    def tell_the_host(event: CaseDispatched, at: datetime) -> None: ...

The relay runs each handler in a transaction of its own, once for each event.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, TypeVar, get_type_hints
from uuid import UUID

from ..kernel.canonical import instant_text


class Event:
    """Base of all events 事件. Subclasses are frozen dataclasses of ids and plain values."""

    __slots__ = ()
    kind: ClassVar[str] = ""

    @property
    def stream(self) -> UUID:
        """The root row the event belongs to; events of one stream are delivered in order."""
        raise TypeError(f"{type(self).__name__} names no stream")


E = TypeVar("E", bound=Event)
Handler = Callable[[Any, datetime], None]

_TYPES: dict[str, type[Event]] = {}
_HANDLERS: dict[str, list[tuple[str, Handler]]] = defaultdict(list)


def register(event_type: type[E]) -> type[E]:
    """Class decorator: make an event type known by its `kind`.

    Raises:
        ValueError: when the kind is empty or taken by another class.
    """
    known = _TYPES.get(event_type.kind)
    if not event_type.kind or (known is not None and known.__qualname__ != event_type.__qualname__):
        raise ValueError(f"event kind {event_type.kind!r} is empty or taken")
    _TYPES[event_type.kind] = event_type
    return event_type


def handles(event_type: type[Event]) -> Callable[[Handler], Handler]:
    """Decorator: let the relay call this function for each event of the type."""

    def keep(handler: Handler) -> Handler:
        name = f"{handler.__module__}.{handler.__qualname__}".removeprefix("yiwang.")
        known = _HANDLERS[event_type.kind]
        known[:] = [(n, h) for n, h in known if n != name] + [(name, handler)]
        return handler

    return keep


def handlers_of(kind: str) -> list[tuple[str, Handler]]:
    """Name and function of each handler of an event kind."""
    return list(_HANDLERS.get(kind, ()))


def event_body(event: Event) -> str:
    """The event's fields as JSON text."""
    event_type: Any = type(event)
    return _ENCODER.encode({name: getattr(event, name) for name in _names(event_type)})


@cache
def _names(event_type: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(event_type))


def event_from(kind: str, body: str) -> Event | None:
    """The event that was stored, or None when no app knows the kind any more."""
    event_type = _TYPES.get(kind)
    if event_type is None:
        return None
    hints = get_type_hints(event_type)
    raw = json.loads(body)
    names = {f.name for f in fields(event_type)}  # type: ignore[arg-type]
    return event_type(**{k: _typed(hints.get(k), v) for k, v in raw.items() if k in names})


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, (frozenset, set, tuple)):
        return list(value)
    raise TypeError(f"an event cannot hold {type(value).__name__}")


_ENCODER = json.JSONEncoder(default=_plain, ensure_ascii=False, separators=(",", ":"))


def _typed(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    text = str(hint)
    if hint is UUID or text in {"uuid.UUID | None", "typing.Optional[uuid.UUID]"}:
        return UUID(value)
    if hint is datetime or text in {"datetime.datetime | None", "typing.Optional[datetime.datetime]"}:
        return datetime.fromisoformat(value)
    if text == "tuple[uuid.UUID, ...]":
        return tuple(UUID(v) for v in value)
    return tuple(value) if text.startswith("tuple") else value
