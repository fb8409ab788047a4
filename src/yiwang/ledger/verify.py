"""Check of the ledger 存证核验: chains, heads, replays and checkpoints, in one pass over the journal.

The pass reads one snapshot, stream by stream in the order of their ids, side by side with the root rows of
every app, so it needs little memory however long the journal is.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, transaction

from ..kernel.canonical import GENESIS, entry_hash
from ..kernel.merkle import RootBuilder
from ..kernel.notes import NoteBroken
from .checkpoints import NO_NOTE, Note, kept_notes, leaf, note_hash, read_note
from .models import Checkpoint, JournalEntry, RootRow
from .replays import Replay, replay_of

#: Rows read at a time, of each model.
CHUNK = 2000
#: Problems beyond this many are counted, not listed.
LISTED = 1000
#: Checkpoints whose root is computed anew unless all are asked for; the newest is always one of them.
CHOSEN = 8
OUT_OF_REACH = (
    "数据库所有者同时改写数据库、本机存证点文件和签名密钥：请把存证点文件定期复制到另一台由他人保管的机器。",
    "最近一个存证点之后的记录被整段删去：下一个存证点之前无法发现。",
    "服务从未写入存证的内容：存证只能证明写下的没有被改，不能证明该写的都写了。",
    "存证只存编号、代码和加盐承诺；姓名、电话、正文是否真实不在核验范围。",
    "行为时间由服务器时钟给出，时钟被调错时无法由本机自证。",
)

_JOURNAL = """
SELECT stream, seq, kind, at, actor, post, agent, body, hash, position
FROM ledger_journalentry ORDER BY stream, seq
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not fit 不符之处: where, and what, in Chinese."""

    where: str
    text: str


@dataclass
class LedgerReport:
    """What a check found 核验结果.

    Attributes:
        streams, entries: how much of the journal was read.
        rows: root rows compared with their stream.
        replayed: rows compared with what the journal says they must be.
        notes: checkpoints whose signature was checked.
        roots: checkpoints whose root was computed anew.
        problems: at most `LISTED`; `problem_count` has them all.
    """

    streams: int = 0
    entries: int = 0
    rows: int = 0
    replayed: int = 0
    notes: int = 0
    roots: int = 0
    problem_count: int = 0
    problems: list[Problem] = field(default_factory=list)
    out_of_reach: tuple[str, ...] = OUT_OF_REACH

    @property
    def ok(self) -> bool:
        """Whether everything fits."""
        return self.problem_count == 0

    def add(self, where: str, text: str) -> None:
        """Note a problem."""
        self.problem_count += 1
        if len(self.problems) < LISTED:
            self.problems.append(Problem(where, text))


@dataclass(frozen=True, slots=True)
class _Entry:
    stream: UUID
    seq: int
    kind: str
    at: datetime
    actor: UUID | None
    post: UUID | None
    agent: str
    body: str
    hash: bytes
    position: int


@dataclass(slots=True)
class _Covered:
    """A checkpoint whose root grows as the streams go by."""

    name: str
    note: Note
    builder: RootBuilder = field(default_factory=RootBuilder)


def check_ledger(*, all_checkpoints: bool = False) -> LedgerReport:
    """Check journal, rows and checkpoints; changes nothing and may run beside the live product.

    Args:
        all_checkpoints: compute every checkpoint's root anew, not just a selection.
    """
    report = LedgerReport()
    fresh = not connection.in_atomic_block
    with transaction.atomic():
        if fresh:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        covered = _signed_notes(report, all_checkpoints=all_checkpoints)
        _walk(report, covered)
    for checkpoint in covered:
        report.roots += 1
        if (checkpoint.builder.size, checkpoint.builder.root()) != (
            checkpoint.note.streams,
            checkpoint.note.root,
        ):
            report.add(checkpoint.name, "存证点与现在的存证不符：它之前的记录被改动、删除或补写过。")
    return report


def _signed_notes(report: LedgerReport, *, all_checkpoints: bool) -> list[_Covered]:
    """Check signatures, links and rows of all notes; the ones whose root is to be computed."""
    found: list[_Covered] = []
    previous = None
    stored = set(Checkpoint.objects.values_list("note", flat=True))
    for name, text in kept_notes():
        report.notes += 1
        try:
            note = read_note(text)
        except NoteBroken as error:
            report.add(name, f"存证点文件不可信：{error}")
            previous = text
            continue
        if previous is not None and note.previous not in (NO_NOTE, note_hash(previous)):
            report.add(name, "与前一个存证点接不上：中间的文件缺失或被改动。")
        stored.discard(text)
        previous = text
        found.append(_Covered(name, note))
    for _ in stored:
        report.add("checkpoints", "数据库里的存证点没有对应的文件。")
    if all_checkpoints or len(found) <= CHOSEN:
        return found
    step = (len(found) - 1) / (CHOSEN - 1)
    return [found[round(step * number)] for number in range(CHOSEN)]


def _walk(report: LedgerReport, covered: list[_Covered]) -> None:
    """Go through streams and rows side by side."""
    streams = groupby(_journal(), key=lambda entry: entry.stream)
    rows = groupby(_root_rows(), key=lambda row: row[0].pk)
    stream, row = next(streams, None), next(rows, None)
    while stream is not None or row is not None:
        if row is None or (stream is not None and stream[0] < row[0]):
            assert stream is not None
            entries = _chain(report, stream[0], stream[1], covered)
            report.add(str(stream[0]), f"存证流有 {len(entries)} 条记录，却没有对应的业务行。")
            stream = next(streams, None)
        elif stream is None or row[0] < stream[0]:
            for root, beside in row[1]:
                _compare(report, root, [], beside)
            row = next(rows, None)
        else:
            entries = _chain(report, stream[0], stream[1], covered)
            for root, beside in row[1]:
                _compare(report, root, entries, beside)
            stream, row = next(streams, None), next(rows, None)


def _chain(
    report: LedgerReport, stream: UUID, entries: Iterator[_Entry], covered: list[_Covered]
) -> list[_Entry]:
    """Recompute one chain and give its heads to the checkpoints; the entries."""
    found: list[_Entry] = []
    previous = GENESIS
    for number, entry in enumerate(entries, start=1):
        if entry.seq != number:
            report.add(str(stream), f"第 {number} 条记录的序号是 {entry.seq}：有记录缺失。")
        expected = entry_hash(
            previous,
            stream=entry.stream,
            seq=entry.seq,
            kind=entry.kind,
            at=entry.at,
            actor=entry.actor,
            post=entry.post,
            agent=entry.agent,
            body=entry.body,
        )
        previous = bytes(entry.hash)
        if previous != expected:
            report.add(str(stream), f"第 {entry.seq} 条记录（{entry.kind}）与散列不符：内容被改动过。")
        found.append(entry)
    report.streams += 1
    report.entries += len(found)
    _cover(stream, found, covered)
    return found


def _cover(stream: UUID, entries: list[_Entry], covered: list[_Covered]) -> None:
    positions = [entry.position for entry in entries]
    for checkpoint in covered:
        last = bisect_right(positions, checkpoint.note.position)
        if last:
            entry = entries[last - 1]
            checkpoint.builder.add(leaf(stream, entry.seq, bytes(entry.hash)))


def _compare(report: LedgerReport, row: RootRow, entries: list[_Entry], beside: Any) -> None:
    """Compare a root row, and what stands beside it, with its stream and with what that makes of them."""
    report.rows += 1
    where = f"{row._meta.label} {row.pk}"
    head = bytes(entries[-1].hash) if entries else GENESIS
    seq = entries[-1].seq if entries else 0
    if row.version != seq:
        report.add(where, f"版本是 {row.version}，存证到第 {seq} 条。")
    elif bytes(row.journal_head) != head:
        report.add(where, "存证头与最后一条记录不符。")
    replay = replay_of(type(row))
    if replay is not None:
        report.replayed += 1
        for difference in replay.differences(row, [_as_row(entry) for entry in entries], beside):
            report.add(where, f"重放不符：{difference}")


def _as_row(entry: _Entry) -> JournalEntry:
    return JournalEntry(
        stream=entry.stream,
        seq=entry.seq,
        kind=entry.kind,
        at=entry.at,
        actor=entry.actor,
        post=entry.post,
        agent=entry.agent,
        body=entry.body,
        hash=entry.hash,
    )


def _journal() -> Iterator[_Entry]:
    with connection.connection.cursor(name="check_journal") as cursor:
        cursor.itersize = 5000
        cursor.execute(_JOURNAL)
        for row in cursor:
            yield _Entry(*row)


def _root_rows() -> Iterator[tuple[RootRow, Any]]:
    """Every root row of every app with what its replay needs beside it, in the order of ids."""
    models: list[type[Any]] = [
        model for model in apps.get_models() if issubclass(model, RootRow) and not model._meta.proxy
    ]
    sources = []
    for model in models:
        rows = model._default_manager.order_by("pk")
        replay = replay_of(model)
        if replay is None:
            rows = rows.only("id", "version", "journal_head")
        sources.append(_gathered(rows.iterator(chunk_size=CHUNK), replay))
    return heapq.merge(*sources, key=lambda row: row[0].pk)


def _gathered(rows: Iterator[RootRow], replay: Replay | None) -> Iterator[tuple[RootRow, Any]]:
    """Rows with what stands beside each, asked for chunk by chunk."""
    while chunk := list(islice(rows, CHUNK)):
        found = replay.gather(chunk) if replay is not None else {}
        for row in chunk:
            yield row, found.get(row.pk)
