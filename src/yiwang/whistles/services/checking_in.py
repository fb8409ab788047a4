"""Checking in 报到签到: place, time and photo against the fence; what lies outside the whistler decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import shapely

from ...cases.public import Picture
from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, NotFound, invalid
from ...kernel.states import transition
from ...ledger.public import Act
from ...places.public import boundary_of
from ..enums import AttendingPost, CheckInResult, ClockStage
from ..models import CheckIn, Whistle, WhistleTask
from ..permissions import may_at_home, refuse_own, require
from ..queries.facts import is_zone
from ..rules.fence import FenceAnswer, inside_circle
from ..states import ORGANISE, REPORT_TASK
from .moving import acting_on, demanded_reason, note, set_fields, step, task_named, tasks_of
from .reporting import keep_files, own_task
from .ticking import escalate, meet, run_on, running_clocks, set_late


def check_in(
    *,
    actor: Actor,
    at: datetime,
    whistle_id: UUID,
    task_id: UUID,
    pictures: Sequence[Picture],
    representative: str,
    lon: float | None = None,
    lat: float | None = None,
    accuracy: float | None = None,
    expected: int | None = None,
) -> CheckIn:
    """Check in 报到签到: inside the fence the unit has reported; else the whistler decides, with a reason.

    Args:
        pictures: at least one photo of the spot.
        representative: post of who came, one of `AttendingPost`; what was typed instead is not repeated.
        lon, lat: WGS84; None when the phone gave no position.
        accuracy: in metres, as the phone says.

    Raises:
        NotFound, NotPermitted, Conflict; Invalid: no photo, no post of the list, half a position.
    """
    if not pictures:
        raise invalid("photo", "", "请上传一张现场照片。")
    if representative not in AttendingPost.values:
        raise invalid("representative", "", f"请选择到场人员职务：{'、'.join(AttendingPost.values)}。")
    if (lon is None) != (lat is None) or not (-180 <= (lon or 0) <= 180 and -90 <= (lat or 0) <= 90):
        raise invalid("lon", lon, "经度和纬度须同时填写。")
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        task, _ = own_task(act, whistle, task_id, actor)
        transition(REPORT_TASK, task.state, "check_in")
        answer = fence_answer(whistle, lon=lon, lat=lat, accuracy=accuracy, at=at)
        row = act.insert(
            CheckIn(
                task_id=task.id, at=at, lon=lon, lat=lat, accuracy=accuracy, distance=answer.distance,
                is_inside=answer.inside, photos=len(pictures), representative=representative,
                result=CheckInResult.INSIDE if answer.inside else CheckInResult.WAITING,
            )
        )  # fmt: skip
        files = keep_files(act, task, pictures, stage="scene", purpose=f"check_in:{row.id}")
        body = {
            "task": task.id, "unit": task.party, "check_in": row.id, "inside": answer.inside,
            "distance": answer.distance, "post": representative, "files": files,
        }  # fmt: skip
        if answer.inside:
            _arrive(act, task, at)
        note(act, whistle, "checked_in", body, tasks=[task])
    return row


def fence_answer(
    whistle: Whistle, *, lon: float | None, lat: float | None, accuracy: float | None, at: datetime
) -> FenceAnswer:
    """Whether a point lies in the whistle's fence.

    With a point it is the circle, and the boundary of a shared or functional zone; a street or district that
    the whistle names says where the matter belongs, not where to stand. Without a point it is the boundary of
    the area. A whistle with neither has no fence: the whistler decides.
    """
    here = (lon, lat) if lon is not None and lat is not None else None
    if whistle.lon is not None and whistle.lat is not None:
        centre = (whistle.lon, whistle.lat)
        answer = inside_circle(here, centre=centre, radius=whistle.fence_metres, accuracy=accuracy)
        if answer.inside or not is_zone(whistle.area):
            return answer
        return FenceAnswer(_inside_area(whistle, here, at), answer.distance)
    return FenceAnswer(_inside_area(whistle, here, at), None)


def _inside_area(whistle: Whistle, here: tuple[float, float] | None, at: datetime) -> bool:
    boundary = boundary_of(whistle.area, at=at) if whistle.area and here else None
    return boundary is not None and here is not None and bool(shapely.intersects_xy(boundary.shape, *here))


def _arrive(act: Act, task: WhistleTask, when: datetime) -> None:
    step(REPORT_TASK, task, "arrive")
    set_fields(act, task, state=task.state, reported_at=when, contacted_at=task.contacted_at or when)
    meet(act, running_clocks(act, task), ClockStage.CONTACT, ClockStage.REPORT, when=when)


def decide_check_in(
    *,
    actor: Actor,
    at: datetime,
    whistle_id: UUID,
    check_in_id: UUID,
    accept: bool,
    reason: str,
    expected: int | None = None,
) -> CheckIn:
    """Decide on a check-in outside the fence 到场确认: the whistler's side, with a reason either way.

    Accepted, the instant of the check-in counts; rejected, a limit that passed meanwhile is late at once.

    Raises:
        NotFound, NotPermitted; Conflict: it is decided. Invalid: no reason.
    """
    if not reason.strip():
        raise invalid("reason", "", "请填写理由。")
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        require(may_at_home(actor, ORGANISE, whistle), ORGANISE)
        row, task = _waiting(act, whistle, check_in_id)
        refuse_own(actor, task, "确认")
        result = CheckInResult.ACCEPTED if accept else CheckInResult.REJECTED
        values = {"result": result, "decided_by": actor.account_id, "decided_at": at}
        set_fields(act, row, **values, decision=reason.strip()[:1000])
        if accept:
            _arrive(act, task, row.at)
        body = {
            "task": task.id, "check_in": row.id, "accepted": accept,
            "text": commitment(reason.strip(), bytes(whistle.salt)),
        }  # fmt: skip
        note(act, whistle, "check_in_decided", body, reason, tasks=[task])
        if not accept:
            _late_after_all(act, whistle, task)
    return row


def _waiting(act: Act, whistle: Whistle, check_in_id: UUID) -> tuple[CheckIn, WhistleTask]:
    found = act.fetch(CheckIn, id=check_in_id)
    task = task_named(tasks_of(act, whistle), found[0].task_id) if found else None
    if task is None:
        raise NotFound("找不到这次签到。", code="whistles.check_in_not_found")
    if found[0].result != CheckInResult.WAITING:
        raise Conflict("这次签到已经确认过。", code="whistles.check_in_decided")
    return found[0], task


def _late_after_all(act: Act, whistle: Whistle, task: WhistleTask) -> None:
    for clock in running_clocks(act, task):
        if clock.stage == ClockStage.REPORT and clock.late_at is None and clock.due_at <= act.at:
            set_late(act, whistle, task, clock)


def mark_powerless(
    *, actor: Actor, at: datetime, whistle_id: UUID, task_id: UUID, reason: str, expected: int | None = None
) -> WhistleTask:
    """Say that whoever came has no power to decide 到场人员无权: counted; the unit must report again.

    The clock of reporting runs on from its old due instant.

    Raises:
        NotFound, NotPermitted, Conflict; Invalid: no reason.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        require(may_at_home(actor, ORGANISE, whistle), ORGANISE)
        task = task_named(tasks_of(act, whistle), task_id)
        reason = demanded_reason(step(REPORT_TASK, task, "mark_powerless"), reason)
        set_fields(act, task, state=task.state, reported_at=None, powerless_count=task.powerless_count + 1)
        body = {"task": task.id, "unit": task.party, "escalated_to": escalate(act, whistle, task)}
        note(act, whistle, "powerless", body, reason, tasks=[task])
        run_on(act, whistle, task, ClockStage.REPORT)
    return task
