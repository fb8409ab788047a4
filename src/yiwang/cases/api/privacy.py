"""Privacy over the API: sensitive cases with their access list, and erasure by law."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Status

from .. import public as cases
from ..models import CaseAccess
from . import schemas as s
from .routes import ACT, PROBLEMS, act_on, actor

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


@router.post("/reports/{uuid:report_id}/erase", response={200: s.ErasedOut, **PROBLEMS}, summary="依法删除")
def post_erase(request: HttpRequest, report_id: UUID, body: s.EraseIn) -> dict[str, Any]:
    """Erase what a reporter said and who they are; the act and its legal basis stay in the journal."""
    report = cases.erase_report(
        actor=actor(request), at=timezone.now(), report_id=report_id, basis=body.basis
    )
    return {"id": report.id, "number": report.number, "erased_at": report.erased_at}
