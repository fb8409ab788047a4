"""Importing 批量导入: a file through a mapping, in batches that each commit whole.

A batch writes its raw messages, the reports made of them and its quarantine entries in one transaction, so a
run that is killed is taken up by running it again: what is in is unchanged, the rest follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction

from ...cases.public import import_reports, known_source_numbers
from ...kernel.actor import Actor
from ...kernel.canonical import GENESIS
from ...kernel.errors import Refused, YiwangError
from ...kernel.ids import uuid7
from ...ledger.public import acting, sealer
from ..enums import EntryState, RunState
from ..models import ImportRun, Mapping, QuarantineEntry, RawMessage
from ..queries.channels import channel_index
from ..reading import SourceRow, file_hash, read_rows
from ..rules.applying import Mapper, RowFailed
from ..rules.ordinals import Ordinals
from ..rules.specification import Specification, read_specification
from .mappings import mapper_of
from .staging import Staged, bulk_reports, canonical_row, copy_into, failure_of, map_row, row_digest

BATCH = 5_000
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('intake'), hashtext(%s))"
_HIDDEN = ("contact_name", "contact_phone")


@dataclass(slots=True)
class Counts:
    """Counts of a run 导入计数; `read` is the sum of the other three.

    A changed row of a connected channel, which follows up on its report, counts as accepted.
    """

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    quarantined: int = 0

    def add(self, other: Counts) -> None:
        """Add a batch's counts."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


def start_run(
    *, actor: Actor, at: datetime, mapping: Mapping, path: Path, file_name: str = "", channel: str = ""
) -> ImportRun:
    """Open an import run 导入批次 for a file.

    Raises:
        Refused: the actor may not import.
        Invalid: the file is of another kind than the mapping reads, or the mapping's look-ups fail.
    """
    _require(actor)
    spec = read_specification(mapping.text)
    read_rows(path, spec)
    mapper_of(spec)
    digest = file_hash(path)
    with acting(actor=actor, at=at) as act:
        run = act.insert(
            ImportRun(
                file_name=(file_name or path.name)[-200:], file_hash=digest, mapping=mapping,
                channel=channel or spec.channel, by=actor.account_id, started_at=at,
            )
        )  # fmt: skip
        act.record(run, "intake.run_started", {"file": digest, "mapping": mapping.id, "channel": run.channel})
    return run


def run_import(
    *,
    actor: Actor,
    at: datetime,
    run_id: UUID,
    path: Path,
    batch_size: int = BATCH,
    progress: Callable[[int], None] = lambda count: None,
) -> Counts:
    """Read the run's file to its end 执行导入 and return the counts.

    Args:
        progress: called with the number of rows after each batch.
    """
    _require(actor)
    run = ImportRun.objects.select_related("mapping").get(pk=run_id)
    spec = read_specification(run.mapping.text)
    batches = _Batches(run, spec, mapper_of(spec), actor=actor, at=at)
    rows = read_rows(path, spec)
    try:
        while batch := list(islice(rows, batch_size)):
            batches.take(batch)
            progress(len(batch))
    except (YiwangError, ValueError, OSError) as error:
        _end(actor, at, run, batches.total, failure=str(error))
        raise
    _end(actor, at, run, batches.total)
    return batches.total


def _require(actor: Actor) -> None:
    if not actor.may_anywhere("intake.import"):
        raise Refused("您没有导入诉求的权限。", code="intake.refused", act="intake.import")


def _end(actor: Actor, at: datetime, run: ImportRun, counts: Counts, *, failure: str = "") -> None:
    with acting(actor=actor, at=at) as act:
        row = act.lock(ImportRun, run.id)
        row.state = RunState.FAILED if failure else RunState.DONE
        row.failure, row.ended_at = failure[:300], at
        act.update(row, "state", "failure", "ended_at")
        act.record(row, "intake.run_failed" if failure else "intake.run_ended", asdict(counts))


def _number_reused(number: str) -> RowFailed:
    remedy = "该来源编号已有内容不同的记录。请更换编号后重放；若只是来源更新了记录，请舍弃。"
    return RowFailed("number_reused", "source_number", number, remedy)


