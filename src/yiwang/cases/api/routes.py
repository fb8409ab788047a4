"""Routes of the API v1 for reports and cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema
from ninja.responses import NinjaJSONEncoder

from ...interface.public import PROBLEMS, answer_act, asker, entity_tag, expected_version
from ...kernel.actor import Actor
from ...kernel.errors import invalid
from ...ledger.public import JournalEntry, answer_once
from ...places.public import to_wgs84
from .. import public as cases
from ..lists import CaseFilter, turn_page
from ..models import Case, Task
from . import schemas as s

router = Router(tags=["cases"])
actor, answer = asker, partial(answer_act, once=answer_once)


def act_on(request: HttpRequest, case_id: UUID, service: Callable[..., Any], **given: Any) -> HttpResponse:
    """One act on a case that moves it: its new self with its new `ETag`."""
    expected = expected_version(request)

    def produce() -> dict[str, Any]:
        case = service(actor=actor(request), at=timezone.now(), case_id=case_id, expected=expected, **given)
        return s.case_out(case)

    return answer(request, 200, produce)


@router.post("/reports", response={201: s.ReceivedOut, **PROBLEMS}, summary="登记诉求")
def post_report(request: HttpRequest, body: s.ReportIn) -> HttpResponse:
    """Register a report and open its case; `accept` also accepts it in the same act."""
    values = body.dict(exclude={"accept", "crs", "contact"})
    if body.lon is not None and body.lat is not None and body.crs != "wgs84":
        values["lon"], values["lat"] = _to_wgs84(body.lon, body.lat, body.crs)
    draft = cases.ReportDraft(**values, contact=body.contact.dict() if body.contact else None)

    def produce() -> dict[str, Any]:
        report, case = cases.receive_report(
            actor=actor(request), at=timezone.now(), draft=draft, accept=body.accept
        )
        return {
            "report": report.id,
            "report_number": report.number,
            "tracking": cases.tracking_path(report),
            "case": s.case_out(case),
        }

    return answer(request, 201, produce)


def _to_wgs84(lon: float, lat: float, crs: str) -> tuple[float, float]:
    try:
        lons, lats = to_wgs84([lon], [lat], crs)
    except ValueError as error:
        raise invalid("crs", crs, "坐标系只能是 wgs84、cgcs2000、gcj02 或 bd09。") from error
    return float(lons[0]), float(lats[0])


class ListQuery(Schema):
    """Filters of the case list."""

    state: str = ""
    matter_class: UUID | None = None
    area: UUID | None = None
    unit: UUID | None = None
    overdue: bool = False
    channel: str = ""
    kind: str = ""
    path: str = ""
    q: str = ""
    cursor: str = ""
    limit: int = 50


@router.get("/cases", response={200: s.CaseListOut, **PROBLEMS}, summary="案件列表")
def get_cases(request: HttpRequest, query: Query[ListQuery]) -> HttpResponse:
    """One page of the cases the caller may see, newest first, by key; no total is counted."""
    if not 1 <= query.limit <= 200:
        raise invalid("limit", query.limit, "每页 1 到 200 条。")
    states = tuple(state for state in query.state.split(",") if state)
    for state in states:
        if state not in cases.CASE_STATES:
            raise invalid("state", state, f"只能是 {'、'.join(cases.CASE_STATES)}。")
    wanted = CaseFilter(
        states=states, matter_class=query.matter_class, area=query.area, unit=query.unit,
        overdue=query.overdue, channel=query.channel, kind=query.kind, path=query.path, text=query.q,
    )  # fmt: skip
    page = turn_page(actor(request), wanted, at=timezone.now(), cursor=query.cursor, limit=query.limit)
    body = {
        "items": [s.case_out(row) for row in page.rows],
        "next": page.next,
        "previous": page.previous,
    }
    return HttpResponse(
        json.dumps(body, cls=NinjaJSONEncoder, ensure_ascii=False),
        content_type="application/json; charset=utf-8",
    )


@router.get("/cases/{uuid:case_id}", response={200: s.CaseDetailOut, **PROBLEMS}, summary="案件详情")
def get_case(request: HttpRequest, case_id: UUID, response: HttpResponse) -> dict[str, Any]:
    """One case with its tasks, clocks and the acts the caller may do next; carries an `ETag`."""
    who = actor(request)
    case = cases.case_for(who, case_id)
    tasks = list(Task.objects.filter(case=case).order_by("dispatched_at", "id"))
    response["ETag"] = entity_tag(case.version)
    units = {t.unit for t in tasks}
    acts = [t.action for t in cases.CASE.open_from(case.state) if cases.may(who, t.permission, case, units)]
    return {"case": s.case_out(case), "tasks": [s.task_out(t) for t in tasks], "next_acts": acts}


@router.get(
    "/cases/{uuid:case_id}/timeline", response={200: list[s.EntryOut], **PROBLEMS}, summary="案件经过"
)
def get_timeline(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    """Every journal entry of the case, oldest first: ids and codes, never names."""
    case = cases.case_for(actor(request), case_id)
    return [
        {"seq": e.seq, "kind": e.kind, "at": e.at, "post": e.post, "body": json.loads(e.body)}
        for e in JournalEntry.objects.filter(stream=case.id).order_by("seq")
    ]


ACT = {200: s.CaseOut, **PROBLEMS}


@router.post("/cases/{uuid:case_id}/accept", response=ACT, summary="受理")
def post_accept(request: HttpRequest, case_id: UUID, body: s.AcceptIn) -> HttpResponse:
    """Accept with class and place."""
    return act_on(request, case_id, cases.accept_case, **body.dict())


@router.post("/cases/{uuid:case_id}/register", response=ACT, summary="立案")
def post_register(request: HttpRequest, case_id: UUID, body: s.RegisterIn) -> HttpResponse:
    """Register by a registering condition."""
    return act_on(request, case_id, cases.register_case, condition_id=body.condition)


@router.post("/cases/{uuid:case_id}/dispatch", response=ACT, summary="派遣")
def post_dispatch(request: HttpRequest, case_id: UUID, body: s.DispatchIn) -> HttpResponse:
    """Dispatch to a host and co-units."""
    return act_on(request, case_id, cases.dispatch_case, **body.dict())


@router.post("/cases/{uuid:case_id}/sign", response=ACT, summary="签收")
def post_sign(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Sign for the unit's task."""

    def sign(**given: Any) -> Case:
        cases.sign_task(**given)
        return Case.objects.get(pk=case_id)

    return act_on(request, case_id, sign)


