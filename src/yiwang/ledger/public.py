"""The door of `ledger`; everything else in the package is private."""

from ..kernel.sealing import SealBroken, erase
from .act import Act, acting, execute
from .events import Event, event_from, handlers_of, handles, register
from .keyring import blind_index, register_sealed, seal, unseal
from .models import IdempotentAnswer, JournalEntry, OutboxEvent, RootRow
from .replays import register_replay
from .versions import VersionedCache, bump, bump_now, forget

__all__ = [
    "Act",
    "Event",
    "IdempotentAnswer",
    "JournalEntry",
    "OutboxEvent",
    "RootRow",
    "SealBroken",
    "VersionedCache",
    "acting",
    "blind_index",
    "bump",
    "bump_now",
    "erase",
    "event_from",
    "execute",
    "forget",
    "handlers_of",
    "handles",
    "register",
    "register_replay",
    "register_sealed",
    "seal",
    "unseal",
]
