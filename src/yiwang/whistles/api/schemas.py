"""Shapes of the API of whistles: strict input, plain output. Places are WGS84 degrees."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from ..models import CheckIn, Whistle, WhistleClock, WhistleItem, WhistleKind, WhistleTask
from ..queries.parties import party_name
from ..queries.rulebook import rulebook

_LIMITS = ("sign", "contact", "report", "finish")


class Strict(Schema):
    """Input: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class WhistleIn(Strict):
    """A whistle to draft; with `blow` it is blown in the next act."""

    kind: str = Field(max_length=40)
    title: str = Field(min_length=1, max_length=80)
    reasons: str = Field("", max_length=4000)
    tried: str = Field("", max_length=4000)
    wanted: str = Field("", max_length=4000)
    matter: UUID | None = None
    address: str = Field("", max_length=300)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    area: UUID | None = None
    cases: list[UUID] = Field(default_factory=list, max_length=50)
    units: list[UUID] = Field(default_factory=list, max_length=50)
    whistler_unit: UUID | None = None
    enterprise: str = Field("", max_length=100)
    fence_metres: int | None = Field(None, ge=1, le=20_000)
    gather_at: AwareDatetime | None = None
    gather_place: str = Field("", max_length=200)


class CasesIn(Strict):
    """Cases to attach."""

    cases: list[UUID] = Field(min_length=1, max_length=50)


class ReasonIn(Strict):
    """A reason in words."""

    reason: str = Field("", max_length=1000)


class JudgeIn(Strict):
    """Who reports: keys of units or of outside units."""

    host: UUID
    co_units: list[UUID] = Field(default_factory=list, max_length=50)
    instruction: str = Field("", max_length=1000)
    gather_at: AwareDatetime | None = None
    gather_place: str = Field("", max_length=200)


class UnitsIn(Strict):
    """Units to add."""

    units: list[UUID] = Field(min_length=1, max_length=50)
    instruction: str = Field("", max_length=1000)


class MinutesIn(Strict):
    """Minutes of a meeting; units and functions, never names."""

    held_at: AwareDatetime
    text: str = Field(min_length=1, max_length=10_000)
    conclusion: str = Field("", max_length=4000)
    place: str = Field("", max_length=200)
    attendance: str = Field("", max_length=2000)


class ItemIn(Strict):
    """An item of the list."""

    task: UUID
    stage: UUID
    text: str = Field(min_length=1, max_length=300)
    limit_amount: Decimal | None = None
    limit_unit: str = "work_day"


class ItemsIn(Strict):
    """Items to share out."""

    items: list[ItemIn] = Field(default_factory=list, max_length=100)


class TextIn(Strict):
    """A text."""

    text: str = Field(min_length=1, max_length=4000)


class MarksIn(Strict):
    """Codes of the scale and a remark."""

    response: str
    attitude: str
    result: str
    note: str = Field("", max_length=1000)


class EndIn(Strict):
    """Whether it is solved, or why it ends all the same."""

    solved: bool
    reason: str = Field("", max_length=1000)


class AgainIn(Strict):
    """Why it is blown again, perhaps under another kind."""

    reason: str = Field(min_length=1, max_length=1000)
    kind: str = Field("", max_length=40)


class DecisionIn(Strict):
    """Whether a check-in outside the fence counts, and why."""

    accept: bool
    reason: str = Field(min_length=1, max_length=1000)


class CheckInIn(Strict):
    """Post of who came (an `AttendingPost`), and what the phone says of the place (WGS84, metres)."""

    representative: str = Field(min_length=1, max_length=40)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    accuracy: float | None = Field(None, ge=0)


class SwitchIn(Strict):
    """On or off."""

    on: bool


class MatterIn(Strict):
    """A matter for the list."""

    name: str = Field(min_length=1, max_length=80)
    valid_from: date
    kind_code: str = Field("", max_length=40)
    field: str = Field("", max_length=40)
    matter_class: UUID | None = None
    basis: str = Field("", max_length=300)


class OutsideIn(Strict):
    """A unit outside the instance; no names of people."""

    name: str = Field(min_length=1, max_length=100)
    system: str = Field("", max_length=60)
    how: str = Field("", max_length=200)


