"""Rules of whistles over the API: kinds, matters, outside units."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from ...cases.public import local_day
from ...interface.public import PROBLEMS
from .. import public as whistles
from ..errors import NotPermitted
from ..models import OutsideUnit, WhistleMatter
from ..states import JUDGE, VIEW
from . import schemas as s
from .answering import actor, answer

router = Router(tags=["whistles"])


@router.get("/whistles/kinds", response={200: list[dict[str, Any]], **PROBLEMS}, summary="哨种")
def get_kinds(request: HttpRequest) -> list[dict[str, Any]]:
    """The kinds in force today, switched off ones too."""
    actor(request)
    return [s.kind_out(row) for row in whistles.rulebook().kinds_on(local_day(timezone.now())).values()]


@router.post(
    "/whistles/kinds/{uuid:kind_id}/switch", response={200: dict[str, Any], **PROBLEMS}, summary="启停哨种"
)
def post_switch(request: HttpRequest, kind_id: UUID, body: s.SwitchIn) -> HttpResponse:
    """Switch a kind on or off."""

    def produce() -> dict[str, Any]:
        row = whistles.switch_kind(actor=actor(request), at=timezone.now(), kind_id=kind_id, on=body.on)
        return s.kind_out(row)

    return answer(request, 200, produce)


@router.get("/whistles/matters", response={200: list[dict[str, Any]], **PROBLEMS}, summary="吹哨事项清单")
def get_matters(request: HttpRequest, kind: str) -> list[dict[str, Any]]:
    """What may be whistled under a kind today."""
    actor(request)
    listed = whistles.rulebook().matters_for(kind, local_day(timezone.now()))
    return [_matter_out(row) for row in listed]


@router.post("/whistles/matters", response={201: dict[str, Any], **PROBLEMS}, summary="列入吹哨事项清单")
def post_matter(request: HttpRequest, body: s.MatterIn) -> HttpResponse:
    """Put a matter on the list."""
    terms = whistles.MatterTerms(**body.dict())

    def produce() -> dict[str, Any]:
        return _matter_out(whistles.add_matter(actor=actor(request), at=timezone.now(), terms=terms))

    return answer(request, 201, produce)


def _matter_out(row: WhistleMatter) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "field": row.field, "kind_code": row.kind_code,
        "matter_class": row.matter_class, "valid_from": row.valid_from, "valid_to": row.valid_to,
    }  # fmt: skip


@router.get("/whistles/outside-units", response={200: list[dict[str, Any]], **PROBLEMS}, summary="外部单位")
def get_outside(request: HttpRequest) -> list[dict[str, Any]]:
    """Units outside the instance that may be called."""
    who = actor(request)
    if not (who.may_anywhere(VIEW) or who.may_anywhere(JUDGE)):
        raise NotPermitted("您没有查看外部单位的权限。", act=VIEW)
    return [_outside_out(row) for row in whistles.rulebook().outside if row.ended_at is None]


@router.post("/whistles/outside-units", response={201: dict[str, Any], **PROBLEMS}, summary="新增外部单位")
def post_outside(request: HttpRequest, body: s.OutsideIn) -> HttpResponse:
    """Add a unit outside the instance."""

    def produce() -> dict[str, Any]:
        return _outside_out(whistles.add_outside_unit(actor=actor(request), at=timezone.now(), **body.dict()))

    return answer(request, 201, produce)


def _outside_out(row: OutsideUnit) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "system": row.system, "how": row.how}
