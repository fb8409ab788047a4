"""Checkpoints 存证点: a signed root over the heads of all streams, written where the database cannot reach.

A checkpoint covers every journal entry up to a `position`. Its tree (RFC 6962) has one leaf a stream, in the
order of their ids: `<stream> <seq> <head in hex>` and a line break. The note is signed with the keyring's
Ed25519 key, names the note before it by hash, and is kept as a file and as a row; copy the files to another
machine.
"""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from ..kernel.canonical import instant_text
from ..kernel.errors import Conflict
from ..kernel.merkle import RootBuilder
from ..kernel.notes import NoteBroken, Signer, open_note
from .act import execute
from .keyring import current_keyring
from .models import Checkpoint

ORIGIN = "yiwang/ledger"
NO_NOTE = "-"
#: How long to wait for transactions that are still writing, in seconds.
PATIENCE = 30.0

_HEADS = """
SELECT DISTINCT ON (stream) stream, seq, hash FROM ledger_journalentry
WHERE position <= %s ORDER BY stream, seq DESC
"""


@dataclass(frozen=True, slots=True)
class Note:
    """What a checkpoint's note says 存证点内容.

    Attributes:
        streams: number of leaves.
        root: 32 bytes.
        position: the last journal position it covers.
        at: the instant, as text.
        previous: SHA-256 of the note before it in hex, or `-`.
    """

    streams: int
    root: bytes
    position: int
    at: str
    previous: str

    def text(self) -> str:
        """The text that is signed."""
        lines = (
            ORIGIN,
            str(self.streams),
            base64.b64encode(self.root).decode(),
            f"position {self.position}",
            f"at {self.at}",
            f"previous {self.previous}",
        )
        return "\n".join(lines) + "\n"


def signer() -> Signer:
    """Who signs checkpoints: the keyring's key."""
    return Signer(ORIGIN, current_keyring().signing_seed)


def checkpoint_folder() -> Path:
    """Where the notes stand."""
    return Path(settings.YIWANG_HOME) / "checkpoints"


def leaf(stream: UUID, seq: int, head: bytes) -> bytes:
    """The leaf of a stream's head."""
    return f"{stream} {seq} {head.hex()}\n".encode()


def read_note(note: str) -> Note:
    """A note whose signature holds.

    Raises:
        NoteBroken: when it does not, or the text is no checkpoint of this ledger.
    """
    lines = open_note(note, signer().verifier_key).split("\n")
    try:
        origin, streams, root, position, at, previous, end = lines
        if (origin, end) != (ORIGIN, ""):
            raise ValueError
        return Note(
            int(streams),
            base64.b64decode(root, validate=True),
            int(position.removeprefix("position ")),
            at.removeprefix("at "),
            previous.removeprefix("previous "),
        )
    except ValueError as error:
        raise NoteBroken("不是本系统的存证点。") from error


def kept_notes() -> list[tuple[str, str]]:
    """File name and text of every note on disk, oldest first."""
    folder = checkpoint_folder()
    return [(path.name, path.read_text()) for path in sorted(folder.glob("*.txt"))]


def note_hash(note: str) -> str:
    """What the next note says of this one."""
    return hashlib.sha256(note.encode()).hexdigest()


def make_checkpoint(at: datetime) -> Checkpoint:
    """Cover everything that is committed now; writes the file first, then the row.

    Raises:
        Conflict: when a transaction keeps writing for longer than `PATIENCE`; the next run tries again.
    """
    position = settled_position()
    builder = RootBuilder()
    for stream, seq, head in _heads(position):
        builder.add(leaf(stream, seq, bytes(head)))
    kept = kept_notes()
    previous = note_hash(kept[-1][1]) if kept else NO_NOTE
    note = signer().sign(Note(builder.size, builder.root(), position, instant_text(at), previous).text())
    _write(f"{position:016d}-{at:%Y%m%dT%H%M%S%f}.txt", note)
    return Checkpoint.objects.create(at=at, streams=builder.size, root=builder.root(), note=note)


def settled_position() -> int:
    """A journal position below which nothing can appear any more.

    Positions are drawn from a sequence before their transactions commit, so we read the newest one, take a
    transaction id and wait until every transaction with an older id has ended. (The upper end of a snapshot
    would not do: it lies at the newest running transaction, not above it.) The short pause covers a statement
    that has drawn its position but has not yet been given its transaction id.

    Raises:
        Conflict: when that takes longer than `PATIENCE`.
    """
    row = execute(
        "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ledger_journalentry_position_seq", []
    ).fetchone()
    position = int(row[0]) if row else 0
    time.sleep(0.05)
    newest = execute("SELECT pg_current_xact_id()::text::bigint", []).fetchone()
    deadline = time.monotonic() + PATIENCE
    while True:
        oldest = execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint", []).fetchone()
        if oldest is not None and newest is not None and oldest[0] >= newest[0]:
            return position
        if time.monotonic() > deadline:
            raise Conflict("有事务长时间未结束，本次存证点推迟。", code="ledger.checkpoint_postponed")
        time.sleep(0.05)


def _heads(position: int) -> Iterator[tuple[UUID, int, bytes]]:
    with transaction.atomic(), connection.connection.cursor(name="checkpoint_heads") as cursor:
        cursor.itersize = 5000
        cursor.execute(_HEADS, [position])
        yield from cursor


def _write(name: str, note: str) -> None:
    folder = checkpoint_folder()
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f".{name}"
    with written.open("w") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    written.rename(folder / name)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
