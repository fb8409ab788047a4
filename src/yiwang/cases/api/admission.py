"""Admission over the API 准入校验: why a task could go where it went; refusing what is on no list."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from ...interface.public import PROBLEMS
from .. import public as cases
from .routes import ACT, act_on, actor

router = Router(tags=["admission"])


class CheckOut(Schema):
    """What the lists said of one unit at a dispatch."""

    unit: UUID
    round: int
    level: str
    verdict: str
    matter: UUID | None
    exemption: UUID | None
    words: str
    at: datetime


class UnlistedIn(Schema):
    """What the community adds, and whose task when one works for several."""

    words: str = ""
    unit: UUID | None = None


@router.get(
    "/cases/{uuid:case_id}/admission", response={200: list[CheckOut], **PROBLEMS}, summary="准入校验记录"
)
def get_checks(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    """Every check of the case's dispatches to grid, community or street, newest first."""
    case = cases.case_for(actor(request), case_id)
    rows = cases.AdmissionCheck.objects.filter(case=case).order_by("-id")
    return [{name: getattr(row, name) for name in CheckOut.model_fields} for row in rows]


@router.post("/cases/{uuid:case_id}/refuse-unlisted", response=ACT, summary="清单外拒收")
def post_refuse_unlisted(request: HttpRequest, case_id: UUID, body: UnlistedIn) -> HttpResponse:
    """Refuse a task whose matter is on neither list of the communities."""
    return act_on(request, case_id, cases.refuse_unlisted, **body.dict())
