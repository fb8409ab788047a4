"""Supervision over the API 催督办: urging, supervising, listing, answering, settling, and what was done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema

from ...interface.public import PROBLEMS, expected_version
from .. import public as cases
from . import schemas as s
from .routes import actor, answer

router = Router(tags=["supervision"])


class SupervisionOut(Schema):
    """One step taken on a case 督办记录; `units` are the units it is addressed to.

    `stage` is that of the clock that took it or the event that did, `times` which time it was then.
    """

    id: UUID
    case_id: UUID
    act: str
    cause: str
    state: str
    stage: str
    times: int | None
    units: list[UUID]
    addressed_acts: list[str]
    at: datetime
    clock_due_at: datetime | None
    reply_due_at: datetime | None
    replied_unit: UUID | None
    replied_at: datetime | None
    settled_at: datetime | None


class OrderIn(Schema):
    """The words of an urging or a listing."""

    text: str


class SuperviseIn(OrderIn):
    """The words of a supervision, who is to answer, and within what."""

    units: list[UUID] = []
    reply_amount: Decimal = Decimal(1)
    reply_unit: str = "work_day"


MADE = {201: SupervisionOut, **PROBLEMS}
MOVED = {200: SupervisionOut, **PROBLEMS}


def _out(row: cases.Supervision) -> dict[str, Any]:
    return SupervisionOut.from_orm(row).dict()


@router.get(
    "/cases/{uuid:case_id}/supervisions", response={200: list[SupervisionOut], **PROBLEMS}, summary="督办记录"
)
def get_supervisions(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    """Every reminder, urging, supervision, listing and escalation of the case, newest first."""
    case = cases.case_for(actor(request), case_id)
    return [_out(row) for row in cases.Supervision.objects.filter(case=case).order_by("-at", "-id")]


def _order(request: HttpRequest, service: Callable[..., Any], case_id: UUID, **given: Any) -> HttpResponse:
    expected = expected_version(request)

    def produce() -> dict[str, Any]:
        return _out(
            service(actor=actor(request), at=timezone.now(), case_id=case_id, expected=expected, **given)
        )

    return answer(request, 201, produce)


@router.post("/cases/{uuid:case_id}/urge", response=MADE, summary="催办")
def post_urge(request: HttpRequest, case_id: UUID, body: OrderIn) -> HttpResponse:
    """Urge the units on; nothing is demanded."""
    return _order(request, cases.urge_case, case_id, text=body.text)


@router.post("/cases/{uuid:case_id}/supervise", response=MADE, summary="督办")
def post_supervise(request: HttpRequest, case_id: UUID, body: SuperviseIn) -> HttpResponse:
    """Supervise: units must answer within the limit; by default those that work on the case."""
    reply = (body.reply_amount, body.reply_unit)
    return _order(request, cases.supervise_case, case_id, text=body.text, units=body.units, reply=reply)


@router.post("/cases/{uuid:case_id}/list", response=MADE, summary="挂牌督办")
def post_list(request: HttpRequest, case_id: UUID, body: OrderIn) -> HttpResponse:
    """List the case; somebody else lifts it."""
    return _order(request, cases.list_case, case_id, text=body.text)


def _decide(request: HttpRequest, service: Callable[..., Any], key: UUID, **given: Any) -> HttpResponse:
    def produce() -> dict[str, Any]:
        return _out(service(actor=actor(request), at=timezone.now(), supervision_id=key, **given))

    return answer(request, 200, produce)


@router.post("/supervisions/{uuid:supervision_id}/reply", response=MOVED, summary="答复督办")
def post_reply(request: HttpRequest, supervision_id: UUID, body: OrderIn) -> HttpResponse:
    """Answer for a unit that it is addressed to."""
    return _decide(request, cases.reply_supervision, supervision_id, text=body.text)


@router.post("/supervisions/{uuid:supervision_id}/demand-again", response=MOVED, summary="退回重答")
def post_demand_again(request: HttpRequest, supervision_id: UUID, body: s.ReasonOnlyIn) -> HttpResponse:
    """Send the answer back, with the reason."""
    return _decide(request, cases.demand_again, supervision_id, reason=body.reason)


@router.post("/supervisions/{uuid:supervision_id}/settle", response=MOVED, summary="督办销号")
def post_settle(request: HttpRequest, supervision_id: UUID, body: s.ReasonOnlyIn) -> HttpResponse:
    """Settle, by somebody who did not answer."""
    return _decide(request, cases.settle_supervision, supervision_id, reason=body.reason)


@router.post("/supervisions/{uuid:supervision_id}/lift", response=MOVED, summary="解除挂牌")
def post_lift(request: HttpRequest, supervision_id: UUID, body: s.ReasonOnlyIn) -> HttpResponse:
    """Lift a listing, by somebody who did not list."""
    return _decide(request, cases.lift_listing, supervision_id, reason=body.reason)