@router.post("/cases/{uuid:case_id}/feedback", response=ACT, summary="处置反馈")
def post_feedback(request: HttpRequest, case_id: UUID, body: s.FeedbackIn) -> HttpResponse:
    """Feed back what was done."""
    return act_on(request, case_id, cases.complete_task, **body.dict())


@router.post("/cases/{uuid:case_id}/recheck", response=ACT, summary="核查")
def post_recheck(request: HttpRequest, case_id: UUID, body: s.RecheckIn) -> HttpResponse:
    """Recheck by somebody else."""
    return act_on(request, case_id, cases.recheck_case, **body.dict())


@router.post("/cases/{uuid:case_id}/close", response=ACT, summary="结案")
def post_close(request: HttpRequest, case_id: UUID, body: s.CloseIn) -> HttpResponse:
    """Close the case."""
    return act_on(request, case_id, cases.close_case, ending=body.ending)


_PLAIN: dict[str, tuple[Callable[..., Case], str]] = {
    "approve": (cases.approve_feedback, "审核通过"),
    "confirm": (cases.confirm_case, "核实属实"),
    "request-verification": (cases.request_verification, "发核实"),
}
_WITH_REASON: dict[str, tuple[Callable[..., Case], str]] = {
    "rework": (cases.rework_case, "返工"),
    "recall": (cases.recall_case, "撤回派遣"),
    "void": (cases.void_case, "作废"),
    "reopen": (cases.reopen_case, "重新办理"),
    "refute": (cases.refute_case, "核实不属实"),
    "return-to-acceptance": (cases.return_to_acceptance, "退回受理"),
}
_WITH_TEXT: dict[str, tuple[Callable[..., Case], str, str]] = {
    "answer": (cases.answer_directly, "直接答复", "answer"),
    "handle-on-the-spot": (cases.handle_on_the_spot, "自行处置", "result"),
}


