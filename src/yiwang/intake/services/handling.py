"""Handling 处理: stored messages become reports, follow-ups or quarantine entries, channel by channel.

One batch is one transaction under the channel's lock, so a process that is killed leaves its batch waiting
and another takes it up. Urgent channels (rank 1 and 2) go before all others after every batch; the rest take
turns, so a channel that floods starves nobody. A batch that fails for a reason of its own is taken apart:
each message by itself, and the one that cannot be handled goes to the quarantine. A channel whose batch the
database cannot do now (a deadlock, a full disk) waits until the others are served.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import psycopg
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from ...cases.public import import_reports, reports_by_source_number
from ...kernel.actor import system_actor
from ...kernel.canonical import GENESIS
from ...kernel.errors import YiwangError
from ...kernel.ids import uuid7
from ...kernel.outages import is_outage
from ...ledger.public import execute, unsealer
from ..enums import EntryState, MessageState
from ..models import QuarantineEntry, RawMessage
from ..queries.channels import LiveChannel, channel_index
from ..rules.applying import MappedReport, RowFailed
from ..rules.bodies import Unreadable, read_body
from ..rules.source_words import is_late
from ..rules.specification import Specification
from .counting import count
from .mappings import mapper_for
from .ownership import check_source_words
from .staging import bulk_reports, copy_into, failure_of
from .taking import Taker, taker_of
from .updating import SourceMessage, take_new, take_update
from .writing_back import Change, note_change, tells

BATCH = 500
URGENT = 2
ACTOR = system_actor("intake", "cases.receive", "cases.view", "cases.handle")
_LOG = logging.getLogger(__name__)
_WAITING = """
SELECT code FROM unnest(%s::text[]) AS channel (code)
WHERE EXISTS (SELECT 1 FROM intake_rawmessage m WHERE m.channel = channel.code AND m.state = 'received')
"""
#: Classes of SQLSTATE that lie in the data: data exceptions and broken constraints.
_DATA_STATES = frozenset({"22", "23"})
_LOCK = "pg_advisory_xact_lock(hashtext('intake'), hashtext(%s))"
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('intake'), hashtext(%s))"
_READ = """
SELECT id, mapping_id, received_at, payload FROM intake_rawmessage WHERE state = 'received' AND {}
ORDER BY received_at, line, id LIMIT %s
"""
_READ_CHANNEL, _READ_THESE = _READ.format("channel = %s"), _READ.format("id = ANY(%s::uuid[])")
_SETTLE = """
UPDATE intake_rawmessage m SET state = new.state, report = new.report, handled_at = %s
FROM unnest(
  string_to_array(%s, ',')::uuid[], string_to_array(%s, ','), string_to_array(%s, ',', '')::uuid[]
) AS new (id, state, report) WHERE m.id = new.id
"""


@dataclass(slots=True)
class HandledCounts:
    """What became of handled messages 处理计数."""

    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.accepted + self.updated + self.unchanged + self.quarantined

    def add(self, other: HandledCounts) -> None:
        """Add a batch's counts."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(slots=True)
class Handled:
    """One message on its way 处理中的消息.

    Attributes:
        payload: sealed.
        state: a `MessageState` value once it is settled.
    """

    id: UUID
    mapping_id: UUID
    received_at: datetime
    payload: bytes
    tree: dict[str, Any] = field(default_factory=dict)
    mapped: MappedReport | None = None
    failure: RowFailed | None = None
    report_id: UUID | None = None
    state: str = ""


