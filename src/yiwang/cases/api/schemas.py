"""Shapes of the API: strict input, plain output. Instants are ISO 8601 with offset; places WGS84 degrees."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from ..models import Case, Correction, ErasureRequest, Task


class Strict(Schema):
    """Input: unknown fields are refused, nothing is coerced but UUIDs and instants from text."""

    model_config = ConfigDict(extra="forbid")


class ContactIn(Strict):
    """The reporter's contact; sealed at once."""

    name: str = Field("", max_length=60)
    phone: str = Field("", max_length=30)


class ReportIn(Strict):
    """A report to register."""

    channel: str = Field("api", min_length=1, max_length=40)
    text: str = Field(..., min_length=1, max_length=20_000)
    title: str = Field("", max_length=80)
    kind: str = "help"
    urgency: str = "ordinary"
    privacy: str = "open"
    address: str = Field("", max_length=300)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    crs: str = "wgs84"
    community: UUID | None = None
    matter_class: UUID | None = None
    source_number: str | None = Field(None, max_length=120)
    occurred_at: datetime | None = None
    complained_unit: UUID | None = None
    is_sensitive: bool = False
    contact: ContactIn | None = None
    accept: bool = False


class AcceptIn(Strict):
    """Class and place of a case that is accepted."""

    matter_class: UUID | None = None
    community: UUID | None = None
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    urgency: str | None = None


class RegisterIn(Strict):
    """The registering condition that is hit."""

    condition: UUID


class DispatchIn(Strict):
    """Host and co-units."""

    host: UUID
    co_units: list[UUID] = Field(default_factory=list, max_length=20)
    instruction: str = Field("", max_length=2000)


class FeedbackIn(Strict):
    """What a unit did."""

    result: str = Field(..., min_length=1, max_length=5000)
    unit: UUID | None = None
    evidence: list[UUID] = Field(default_factory=list, max_length=50)


class RecheckIn(Strict):
    """Result of a recheck."""

    result: str
    note: str = Field("", max_length=2000)


class CloseIn(Strict):
    """How the case ends; it must be said, as solved and answered are different endings."""

    ending: str = Field(..., max_length=18, description="solved 已解决 or answered 已答复")


class ReasonIn(Strict):
    """A reason; `elsewhere` names the right channel when a case is rejected."""

    reason: str = Field(..., min_length=1, max_length=2000)
    elsewhere: str = Field("", max_length=300)


class TextIn(Strict):
    """A direct answer, or what was done on the spot."""

    text: str = Field(..., min_length=1, max_length=5000)


class MergeIn(Strict):
    """The case that is absorbed."""

    absorbed: UUID
    reason: str = Field(..., min_length=1, max_length=2000)


class RatingIn(Strict):
    """A rating taken by a call-back clerk."""

    report: UUID
    outcome: str
    satisfaction: str = ""
    comment: str = Field("", max_length=2000)


class SensitiveIn(Strict):
    """Mark a case sensitive, or lift the mark."""

    is_sensitive: bool
    reason: str = Field(..., min_length=1, max_length=2000)


class AccessIn(Strict):
    """Who is put on the access list: an account or a unit."""

    account: UUID | None = None
    unit: UUID | None = None


class EraseIn(Strict):
    """The legal basis of an erasure."""

    basis: str = Field(..., min_length=1, max_length=500)


class AccessOut(Schema):
    """One row of the access list of a sensitive case."""

    id: UUID
    account: UUID | None
    unit: UUID | None
    at: datetime


class ReasonOnlyIn(Strict):
    """A reason."""

    reason: str = Field(..., min_length=1, max_length=2000)


class CorrectionIn(Strict):
    """What should stand; fields left out stay as they are. Coordinates are WGS84."""

    reason: str = Field(..., min_length=1, max_length=2000)
    title: str | None = None
    urgency: str | None = None
    privacy: str | None = None
    matter_class: UUID | None = None
    condition: UUID | None = None
    community: UUID | None = None
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    address: str | None = None
    resets_clock: bool = False


