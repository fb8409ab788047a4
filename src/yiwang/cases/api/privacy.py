"""Privacy over the API: sensitive cases with their access list, and erasure by law."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Status

from ...interface.public import PROBLEMS
from .. import public as cases
from ..models import CaseAccess
from . import schemas as s
from .routes import ACT, act_on, actor, answer

router = Router(tags=["privacy"])


@router.post("/cases/{uuid:case_id}/sensitive", response=ACT, summary="设为敏感或解除")
def post_sensitive(request: HttpRequest, case_id: UUID, body: s.SensitiveIn) -> HttpResponse:
    """Mark a case sensitive, or lift the mark; needs `cases.view_sensitive` there."""
    return act_on(request, case_id, cases.mark_sensitive, is_sensitive=body.is_sensitive, reason=body.reason)


@router.get(
    "/cases/{uuid:case_id}/access", response={200: list[s.AccessOut], **PROBLEMS}, summary="敏感案件名单"
)
def get_access(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    """Who may see the case beside those cleared by their posts."""
    case = cases.case_for(actor(request), case_id, "cases.view_sensitive")
    return [s.access_out(row) for row in CaseAccess.objects.filter(case=case).order_by("at", "id")]


@router.post("/cases/{uuid:case_id}/access", response={201: s.AccessOut, **PROBLEMS}, summary="列入名单")
def post_access(request: HttpRequest, case_id: UUID, body: s.AccessIn) -> Status[Any]:
    """Put an account or a unit on the list."""
    row = cases.grant_access(
        actor=actor(request), at=timezone.now(), case_id=case_id, account=body.account, unit=body.unit
    )
    return Status(201, s.access_out(row))


@router.delete("/access/{uuid:access_id}", response={204: None, **PROBLEMS}, summary="移出名单")
def delete_access(request: HttpRequest, access_id: UUID) -> Status[Any]:
    """Take an account or a unit off the list."""
    cases.revoke_access(actor=actor(request), at=timezone.now(), access_id=access_id)
    return Status(204, None)


ERASURE = {200: s.ErasureOut, **PROBLEMS}


@router.post(
    "/reports/{uuid:report_id}/erasures", response={201: s.ErasureOut, **PROBLEMS}, summary="申请依法删除"
)
def post_erasure(request: HttpRequest, report_id: UUID, body: s.EraseIn) -> HttpResponse:
    """Ask for what a reporter said and who they are to be erased, with the legal basis."""

    def produce() -> dict[str, Any]:
        who = actor(request)
        wish = cases.request_erasure(actor=who, at=timezone.now(), report_id=report_id, basis=body.basis)
        return s.erasure_out(wish)

    return answer(request, 201, produce)


@router.post("/erasures/{uuid:erasure_id}/execute", response=ERASURE, summary="执行删除")
def post_execute(request: HttpRequest, erasure_id: UUID) -> HttpResponse:
    """Erase, by somebody who did not ask; the act stays in the journal."""

    def produce() -> dict[str, Any]:
        cases.execute_erasure(actor=actor(request), at=timezone.now(), erasure_id=erasure_id)
        return s.erasure_out(cases.ErasureRequest.objects.get(pk=erasure_id))

    return answer(request, 200, produce)


@router.post("/erasures/{uuid:erasure_id}/refuse", response=ERASURE, summary="不予删除")
def post_refuse(request: HttpRequest, erasure_id: UUID, body: s.ReasonOnlyIn) -> HttpResponse:
    """Refuse to erase, with the reason."""

    def produce() -> dict[str, Any]:
        who = actor(request)
        cases.refuse_erasure(actor=who, at=timezone.now(), erasure_id=erasure_id, reason=body.reason)
        return s.erasure_out(cases.ErasureRequest.objects.get(pk=erasure_id))

    return answer(request, 200, produce)
