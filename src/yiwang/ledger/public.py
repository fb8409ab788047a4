"""The door of `ledger`; everything else in the package is private."""

from ..kernel.sealing import SealBroken, erase
from .act import Act, acting, execute
from .checkpoints import make_checkpoint
from .enums import InterventionKind
from .events import Event, event_from, handlers_of, handles, register
from .feed import FeedCursor, FeedEvent, FeedGone, events_after, newest_cursor
from .heartbeats import SILENCE, Heart
from .idempotency import answer_once
from .keyring import blind_index, indexer, register_sealed, seal, sealer, unseal, unsealer
from .models import (
    Checkpoint,
    Heartbeat,
    IdempotentAnswer,
    Intervention,
    JournalEntry,
    OutboxEvent,
    RootRow,
)
from .operating import OBSERVE, OPERATE, intervene, retry_event
from .relay import relay_once, run_relay, stuck_events, waiting_count
from .replays import register_replay
from .verify import LedgerReport, check_ledger
from .versions import VersionedCache, apart, bump, bump_now, forget

__all__ = [
    "OBSERVE",
    "OPERATE",
    "SILENCE",
    "Act",
    "Checkpoint",
    "Event",
    "FeedCursor",
    "FeedEvent",
    "FeedGone",
    "Heart",
    "Heartbeat",
    "IdempotentAnswer",
    "Intervention",
    "InterventionKind",
    "JournalEntry",
    "LedgerReport",
    "OutboxEvent",
    "RootRow",
    "SealBroken",
    "VersionedCache",
    "acting",
    "answer_once",
    "apart",
    "blind_index",
    "bump",
    "bump_now",
    "check_ledger",
    "erase",
    "event_from",
    "events_after",
    "execute",
    "forget",
    "handlers_of",
    "handles",
    "indexer",
    "intervene",
    "make_checkpoint",
    "newest_cursor",
    "register",
    "register_replay",
    "register_sealed",
    "relay_once",
    "retry_event",
    "run_relay",
    "seal",
    "sealer",
    "stuck_events",
    "unseal",
    "unsealer",
    "waiting_count",
]
