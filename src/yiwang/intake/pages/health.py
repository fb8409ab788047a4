"""Health pages 渠道运行: every channel with its figures, the intake process, a panel of warnings."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from ...interface.public import Column, registered_channels, within_budget
from ...kernel.actor import Actor
from ..queries.health import ChannelHealth, Health, health_of
from ..registering import HEALTH_PANEL
from .access import holding
from .channel_words import LIGHTS, finding_words, seconds_words, waiting_words

_COLUMNS = (
    Column(gettext_lazy("渠道")),
    Column(gettext_lazy("运行状况")),
    Column(gettext_lazy("最近消息")),
    Column(gettext_lazy("本小时")),
    Column(gettext_lazy("近 24 小时")),
    Column(gettext_lazy("延迟")),
    Column(gettext_lazy("待处理"), numeric=True),
)
_PARTS = {
    "drain": gettext_lazy("处理收存的消息"),
    "write_back": gettext_lazy("发送回写"),
    "pull": gettext_lazy("接口拉取"),
    "mqtt": gettext_lazy("MQTT 设备"),
    "cameras": gettext_lazy("视频告警"),
    "files": gettext_lazy("文件夹"),
    "mail": gettext_lazy("电子邮件"),
    "sms": gettext_lazy("短信"),
    "cap_feed": gettext_lazy("预警目录"),
    "open311": gettext_lazy("Open311 转派"),
    "jetstream": gettext_lazy("JetStream 队列"),
}


@dataclass(frozen=True, slots=True)
class HealthRow:
    """A channel as the page shows it."""

    health: ChannelHealth
    light: object
    tone: str
    findings: list[tuple[str, str]]
    usual: str
    share: str
    lag_mean: str
    lag_max: str
    waiting: str


@require_GET
@holding("intake.health")
def health(request: HttpRequest, actor: Actor) -> HttpResponse:
    """渠道运行: what is wrong stands first; `only=troubled` leaves the rest out."""
    found = health_of(timezone.now())
    only = request.GET.get("only", "")
    shown = found.troubled if only == "troubled" else [*found.troubled, *_others(found)]
    levels = [one.level for one in found.channels]
    context = {
        "at": found.at,
        "rows": [health_row(one, found) for one in shown],
        "columns": _COLUMNS,
        "only": only,
        "counts": [(light[0], light[1], levels.count(level)) for level, light in reversed(LIGHTS.items())],
        "is_empty": not found.channels,
        "parts": [(part, _part_name(part.row.name)) for part in found.parts],
    }
    return render(request, "intake/channel_health.html", context)


@require_GET
@holding("intake.health")
@within_budget(HEALTH_PANEL)
def panel(request: HttpRequest, actor: Actor, account_id: UUID) -> HttpResponse:
    """渠道告警: how many channels need a look, above the work of whoever sees to them; empty when none."""
    found = health_of(timezone.now())
    rows = [health_row(one, found) for one in found.troubled[:5]]
    context = {"rows": rows, "count": len(found.troubled), "is_bad": any(row.tone == "bad" for row in rows)}
    return render(request, "intake/parts/channel_warnings.html", context)


def health_row(one: ChannelHealth, found: Health) -> HealthRow:
    """A channel's health in words."""
    light, tone = LIGHTS[one.level]
    usual = one.usual_so_far
    return HealthRow(
        health=one,
        light=light,
        tone=tone,
        findings=[(finding_words(finding, one, found.at), finding.level) for finding in one.findings],
        usual="" if usual is None else f"{usual:.0f}" if usual >= 10 else f"{usual:.1f}",
        share=f"{one.figures.error_share:.0%}" if one.figures.messages else "",
        lag_mean=seconds_words(one.lag_mean),
        lag_max=seconds_words(one.lag_max),
        waiting=waiting_words(one),
    )


def _part_name(name: str) -> str:
    """What a part is called; that of one channel by the channel too."""
    part, _space, code = name.partition(" ")
    words = str(_PARTS.get(part, part))
    return f"{words} · {registered_channels().get(code, code)}" if code else words


def _others(found: Health) -> list[ChannelHealth]:
    """What is well, and then what is not open."""
    calm = [one for one in found.channels if one.level in {"good", "off"}]
    return sorted(calm, key=lambda one: one.level == "off")
