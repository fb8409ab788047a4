"""Updating 来源更新: what a further message of a known number changes, told on the same report.

A report is never edited: the differences to the source's newest earlier message become a follow-up in words.
A message that is older than what is known, by the source's own time, is kept and named late.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ...cases.public import FollowUpKind, Report, follow_up_report
from ...kernel.actor import Actor
from ...ledger.public import unseal
from ..models import Mapping, RawMessage
from ..queries.channels import LiveChannel
from ..rules.applying import MappedReport, RowFailed
from ..rules.bodies import Unreadable, read_body
from ..rules.specification import read_specification
from .attaching import keep_attachments
from .mappings import mapper_for

#: Fields whose change is told, with the words for them.
_TOLD = {
    "title": "标题", "text": "内容", "address": "地点", "urgency": "紧急程度", "state": "来源状态",
    "rating": "来源回访结果", "rating_comment": "来源回访意见",
}  # fmt: skip
_LONGEST = 4_000


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
    text = _differences(before, message.mapped)
    more = [item for item in message.mapped.attachments if item not in before.attachments]
    if text:
        follow_up_report(
            actor=actor, at=at, report_id=message.report_id, kind=FollowUpKind.ADDITION, text=text[:_LONGEST]
        )
    keep_attachments(actor=actor, at=at, report_id=message.report_id, attachments=more)
    return bool(text or more)


def _before(message: SourceMessage) -> MappedReport:
    """What the source's newest earlier message said; for a report that came another way, the report."""
    rows = RawMessage.objects.filter(report=message.report_id, run=None).exclude(pk=message.id)
    for row in rows.order_by("-received_at")[:20]:
        found = _mapped(row)
        if found is not None:
            return found
    report = Report.objects.get(pk=message.report_id)
    imported = RawMessage.objects.filter(channel=report.channel, identity=f"={report.source_number}").first()
    if imported is not None and (found := _mapped(imported)) is not None:
        return found
    return MappedReport(text=report.text, address=report.address, urgency=report.urgency)


def _mapped(row: RawMessage) -> MappedReport | None:
    text = Mapping.objects.values_list("text", flat=True).get(pk=row.mapping_id)
    spec = read_specification(text)
    try:
        tree = read_body(unseal(bytes(row.payload), context=row.id.bytes), spec.format)
        return mapper_for(row.mapping_id, spec).map(tree)
    except (Unreadable, RowFailed):
        return None


def _differences(before: MappedReport, now: MappedReport) -> str:
    """The changes in words, one a line; contact data are named, never written out."""
    lines = [
        f"{label}：{getattr(now, name)}"
        for name, label in _TOLD.items()
        if getattr(now, name) and getattr(now, name) != getattr(before, name)
    ]
    if (now.lon, now.lat) != (before.lon, before.lat) and now.lon is not None and before.lon is not None:
        lines.append("位置坐标有变化")
    if now.contact_phone and now.contact_phone != before.contact_phone and before.contact_phone:
        lines.append("联系方式有变化")
    if not lines:
        return ""
    late = before.updated_at and now.updated_at and now.updated_at < before.updated_at
    head = "来源较早的内容迟到：" if late else "来源更新："
    return "\n".join([head, *lines])
