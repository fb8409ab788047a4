"""Corrections over the API 行政更正: one token's account asks, another's approves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from ...interface.public import PROBLEMS, expected_version
from .. import public as cases
from . import schemas as s
from .routes import ACT, actor, answer

router = Router(tags=["corrections"])


@router.get(
    "/cases/{uuid:case_id}/corrections", response={200: list[s.CorrectionOut], **PROBLEMS}, summary="更正记录"
)
def get_corrections(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    """Every correction of the case, newest first."""
    case = cases.case_for(actor(request), case_id)
    return [s.correction_out(row) for row in cases.Correction.objects.filter(case=case).order_by("-id")]


@router.post(
    "/cases/{uuid:case_id}/corrections", response={201: s.CorrectionOut, **PROBLEMS}, summary="申请更正"
)
def post_correction(request: HttpRequest, case_id: UUID, body: s.CorrectionIn) -> HttpResponse:
    """Ask for plain fields of the case to be corrected; nothing changes until somebody else approves."""
    expected = expected_version(request)
    terms = cases.CorrectionTerms(**body.dict(exclude={"reason"}))

    def produce() -> dict[str, Any]:
        wish = cases.ask_correction(
            actor=actor(request), at=timezone.now(), case_id=case_id, terms=terms, reason=body.reason,
            expected=expected,
        )  # fmt: skip
        return s.correction_out(wish)

    return answer(request, 201, produce)


def _decide(
    request: HttpRequest, service: Callable[..., Any], correction_id: UUID, **given: Any
) -> HttpResponse:
    def produce() -> dict[str, Any]:
        return s.case_out(
            service(actor=actor(request), at=timezone.now(), correction_id=correction_id, **given)
        )

    return answer(request, 200, produce)


@router.post("/corrections/{uuid:correction_id}/approve", response=ACT, summary="批准更正")
def post_approve(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """Approve and apply, by somebody who did not ask."""
    expected = expected_version(request)
    return _decide(request, cases.approve_correction, correction_id, expected=expected)


@router.post("/corrections/{uuid:correction_id}/refuse", response=ACT, summary="不批准更正")
def post_refuse(request: HttpRequest, correction_id: UUID, body: s.ReasonOnlyIn) -> HttpResponse:
    """Refuse, with the reason."""
    return _decide(request, cases.refuse_correction, correction_id, reason=body.reason)


@router.post("/corrections/{uuid:correction_id}/take-back", response=ACT, summary="收回更正申请")
def post_take_back(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    """Take back, by whoever asked."""
    return _decide(request, cases.take_back_correction, correction_id)
