"""Words 用语 of channel pages: lights, findings, owners, as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..queries.channels import LiveChannel
from ..queries.health import MOST, ChannelHealth
from ..rules.channel_health import Finding

LIGHTS = {
    "off": (gettext_lazy("未开放"), "neutral"),
    "good": (gettext_lazy("运行正常"), "good"),
    "warning": (gettext_lazy("注意"), "warning"),
    "bad": (gettext_lazy("异常"), "bad"),
}
STEP_WORDS = {
    "sample": gettext_lazy("样例成诉求"),
    "idempotent": gettext_lazy("重复不变"),
    "out_of_order": gettext_lazy("乱序一致"),
    "bad_signature": gettext_lazy("伪造被拒"),
    "missing_field": gettext_lazy("缺项隔离"),
    "over_quota": gettext_lazy("超额提示"),
    "write_back": gettext_lazy("回写用语"),
}
_CHANGES = {
    "received": gettext_lazy("已收到"),
    "accepted": gettext_lazy("已受理"),
    "registered": gettext_lazy("已立案"),
    "dispatched": gettext_lazy("已派遣"),
    "handled": gettext_lazy("已反馈"),
    "answered": gettext_lazy("已答复"),
    "closed": gettext_lazy("已办结"),
    "rated": gettext_lazy("已评价"),
    "reopened": gettext_lazy("重新办理"),
    "rejected": gettext_lazy("不予受理"),
    "voided": gettext_lazy("已作废"),
    "withdrawn": gettext_lazy("已撤回"),
    "overdue": gettext_lazy("已超时"),
    "asked_extension": gettext_lazy("申请延期"),
    "asked_return": gettext_lazy("申请退单"),
    "took_back": gettext_lazy("收回申请"),
    "task": gettext_lazy("派发任务"),
    "recalled": gettext_lazy("撤回任务"),
    "todo_added": gettext_lazy("待办到达"),
    "todo_done": gettext_lazy("待办完成"),
}
#: What a source may own: field of `Owners`, its words.
OWNED = (
    ("limits", gettext_lazy("办理时限")),
    ("extension", gettext_lazy("延期")),
    ("handing_back", gettext_lazy("退单")),
    ("callback", gettext_lazy("回访和评价")),
    ("voice", gettext_lazy("联系居民")),
)
_UNITS = {
    "urgent_hour": gettext_lazy("紧急工作时"),
    "work_hour": gettext_lazy("工作时"),
    "work_day": gettext_lazy("工作日"),
    "urgent_day": gettext_lazy("紧急工作日"),
}
_BY_SOURCE = {
    "limits": gettext_lazy("时限由来源规定，内部时限须早于来源时限。"),
    "extension": gettext_lazy("延期须向来源申请，由来源裁定。"),
    "handing_back": gettext_lazy("退单须向来源申请，由来源裁定。"),
    "callback": gettext_lazy("由来源回访，评价从来源导入。"),
    "voice": gettext_lazy("由来源联系居民，本系统不发消息。"),
}


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """Who owns one promise 权责."""

    what: object
    who: str
    is_source: bool
    meaning: object


def change_words(change: str) -> str:
    """The words for a change that a source is told of."""
    return str(_CHANGES.get(change, change))


def span_words(span: timedelta) -> str:
    """A span in its largest units: `3 天 4 小时`, `2 小时 5 分钟`, `40 秒`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return _("{n} 秒").format(n=seconds)
    minutes = seconds // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return _("{days} 天 {hours} 小时").format(days=days, hours=hours)
    if hours:
        return _("{hours} 小时 {minutes} 分钟").format(hours=hours, minutes=rest)
    return _("{n} 分钟").format(n=rest)


def seconds_words(seconds: float | None) -> str:
    """Seconds as people read them; a dash for none."""
    if seconds is None:
        return "—"
    if seconds < 1:
        return _("{n} 毫秒").format(n=round(seconds * 1000))
    return _("{n} 秒").format(n=round(seconds, 1)) if seconds < 60 else span_words(timedelta(seconds=seconds))


def waiting_words(health: ChannelHealth) -> str:
    """How many wait; `1000+` when more than were counted."""
    waiting = health.figures.waiting
    return f"{MOST}+" if waiting >= MOST else str(waiting)


def finding_words(finding: Finding, health: ChannelHealth, at: datetime) -> str:
    """One thing that is wrong, with its figures."""
    figures, pull = health.figures, health.pull
    quiet = span_words(at - health.last_at) if health.last_at else ""
    words: dict[str, str] = {
        "part_down": _("对接进程的相应部分没有运行。"),
        "pull": _("连续 {n} 次拉取失败：{error}").format(
            n=figures.pull_failures, error=pull.last_error if pull else ""
        ),
        "queue_full": _("待处理消息已满，来源会收到“稍后再发”。"),
        "queue_half": _("待处理消息过半。"),
        "slow": _("从收存到处理平均 {time}。").format(time=seconds_words(figures.lag_seconds)),
        "errors": _("近 24 小时 {n} 条消息不能用，占 {share}。").format(
            n=figures.errors, share=f"{figures.error_share:.0%}"
        ),
        "over_quota": _("近 24 小时有 {n} 条超出配额被拒。").format(n=figures.over_quota),
        "given_up": _("有 {n} 条回写已放弃，请重新发送。").format(n=figures.given_up),
        "silence_unusual": _("已静默 {quiet}，按同时段惯例应有约 {n} 条。").format(
            quiet=quiet, n=round(figures.silence.expected)
        ),
        "silence_limit": _("已静默 {quiet}，超过规定的 {n} 分钟。").format(
            quiet=quiet, n=health.channel.definition.silence_minutes
        ),
        "silence_never": _("启用后还没有收到过消息。"),
    }
    return words[finding.name]


def owner_rows(channel: LiveChannel) -> list[OwnerRow]:
    """Who owns limit, extension, return, final call and contact."""
    owners = channel.definition.owners
    rows = []
    for name, what in OWNED:
        is_source = getattr(owners, name) == "source"
        meaning: Any = _BY_SOURCE[name] if is_source else ""
        if name == "limits" and is_source and owners.margin:
            amount, unit = owners.margin
            meaning = _("时限由来源规定，内部时限提前 {amount} {unit}。").format(
                amount=float(amount) if amount.denominator > 1 else int(amount), unit=_UNITS[unit]
            )
        rows.append(OwnerRow(what, _("来源方") if is_source else _("本系统"), is_source, meaning))
    return rows
