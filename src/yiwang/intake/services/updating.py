"""Updating 来源更新: what a further message of a known number changes, told on the same report.

A report is never edited: the differences to the source's newest earlier message become a follow-up in words.
What the source owns — limit, verdict, rating, withdrawal — is carried out first (`ownership`). A message that
is older than what is known, by the source's own time, is kept and named late.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ...cases.public import CASE_STATES, Case, FollowUpKind, Rating, Report, follow_up_report, reports_of
from ...kernel.actor import Actor
from ...ledger.public import unseal
from ..enums import EntryState
from ..models import QuarantineEntry, RawMessage
from ..queries import LiveChannel, corrections_of
from ..rules.applying import MappedReport, RowFailed
from ..rules.bodies import Unreadable, read_body
from ..rules.source_words import VERDICTS, is_late
from .attaching import keep_attachments
from .mappings import mapper_for
from .ownership import rate_by_source, rating_words, take_over

#: Fields whose change is told, with the words for them.
_TOLD = {
    "title": "标题", "text": "内容", "address": "地点", "urgency": "紧急程度", "state": "来源状态",
    "rating": "来源回访结果", "rating_comment": "来源回访意见", "verdict": "来源审批结果",
}  # fmt: skip
_LONGEST = 4_000
_ENDED = frozenset({"closed", "archived", "rejected", "voided"})


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """A mapped message with the report it belongs to 来源消息.

    Attributes:
        tree: the message as it was read, for what the mapping does not know.
        before: what the report's newest earlier message said, when it was handled in the same batch.
    """

    id: UUID
    report_id: UUID
    mapped: MappedReport
    tree: dict[str, Any]
    received_at: datetime
    before: MappedReport | None = None


#: Door → what its channels do besides when a report of theirs is new.
AfterNew = Callable[[LiveChannel, "SourceMessage", UUID, datetime], None]
_AFTER_NEW: dict[str, AfterNew] = {}


def after_new(door: str, act: AfterNew) -> None:
    """Let a door add to what a first message does, in the same transaction; it gets the case's key."""
    _AFTER_NEW[door] = act


def take_new(
    channel: LiveChannel, message: SourceMessage, *, case_id: UUID, actor: Actor, at: datetime
) -> None:
    """What a first message brings beside the report itself; inside the batch's transaction."""
    keep_attachments(
        actor=actor,
        at=at,
        report_id=message.report_id,
        attachments=message.mapped.attachments,
        case_id=case_id,
    )
    if message.mapped.rating and channel.definition.owners.callback == "source":
        rate_by_source(message.report_id, message.mapped, at)
    more = _AFTER_NEW.get(channel.door)
    if more is not None:
        more(channel, message, case_id, at)


def take_update(channel: LiveChannel, message: SourceMessage, *, actor: Actor, at: datetime) -> bool:
    """Put what a further message changes on its report 并入原诉求; False when it changes nothing.

    Raises:
        RowFailed: it says something that cannot be taken over; names the field.
        YiwangError: the case does not allow it.
    """
    before = message.before or _before(message)
    done = take_over(channel, message.report_id, before, message.mapped, at=at)
    text = _differences(before, message.mapped, done, at)
    more = [item for item in message.mapped.attachments if item not in before.attachments]
    if text:
        follow_up_report(
            actor=actor, at=at, report_id=message.report_id, kind=FollowUpKind.ADDITION, text=text[:_LONGEST]
        )
    keep_attachments(actor=actor, at=at, report_id=message.report_id, attachments=more)
    return bool(text or more or done)


def _before(message: SourceMessage) -> MappedReport:
    """What the source's newest earlier message said; for a report that came another way, the report."""
    rows = RawMessage.objects.filter(report=message.report_id, run=None).exclude(pk=message.id)
    newest: MappedReport | None = None
    for row in rows.order_by("-received_at", "-line")[:20]:
        found = _mapped(row)
        if found is not None and (newest is None or is_late(found, newest)):
            newest = found
    if newest is not None:
        return newest
    report = Report.objects.get(pk=message.report_id)
    imported = RawMessage.objects.filter(channel=report.channel, identity=f"={report.source_number}").first()
    if imported is not None and (found := _mapped(imported)) is not None:
        return found
    return MappedReport(text=report.text, address=report.address, urgency=report.urgency)


def _mapped(row: RawMessage) -> MappedReport | None:
    """What a message says, with what was corrected of it in the quarantine; None when it says nothing."""
    mapper = mapper_for(row.mapping_id)
    entry = QuarantineEntry.objects.filter(message=row, state=EntryState.CORRECTED).first()
    corrections = corrections_of(entry) if entry is not None else {}
    try:
        tree = read_body(unseal(bytes(row.payload), context=row.id.bytes), mapper.spec.format)
        return mapper.map(tree, corrections)
    except (Unreadable, RowFailed):
        return None


def _differences(before: MappedReport, now: MappedReport, done: frozenset[str], at: datetime) -> str:
    """The changes in words, one a line, without what is done with; contact data are named only."""
    lines = [
        f"{label}：{_words(name, getattr(now, name), at)}"
        for name, label in _TOLD.items()
        if name not in done and getattr(now, name) and getattr(now, name) != getattr(before, name)
    ]
    if (now.lon, now.lat) != (before.lon, before.lat) and now.lon is not None and before.lon is not None:
        lines.append("位置坐标有变化")
    if now.contact_phone and now.contact_phone != before.contact_phone and before.contact_phone:
        lines.append("联系方式有变化")
    if not lines:
        return ""
    head = "来源较早的内容迟到：" if is_late(before, now) else "来源更新："
    return "\n".join([head, *lines])


def _words(name: str, value: str, at: datetime) -> str:
    """A value as people read it."""
    if name == "rating":
        return rating_words(value, at)
    if name == "verdict":
        return f"{VERDICTS.get(value, value)}（没有待答复的申请）"
    if name == "state":
        label = CASE_STATES.get(value, value)
        return f"{label}（本案不因此结案，请核对后处理）" if value in _ENDED else label
    return value


def apply_waiting_ratings(case_id: UUID, at: datetime) -> int:
    """Rate a case that has just closed by what its sources found before 来源评价补入; how many ratings."""
    case = Case.objects.get(pk=case_id)
    found = 0
    for report in reports_of(case).filter(rated_by_source=True):
        waiting = _waiting_rating(report)
        found += waiting is not None and rate_by_source(report.id, waiting, at)
    return found


def _waiting_rating(report: Report) -> MappedReport | None:
    """The newest rating of the source that came after the report was last rated."""
    last = Rating.objects.filter(report=report).order_by("-at").values_list("at", flat=True).first()
    rows = RawMessage.objects.filter(report=report.id, run=None)
    if last is not None:
        rows = rows.filter(received_at__gt=last)
    for row in rows.order_by("-received_at")[:20]:
        found = _mapped(row)
        if found is not None and found.rating:
            return found
    return None