def handle_waiting(
    *,
    stop: threading.Event | None = None,
    only: str = "",
    rest: float = 0.0,
    clock: Callable[[], datetime] = timezone.now,
) -> HandledCounts:
    """Handle everything that waits 处理待办消息, until nothing does or `stop` is set.

    Args:
        only: code of the one channel to handle.
        rest: seconds for which a channel that has been emptied is left alone, unless it is urgent, so that
            single messages gather into batches; a batch of one costs as much as one of twenty.
        clock: tells the time; tests give their own.

    Raises:
        DatabaseError: the database is out of reach, or could not do the batch of some channel; all others
            have been served then.
    """
    counts = HandledCounts()
    served: dict[str, int] = {}
    busy: set[str] = set()
    failed: dict[str, Exception] = {}
    rested: dict[str, float] = {}
    while stop is None or not stop.is_set():
        now = time.monotonic()
        resting = {code for code, until in rested.items() if until > now}
        channel = _next(only, served, busy | failed.keys() | resting)
        if channel is None:
            break
        served[channel.code] = max(served.values(), default=0) + 1
        try:
            done = handle_batch(channel, clock(), clock=clock)
        except Exception as error:
            if is_outage(error):
                raise
            failed[channel.code] = error
            continue
        if done is None:
            busy.add(channel.code)
        else:
            busy.clear()
            counts.add(done)
            if done.total < BATCH and channel.rank > URGENT:
                rested[channel.code] = time.monotonic() + rest
    for failure in failed.values():
        raise failure
    return counts


def _next(only: str, served: dict[str, int], passed: set[str]) -> LiveChannel | None:
    """Whose turn it is: urgent ones by rank, then the one that has waited longest for its turn."""
    known = channel_index().by_code
    codes = [code for code in known if code not in passed and (not only or code == only)]
    waiting = [known[row[0]] for row in execute(_WAITING, [codes]).fetchall()]

    def turn(channel: LiveChannel) -> tuple[int, int, int]:
        urgent = channel.rank <= URGENT
        return (
            channel.rank if urgent else URGENT + 1,
            0 if urgent else served.get(channel.code, 0),
            channel.rank,
        )

    return min(waiting, key=turn, default=None)


def handle_batch(
    channel: LiveChannel, at: datetime, *, size: int = BATCH, clock: Callable[[], datetime] | None = None
) -> HandledCounts | None:
    """Handle one batch of a channel; None when another process holds the channel.

    Args:
        clock: tells when the batch is settled; `at` without one.

    Raises:
        DatabaseError: the database fails; nothing has been done then.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_TRY_LOCK, [channel.code])
                if not cursor.fetchone()[0]:
                    return None
            return _handle(channel, _read(_READ_CHANNEL, channel.code, size), at, clock)
    except Exception as error:
        if not is_of_messages(error):
            raise
        _LOG.exception("a batch of channel %s failed and is taken apart", channel.code)
    return _one_by_one(channel, _read(_READ_CHANNEL, channel.code, size), at)


def is_of_messages(error: Exception) -> bool:
    """Whether an error lies in what the messages say, so that the same batch will fail again.

    Data that the database refuses and rules that they break do; a deadlock, a full disk or a lost connection
    does not, whether Django raised it or psycopg from within a COPY.
    """
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    if state is not None:
        return state[:2] in _DATA_STATES
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return False
    return not isinstance(error, (OperationalError, InterfaceError))


def handle_now(*, channel: LiveChannel, ids: Sequence[UUID], at: datetime) -> list[RawMessage]:
    """Handle these messages at once 立即处理, for a door that must answer with the result; they, settled.

    Waits for whoever handles the channel; a message that somebody else has handled meanwhile stays so. One
    that cannot be handled is set aside, as in a batch.
    """
    keys = list(ids)
    try:
        with transaction.atomic():
            hold_channel(channel.code)
            _handle(channel, _read(_READ_THESE, keys, len(keys)), at)
    except Exception as error:
        if not is_of_messages(error):
            raise
        _LOG.exception("messages of channel %s failed and are taken apart", channel.code)
        _one_by_one(channel, _read(_READ_THESE, keys, len(keys)), at)
    found = RawMessage.objects.in_bulk(keys)
    return [found[key] for key in keys]


def _read(statement: str, which: object, most: int) -> list[Handled]:
    """Messages that wait, in their order; still sealed."""
    return [Handled(*row) for row in execute(statement, [which, most], binary=True).fetchall()]


def hold_channel(code: str) -> None:
    """Wait for the channel's lock 占用渠道, held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_LOCK}", [code])


