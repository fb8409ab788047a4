"""Change feed 变化流: outbox events in the order in which their transactions became visible, for followers.

An event is told once every transaction that began before it has ended, so a follower that goes on from its
cursor misses none, however long a neighbour's transaction took. Events are kept for `housekeeping.KEPT`.

A restored database counts its transactions anew, and its newest events may be lost. So a cursor is not
believed blindly: it goes on from the event it names, as that event is numbered now, and when that event is
another one or was lost, the follower is told to begin anew instead of waiting for what never comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
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
_KNOWN = "SELECT txid::text, created_at FROM ledger_outboxevent WHERE id = %s"
_COUNTER = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
_NEWEST = """
SELECT txid::text, id, created_at FROM ledger_outboxevent
WHERE txid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY txid DESC, id DESC LIMIT 1
"""


#: A follower that was told everything may still miss acts that had not been committed; see `up_to_date`.
_OVERLAP, _RENEWED = timedelta(minutes=30), timedelta(days=1)


class FeedGone(YiwangError):
    """Feed gone 变化流已过期 (410): the cursor leads nowhere any more; begin anew and compare."""

    status = 410
    code = "ledger.feed_gone"


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """Where a follower stands 变化流游标: transaction, event, the event's time, and when all was last told.

    Attributes:
        seen: seconds since 1970 at which there was nothing after the event, so that a follower of a quiet
            city does not grow old; 0 when the event is young enough to speak for itself.
    """

    txid: int = 0
    event: int = 0
    seconds: int = 0
    seen: int = 0

    def __str__(self) -> str:
        seen = f".{self.seen}" if self.seen else ""
        return f"{self.txid}.{self.event}.{self.seconds}{seen}"

    def up_to_date(self, at: datetime) -> FeedCursor:
        """The cursor of a follower that has been told everything at `at`; renewed once a day."""
        now = int((at - _OVERLAP).timestamp())
        is_young = now - max(self.seconds, self.seen) < _RENEWED.total_seconds()
        return self if is_young or not self.event else replace(self, seen=now)

    @classmethod
    def read(cls, text: str) -> FeedCursor:
        """The cursor of a text; the empty text is the beginning.

        Raises:
            Invalid: it is none.
        """
        if not text:
            return cls()
        parts = text.split(".")
        if len(parts) not in {3, 4} or not all(
            part.isascii() and part.isdigit() and len(part) < 19 for part in parts
        ):
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
        FeedGone: events between the cursor and the oldest kept one may have been deleted, or the database was
            restored to a state before the cursor.
    """
    if cursor.event and at.timestamp() - max(cursor.seconds, cursor.seen) > KEPT.total_seconds():
        raise FeedGone(f"游标早于保留期（{KEPT.days} 天），请从头开始，并用列表接口核对。")
    txid = _present(cursor, at) if cursor.event else cursor.txid
    rows = execute(_AFTER, [str(txid), cursor.event, list(kinds), limit]).fetchall()
    return [
        FeedEvent(
            number, stream, kind, created_at, FeedCursor(int(txid), number, int(created_at.timestamp())),
            event_from(kind, body),
        )
        for number, txid, stream, kind, body, created_at in rows
    ]  # fmt: skip


def _present(cursor: FeedCursor, at: datetime) -> int:
    """The transaction of the cursor's event as it is numbered now.

    Raises:
        FeedGone: the event is not the one that the follower was told, or was lost with a restore.
    """
    known = execute(_KNOWN, [cursor.event]).fetchone()
    if known is not None and int(known[1].timestamp()) == cursor.seconds:
        return int(known[0])
    is_purged = known is None and at.timestamp() - cursor.seconds > KEPT.total_seconds()
    if is_purged:
        counter = execute(_COUNTER, []).fetchone()
        if counter is not None and cursor.txid < int(counter[0]):
            return cursor.txid
    raise FeedGone("游标所指的事件已不存在（数据可能恢复过），请从头开始，并用列表接口核对。")


def newest_cursor() -> FeedCursor:
    """The cursor of a follower that wants only what comes from now on."""
    row = execute(_NEWEST, []).fetchone()
    if row is None:
        return FeedCursor(0, 0, int(datetime.now(UTC).timestamp()))
    return FeedCursor(int(row[0]), int(row[1]), int(row[2].timestamp()))
