"""Pages of the house 运维页面: how the instance fares, and setting going again what is stuck."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from ..interface.public import Column, staff
from ..kernel.actor import Actor
from ..ledger.public import OBSERVE, OPERATE, retry_event
from .operations import STUCK_AFTER, Operations, age_text, counted, look, size_text
from .parts import ALIVE, SILENT
from .retrying import retry_job

P = ParamSpec("P")
_View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]

PART_NAMES = {
    "web": gettext_lazy("网页服务"),
    "worker": gettext_lazy("后台任务进程"),
    "relay": gettext_lazy("中继"),
    "clock": gettext_lazy("时钟"),
    "live": gettext_lazy("实时推送"),
    "intake": gettext_lazy("业务对接"),
    "triage": gettext_lazy("研判分拨"),
}
STATES = {
    ALIVE: (gettext_lazy("正常"), "good"),
    SILENT: (gettext_lazy("失去心跳"), "bad"),
}
#: A process silent for so many seconds beside a living one of its part has been replaced, and is left out.
REPLACED_AFTER = 300
_ABSENT = (gettext_lazy("没有运行"), "bad")
_COLUMNS = {
    "processes": (
        Column(gettext_lazy("组成")), Column(gettext_lazy("进程")), Column(gettext_lazy("状态")),
        Column(gettext_lazy("最近心跳")), Column(gettext_lazy("启动时间")),
    ),
    "events": (
        Column(gettext_lazy("编号"), numeric=True), Column(gettext_lazy("种类")),
        Column(gettext_lazy("尝试次数"), numeric=True), Column(gettext_lazy("最近错误")),
        Column(gettext_lazy("操作"), hidden_label=True),
    ),
    "timers": (
        Column(gettext_lazy("种类")), Column(gettext_lazy("到期时间")),
        Column(gettext_lazy("尝试次数"), numeric=True), Column(gettext_lazy("最近错误")),
    ),
    "jobs": (
        Column(gettext_lazy("编号"), numeric=True), Column(gettext_lazy("任务")),
        Column(gettext_lazy("尝试次数"), numeric=True), Column(gettext_lazy("失败时间")),
        Column(gettext_lazy("操作"), hidden_label=True),
    ),
    "checkpoints": (
        Column(gettext_lazy("时间")), Column(gettext_lazy("存证流"), numeric=True),
        Column(gettext_lazy("默克尔根")),
    ),
    "tables": (
        Column(gettext_lazy("数据表")), Column(gettext_lazy("大小"), numeric=True),
        Column(gettext_lazy("行数（估计）"), numeric=True),
    ),
    "warnings": (
        Column(gettext_lazy("年份"), numeric=True), Column(gettext_lazy("首次预警")),
        Column(gettext_lazy("最近预警")), Column(gettext_lazy("解除时间")),
    ),
    "interventions": (
        Column(gettext_lazy("时间")), Column(gettext_lazy("处置")), Column(gettext_lazy("对象")),
    ),
}  # fmt: skip


def _observers(view: _View[P]) -> Any:
    """Decorator: hand the actor to the page when he may see how the instance fares."""
    return staff(OBSERVE)(view)


@require_GET
@never_cache
@_observers
def operations(request: HttpRequest, actor: Actor) -> HttpResponse:
    """运行状态."""
    found = look(timezone.now())
    context = {
        "found": found,
        "columns": _COLUMNS,
        "processes": _processes(found),
        "figures": _figures(found),
        "tables": [(table, size_text(table.size)) for table in found.storage.tables],
        "may_operate": actor.may_anywhere(OPERATE),
        "stuck_after": STUCK_AFTER,
    }
    return render(request, "project/operations.html", context)


@require_POST
@_observers
def event_retry(request: HttpRequest, actor: Actor, event_id: int) -> HttpResponse:
    """立即重试 of a stuck event."""
    retry_event(actor=actor, at=timezone.now(), event_id=event_id)
    messages.success(request, _("已安排立即重试该事件，处置已存证。"))
    return redirect("operations")


@require_POST
@_observers
def job_retry(request: HttpRequest, actor: Actor, job_id: int) -> HttpResponse:
    """重试 of a failed job."""
    retry_job(actor=actor, at=timezone.now(), job_id=job_id)
    messages.success(request, _("任务已重新排队，处置已存证。"))
    return redirect("operations")


def _processes(found: Operations) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for part in found.parts:
        name = PART_NAMES.get(part.name, part.name)
        if not part.processes:
            rows.append({"part": name, "state": _ABSENT})
        for process in part.processes:
            if part.state == ALIVE and process.age > REPLACED_AFTER:
                continue
            age = _("%(age)s前") % {"age": age_text(process.age)}
            rows.append({"part": name, "process": process, "state": STATES[process.state], "age": age})
    return rows


def _figures(found: Operations) -> list[dict[str, object]]:
    """The figures at the top: label, value, hint, tone, and where the page explains them."""
    outbox, timers, jobs, storage = found.outbox, found.timers, found.jobs, found.storage
    oldest = _("最早等候 %(age)s") % {"age": _since(found, outbox.since)} if outbox.since else ""
    late = _("最多迟 %(age)s") % {"age": _since(found, timers.oldest)} if timers.oldest else ""
    doing = _("执行中 %(n)s") % {"n": jobs.doing}
    free = _("剩余 %(share)s%%，共 %(size)s") % {
        "share": storage.free_percent, "size": size_text(storage.disk_size),
    }  # fmt: skip
    return [
        _figure(_("待发事件"), counted(outbox.waiting), oldest, bad=outbox.stuck > 0, url="#outbox"),
        _figure(_("到期定时"), counted(timers.due), late, bad=bool(timers.failing), url="#timers"),
        _figure(_("等候任务"), counted(jobs.todo), doing, bad=jobs.todo >= 1000, url="#jobs"),
        _figure(_("失败任务"), counted(jobs.failed), "", bad=jobs.failed > 0, url="#jobs"),
        _figure(_("数据库"), size_text(storage.database), "", url="#storage"),
        _figure(
            _("磁盘剩余"), size_text(storage.disk_free), free, bad=storage.free_percent < 10, url="#storage"
        ),
    ]


def _figure(label: str, value: str, hint: str, *, bad: bool = False, url: str = "") -> dict[str, object]:
    return {"label": label, "value": value, "hint": hint, "tone": "bad" if bad else "neutral", "url": url}


def _since(found: Operations, instant: datetime | None) -> str:
    return age_text((found.at - instant).total_seconds()) if instant else ""
