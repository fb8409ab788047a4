"""Events 事件 of the loop: past facts of ids and codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from ..ledger.public import Event, register


@dataclass(frozen=True, slots=True)
class CaseEvent(Event):
    """Base: something happened to a case; its stream is the case."""

    case_id: UUID
    at: datetime

    @property
    def stream(self) -> UUID:
        """The case."""
        return self.case_id


@register
@dataclass(frozen=True, slots=True)
class CaseReceived(CaseEvent):
    """案件已建立: a report came in and became a case."""

    kind: ClassVar[str] = "cases.received"
    report_id: UUID


@register
@dataclass(frozen=True, slots=True)
class CaseMoved(CaseEvent):
    """案件状态变化: an act of the table moved the case to `state`."""

    kind: ClassVar[str] = "cases.moved"
    action: str
    state: str


@register
@dataclass(frozen=True, slots=True)
class CaseDispatched(CaseEvent):
    """案件已派遣: tasks were given to a host and co-units."""

    kind: ClassVar[str] = "cases.dispatched"
    host_id: UUID
    units: tuple[UUID, ...]


@register
@dataclass(frozen=True, slots=True)
class CaseClosed(CaseEvent):
    """案件已结案: the promise is kept; the reporter may rate."""

    kind: ClassVar[str] = "cases.closed"
    ending: str
    path: str


@register
@dataclass(frozen=True, slots=True)
class CaseRated(CaseEvent):
    """案件已评价: a reporter said whether it is solved."""

    kind: ClassVar[str] = "cases.rated"
    report_id: UUID
    outcome: str
    satisfaction: str


@register
@dataclass(frozen=True, slots=True)
class CaseOverdue(CaseEvent):
    """案件超时: the handling limit passed while a task was open."""

    kind: ClassVar[str] = "cases.overdue"
    due_at: datetime


@register
@dataclass(frozen=True, slots=True)
class CaseStepReached(CaseEvent):
    """催督办已执行: a step of a ladder was taken, by a timer, an event, a person or a chasing resident.

    `step` is one of `StepAct`, `cause` of `StepCause`; `stage` is that of the clock whose timer took it, or
    the event (`LadderEvent`) that did, else empty; `units` are the units it is addressed to.
    """

    kind: ClassVar[str] = "cases.step_reached"
    step: str
    stage: str
    cause: str
    units: tuple[UUID, ...]


@register
@dataclass(frozen=True, slots=True)
class ReportFollowedUp(CaseEvent):
    """诉求有后续来件: an addition, withdrawal or chase arrived."""

    kind: ClassVar[str] = "cases.followed_up"
    report_id: UUID
    follow_up: str


@register
@dataclass(frozen=True, slots=True)
class ReportErased(CaseEvent):
    """诉求内容已删除: what other apps copied from its text or know of its reporter has to go too."""

    kind: ClassVar[str] = "cases.report_erased"
    report_id: UUID


@register
@dataclass(frozen=True, slots=True)
class CaseCorrected(CaseEvent):
    """案件已更正: plain fields were corrected by two people; the names of the fields."""

    kind: ClassVar[str] = "cases.corrected"
    fields: tuple[str, ...]


@register
@dataclass(frozen=True, slots=True)
class CaseArbitrated(CaseEvent):
    """案件已裁定: whose job it is was ruled; the host, and the units in dispute that it is not for."""

    kind: ClassVar[str] = "cases.arbitrated"
    host_id: UUID
    from_units: tuple[UUID, ...]


@register
@dataclass(frozen=True, slots=True)
class EvidenceAdded(CaseEvent):
    """证据已上传: files were attached to a case, of these stages (each once, in order of their codes)."""

    kind: ClassVar[str] = "cases.evidence_added"
    stages: tuple[str, ...]


@register
@dataclass(frozen=True, slots=True)
class ReportsImported(Event):
    """诉求已批量导入: a batch of reports came in by import, with one case each."""

    kind: ClassVar[str] = "cases.reports_imported"
    batch_id: UUID
    at: datetime
    count: int

    @property
    def stream(self) -> UUID:
        """The batch."""
        return self.batch_id


@register
@dataclass(frozen=True, slots=True)
class SameDayMissed(CaseEvent):
    """超过清零时限: a hazard was not cleared by its cut-off."""

    kind: ClassVar[str] = "cases.same_day_missed"
    due_at: datetime


@register
@dataclass(frozen=True, slots=True)
class CaseUnsolved(CaseEvent):
    """多次办理仍未解决: the reporter says so again, and the case does not go back by itself any more."""

    kind: ClassVar[str] = "cases.unsolved"
    report_id: UUID
    times: int


@register
@dataclass(frozen=True, slots=True)
class CaseRepeated(CaseEvent):
    """重复来件已重办: a closed case was opened again by another report, whose own case was merged into it."""

    kind: ClassVar[str] = "cases.repeated"
    repeat_id: UUID


@register
@dataclass(frozen=True, slots=True)
class ApplicationAsked(CaseEvent):
    """申请已提出: a unit asks for 延期, 挂账, 超时申诉 or 剔除."""

    kind: ClassVar[str] = "cases.application_asked"
    application_id: UUID
    application: str


@register
@dataclass(frozen=True, slots=True)
class ApplicationDecided(CaseEvent):
    """申请已决定: approved, refused in words, or lapsed with its task, as `outcome` says."""

    kind: ClassVar[str] = "cases.application_decided"
    application_id: UUID
    application: str
    outcome: str


@register
@dataclass(frozen=True, slots=True)
class MatterRefused(CaseEvent):
    """清单外事项已拒收: a community gave back a task whose matter is on neither of its lists."""

    kind: ClassVar[str] = "cases.matter_refused"
    unit_id: UUID