def _add_acts() -> None:
    """The acts that share a shape: no body, a reason, or a text."""
    for path, (service, label) in _PLAIN.items():
        _add(path, label, lambda r, i, service=service: act_on(r, i, service), None)
    for path, (service, label) in _WITH_REASON.items():
        _add(path, label, lambda r, i, b, service=service: act_on(r, i, service, reason=b.reason), s.ReasonIn)
    for path, (service, label, name) in _WITH_TEXT.items():
        _add(
            path, label,
            lambda r, i, b, service=service, name=name: act_on(r, i, service, **{name: b.text}), s.TextIn,
        )  # fmt: skip


def _add(path: str, label: str, do: Callable[..., HttpResponse], schema: type[Schema] | None) -> None:
    def plain(request: HttpRequest, case_id: UUID) -> HttpResponse:
        return do(request, case_id)

    def with_body(request: HttpRequest, case_id: UUID, body: Any) -> HttpResponse:
        return do(request, case_id, body)

    view: Any = plain if schema is None else with_body
    kinds = {"request": HttpRequest, "case_id": UUID, "body": schema, "return": HttpResponse}
    view.__annotations__ = {name: kinds[name] for name in view.__annotations__}
    view.__name__ = f"post_{path.replace('-', '_')}"
    view.__doc__ = f"{label}."
    router.post(f"/cases/{{uuid:case_id}}/{path}", response=ACT, summary=label)(view)


_add_acts()


@router.post("/cases/{uuid:case_id}/reject", response=ACT, summary="不予受理")
def post_reject(request: HttpRequest, case_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Reject with the reason and where else to go."""
    return act_on(request, case_id, cases.reject_case, reason=body.reason, elsewhere=body.elsewhere)


@router.post("/cases/{uuid:case_id}/merge", response=ACT, summary="合并")
def post_merge(request: HttpRequest, case_id: UUID, body: s.MergeIn) -> HttpResponse:
    """Absorb another case into this one."""

    def merge(*, actor: Actor, at: datetime, case_id: UUID, expected: int | None) -> Case:
        return cases.merge_cases(
            actor=actor, at=at, survivor=case_id, absorbed=body.absorbed, reason=body.reason
        )

    return act_on(request, case_id, merge)


@router.post("/cases/{uuid:case_id}/unmerge", response=ACT, summary="拆分还原")
def post_unmerge(request: HttpRequest, case_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Undo the merge of this case into another."""

    def unmerge(*, actor: Actor, at: datetime, case_id: UUID, expected: int | None) -> Case:
        return cases.unmerge_cases(actor=actor, at=at, absorbed=case_id, reason=body.reason)

    return act_on(request, case_id, unmerge)


@router.post("/cases/{uuid:case_id}/ratings", response={201: dict, **PROBLEMS}, summary="回访评价")
def post_rating(request: HttpRequest, case_id: UUID, body: s.RatingIn) -> HttpResponse:
    """Take a reporter's rating by call-back."""

    def produce() -> dict[str, Any]:
        rating = cases.rate_case(
            actor=actor(request), at=timezone.now(), case_id=case_id, report_id=body.report,
            outcome=body.outcome, satisfaction=body.satisfaction, comment=body.comment,
        )  # fmt: skip
        return {"rating": rating.id}

    return answer(request, 201, produce)