class WishOut(Schema):
    """Who decided when; persons are never named."""

    id: UUID
    state: str
    asked_at: datetime
    decided_at: datetime | None


class CorrectionOut(WishOut):
    """A correction: the fields as they stood and as they should."""

    case: UUID
    before: dict[str, str | None]
    after: dict[str, str | None]
    resets_clock: bool


class ErasureOut(WishOut):
    """A request to erase a report."""

    case: UUID
    report: UUID


class CaseOut(Schema):
    """A case, without anything that names its reporters.

    `due_at` is our own limit, null while the case rests until `suspended_until`; `source_due_at` the earliest
    that a source of its reports sets. Figures leave out what has an `excluded_at` and do not count the
    lateness of what `is_excused`; `overdue_at` stays.
    """

    id: UUID
    number: str
    version: int
    state: str
    path: str
    ending: str
    title: str
    channel: str
    kind: str
    urgency: str
    privacy: str
    is_sensitive: bool
    matter_class: UUID | None
    condition: UUID | None
    district: UUID | None
    street: UUID | None
    community: UUID | None
    grid: UUID | None
    address: str
    lon: float | None
    lat: float | None
    report_count: int
    host: UUID | None
    round: int
    due_at: datetime | None
    source_due_at: datetime | None
    created_at: datetime
    dispatched_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    overdue_at: datetime | None
    suspended_until: datetime | None
    is_excused: bool
    excluded_at: datetime | None
    exclusion_ground: str
    merged_into: UUID | None
    level: str
    same_day_due_at: datetime | None
    redo_count: int
    redo_cause: str


class TaskOut(Schema):
    """A task with its clock and the explanation of its due instant."""

    id: UUID
    unit: UUID
    role: str
    state: str
    round: int
    dispatched_at: datetime
    signed_at: datetime | None
    done_at: datetime | None
    due_at: datetime | None
    due_explanation: str
    result: str
    evidence: list[str]


class ReceivedOut(Schema):
    """What a registered report became."""

    report: UUID
    report_number: str
    tracking: str
    case: CaseOut


class CaseDetailOut(Schema):
    """A case with its tasks and the acts the caller may do next."""

    case: CaseOut
    tasks: list[TaskOut]
    next_acts: list[str]


class CaseListOut(Schema):
    """One page; `next` and `previous` are the cursors of its neighbours, null at either end."""

    items: list[CaseOut]
    next: str | None
    previous: str | None


class EntryOut(Schema):
    """One entry of the timeline: what, when, by which post."""

    seq: int
    kind: str
    at: datetime
    post: UUID | None
    body: dict[str, Any]


class EvidenceOut(Schema):
    """One file of a case; fetched at `/files/<id>`."""

    id: UUID
    stage: str
    media_type: str
    size: int
    sha256: str
    taken_at: datetime | None
    uploaded_at: datetime


CASE_FIELDS = tuple(CaseOut.model_fields)
TASK_FIELDS = tuple(TaskOut.model_fields)


def evidence_out(row: Any) -> dict[str, Any]:
    """An attachment as plain values."""
    return {name: getattr(row, name) for name in EvidenceOut.model_fields}


def access_out(row: Any) -> dict[str, Any]:
    """A row of the access list as plain values."""
    return {name: getattr(row, name) for name in AccessOut.model_fields}


def correction_out(row: Correction) -> dict[str, Any]:
    """A correction as plain values."""
    names = ("id", "state", "asked_at", "decided_at", "before", "after", "resets_clock")
    return {**{name: getattr(row, name) for name in names}, "case": row.case_id}


def erasure_out(row: ErasureRequest) -> dict[str, Any]:
    """A request to erase as plain values."""
    names = ("id", "state", "asked_at", "decided_at")
    return {**{name: getattr(row, name) for name in names}, "case": row.case_id, "report": row.report_id}


def case_out(case: Case) -> dict[str, Any]:
    """A case row as plain values."""
    return {name: getattr(case, name) for name in CASE_FIELDS}


def task_out(task: Task) -> dict[str, Any]:
    """A task row as plain values."""
    return {name: getattr(task, name) for name in TASK_FIELDS}
