"""Returns, disputes and handovers over the API 退单与责任: each route one service call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema

from ...interface.public import PROBLEMS, expected_version
from .. import public as cases
from . import schemas as s
from .routes import ACT, act_on, actor, answer

router = Router(tags=["returns"])
_RETURN = (
    "id", "unit", "number", "reason", "proposed_unit", "evidence", "state", "asked_at", "decided_at",
    "due_at",
)  # fmt: skip
_DISPUTE = (
    "id", "cause", "asking_unit", "proposed_unit", "parties", "state", "mode", "host", "co_units",
    "legal_basis", "asked_at", "decided_at", "due_at",
)  # fmt: skip
_ABSORBED = ("number", "return_count", "final_owner", "first_unit", "transfers")
_HANDOVER = ("id", "number", "from_unit", "from_post", "to_unit", "at")


class ReturnIn(Schema):
    """A return: code of the reason, words, the unit whose job it is, attachments of the case."""

    reason: str
    words: str
    proposed_unit: UUID | None = None
    evidence: list[UUID] = []
    unit: UUID | None = None


class GrantIn(Schema):
    """A granted return: whether the co-units go on when the host leaves."""

    keeps_co_units: bool = True
    words: str = ""


class WordsIn(Schema):
    """A decision in words."""

    words: str


class DisputeIn(Schema):
    """A dispute of the receiver of a handover."""

    words: str
    proposed_unit: UUID | None = None
    unit: UUID | None = None


class ViewIn(Schema):
    """What a unit said in the meeting, by unit and post."""

    unit: UUID
    post: str
    words: str


class RulingIn(Schema):
    """A ruling: `meeting` with the views of two units at least, or `designate`."""

    mode: str
    host: UUID
    co_units: list[UUID] = []
    legal_basis: str
    words: str
    views: list[ViewIn] = []


class HandoverIn(Schema):
    """A handover by the first asked unit."""

    to_unit: UUID
    reason: str


class FirstAskedIn(Schema):
    """Who was asked first; without a unit, the actor's own."""

    unit: UUID | None = None


class FallbackIn(Schema):
    """A case goes to its fallback owner: `unlisted` or `unclear`, with a reason."""

    cause: str
    reason: str


class ReturnOut(Schema):
    """A return, its limit and how it stands."""

    id: UUID
    case: UUID
    unit: UUID
    number: int
    reason: str
    proposed_unit: UUID | None
    evidence: list[UUID]
    state: str
    asked_at: datetime
    decided_at: datetime | None
    due_at: datetime


class DisputeOut(Schema):
    """A dispute, its limit and its ruling."""

    id: UUID
    case: UUID
    cause: str
    asking_unit: UUID | None
    proposed_unit: UUID | None
    parties: list[UUID]
    state: str
    mode: str
    host: UUID | None
    co_units: list[UUID]
    legal_basis: str
    asked_at: datetime
    decided_at: datetime | None
    due_at: datetime


class HandoverOut(Schema):
    """A handover, by unit and post."""

    id: UUID
    case: UUID
    number: int
    from_unit: UUID
    from_post: UUID | None
    to_unit: UUID
    at: datetime


class AbsorbedOut(Schema):
    """What was settled about a case that was merged into this one, whether it passed or not."""

    case: UUID
    number: str
    return_count: int
    final_owner: UUID | None
    first_unit: UUID | None
    transfers: int


class ResponsibilityOut(Schema):
    """Whose job a case is, and how that came about."""

    first_unit: UUID | None
    final_owner: UUID | None
    returns: list[ReturnOut]
    disputes: list[DisputeOut]
    handovers: list[HandoverOut]
    absorbed: list[AbsorbedOut]


def _out(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in names}, "case": row.case_id}


@router.get(
    "/cases/{uuid:case_id}/responsibility", response={200: ResponsibilityOut, **PROBLEMS},
    summary="退单、裁定与首问移交",
)  # fmt: skip
def get_responsibility(request: HttpRequest, case_id: UUID) -> dict[str, Any]:
    """Every return, dispute and handover of the case, in order."""
    case = cases.case_for(actor(request), case_id)
    returns = cases.TaskReturn.objects.filter(case=case).order_by("number", "id")
    disputes = cases.Arbitration.objects.filter(case=case).order_by("asked_at", "id")
    moved = cases.Handover.objects.filter(case=case).order_by("number")
    absorbed = cases.Case.objects.filter(pk__in=cases.absorbed_keys(case.id)).order_by("number")
    return {
        "first_unit": case.first_unit,
        "final_owner": case.final_owner,
        "returns": [_out(row, _RETURN) for row in returns],
        "disputes": [_out(row, _DISPUTE) for row in disputes],
        "handovers": [_out(row, _HANDOVER) for row in moved],
        "absorbed": [
            {"case": row.id, **{name: getattr(row, name) for name in _ABSORBED}} for row in absorbed
        ],
    }