class _Batches:
    """What the batches of one run share: the mapper, the running counts, the ordinals of equal rows."""

    def __init__(
        self, run: ImportRun, spec: Specification, mapper: Mapper, *, actor: Actor, at: datetime
    ) -> None:
        self._run, self._spec, self._mapper = run, spec, mapper
        self._actor, self._at = actor, at
        channel = channel_index().by_code.get(run.channel)
        is_connected = channel is not None and channel.mapping_id is not None
        self._follows_up = is_connected and spec.changed_rows == "follow_up"
        self._equal_rows = Ordinals()
        self.total = Counts()

    def take(self, rows: Sequence[SourceRow]) -> None:
        """Import one batch in one transaction."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_ONE_AT_A_TIME, [self._run.channel])
            staged = self._new_of([self._stage(row) for row in rows])
            for item, row in staged:
                if item.failure is None and not item.waits:
                    item.mapped, item.failure = map_row(self._mapper, row)
            items = [item for item, _ in staged]
            self._receive(items)
            self._write(items)
            quarantined = sum(item.failure is not None for item in items)
            counts = Counts(len(rows), len(items) - quarantined, len(rows) - len(items), quarantined)
            self._count(counts)
        self.total.add(counts)

    def _stage(self, row: SourceRow) -> tuple[Staged, SourceRow]:
        payload = canonical_row(row.values)
        digest = row_digest(payload)
        number = None if row.broken else self._mapper.source_number(row.values)
        if number is not None and len(number) <= 120:
            identity = f"={number}"
        else:
            identity = f"#{digest.hex()}:{self._equal_rows.next_of(digest)}"
        return Staged(uuid7(), row.line, identity, digest, payload), row

    def _new_of(self, staged: list[tuple[Staged, SourceRow]]) -> list[tuple[Staged, SourceRow]]:
        """Those that are not in yet; a number used before for other content is a failure of the row."""
        known = self._known([item for item, _ in staged])
        fresh = []
        for item, row in staged:
            before = known.get(item.identity)
            if before is None:
                known[item.identity] = item.digest
                fresh.append((item, row))
            elif before not in (b"", item.digest) and self._spec.changed_rows != "unchanged":
                number, item.identity = item.identity[1:], self._changed_identity(item)
                if item.identity not in known:
                    known[item.identity] = item.digest
                    item.waits = self._follows_up
                    item.failure = None if item.waits else _number_reused(number)
                    fresh.append((item, row))
        return fresh

    def _changed_identity(self, item: Staged) -> str:
        """Identity of a row whose number stands for other content already."""
        return f"~{item.digest.hex()}" if self._follows_up else f"{item.identity}#{item.digest.hex()}"

    def _known(self, items: Sequence[Staged]) -> dict[str, bytes]:
        """Identity to digest of what is in already; an empty digest where a report came by another door."""
        channel = self._run.channel
        numbers = [item.identity[1:] for item in items if item.identity.startswith("=")]
        known = {f"={number}": b"" for number in known_source_numbers(channel, numbers)}
        known.update(self._digests([item.identity for item in items]))
        reused = [item for item in items if known.get(item.identity, b"") not in (b"", item.digest)]
        if reused:
            known.update(self._digests([self._changed_identity(item) for item in reused]))
        return known

    def _digests(self, identities: list[str]) -> dict[str, bytes]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT identity, hash FROM intake_rawmessage WHERE channel = %s AND identity = ANY(%s)",
                [self._run.channel, identities],
            )
            return {identity: bytes(digest) for identity, digest in cursor.fetchall()}

    def _receive(self, items: Sequence[Staged]) -> None:
        """Let `cases` receive what was mapped, and note what it says."""
        good = [item for item in items if item.mapped is not None]
        outcomes = import_reports(
            bulk_reports(
                [item.mapped for item in good if item.mapped is not None], self._spec,
                channel=self._run.channel, at=self._at,
            ),
            actor=self._actor, at=self._at, refuse_outside=self._spec.bad_place == "quarantine",
        )  # fmt: skip
        for item, outcome in zip(good, outcomes, strict=True):
            item.report_id = outcome.report_id
            if outcome.problem is not None:
                item.failure = failure_of(outcome.problem)

    def _write(self, items: Sequence[Staged]) -> None:
        """Raw messages and quarantine entries, by COPY."""
        run, sealed = self._run, sealer()
        copy_into(
            RawMessage,
            [
                {
                    "id": item.id, "version": 0, "journal_head": GENESIS, "channel": run.channel,
                    "identity": item.identity, "payload": sealed(item.payload, item.id.bytes),
                    "hash": item.digest, "mapping": run.mapping_id,
                    "run": None if item.waits else run.id, "line": item.line,
                    "state": item.state, "report": item.report_id, "received_at": self._at,
                }
                for item in items
            ],
        )  # fmt: skip
        copy_into(QuarantineEntry, list(self._entries(items)))

    def _entries(self, items: Sequence[Staged]) -> Iterator[dict[str, object]]:
        for item in items:
            failure = item.failure
            if failure is not None:
                value = "" if failure.field in _HIDDEN else failure.value[:200]
                yield {
                    "id": uuid7(), "version": 0, "journal_head": GENESIS, "message": item.id,
                    "run": self._run.id, "reason": failure.reason, "field": failure.field, "value": value,
                    "remedy": failure.remedy[:300], "state": EntryState.OPEN, "created_at": self._at,
                }  # fmt: skip

    def _count(self, counts: Counts) -> None:
        with acting(actor=self._actor, at=self._at) as act:
            run = act.lock(ImportRun, self._run.id)
            for name, value in asdict(counts).items():
                setattr(run, name, getattr(run, name) + value)
            act.update(run, *asdict(counts))
