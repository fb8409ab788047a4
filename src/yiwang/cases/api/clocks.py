"""Clocks over the API 时限: every clock of a case, and contacting its reporter."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema

from ...interface.public import PROBLEMS, expected_version, words_for
from .. import public as cases
from .routes import actor, answer

router = Router(tags=["clocks"])


class ClockOut(Schema):
    """One clock; `used_seconds` is wall-clock time from its start to its end, or to now.

    `status` is `running`, `resting` (挂账), `done` or `stopped`.
    """

    stage: str
    unit: UUID | None
    round: int
    started_at: datetime
    ended_at: datetime | None
    limit: str
    due_at: datetime | None
    legal_due_at: datetime | None
    legal_words: str
    basis: str
    used_seconds: int
    status: str
    is_late: bool
    is_legally_late: bool
    explanation: str


class SheetOut(Schema):
    """All clocks of a case; `total_seconds` is the sum of its stages without 回访."""

    promise: ClockOut | None
    stages: list[ClockOut]
    tasks: list[ClockOut]
    total_seconds: int


class ContactIn(Schema):
    """An attempt to reach a reporter."""

    way: str
    reached: bool
    note: str = ""
    report_id: UUID | None = None
    unit: UUID | None = None


class ContactOut(Schema):
    """An attempt that was kept."""

    id: UUID
    report: UUID
    way: str
    reached: bool
    at: datetime


def _clock(view: cases.ClockView, request: HttpRequest) -> dict[str, Any]:
    names = (name for name in ClockOut.model_fields if name != "used_seconds")
    return {
        **{name: getattr(view, name) for name in names},
        "used_seconds": int(view.used.total_seconds()),
        "explanation": words_for(request, view.explanation),
    }


@router.get("/cases/{uuid:case_id}/clocks", response={200: SheetOut, **PROBLEMS}, summary="案件时限")
def get_clocks(request: HttpRequest, case_id: UUID) -> dict[str, Any]:
    """Every clock of the case and of its tasks, promised and legal limit side by side, explained.

    `Accept-Language: en` has them explained in English.
    """
    case = cases.case_for(actor(request), case_id)
    sheet = cases.clock_sheet(case, timezone.now())
    return {
        "promise": _clock(sheet.promise, request) if sheet.promise else None,
        "stages": [_clock(view, request) for view in sheet.stages],
        "tasks": [_clock(view, request) for view in sheet.tasks],
        "total_seconds": int(sheet.total.total_seconds()),
    }


@router.post("/cases/{uuid:case_id}/contacts", response={201: ContactOut, **PROBLEMS}, summary="联系诉求人")
def post_contact(request: HttpRequest, case_id: UUID, body: ContactIn) -> HttpResponse:
    """Note an attempt of the unit to reach the reporter; one that reached somebody ends the clock."""
    expected = expected_version(request)

    def produce() -> dict[str, Any]:
        row = cases.contact_reporter(
            actor=actor(request), at=timezone.now(), case_id=case_id, expected=expected, **body.dict()
        )
        return {"id": row.id, "report": row.report_id, "way": row.way, "reached": row.reached, "at": row.at}

    return answer(request, 201, produce)
