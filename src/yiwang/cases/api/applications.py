"""Applications over the API 申请: ask, decide step by step, take back, take a suspended case up again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from ...interface.public import PROBLEMS, Order, expected_version, page_by_key
from .. import public as cases
from ..public import applications
from .routes import ACT, actor, answer
from .schemas import case_out

router = Router(tags=["applications"])
_OLDEST = Order("oldest", "asked_at")


class ApplicationIn(Schema):
    """What is asked; `evidence` are keys of files that the case has, `until` the day of a suspension."""

    kind: str
    reason_code: str
    reason: str = Field(max_length=500)
    unit: UUID | None = None
    until: date | None = None
    undoes: bool = False
    evidence: list[UUID] = []


class ApplicationOut(Schema):
    """An application; `waits_for` is the act that its next step needs, empty when it is decided.

    `lapse_cause` says what ended its task before anybody had decided, when its state is `lapsed`.
    """

    id: UUID
    case: UUID
    task: UUID | None
    kind: str
    state: str
    unit: UUID | None
    reason_code: str
    until: date | None
    undoes: bool
    evidence: list[UUID]
    approvals: list[str]
    approved_steps: int
    waits_for: str
    asked_at: datetime
    answer_due_at: datetime | None
    decided_at: datetime | None
    resumed_at: datetime | None
    moved: list[dict[str, Any]]
    explanation: str
    lapse_cause: str


class ApplicationsOut(Schema):
    """A page of applications that wait, oldest first; `cursor` is empty on the last."""

    applications: list[ApplicationOut]
    cursor: str


class DecisionIn(Schema):
    """The words of a decision; a refusal needs them. `step`, from 1, is the one the decider saw waiting."""

    reason: str = Field("", max_length=500)
    step: int | None = None


class WaitingQuery(Schema):
    """Which applications."""

    kind: str = ""
    cursor: str = ""


_COLUMNS = (
    "id", "kind", "state", "unit", "reason_code", "until", "undoes", "evidence", "approvals",
    "approved_steps", "waits_for", "asked_at", "answer_due_at", "decided_at", "resumed_at", "explanation",
    "lapse_cause",
)  # fmt: skip


def application_out(row: applications.Application) -> dict[str, Any]:
    """An application as plain values."""
    moved = [{key: value for key, value in each.items() if key != "words"} for each in row.moved]
    return {
        **{name: getattr(row, name) for name in _COLUMNS}, "case": row.case_id, "task": row.task_id,
        "moved": moved,
    }  # fmt: skip


@router.get("/applications", response={200: ApplicationsOut, **PROBLEMS}, summary="待批申请")
def get_waiting(request: HttpRequest, query: Query[WaitingQuery]) -> dict[str, Any]:
    """The applications that wait on cases that the caller may see, oldest first."""
    rows = applications.Application.objects.filter(
        state=applications.ASKED, case__in=cases.visible_to(actor(request))
    )
    if query.kind:
        rows = rows.filter(kind=query.kind)
    page = page_by_key(rows, _OLDEST, cursor=query.cursor or None)
    return {"applications": [application_out(row) for row in page.rows], "cursor": page.next or ""}


@router.get(
    "/cases/{uuid:case_id}/applications", response={200: list[ApplicationOut], **PROBLEMS}, summary="申请记录"
)
def get_applications(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    """Every application about the case, newest first."""
    case = cases.case_for(actor(request), case_id)
    rows = applications.Application.objects.filter(case=case).order_by("-asked_at", "-id")
    return [application_out(row) for row in rows]


@router.post(
    "/cases/{uuid:case_id}/applications", response={201: ApplicationOut, **PROBLEMS}, summary="提出申请"
)
def post_application(request: HttpRequest, case_id: UUID, body: ApplicationIn) -> HttpResponse:
    """Ask for 延期, 挂账, 超时申诉 or 剔除; nothing moves until every step has approved."""
    expected = expected_version(request)
    terms = applications.ApplicationTerms(**{**body.dict(), "evidence": tuple(body.evidence)})

    def produce() -> dict[str, Any]:
        wish = applications.ask_application(
            actor=actor(request), at=timezone.now(), case_id=case_id, terms=terms, expected=expected
        )
        return application_out(wish)

    return answer(request, 201, produce)


@router.post(
    "/applications/{uuid:application_id}/approve",
    response={200: ApplicationOut, **PROBLEMS},
    summary="同意申请",
)
def post_approve(request: HttpRequest, application_id: UUID, body: DecisionIn) -> HttpResponse:
    """Approve the step that it waits for; the last one carries it out."""
    expected = expected_version(request)

    def produce() -> dict[str, Any]:
        return application_out(
            applications.approve_application(
                actor=actor(request), at=timezone.now(), application_id=application_id, remark=body.reason,
                step=body.step, expected=expected,
            )
        )  # fmt: skip

    return answer(request, 200, produce)


@router.post(
    "/applications/{uuid:application_id}/refuse",
    response={200: ApplicationOut, **PROBLEMS},
    summary="不批准申请",
)
def post_refuse(request: HttpRequest, application_id: UUID, body: DecisionIn) -> HttpResponse:
    """Refuse, with the reason; nothing has moved."""

    def produce() -> dict[str, Any]:
        return application_out(
            applications.refuse_application(
                actor=actor(request), at=timezone.now(), application_id=application_id, reason=body.reason,
                step=body.step,
            )
        )  # fmt: skip

    return answer(request, 200, produce)


@router.post("/applications/{uuid:application_id}/take-back", response=ACT, summary="收回申请")
def post_take_back(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Take back, by whoever asked."""

    def produce() -> dict[str, Any]:
        return case_out(
            applications.take_back_application(
                actor=actor(request), at=timezone.now(), application_id=application_id
            )
        )

    return answer(request, 200, produce)


@router.post("/cases/{uuid:case_id}/resume", response=ACT, summary="恢复办理")
def post_resume(request: HttpRequest, case_id: UUID, body: DecisionIn) -> HttpResponse:
    """Take a suspended case up again before its day, with the reason."""
    expected = expected_version(request)

    def produce() -> dict[str, Any]:
        return case_out(
            applications.resume_case(
                actor=actor(request), at=timezone.now(), case_id=case_id, reason=body.reason,
                expected=expected,
            )
        )  # fmt: skip

    return answer(request, 200, produce)
