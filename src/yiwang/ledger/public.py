"""The door of `ledger`; everything else in the package is private."""

from .act import Act, acting, execute
from .events import Event, event_from, handles, handlers_of, register
from .models import IdempotentAnswer, JournalEntry, OutboxEvent, RootRow
from .versions import VersionedCache, bump, bump_now, forget

__all__ = [
    "Act",
    "Event",
    "IdempotentAnswer",
    "JournalEntry",
    "OutboxEvent",
    "RootRow",
    "VersionedCache",
    "acting",
    "bump",
    "bump_now",
    "event_from",
    "execute",
    "forget",
    "handlers_of",
    "handles",
    "register",
]
