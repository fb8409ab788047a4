"""Routes that read whistles, draft them and take evidence."""

from __future__ import annotations

from typing import Any, BinaryIO, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Query, Router, Schema
from ninja.files import UploadedFile

from ...cases.public import Picture
from ...interface.public import PROBLEMS, entity_tag, expected_version
from ...kernel.errors import invalid
from ...orgs.public import area_index
from .. import public as whistles
from ..models import CheckIn, WhistleClock, WhistleItem, WhistleMinutes, WhistleTask
from ..queries.assessing import StreetMonth, UnitScore
from ..queries.whistles import QUEUES
from . import schemas as s
from .answering import act_on, actor, answer

router = Router(tags=["whistles"])


class ListQuery(Schema):
    """Filters of the list."""

    queue: str = "all"
    state: str = ""
    kind: str = ""
    cursor: str = ""
    limit: int = 50


@router.get("/whistles", response={200: dict[str, Any], **PROBLEMS}, summary="哨情列表")
def get_whistles(request: HttpRequest, query: Query[ListQuery]) -> dict[str, Any]:
    """One page of the whistles the caller may see, newest first, by key; no total is counted."""
    if not 1 <= query.limit <= 200:
        raise invalid("limit", query.limit, "每页 1 到 200 条。")
    if query.queue not in QUEUES:
        raise invalid("queue", query.queue, f"只能是 {'、'.join(QUEUES)}。")
    wanted = whistles.WhistleFilter(query.queue, query.state, query.kind)
    page = whistles.list_whistles(actor(request), wanted, cursor=query.cursor, size=query.limit)
    return {
        "items": [s.whistle_out(row) for row in page.rows],
        "next": page.next,
        "previous": page.previous,
    }


@router.get("/whistles/assessment", response={200: dict[str, Any], **PROBLEMS}, summary="吹哨考核")
def get_assessment(request: HttpRequest, month: str) -> dict[str, Any]:
    """Counts and rates by street and by unit of a month `2026-03`."""
    who = actor(request)
    return {
        "streets": [_street_out(one) for one in whistles.streets_of_month(who, month)],
        "units": [_unit_out(one) for one in whistles.units_of_month(who, month)],
    }


def _street_out(one: StreetMonth) -> dict[str, Any]:
    node = area_index().by_id.get(one.street) if one.street else None
    return {
        "street": one.street, "code": node.code if node else "", "name": one.name, "blown": one.blown,
        "frequency": one.frequency, "refused": one.refused, "again": one.again, "raised": one.raised,
        "solved_percent": one.solved.percent,
        "on_time_percent": {stage: share.percent for stage, share in one.on_time.items()},
        "response": one.response, "attitude": one.attitude, "result": one.result,
    }  # fmt: skip


def _unit_out(one: UnitScore) -> dict[str, Any]:
    return {
        "unit": one.party, "name": one.name, "tasks": one.tasks, "declined": one.declined,
        "powerless": one.powerless, "late": one.late,
        "on_time_percent": {stage: share.percent for stage, share in one.on_time.items()},
        "response": one.response, "attitude": one.attitude, "result": one.result,
    }  # fmt: skip


@router.post("/whistles", response={201: dict[str, Any], **PROBLEMS}, summary="起草吹哨")
def post_whistle(request: HttpRequest, body: s.WhistleIn) -> HttpResponse:
    """Draft a whistle."""
    draft = whistles.WhistleDraft(**body.dict())

    def produce() -> dict[str, Any]:
        return s.whistle_out(whistles.draft_whistle(actor=actor(request), at=timezone.now(), draft=draft))

    return answer(request, 201, produce)


@router.put("/whistles/{uuid:whistle_id}", response={200: dict[str, Any], **PROBLEMS}, summary="修改草稿")
def put_whistle(request: HttpRequest, whistle_id: UUID, body: s.WhistleIn) -> HttpResponse:
    """Change a draft; its cases and its unit stay."""
    return act_on(request, whistle_id, whistles.change_whistle, draft=whistles.WhistleDraft(**body.dict()))


@router.get("/whistles/{uuid:whistle_id}", response={200: dict[str, Any], **PROBLEMS}, summary="哨详情")
def get_whistle(request: HttpRequest, whistle_id: UUID, response: HttpResponse) -> dict[str, Any]:
    """One whistle with its tasks, clocks, check-ins, minutes and items; carries an `ETag`."""
    row = whistles.whistle_for(actor(request), whistle_id)
    response["ETag"] = entity_tag(row.version)
    tasks = list(WhistleTask.objects.filter(whistle=row).order_by("sent_at", "id"))
    clocks = list(WhistleClock.objects.filter(task__whistle=row).order_by("started_at", "id"))
    check_ins = list(CheckIn.objects.filter(task__whistle=row).order_by("at", "id"))
    minutes = WhistleMinutes.objects.filter(whistle=row)
    return {
        "whistle": {**s.whistle_out(row), **s.texts_out(row)},
        "tasks": [
            s.task_out(
                task,
                [clock for clock in clocks if clock.task_id == task.id],
                [one for one in check_ins if one.task_id == task.id],
            )
            for task in tasks
        ],
        "minutes": [
            {"id": m.id, "held_at": m.held_at, "place": m.place, "attendance": m.attendance, "text": m.text,
             "conclusion": m.conclusion}
            for m in minutes
        ],
        "items": [s.item_out(item) for item in WhistleItem.objects.filter(whistle=row)],
    }  # fmt: skip


@router.post(
    "/whistles/{uuid:whistle_id}/cases", response={200: dict[str, Any], **PROBLEMS}, summary="关联案件"
)
def post_cases(request: HttpRequest, whistle_id: UUID, body: s.CasesIn) -> HttpResponse:
    """Attach cases that the caller may see."""
    return act_on(request, whistle_id, whistles.attach_cases, cases=body.cases)


@router.post(
    "/whistles/{uuid:whistle_id}/evidence", response={200: dict[str, Any], **PROBLEMS}, summary="上传佐证"
)
def post_evidence(request: HttpRequest, whistle_id: UUID, file: File[UploadedFile]) -> dict[str, Any]:
    """Add a picture or document of the whistler."""
    picture = Picture("reference", cast("BinaryIO", file.file), file.name or "")
    row = whistles.attach_evidence(
        actor=actor(request), at=timezone.now(), whistle_id=whistle_id, pictures=[picture],
        expected=expected_version(request),
    )  # fmt: skip
    return s.whistle_out(row)