def kind_out(row: WhistleKind) -> dict[str, Any]:
    """A kind with its limits as amount and unit."""
    limits = {
        name: {"amount": getattr(row, f"{name}_amount"), "unit": getattr(row, f"{name}_unit")}
        for name in _LIMITS
        if getattr(row, f"{name}_amount") is not None
    }
    return {
        "id": row.id, "code": row.code, "name": row.name, "pack": row.pack, "direction": row.direction,
        "scope": row.scope, "blow_act": row.blow_act, "approve_act": row.approve_act,
        "most_units": row.most_units, "limits": limits, "fence_metres": row.fence_metres,
        "most_rings": row.most_rings, "link_days": row.link_days, "may_recur": row.may_recur,
        "rates_both": row.rates_both, "is_on": row.is_on, "basis": row.basis,
        "valid_from": row.valid_from, "valid_to": row.valid_to, "version": row.version,
    }  # fmt: skip


def whistle_out(row: Whistle) -> dict[str, Any]:
    """A whistle without its texts."""
    return {
        "id": row.id, "number": row.number, "state": row.state, "kind": rulebook().kind(row.kind_id).code,
        "matter": row.matter_id, "title": row.title, "address": row.address, "lon": row.lon, "lat": row.lat,
        "area": row.area, "communities": row.communities, "street": row.street,
        "whistler_unit": row.whistler_unit, "rung": row.rung, "parent": row.parent_id,
        "is_solved": row.is_solved, "created_at": row.created_at, "blown_at": row.blown_at,
        "judged_at": row.judged_at, "raised_at": row.raised_at, "ended_at": row.ended_at,
        "version": row.version,
    }  # fmt: skip


def texts_out(row: Whistle) -> dict[str, Any]:
    """The texts of a whistle and when and where to report."""
    return {
        "reasons": row.reasons, "tried": row.tried, "wanted": row.wanted, "enterprise": row.enterprise,
        "gather_at": row.gather_at, "gather_place": row.gather_place,
        "proposed_units": row.proposed_units, "fence_metres": row.fence_metres,
    }  # fmt: skip


def clock_out(row: WhistleClock) -> dict[str, Any]:
    """A clock with its explanation."""
    return {
        "id": row.id, "stage": row.stage, "item": row.item_id, "started_at": row.started_at,
        "due_at": row.due_at, "explanation": row.due_explanation, "ended_at": row.ended_at,
        "is_met": row.is_met, "late_at": row.late_at, "escalated_to": row.escalated_to,
    }  # fmt: skip


def task_out(row: WhistleTask, clocks: list[WhistleClock], check_ins: list[CheckIn]) -> dict[str, Any]:
    """A unit's task; positions of check-ins are told as a distance only."""
    return {
        "id": row.id, "unit": row.unit, "outside": row.outside_id, "name": party_name(row),
        "role": row.role, "state": row.state, "instruction": row.instruction, "sent_at": row.sent_at,
        "signed_at": row.signed_at, "contacted_at": row.contacted_at, "contact_note": row.contact_note,
        "reported_at": row.reported_at, "fed_back_at": row.fed_back_at, "result": row.result,
        "declined_count": row.declined_count, "powerless_count": row.powerless_count,
        "clocks": [clock_out(clock) for clock in clocks],
        "check_ins": [check_in_out(one) for one in check_ins],
    }  # fmt: skip


def check_in_out(row: CheckIn) -> dict[str, Any]:
    """A check-in."""
    return {
        "id": row.id, "at": row.at, "inside": row.is_inside, "distance": row.distance,
        "representative": row.representative, "photos": row.photos, "result": row.result,
        "decided_at": row.decided_at,
    }  # fmt: skip


def item_out(row: WhistleItem) -> dict[str, Any]:
    """An item of the list."""
    return {
        "id": row.id, "task": row.task_id, "stage": row.stage_id, "text": row.text, "due_at": row.due_at,
        "done_at": row.done_at, "feedback": row.feedback, "dropped_at": row.dropped_at,
    }  # fmt: skip
