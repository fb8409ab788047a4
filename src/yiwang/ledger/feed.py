"""Change feed 变化流: outbox events in the order in which their transactions became visible, for followers.

An event is told once every transaction that began before it has ended, so a follower that goes on from its
cursor misses none, however long a neighbour's transaction took. Events are kept for `housekeeping.KEPT`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from ..kernel.errors import YiwangError, invalid
from .act import execute
from .events import Event, event_from
from .housekeeping import KEPT

_AFTER = """
SELECT id, txid::text, stream, kind, body, created_at FROM ledger_outboxevent
WHERE (txid, id) > (%s::xid8, %s) AND txid < pg_snapshot_xmin(pg_current_snapshot()) AND kind = ANY(%s)
ORDER BY txid, id LIMIT %s
"""
_NEWEST = """
SELECT txid::text, id, created_at FROM ledger_outboxevent
WHERE txid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY txid DESC, id DESC LIMIT 1
"""


class FeedGone(YiwangError):
    """Feed gone 变化流已过期 (410): the cursor is older than what is kept; begin anew and compare."""

    status = 410
    code = "ledger.feed_gone"


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """Where a follower stands 变化流游标: transaction, event and the event's time."""

    txid: int = 0
    event: int = 0
    seconds: int = 0

    def __str__(self) -> str:
        return f"{self.txid}.{self.event}.{self.seconds}"

    @classmethod
    def read(cls, text: str) -> FeedCursor:
        """The cursor of a text; the empty text is the beginning.

        Raises:
            Invalid: it is none.
        """
        if not text:
            return cls()
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
            raise invalid("cursor", text, "请原样填写上次应答中的 cursor，从头开始则留空。")
        return cls(*(int(part) for part in parts))


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event of the feed.

    Attributes:
        event: None when no app knows the kind any more.
    """

    id: int
    stream: UUID
    kind: str
    at: datetime
    cursor: FeedCursor
    event: Event | None


def events_after(cursor: FeedCursor, *, kinds: Sequence[str], limit: int, at: datetime) -> list[FeedEvent]:
    """The next events of some kinds.

    Raises:
        FeedGone: events between the cursor and the oldest kept one may have been deleted.
    """
    if cursor.event and at.timestamp() - cursor.seconds > KEPT.total_seconds():
        raise FeedGone(f"游标早于保留期（{KEPT.days} 天），请从头开始，并用列表接口核对。")
    rows = execute(_AFTER, [str(cursor.txid), cursor.event, list(kinds), limit]).fetchall()
    return [
        FeedEvent(
            number, stream, kind, created_at, FeedCursor(int(txid), number, int(created_at.timestamp())),
            event_from(kind, body),
        )
        for number, txid, stream, kind, body, created_at in rows
    ]  # fmt: skip


def newest_cursor() -> FeedCursor:
    """The cursor of a follower that wants only what comes from now on."""
    row = execute(_NEWEST, []).fetchone()
    if row is None:
        return FeedCursor(0, 0, int(datetime.now(UTC).timestamp()))
    return FeedCursor(int(row[0]), int(row[1]), int(row[2].timestamp()))