@router.post("/cases/{uuid:case_id}/returns", response={201: ReturnOut, **PROBLEMS}, summary="申请退单")
def post_return(request: HttpRequest, case_id: UUID, body: ReturnIn) -> HttpResponse:
    """Ask to return the unit's task; it goes on until somebody decides."""
    expected = expected_version(request)
    terms = cases.ReturnTerms(body.reason, body.words, body.proposed_unit, body.evidence)

    def produce() -> dict[str, Any]:
        row = cases.ask_return(
            actor=actor(request), at=timezone.now(), case_id=case_id, terms=terms, unit=body.unit,
            expected=expected,
        )  # fmt: skip
        return _out(row, _RETURN)

    return answer(request, 201, produce)


def _decide(request: HttpRequest, service: Callable[..., Any], **given: Any) -> HttpResponse:
    def produce() -> dict[str, Any]:
        return s.case_out(service(actor=actor(request), at=timezone.now(), **given))

    return answer(request, 200, produce)


@router.post("/returns/{uuid:return_id}/grant", response=ACT, summary="准予退单")
def post_grant(request: HttpRequest, return_id: UUID, body: GrantIn) -> HttpResponse:
    """Grant, by somebody who did not ask; the host's return takes the case back to dispatch."""
    expected = expected_version(request)
    return _decide(request, cases.grant_return, return_id=return_id, expected=expected, **body.dict())


@router.post("/returns/{uuid:return_id}/refuse", response=ACT, summary="不予退单")
def post_refuse(request: HttpRequest, return_id: UUID, body: WordsIn) -> HttpResponse:
    """Refuse, in words."""
    expected = expected_version(request)
    return _decide(request, cases.refuse_return, return_id=return_id, expected=expected, words=body.words)


@router.post("/returns/{uuid:return_id}/refer", response=ACT, summary="提请裁定")
def post_refer(request: HttpRequest, return_id: UUID, body: WordsIn) -> HttpResponse:
    """Send a return to arbitration."""
    expected = expected_version(request)
    return _decide(request, cases.refer_return, return_id=return_id, expected=expected, words=body.words)


@router.post("/returns/{uuid:return_id}/take-back", response=ACT, summary="收回退单申请")
def post_take_back(request: HttpRequest, return_id: UUID) -> HttpResponse:
    """Take back, by whoever asked."""
    return _decide(request, cases.take_back_return, return_id=return_id)


@router.post("/cases/{uuid:case_id}/disputes", response={201: DisputeOut, **PROBLEMS}, summary="申请争议裁定")
def post_dispute(request: HttpRequest, case_id: UUID, body: DisputeIn) -> HttpResponse:
    """Ask for a ruling, by the receiver of a handover."""
    expected = expected_version(request)

    def produce() -> dict[str, Any]:
        row = cases.ask_arbitration(
            actor=actor(request), at=timezone.now(), case_id=case_id, expected=expected, **body.dict()
        )
        return _out(row, _DISPUTE)

    return answer(request, 201, produce)


@router.post("/disputes/{uuid:dispute_id}/rule", response=ACT, summary="作出裁定")
def post_ruling(request: HttpRequest, dispute_id: UUID, body: RulingIn) -> HttpResponse:
    """Rule, by somebody impartial; the named units have the tasks at once."""
    expected = expected_version(request)
    ruling = cases.Ruling(
        mode=body.mode, host=body.host, co_units=tuple(body.co_units), legal_basis=body.legal_basis,
        words=body.words, views=tuple(cases.MeetingView(v.unit, v.post, v.words) for v in body.views),
    )  # fmt: skip
    return _decide(
        request, cases.rule_arbitration, arbitration_id=dispute_id, ruling=ruling, expected=expected
    )


@router.post("/cases/{uuid:case_id}/first-asked", response=ACT, summary="记为首问")
def post_first_asked(request: HttpRequest, case_id: UUID, body: FirstAskedIn) -> HttpResponse:
    """Note who was asked first."""
    return act_on(request, case_id, cases.mark_first_asked, unit=body.unit)


@router.post("/cases/{uuid:case_id}/handovers", response={201: HandoverOut, **PROBLEMS}, summary="首问移交")
def post_handover(request: HttpRequest, case_id: UUID, body: HandoverIn) -> HttpResponse:
    """Hand over, once, by the first asked unit."""
    expected = expected_version(request)

    def produce() -> dict[str, Any]:
        row = cases.hand_over_case(
            actor=actor(request), at=timezone.now(), case_id=case_id, expected=expected, **body.dict()
        )
        return _out(row, _HANDOVER)

    return answer(request, 201, produce)


@router.post("/cases/{uuid:case_id}/fallback", response=ACT, summary="兜底派遣")
def post_fallback(request: HttpRequest, case_id: UUID, body: FallbackIn) -> HttpResponse:
    """Give a case that nobody owns to the fallback owner of its area."""
    return act_on(request, case_id, cases.take_fallback, **body.dict())
