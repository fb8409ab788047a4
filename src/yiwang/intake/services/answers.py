"""Answers of a handler's own system 承办系统应答: signing for a task, feeding back, handing it back.

The task went out with its key (`{task}`); the answer names it as `source_number`, its act as `state` and what
was done, or why not, as `text`. The system acts for the one unit that its channel names, no other.
"""

from __future__ import annotations

import base64
import binascii
import io
from datetime import datetime
from uuid import UUID

from ...cases.public import (
    OPEN_TASK_STATES,
    Picture,
    Task,
    TaskRole,
    attach_evidence,
    complete_task,
    recall_case,
    sign_task,
)
from ...kernel.actor import EVERYWHERE, Actor, Scope
from ...orgs.public import unit_index
from ..queries.channels import LiveChannel
from ..rules.applying import MappedReport, RowFailed
from .taking import register_taker

#: What an answer's `state` may say, with the Chinese for it.
ACTS = {"signed": "签收", "done": "反馈", "returned": "退单"}


def actor_of(channel: LiveChannel) -> Actor:
    """Who acts through a handler's system: the unit that the channel names."""
    unit = unit_index().by_code.get(str(channel.definition.settings.get("unit", "")))
    if unit is None:
        raise RowFailed("invalid", "settings.unit", "", "渠道定义中的承办单位不存在，请核对 settings.unit。")
    own = Scope(units=frozenset({unit.id}))
    grants = {"cases.handle": own, "cases.view": own, "cases.dispatch": EVERYWHERE}
    return Actor(None, kind="system", unit_id=unit.id, grants=grants, name=f"handler:{channel.code}"[:32])


def take_answer(channel: LiveChannel, mapped: MappedReport, at: datetime) -> None:
    """Do what a handler's system says 承办应答入案; the same answer again changes nothing.

    Raises:
        RowFailed: the task is not the unit's, the act is unknown, or the answer comes too late.
        YiwangError: the case does not allow it, such as feedback without the required evidence.
    """
    actor = actor_of(channel)
    task = _task(channel, mapped, actor)
    if mapped.state == "signed":
        if task.state == "pending":
            sign_task(actor=actor, at=at, case_id=task.case_id, unit=task.unit)
    elif mapped.state == "done":
        if task.state in OPEN_TASK_STATES:
            _keep_pictures(actor, at, task, mapped)
            complete_task(actor=actor, at=at, case_id=task.case_id, unit=task.unit, result=mapped.text)
    elif mapped.state == "returned":
        _hand_back(actor, at, task, mapped.text)
    else:
        raise RowFailed(
            "unknown_value", "state", mapped.state, f"只能是 {'、'.join(ACTS)} 之一，请用 table 对照。"
        )


register_taker("handler", take_answer)


def _task(channel: LiveChannel, mapped: MappedReport, actor: Actor) -> Task:
    try:
        key = UUID(mapped.source_number or "")
    except ValueError:
        remedy = "请原样带回派发时的任务标识（{task}）。"
        raise RowFailed("invalid", "source_number", mapped.source_number or "", remedy) from None
    task = Task.objects.filter(pk=key).first()
    if task is None or task.unit != actor.unit_id:
        raise RowFailed(
            "invalid", "source_number", str(key), "没有派给该承办单位的这个任务，请核对任务标识。"
        )
    if task.state == "recalled" and mapped.state != "returned":
        raise RowFailed("refused", "source_number", str(key), "任务已撤回，不再接收应答。")
    return task


def _hand_back(actor: Actor, at: datetime, task: Task, reason: str) -> None:
    if task.state == "recalled":
        return
    if task.state not in OPEN_TASK_STATES:
        raise RowFailed("refused", "state", "returned", "任务已反馈，不能退单。")
    if task.role != TaskRole.HOST:
        raise RowFailed(
            "refused", "state", "returned", "协办任务不能通过接口退单，请与主办单位或派遣员联系。"
        )
    unit = unit_index().name(task.unit)
    recall_case(actor=actor, at=at, case_id=task.case_id, reason=f"{unit}退单：{reason}")


def _keep_pictures(actor: Actor, at: datetime, task: Task, mapped: MappedReport) -> None:
    pictures = []
    for number, given in enumerate(mapped.attachments, start=1):
        try:
            content = base64.b64decode(given.get("base64", ""), validate=True)
        except (binascii.Error, ValueError):
            content = b""
        if not content:
            remedy = "处置照片须以 base64 放在报文中，不接收外部地址。"
            raise RowFailed("invalid", "attachments", given.get("name", ""), remedy)
        name = given.get("name") or f"after-{number}.jpg"
        pictures.append(Picture("after", io.BytesIO(content), name))
    if pictures:
        attach_evidence(actor=actor, at=at, case_id=task.case_id, pictures=pictures)
