"""Quarantine 隔离处置: correct a field and read the message again, or drop it; one or many."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from ...cases.public import import_reports, reports_by_source_number
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, Refused, YiwangError, invalid
from ...ledger.public import Act, acting, seal
from ..enums import DropReason, EntryState, MessageState
from ..models import QuarantineEntry, RawMessage
from ..queries import LiveChannel, channel_index, corrections_of, newest_specification, row_of
from ..rules.applying import MappedReport, RowFailed
from ..rules.specification import Specification
from .handling import hold_channel, is_of_messages
from .mappings import mapper_of
from .ownership import check_source_words
from .staging import bulk_reports, failure_of
from .taking import Taker, taker_of
from .updating import SourceMessage, take_new, take_update

_LOG = logging.getLogger(__name__)


def replay_entry(
    *,
    actor: Actor,
    at: datetime,
    entry_id: UUID,
    corrections: Mapping[str, str] | None = None,
    expected: int | None = None,
) -> QuarantineEntry:
    """Read a quarantined message again 重放, by the newest edition of its mapping, with corrected fields.

    Args:
        corrections: target field to text; joins what was entered before.

    Raises:
        Refused: the actor may not work in the quarantine.
        Conflict: the entry is settled already.
        Invalid: the message still fails; names the field. Nothing is written then.
    """
    with acting(actor=actor, at=at) as act:
        entry, message = _open_entry(act, entry_id, expected)
        entered = {**corrections_of(entry), **(corrections or {})}
        report_id = _receive(act, entry, message, entered)
        message.state, message.report = MessageState.REPLAYED, report_id
        act.update(message, "state", "report")
        if entered:
            entry.corrections = seal(json.dumps(entered, ensure_ascii=False), context=entry.id.bytes)
            act.update(entry, "corrections")
        _settle(act, entry, EntryState.CORRECTED, {"report": report_id, "fields": sorted(entered)})
    return entry


def replay_entries(*, actor: Actor, at: datetime, entry_ids: Iterable[UUID]) -> tuple[int, int]:
    """Replay many, each in its own act; how many were received and how many still fail.

    Raises:
        Refused: the actor may not work in the quarantine.
    """
    _require(actor)
    received = failed = 0
    for entry_id in entry_ids:
        try:
            replay_entry(actor=actor, at=at, entry_id=entry_id)
            received += 1
        except YiwangError:
            failed += 1
        except Exception as error:
            if not is_of_messages(error):
                raise
            _LOG.exception("quarantine entry %s still cannot be handled", entry_id)
            failed += 1
    return received, failed


def drop_entry(
    *, actor: Actor, at: datetime, entry_id: UUID, reason: str, expected: int | None = None
) -> QuarantineEntry:
    """Drop a quarantined message 舍弃: it stays stored and will not come in again; the journal says why.

    Raises:
        Invalid: the reason is none of `DropReason`.
        Refused: the actor may not work in the quarantine.
        Conflict: the entry is settled already.
    """
    if reason not in DropReason.values:
        raise invalid("reason", reason, _("请选择舍弃的原因。"))
    with acting(actor=actor, at=at) as act:
        entry, message = _open_entry(act, entry_id, expected)
        message.state = MessageState.DROPPED
        act.update(message, "state")
        _settle(act, entry, EntryState.DROPPED, {"reason": reason})
    return entry


def _require(actor: Actor) -> None:
    if not actor.may_anywhere("intake.quarantine"):
        raise Refused("您没有处理隔离数据的权限。", code="intake.refused", act="intake.quarantine")


def _open_entry(act: Act, entry_id: UUID, expected: int | None) -> tuple[QuarantineEntry, RawMessage]:
    _require(act.actor)
    entry = act.lock(QuarantineEntry, entry_id, expected=expected)
    if entry.state != EntryState.OPEN:
        raise Conflict("该条隔离数据已经处理过。", code="intake.settled")
    return entry, act.lock(RawMessage, entry.message_id)


def _receive(
    act: Act, entry: QuarantineEntry, message: RawMessage, entered: Mapping[str, str]
) -> UUID | None:
    spec = newest_specification(message)
    hold_channel(message.channel)
    mapped = _mapped(entry, message, spec, entered)
    channel = channel_index().by_code.get(message.channel) if message.run_id is None else None
    if channel is not None:
        _check(channel, mapped, act)
        taker = taker_of(channel.door)
        if taker is not None:
            _taken(taker, channel, mapped, act)
            return None
    number = mapped.source_number
    known = reports_by_source_number(message.channel, [number]).get(number) if number else None
    if known is not None:
        return _joined(act, channel, _update(message, known, mapped, spec))
    outcome = import_reports(
        bulk_reports([mapped], spec, channel=message.channel, at=act.at),
        actor=act.actor, at=act.at, refuse_outside=spec.bad_place == "quarantine",
    )[0]  # fmt: skip
    if outcome.problem is not None:
        failure = failure_of(outcome.problem)
        raise invalid(failure.field, failure.value, failure.remedy)
    assert outcome.report_id is not None
    assert outcome.case_id is not None
    if channel is not None:
        update = _update(message, outcome.report_id, mapped, spec)
        take_new(channel, update, case_id=outcome.case_id, actor=act.actor, at=act.at)
    return outcome.report_id


def _check(channel: LiveChannel, mapped: MappedReport, act: Act) -> None:
    """The source's words for rating and verdict are ours by now."""
    try:
        check_source_words(channel, mapped, act.at)
    except RowFailed as failure:
        raise invalid(failure.field, failure.value, failure.remedy) from failure


def _taken(taker: Taker, channel: LiveChannel, mapped: MappedReport, act: Act) -> None:
    """A message that is no report, done now."""
    try:
        taker(channel, mapped, act.at)
    except RowFailed as failure:
        raise invalid(failure.field, failure.value, failure.remedy) from failure


def _update(message: RawMessage, report_id: UUID, mapped: MappedReport, spec: Specification) -> SourceMessage:
    return SourceMessage(message.id, report_id, mapped, row_of(message, spec).values, message.received_at)


def _joined(act: Act, channel: LiveChannel | None, update: SourceMessage) -> UUID:
    """A message of a known number joins its report; a row of an import has to bring another number."""
    if channel is None:
        remedy = "该来源编号已有诉求，请更换编号，或舍弃本条。"
        raise invalid("source_number", update.mapped.source_number, remedy)
    try:
        take_update(channel, update, actor=act.actor, at=act.at)
    except RowFailed as failure:
        raise invalid(failure.field, failure.value, failure.remedy) from failure
    return update.report_id


def _mapped(
    entry: QuarantineEntry, message: RawMessage, spec: Specification, entered: Mapping[str, str]
) -> MappedReport:
    row = row_of(message, spec)
    if (entry.reason == "broken_row" or row.broken) and "text" not in entered:
        raise invalid("text", "", "这一行已损坏，请对照原文把各项补填后再重放。")
    try:
        return mapper_of(spec).map(row.values, entered)
    except RowFailed as failure:
        raise invalid(failure.field, failure.value, failure.remedy) from failure


def _settle(act: Act, entry: QuarantineEntry, state: str, body: dict[str, object]) -> None:
    entry.state, entry.by, entry.at = state, act.actor.account_id, act.at
    act.update(entry, "state", "by", "at")
    act.record(entry, f"intake.{state}", {"message": entry.message_id, **body})
