"""Levels, same-day closing and call-backs over the API: one service call an endpoint."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema

from ...interface.public import PROBLEMS, Order, page_by_key
from .. import public as cases
from . import schemas as s
from .routes import ACT, act_on, actor, answer

router = Router(tags=["levels"])
_SOONEST = Order("soonest", "next_at")
_FIRST_DUE = Order("first_due", "due_at")


class RaiseIn(Schema):
    """To which level, and why."""

    level: str
    reason: str


class LookIn(Schema):
    """What was seen on the spot; the picture is uploaded before as evidence of the stage `scene`."""

    means: str
    result: str
    lon: float | None = None
    lat: float | None = None
    note: str = ""


class MeasureIn(Schema):
    """What was done to control the risk."""

    measure: str


class RepeatIn(Schema):
    """The open case of the new report, and why it is the same."""

    repeat: UUID
    reason: str


class EarlierOut(Schema):
    """A closed case that a new one may say again, and why; `metres` is null without two points."""

    case: UUID
    number: str
    ending: str
    closed_at: datetime
    host: UUID | None
    is_same_reporter: bool
    is_same_address: bool
    metres: float | None


class LevelStepOut(Schema):
    """One step of the chain."""

    kind: str
    from_level: str
    to_level: str
    rule: UUID | None
    post: UUID | None
    at: datetime


class SameDayOut(Schema):
    """A same-day closing."""

    case: UUID
    number: str
    street: UUID | None
    community: UUID | None
    host: UUID | None
    state: str
    found_at: datetime
    due_at: datetime
    control_due_at: datetime | None
    explanation: str
    controlled_at: datetime | None
    overdue_at: datetime | None


class SameDayListOut(Schema):
    """One page of the board."""

    items: list[SameDayOut]
    next: str


class CallbackOut(Schema):
    """A call-back, without anything about who the reporter is."""

    id: UUID
    case: UUID
    report: UUID
    round: int
    cause: str
    state: str
    next_at: datetime
    attempts: int
    ended_at: datetime | None


class CallbackListOut(Schema):
    """One page of call-backs."""

    items: list[CallbackOut]
    next: str


class MissedIn(Schema):
    """What became of a call: `no_answer`, `busy` or `wrong`."""

    result: str
    note: str = ""


class SaidIn(Schema):
    """What the reporter said."""

    outcome: str
    satisfaction: str = ""
    answers: dict[str, str] = {}
    comment: str = ""


class MessageIn(Schema):
    """The text of a message; it is recorded, not sent."""

    text: str


class PageQuery(Schema):
    """Which page."""

    cursor: str = ""
    state: str = "waiting"


def _callback_out(row: cases.Callback) -> dict[str, Any]:
    names = ("id", "round", "cause", "state", "next_at", "attempts", "ended_at")
    return {**{name: getattr(row, name) for name in names}, "case": row.case_id, "report": row.report_id}


def _same_day_out(row: cases.SameDay) -> dict[str, Any]:
    names = ("state", "found_at", "due_at", "control_due_at", "explanation", "controlled_at", "overdue_at")
    place = {name: getattr(row.case, name) for name in ("number", "street", "community", "host")}
    return {**{name: getattr(row, name) for name in names}, **place, "case": row.case_id}


def _earlier_out(found: cases.EarlierCase) -> dict[str, Any]:
    why = {name: getattr(found, name) for name in ("is_same_reporter", "is_same_address", "metres")}
    row = {name: getattr(found.case, name) for name in ("number", "ending", "closed_at", "host")}
    return {**row, **why, "case": found.case.id}


@router.post("/cases/{uuid:case_id}/pass-up", response=ACT, summary="上报流转")
def post_pass_up(request: HttpRequest, case_id: UUID, body: s.ReasonOnlyIn) -> HttpResponse:
    """Pass the case up to the next level; no deadline moves."""
    return act_on(request, case_id, cases.pass_up, reason=body.reason)


@router.post("/cases/{uuid:case_id}/raise-level", response=ACT, summary="提级管理")
def post_raise_level(request: HttpRequest, case_id: UUID, body: RaiseIn) -> HttpResponse:
    """Raise the case to a higher level; no deadline moves."""
    return act_on(request, case_id, cases.raise_level, level=body.level, reason=body.reason)


@router.get("/cases/{uuid:case_id}/levels", response={200: list[LevelStepOut], **PROBLEMS}, summary="流转链")
def get_levels(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    """Every step of the case up the levels, oldest first."""
    case = cases.case_for(actor(request), case_id)
    rows = cases.LevelStep.objects.filter(case=case).order_by("at", "id")
    return [{name: getattr(row, name) for name in LevelStepOut.model_fields} for row in rows]


@router.post("/cases/{uuid:case_id}/site-confirmation", response=ACT, summary="现场感知确认")
def post_site_confirmation(request: HttpRequest, case_id: UUID, body: LookIn) -> HttpResponse:
    """Say what was found on the spot; a picture of the stage `scene` must have been uploaded."""
    return act_on(request, case_id, cases.confirm_on_site, look=cases.Look(**body.dict()))


@router.post("/cases/{uuid:case_id}/dispatch-first", response=ACT, summary="先派后核")
def post_dispatch_first(request: HttpRequest, case_id: UUID, body: s.ReasonOnlyIn) -> HttpResponse:
    """Let urgent danger be dispatched before the look on the spot."""
    return act_on(request, case_id, cases.dispatch_first, reason=body.reason)


@router.post("/cases/{uuid:case_id}/risk-control", response=ACT, summary="控险")
def post_risk_control(request: HttpRequest, case_id: UUID, body: MeasureIn) -> HttpResponse:
    """Note how the risk was controlled; a picture must have been uploaded."""
    return act_on(request, case_id, cases.control_risk, measure=body.measure)


@router.get(
    "/cases/{uuid:case_id}/earlier", response={200: list[EarlierOut], **PROBLEMS}, summary="疑似重复来件"
)
def get_earlier(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    """Closed cases that the caller may reopen by this one, the last closed first; at most five."""
    who = actor(request)
    found = cases.earlier_closed(who, cases.case_for(who, case_id), timezone.now())
    return [_earlier_out(each) for each in found]


@router.post("/cases/{uuid:case_id}/reopen-by-repeat", response=ACT, summary="重复来件重办")
def post_reopen_by_repeat(request: HttpRequest, case_id: UUID, body: RepeatIn) -> HttpResponse:
    """Reopen the closed case by a new report that says the same."""
    return act_on(request, case_id, cases.reopen_by_repeat, repeat_id=body.repeat, reason=body.reason)


@router.get("/same-day", response={200: SameDayListOut, **PROBLEMS}, summary="当日清零")
def get_same_day(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """What is still open today, the soonest due first."""
    rows = cases.SameDay.objects.filter(state="open", case__in=cases.visible_to(actor(request)))
    page = page_by_key(rows.select_related("case"), _FIRST_DUE, cursor=query.cursor or None)
    return {"items": [_same_day_out(row) for row in page.rows], "next": page.next if page.has_next else ""}


@router.get("/callbacks", response={200: CallbackListOut, **PROBLEMS}, summary="回访")
def get_callbacks(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """Call-backs in a state that the caller may do, the soonest due first."""
    found = actor(request)
    rows = cases.callbacks_for(found).filter(state=query.state)
    page = page_by_key(rows, _SOONEST, cursor=query.cursor or None)
    return {"items": [_callback_out(row) for row in page.rows], "next": page.next if page.has_next else ""}


@router.post(
    "/callbacks/{uuid:callback_id}/missed", response={200: CallbackOut, **PROBLEMS}, summary="未接通"
)
def post_missed(request: HttpRequest, callback_id: UUID, body: MissedIn) -> HttpResponse:
    """Record a call that reached nobody."""

    def produce() -> dict[str, Any]:
        row = cases.try_callback(
            actor=actor(request), at=timezone.now(), callback_id=callback_id, result=body.result,
            words=body.note,
        )  # fmt: skip
        return _callback_out(row)

    return answer(request, 200, produce)


@router.post(
    "/callbacks/{uuid:callback_id}/message", response={200: CallbackOut, **PROBLEMS}, summary="短信文本"
)
def post_message(request: HttpRequest, callback_id: UUID, body: MessageIn) -> HttpResponse:
    """Record the text of a message; it is not sent."""

    def produce() -> dict[str, Any]:
        row = cases.record_message(
            actor=actor(request), at=timezone.now(), callback_id=callback_id, words=body.text
        )
        return _callback_out(row)

    return answer(request, 200, produce)


@router.post(
    "/callbacks/{uuid:callback_id}/result", response={200: CallbackOut, **PROBLEMS}, summary="完成回访"
)
def post_result(request: HttpRequest, callback_id: UUID, body: SaidIn) -> HttpResponse:
    """Record what the reporter said; not solved brings the case back to its host."""

    def produce() -> dict[str, Any]:
        cases.finish_callback(
            actor=actor(request), at=timezone.now(), callback_id=callback_id, said=cases.Said(**body.dict())
        )
        return _callback_out(cases.Callback.objects.get(pk=callback_id))

    return answer(request, 200, produce)
