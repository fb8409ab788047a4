"""API of the chain 研判接口: what all stages say of many texts at once, and of a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import AwareDatetime, ConfigDict, Field

from ...cases.public import case_for
from ...interface.public import ProblemOut, actor_of
from ...kernel.actor import Actor
from ...kernel.errors import NotFound, Refused
from ..queries.explaining import explanation_of_case
from ..rules.chain import as_body
from ..rules.said import Said
from ..services.chain import triage_reports
from ..services.following import latest_proposal

router = Router(tags=["triage"])
PROBLEMS = dict.fromkeys((401, 403, 404, 422), ProblemOut)
#: Most reports in one call.
MOST = 500


class SaidIn(Schema):
    """One report to be read; WGS84 degrees."""

    model_config = ConfigDict(extra="forbid", strict=False)

    text: str = Field(min_length=1, max_length=4000)
    address: str = Field("", max_length=300)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    area_id: UUID | None = None
    class_id: UUID | None = None
    at: AwareDatetime | None = None
    part_code: str = Field("", max_length=32)


class ReportsIn(Schema):
    """Reports to be read, at most 500."""

    model_config = ConfigDict(extra="forbid")

    reports: list[SaidIn] = Field(min_length=1, max_length=MOST)


class TriagedOut(Schema):
    """What the stages said of each report, in order; the form of `body` of a proposal."""

    items: list[dict[str, Any]]


class ProposalOut(Schema):
    """The latest proposal of a case."""

    id: UUID
    case_id: UUID
    made_at: datetime
    acted_at: datetime | None
    undone_at: datetime | None
    refusals: list[str]
    model: str
    body: dict[str, Any]
    explanation: list[str]


def _actor(request: HttpRequest) -> Actor:
    found = actor_of(request)
    if found is None:
        raise Refused("请先登录，或在请求头中提供有效的令牌。", code="refused")
    return found


@router.post("/triage/propose", response={200: TriagedOut, **PROBLEMS}, summary="Read reports")
def propose(request: HttpRequest, given: ReportsIn) -> TriagedOut:
    """Class, place, owner and repeat of each report with reasons; nothing is kept."""
    actor = _actor(request)
    if not actor.may_anywhere("cases.receive"):
        raise Refused("您没有登记诉求的权限。", code="triage.refused", act="cases.receive")
    now = timezone.now()
    said = [
        Said(
            key=uuid4(), text=one.text, at=one.at or now, address=one.address, lon=one.lon,
            lat=one.lat if one.lon is not None else None, area_id=one.area_id, class_id=one.class_id,
            part_code=one.part_code,
        )
        for one in given.reports
    ]  # fmt: skip
    return TriagedOut(items=[as_body(answer) for answer in triage_reports(said, at=now)])


@router.get(
    "/cases/{case_id}/proposal", response={200: ProposalOut, **PROBLEMS}, summary="Proposal of a case"
)
def proposal(request: HttpRequest, case_id: UUID) -> ProposalOut:
    """The latest proposal of a case that the caller may see, with the explanation of what was automatic."""
    actor = _actor(request)
    case_for(actor, case_id)
    row = latest_proposal(case_id)
    if row is None:
        raise NotFound("这个案件还没有研判建议。", code="triage.no_proposal")
    return ProposalOut(
        id=row.id, case_id=row.case, made_at=row.made_at, acted_at=row.acted_at, undone_at=row.undone_at,
        refusals=row.refusals, model=row.model, body=row.body, explanation=list(explanation_of_case(case_id)),
    )  # fmt: skip
