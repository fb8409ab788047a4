"""API of the admitted lists 准入清单: read lists and exemptions, ask whether a matter is admitted, apply."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema

from ..interface.public import ProblemOut, answer_act, asker
from ..kernel.errors import invalid
from ..ledger.public import answer_once
from .enums import AdmissionLevel, AdmissionList
from .models import AdmittedMatter, Exemption
from .queries.admission import admission
from .queries.admission_lists import exemption_page, listed_page, matter_for
from .queries.index import shanghai_day
from .services.admission import AdmissionTerms, apply_admission

router = Router(tags=["admission"])
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), ProblemOut)


class MatterOut(Schema):
    """One row of a list."""

    id: UUID
    list_kind: str
    code: str
    name: str
    state: str
    class_ids: list[UUID]
    area_ids: list[UUID]
    lead_unit: UUID | None
    basis: str
    frequency: str
    limit_amount: Decimal | None
    limit_unit: str
    funding: str
    training: str
    minutes: int | None
    is_example: bool
    valid_from: date
    valid_to: date | None
    refusal: str
    recall_reason: str


class MattersOut(Schema):
    """A page of a list."""

    rows: list[MatterOut]
    next: str | None


class ExemptionOut(Schema):
    """One exemption; who asked and who decided are named by unit and post."""

    id: UUID
    state: str
    title: str
    reason: str
    levels: list[str]
    class_ids: list[UUID]
    area_ids: list[UUID]
    asked_unit: UUID | None
    asked_post: UUID | None
    granted_post: UUID | None
    refusal: str
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    used: int


class ExemptionsOut(Schema):
    """A page of exemptions."""

    rows: list[ExemptionOut]
    next: str | None


class AdmissionOut(Schema):
    """What the lists say of a matter for one level."""

    level: str
    verdict: str
    allows: bool
    matter: UUID | None
    exemption: UUID | None
    words: str


class ListQuery(Schema):
    """Which list, as of which day."""

    list: str = "grid"
    day: date | None = None
    unit: UUID | None = None
    past: bool = False
    cursor: str = ""


class AdmissionQuery(Schema):
    """Which matter, where, for which level."""

    level: str
    matter_class: UUID
    area: UUID | None = None


class LimitIn(Schema):
    """Amount and unit."""

    amount: Decimal
    unit: str


class ApplicationIn(Schema):
    """What a department applies for."""

    list_kind: str
    code: str
    name: str
    class_ids: list[UUID]
    lead_unit: UUID
    basis: str
    frequency: str
    funding: str
    training: str = ""
    area_ids: list[UUID] = []
    limit: LimitIn | None = None
    minutes: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None


def _matter(row: AdmittedMatter) -> dict[str, Any]:
    named = MatterOut.model_fields.keys() - {"lead_unit"}
    return {name: getattr(row, name) for name in named} | {"lead_unit": row.lead_unit_id}


def _exemption(row: Exemption) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ExemptionOut.model_fields}


@router.get("/admitted-matters", response={200: MattersOut, **PROBLEMS}, summary="准入清单")
def get_matters(request: HttpRequest, query: Query[ListQuery]) -> dict[str, Any]:
    """One list as of a day (today by default), by code."""
    asker(request)
    if query.list not in AdmissionList.values:
        raise invalid("list", query.list, f"只能是 {'、'.join(AdmissionList.values)} 之一。")
    day = query.day or shanghai_day(timezone.now())
    page, _views = listed_page(
        kind=query.list, day=day, unit_id=query.unit, past=query.past, cursor=query.cursor
    )
    return {"rows": [_matter(row) for row in page.rows], "next": page.next}


@router.get("/admitted-matters/{uuid:matter_id}", response={200: MatterOut, **PROBLEMS}, summary="准入事项")
def get_matter(request: HttpRequest, matter_id: UUID) -> dict[str, Any]:
    """One row, in whatever state."""
    asker(request)
    return _matter(matter_for(matter_id))


@router.post("/admitted-matters", response={201: MatterOut, **PROBLEMS}, summary="申请准入")
def post_application(request: HttpRequest, body: ApplicationIn) -> HttpResponse:
    """Apply for a department; once only under an `Idempotency-Key`."""
    actor = asker(request)
    given = body.dict(exclude={"lead_unit", "limit"})
    limit = (body.limit.amount, body.limit.unit) if body.limit else None
    terms = AdmissionTerms(**given, lead_id=body.lead_unit, limit=limit)

    def produce() -> dict[str, Any]:
        return _matter(apply_admission(actor=actor, at=timezone.now(), terms=terms))

    return answer_act(request, 201, produce, once=answer_once)


@router.get("/exemptions", response={200: ExemptionsOut, **PROBLEMS}, summary="应急豁免")
def get_exemptions(request: HttpRequest, past: bool = False, cursor: str = "") -> dict[str, Any]:
    """Exemptions in force or to come, newest first; `past` also those that have ended."""
    asker(request)
    page, _views = exemption_page(at=timezone.now(), past=past, cursor=cursor)
    return {"rows": [_exemption(row) for row in page.rows], "next": page.next}


@router.get("/admission", response={200: AdmissionOut, **PROBLEMS}, summary="是否准入")
def get_admission(request: HttpRequest, query: Query[AdmissionQuery]) -> dict[str, Any]:
    """Whether a matter of a class may go to units of a level in an area now, and why."""
    asker(request)
    if query.level not in AdmissionLevel.values:
        raise invalid("level", query.level, f"只能是 {'、'.join(AdmissionLevel.values)} 之一。")
    found = admission(query.level, query.matter_class, query.area, at=timezone.now())
    return {
        "level": found.level,
        "verdict": found.verdict,
        "allows": found.allows,
        "matter": found.matter.id if found.matter else None,
        "exemption": found.exemption.id if found.exemption else None,
        "words": found.words,
    }
