"""Acts of the whistler's side, the centre and the district's leader."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ...interface.public import PROBLEMS
from .. import public as whistles
from . import schemas as s
from .answering import act_on

router = Router(tags=["whistles"])
ACT = {200: dict[str, Any], **PROBLEMS}


@router.post("/whistles/{uuid:whistle_id}/blow", response=ACT, summary="吹哨")
def post_blow(request: HttpRequest, whistle_id: UUID) -> HttpResponse:
    """Blow a draft: it goes to whoever approves its kind."""
    return act_on(request, whistle_id, whistles.blow_whistle)


@router.post("/whistles/{uuid:whistle_id}/approve", response=ACT, summary="批准")
def post_approve(request: HttpRequest, whistle_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Approve: by another person than who blew it."""
    return act_on(request, whistle_id, whistles.approve_whistle, note=body.reason)


@router.post("/whistles/{uuid:whistle_id}/send-back", response=ACT, summary="退回修改")
def post_send_back(request: HttpRequest, whistle_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Send back in words."""
    return act_on(request, whistle_id, whistles.send_back_whistle, reason=body.reason)


@router.post("/whistles/{uuid:whistle_id}/refuse", response=ACT, summary="不予批准")
def post_refuse(request: HttpRequest, whistle_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Refuse in words."""
    return act_on(request, whistle_id, whistles.refuse_whistle, reason=body.reason)


@router.post("/whistles/{uuid:whistle_id}/withdraw", response=ACT, summary="撤回")
def post_withdraw(request: HttpRequest, whistle_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Withdraw; open tasks are recalled."""
    return act_on(request, whistle_id, whistles.withdraw_whistle, reason=body.reason)


@router.post("/whistles/{uuid:whistle_id}/judge", response=ACT, summary="派发报到")
def post_judge(request: HttpRequest, whistle_id: UUID, body: s.JudgeIn) -> HttpResponse:
    """Send it to a host and co-units."""
    return act_on(request, whistle_id, whistles.judge_whistle, **body.dict())


@router.post("/whistles/{uuid:whistle_id}/units", response=ACT, summary="增派单位")
def post_units(request: HttpRequest, whistle_id: UUID, body: s.UnitsIn) -> HttpResponse:
    """Add co-units."""
    return act_on(request, whistle_id, whistles.add_units, **body.dict())


@router.post("/whistles/{uuid:whistle_id}/tasks/{uuid:task_id}/recall", response=ACT, summary="撤回报到任务")
def post_recall(request: HttpRequest, whistle_id: UUID, task_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Take a co-unit away."""
    return act_on(request, whistle_id, whistles.recall_unit, task_id=task_id, reason=body.reason)


@router.post("/whistles/{uuid:whistle_id}/tasks/{uuid:task_id}/insist", response=ACT, summary="责令报到")
def post_insist(request: HttpRequest, whistle_id: UUID, task_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Overrule a refusal."""
    return act_on(request, whistle_id, whistles.insist_on_report, task_id=task_id, reason=body.reason)


@router.post(
    "/whistles/{uuid:whistle_id}/tasks/{uuid:task_id}/powerless", response=ACT, summary="到场人员无权"
)
def post_powerless(request: HttpRequest, whistle_id: UUID, task_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Whoever came has no power to decide."""
    return act_on(request, whistle_id, whistles.mark_powerless, task_id=task_id, reason=body.reason)


@router.post("/whistles/{uuid:whistle_id}/check-ins/{uuid:check_in_id}", response=ACT, summary="到场确认")
def post_decide(
    request: HttpRequest, whistle_id: UUID, check_in_id: UUID, body: s.DecisionIn
) -> HttpResponse:
    """Decide on a check-in outside the fence."""
    return act_on(request, whistle_id, whistles.decide_check_in, check_in_id=check_in_id, **body.dict())


@router.post("/whistles/{uuid:whistle_id}/minutes", response=ACT, summary="会商纪要")
def post_minutes(request: HttpRequest, whistle_id: UUID, body: s.MinutesIn) -> HttpResponse:
    """Record the minutes of a meeting."""
    minutes = whistles.MinutesText(**body.dict())
    return act_on(request, whistle_id, whistles.record_minutes, minutes=minutes)


@router.post("/whistles/{uuid:whistle_id}/items", response=ACT, summary="下达任务清单")
def post_items(request: HttpRequest, whistle_id: UUID, body: s.ItemsIn) -> HttpResponse:
    """Share the work out."""
    items = [
        whistles.ItemTerms(
            one.task, one.stage, one.text, (one.limit_amount, one.limit_unit) if one.limit_amount else None
        )
        for one in body.items
    ]
    return act_on(request, whistle_id, whistles.assign_items, items=items)


@router.post("/whistles/{uuid:whistle_id}/items/{uuid:item_id}/drop", response=ACT, summary="取消清单事项")
def post_drop(request: HttpRequest, whistle_id: UUID, item_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Take an item off the list."""
    return act_on(request, whistle_id, whistles.drop_item, item_id=item_id, reason=body.reason)


@router.post("/whistles/{uuid:whistle_id}/tasks/{uuid:task_id}/rate", response=ACT, summary="评价报到单位")
def post_rate(request: HttpRequest, whistle_id: UUID, task_id: UUID, body: s.MarksIn) -> HttpResponse:
    """Rate a unit that reported."""
    marks = whistles.Marks(**body.dict())
    return act_on(request, whistle_id, whistles.rate_unit, task_id=task_id, marks=marks)


@router.post("/whistles/{uuid:whistle_id}/end", response=ACT, summary="销哨")
def post_end(request: HttpRequest, whistle_id: UUID, body: s.EndIn) -> HttpResponse:
    """End a whistle."""
    return act_on(request, whistle_id, whistles.end_whistle, **body.dict())


@router.post("/whistles/{uuid:whistle_id}/again", response=ACT, summary="二次吹哨")
def post_again(request: HttpRequest, whistle_id: UUID, body: s.AgainIn) -> HttpResponse:
    """Blow a second time; answers with the new whistle."""
    return act_on(request, whistle_id, whistles.blow_again, **body.dict())


@router.post("/whistles/{uuid:whistle_id}/raise", response=ACT, summary="提级协调")
def post_raise(request: HttpRequest, whistle_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """Raise to the district's leader."""
    return act_on(request, whistle_id, whistles.raise_whistle, reason=body.reason)


@router.post("/whistles/{uuid:whistle_id}/coordinate", response=ACT, summary="区领导交办")
def post_coordinate(request: HttpRequest, whistle_id: UUID, body: s.ReasonIn) -> HttpResponse:
    """The district leader's decision."""
    return act_on(request, whistle_id, whistles.coordinate_whistle, decision=body.reason)