def _one_by_one(channel: LiveChannel, items: Iterable[Handled], at: datetime) -> HandledCounts:
    counts = HandledCounts()
    for item in items:
        with transaction.atomic():
            hold_channel(channel.code)
            waiting = _read(_READ_THESE, [item.id], 1)
            if not waiting:
                continue
            try:
                with transaction.atomic():
                    counts.add(_handle(channel, waiting, at))
            except Exception as error:
                if not is_of_messages(error):
                    raise
                _LOG.exception("message %s of channel %s cannot be handled", item.id, channel.code)
                counts.add(_quarantine_poison(channel, item, at, error))
    return counts


def _quarantine_poison(channel: LiveChannel, item: Handled, at: datetime, error: Exception) -> HandledCounts:
    item.failure = RowFailed(
        "poison", "row", type(error).__name__, "处理这条消息时系统出错，请联系维护人员；修复后可重放。"
    )
    item.state = MessageState.QUARANTINED
    return _settle(channel, [item], at)


def _handle(
    channel: LiveChannel,
    items: Sequence[Handled],
    at: datetime,
    clock: Callable[[], datetime] | None = None,
) -> HandledCounts:
    """Handle messages of one channel in order, inside the open transaction."""
    for mapping_id, group in groupby(items, key=lambda item: item.mapping_id):
        _map_and_receive(channel, mapping_id, list(group), at)
    return _settle(channel, items, clock() if clock else at)


def _map_and_receive(channel: LiveChannel, mapping_id: UUID, items: list[Handled], at: datetime) -> None:
    mapper, opened = mapper_for(mapping_id), unsealer()
    spec = mapper.spec
    for item in items:
        try:
            text = opened(item.payload, item.id.bytes)
            item.tree = read_body(text, spec.format)
            mapped = mapper.map(item.tree)
            check_source_words(channel, mapped, at)
            item.mapped = mapped
        except Unreadable as error:
            item.failure = RowFailed("unreadable", "row", text[:80], str(error))
        except RowFailed as failure:
            item.failure = failure
    good = [item for item in items if item.mapped is not None]
    taker = taker_of(channel.door)
    if taker is not None:
        for item in good:
            _take(taker, channel, item, at)
        return
    fresh, later = _parted(channel.code, good)
    _receive(channel, spec, fresh, at)
    first = {item.mapped.source_number: item for item in fresh if item.mapped and item.report_id}
    newest = {item.report_id: item.mapped for item in first.values()}
    for item in later:
        assert item.mapped is not None
        known = first.get(item.mapped.source_number)
        item.report_id = item.report_id or (known.report_id if known else None)
        if item.report_id is None:
            _receive(channel, spec, [item], at)
            first[item.mapped.source_number] = item
        else:
            _update(channel, spec, item, at, newest.get(item.report_id))
        before = newest.get(item.report_id)
        if item.failure is None and (before is None or not is_late(before, item.mapped)):
            newest[item.report_id] = item.mapped


def _take(taker: Taker, channel: LiveChannel, item: Handled, at: datetime) -> None:
    """A message that is no report."""
    assert item.mapped is not None
    try:
        with transaction.atomic():
            taker(channel, item.mapped, at)
    except RowFailed as failure:
        item.failure = failure
    except YiwangError as error:
        item.failure = RowFailed("refused", "row", "", error.message[:300])
    else:
        item.state = MessageState.ACCEPTED


