"""Reporting 报到: what a unit does — sign, contact, refuse, do its items, feed back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ...cases.public import Picture
from ...files.public import store_file
from ...kernel.actor import Actor
from ...kernel.canonical import commitment
from ...kernel.errors import Conflict, NotFound, invalid
from ...ledger.public import Act
from ..enums import ClockStage
from ..models import TASK_FILES, Whistle, WhistleItem, WhistleTask
from ..permissions import may_report, require
from ..rules.guards import WhistleFacts
from ..states import ANSWERING_STATES, REPORT, REPORT_TASK, WHISTLE_STATES
from .moving import (
    acting_on,
    demanded_reason,
    finish_when_done,
    note,
    set_fields,
    step,
    task_named,
    tasks_of,
)
from .ticking import escalate, meet, running_clocks, stop


def own_task(
    act: Act, whistle: Whistle, task_id: UUID, actor: Actor
) -> tuple[WhistleTask, list[WhistleTask]]:
    """The actor's own task and all tasks of a whistle that units are at work on.

    Raises:
        NotFound, NotPermitted; Conflict: the whistle waits for somebody else, or is over.
    """
    tasks = tasks_of(act, whistle)
    task = task_named(tasks, task_id)
    require(may_report(actor, task), REPORT, unit=task.party)
    if whistle.state not in ANSWERING_STATES:
        raise Conflict(
            f"这个哨当前“{WHISTLE_STATES[whistle.state]}”，不能办理报到。", code="whistles.not_running"
        )
    return task, tasks


def sign_report(
    *, actor: Actor, at: datetime, whistle_id: UUID, task_id: UUID, expected: int | None = None
) -> WhistleTask:
    """Sign for 签收 the unit's task.

    Raises:
        NotFound, NotPermitted, Conflict.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        task, _ = own_task(act, whistle, task_id, actor)
        step(REPORT_TASK, task, "sign")
        set_fields(act, task, state=task.state, signed_at=at)
        meet(act, running_clocks(act, task), ClockStage.SIGN)
        note(act, whistle, "signed", {"task": task.id, "unit": task.party}, tasks=[task])
    return task


def contact_whistler(
    *, actor: Actor, at: datetime, whistle_id: UUID, task_id: UUID, text: str, expected: int | None = None
) -> WhistleTask:
    """Contact 联系 the whistler: with whom it was spoken and what was agreed (四要素).

    Raises:
        NotFound, NotPermitted, Conflict; Invalid: no text.
    """
    text = _written("text", text, "请写明与谁沟通、拟采取的措施和到场时间。")
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        task, _ = own_task(act, whistle, task_id, actor)
        step(REPORT_TASK, task, "contact")
        set_fields(act, task, state=task.state, contacted_at=at, contact_note=text)
        meet(act, running_clocks(act, task), ClockStage.CONTACT)
        body = {"task": task.id, "unit": task.party, "text": commitment(text, bytes(whistle.salt))}
        note(act, whistle, "contacted", body, tasks=[task])
    return task


def decline_report(
    *, actor: Actor, at: datetime, whistle_id: UUID, task_id: UUID, reason: str, expected: int | None = None
) -> WhistleTask:
    """Refuse to report 拒绝报到: visible to the whistler, the centre and the unit above, and counted.

    Raises:
        NotFound, NotPermitted, Conflict; Invalid: no reason.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        task, tasks = own_task(act, whistle, task_id, actor)
        reason = demanded_reason(step(REPORT_TASK, task, "decline"), reason)
        set_fields(act, task, state=task.state, declined_count=task.declined_count + 1)
        stop(act, running_clocks(act, task))
        body = {"task": task.id, "unit": task.party, "escalated_to": escalate(act, whistle, task)}
        note(act, whistle, "declined", body, reason, tasks=[task])
        finish_when_done(act, whistle, tasks)
    return task


def feed_back_report(
    *,
    actor: Actor,
    at: datetime,
    whistle_id: UUID,
    task_id: UUID,
    result: str,
    pictures: Sequence[Picture] = (),
    expected: int | None = None,
) -> Whistle:
    """Feed back 反馈 what the unit did; the last one's feedback makes the whistle wait for its rating.

    Raises:
        NotFound, NotPermitted; Conflict: the unit has not reported, or items are open. Invalid: no text.
    """
    result = _written("result", result, "请写明办理情况。")
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        task, tasks = own_task(act, whistle, task_id, actor)
        waiting = [i for i in act.fetch(WhistleItem, task=task.id) if not i.done_at and not i.dropped_at]
        step(REPORT_TASK, task, "feed_back", WhistleFacts(open_items=len(waiting)))
        set_fields(act, task, state=task.state, fed_back_at=at, result=result)
        meet(act, running_clocks(act, task), ClockStage.FINISH)
        files = keep_files(act, task, pictures, stage="after")
        body = {
            "task": task.id, "unit": task.party, "text": commitment(result, bytes(whistle.salt)),
            "files": files,
        }  # fmt: skip
        note(act, whistle, "fed_back", body, tasks=[task])
        finish_when_done(act, whistle, tasks)
    return whistle


def complete_item(
    *,
    actor: Actor,
    at: datetime,
    whistle_id: UUID,
    item_id: UUID,
    feedback: str,
    pictures: Sequence[Picture] = (),
    expected: int | None = None,
) -> WhistleItem:
    """Do an item of the list 完成事项, with what was done and photos.

    Raises:
        NotFound, NotPermitted; Conflict: it is done, or the whistle does not run. Invalid: no text.
    """
    feedback = _written("feedback", feedback, "请写明完成情况。")
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        found = [row for row in act.fetch(WhistleItem, id=item_id) if row.whistle_id == whistle.id]
        if not found:
            raise NotFound("找不到这个清单事项。", code="whistles.item_not_found")
        item = found[0]
        task, _ = own_task(act, whistle, item.task_id, actor)
        if item.done_at or item.dropped_at:
            raise Conflict("这个事项已经完成或取消。", code="whistles.item_over")
        set_fields(act, item, done_at=at, feedback=feedback)
        meet(act, [c for c in running_clocks(act, task) if c.item_id == item.id], ClockStage.ITEM)
        files = keep_files(act, task, pictures, stage="after", purpose=f"item:{item.id}")
        body = {
            "task": task.id, "unit": task.party, "item": item.id, "files": files,
            "text": commitment(feedback, bytes(whistle.salt)),
        }  # fmt: skip
        note(act, whistle, "item_done", body)
    return item


def keep_files(
    act: Act, task: WhistleTask, pictures: Sequence[Picture], *, stage: str, purpose: str = ""
) -> list[dict[str, Any]]:
    """Store a unit's photos; what the journal holds of them."""
    kept = [
        store_file(
            act, owner_type=TASK_FILES, owner_id=task.id, stage=stage, stream=picture.stream,
            filename=picture.filename, purpose=purpose,
        )
        for picture in pictures
    ]  # fmt: skip
    return [{"file": row.id, "sha256": row.sha256} for row in kept]


def _written(field: str, text: str, remedy: str) -> str:
    text = text.strip()
    if not text or len(text) > 4000:
        raise invalid(field, text[:20], remedy if not text else "不超过 4000 字。")
    return text