def _parted(code: str, items: Iterable[Handled]) -> tuple[list[Handled], list[Handled]]:
    """Messages whose number is new, and those that follow another of the same number."""
    items = list(items)
    numbers = {item.mapped.source_number for item in items if item.mapped and item.mapped.source_number}
    reports = reports_by_source_number(code, numbers) if numbers else {}
    seen: set[str] = set()
    fresh, later = [], []
    for item in items:
        number = item.mapped.source_number if item.mapped else None
        if number and (number in reports or number in seen):
            item.report_id = reports.get(number)
            later.append(item)
        else:
            fresh.append(item)
            if number:
                seen.add(number)
    return fresh, later


def _receive(channel: LiveChannel, spec: Specification, items: list[Handled], at: datetime) -> None:
    """New reports, in one go."""
    if not items:
        return
    for item in items:
        if item.mapped is not None and item.mapped.received_at is None:
            item.mapped.received_at = item.received_at
    drafts = bulk_reports([item.mapped for item in items if item.mapped], spec, channel=channel.code, at=at)
    outcomes = import_reports(
        drafts, actor=ACTOR, at=at, refuse_outside=spec.bad_place == "quarantine", announce="each"
    )
    is_told = tells(channel, "received")
    for item, outcome in zip(items, outcomes, strict=True):
        if outcome.problem is not None:
            item.failure = failure_of(outcome.problem)
            continue
        item.report_id, item.state = outcome.report_id, MessageState.ACCEPTED
        assert outcome.report_id is not None
        assert outcome.case_id is not None
        assert item.mapped is not None
        take_new(channel, _message(item), case_id=outcome.case_id, actor=ACTOR, at=at)
        if is_told:
            note_change(
                Change("received", outcome.case_id, item.received_at, {}), report_id=outcome.report_id
            )


def _update(
    channel: LiveChannel, spec: Specification, item: Handled, at: datetime, before: MappedReport | None
) -> None:
    """A message of a known number: a follow-up on its report, or nothing new."""
    if spec.changed_rows == "unchanged":
        item.state = MessageState.UNCHANGED
        return
    try:
        with transaction.atomic():
            changed = take_update(channel, _message(item, before), actor=ACTOR, at=at)
    except RowFailed as failure:
        item.failure = failure
    except YiwangError as error:
        item.failure = RowFailed("refused", "source_number", "", error.message[:300])
    else:
        item.state = MessageState.UPDATED if changed else MessageState.UNCHANGED


def _message(item: Handled, before: MappedReport | None = None) -> SourceMessage:
    assert item.mapped is not None
    assert item.report_id is not None
    return SourceMessage(item.id, item.report_id, item.mapped, item.tree, item.received_at, before)


def _settle(channel: LiveChannel, items: Sequence[Handled], at: datetime) -> HandledCounts:
    """Write what became of the messages, with their quarantine entries and the counts."""
    for item in items:
        if item.failure is not None:
            item.state = MessageState.QUARANTINED
    counts = HandledCounts(**Counter(str(item.state) for item in items))
    lags = [timedelta(), *(max(timedelta(), at - item.received_at) for item in items)]
    ids, states = ",".join(item.id.hex for item in items), ",".join(item.state for item in items)
    reports = ",".join(item.report_id.hex if item.report_id else "" for item in items)
    execute(_SETTLE, [at, ids, states, reports])
    copy_into(QuarantineEntry, [_entry(item, at) for item in items if item.failure is not None])
    if items:
        total = round(sum(lags, timedelta()) / timedelta(milliseconds=1))
        count(channel.code, at, **asdict(counts), handled=len(items), lag_ms=total, lag_max=max(lags))
    return counts


def _entry(item: Handled, at: datetime) -> dict[str, object]:
    failure = item.failure
    assert failure is not None
    hidden = failure.field in {"contact_name", "contact_phone", "row"}
    return {
        "id": uuid7(), "version": 0, "journal_head": GENESIS, "message": item.id, "run": None,
        "reason": failure.reason, "field": failure.field[:40], "value": "" if hidden else failure.value[:200],
        "remedy": failure.remedy[:300], "state": EntryState.OPEN, "created_at": at,
    }  # fmt: skip
