"""Words of alarms 告警措辞: the Chinese sentence and the message body that a sensor's alarm becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ...kernel.working_time import SHANGHAI
from .debounce import CLEARED, CONTINUED, RENEWED, AlarmRule, Outcome
from .mqtt_settings import AlarmWording
from .periods import period_words

_OVER = {"above": "超过", "below": "低于", "equals": "为", "differs": "不为"}


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What an alarm says of its device 设备要素; degrees in WGS84."""

    code: str
    name: str
    kind: str
    part: str = ""
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    community: str = ""

    @property
    def title(self) -> str:
        """Its name, else its code."""
        return self.name or f"设备{self.code}"


def figure(value: float | None) -> str:
    """A value as people write it: no more than three decimals, no trailing zeros."""
    return "" if value is None else f"{value:.3f}".rstrip("0").rstrip(".")


def clock_words(milliseconds: int) -> str:
    """An instant as `3月2日 09:30`, Shanghai time."""
    at = datetime.fromtimestamp(milliseconds / 1000, SHANGHAI)
    return f"{at.month}月{at.day}日 {at:%H:%M:%S}"


def alarm_text(
    device: DeviceFacts, *, rule: AlarmRule, wording: AlarmWording, unit: tuple[str, str], outcome: Outcome,
    peak: float | None,
) -> str:  # fmt: skip
    """The sentence of one outcome of a rule.

    A rule's own template may use {name}, {code}, {metric}, {value}, {limit}, {unit}, {time}, {address} and
    {part}; it words the alarm itself, the follow-ups have words of their own.

    Example: `建邺路下穿通道积水深度达0.62米，10分钟内3次超过0.4米（3月2日 09:31:30）。`
    """
    metric, unit_word = unit
    known = {
        "name": device.title, "code": device.code, "metric": metric, "value": figure(peak),
        "limit": figure(rule.limit), "unit": unit_word, "time": clock_words(outcome.time),
        "address": device.address, "part": device.part,
    }  # fmt: skip
    head = f"{device.title}{metric}"
    over = f"{_OVER[rule.direction]}{known['limit']}{unit_word}"
    if outcome.kind == CLEARED:
        return f"{head}告警已解除（{known['time']}），此前最不利读数{known['value']}{unit_word}。"
    if outcome.kind == CONTINUED:
        return f"{head}持续{over}（{known['time']}），最不利读数{known['value']}{unit_word}。"
    again = "再次告警：" if outcome.kind == RENEWED else ""
    if wording.text:
        return again + _filled(wording.text, known)
    often = f"{period_words(rule.within)}内{rule.count}次{over}" if rule.count > 1 else over
    return f"{again}{head}达{known['value']}{unit_word}，{often}（{known['time']}）。"


def alarm_body(
    device: DeviceFacts, rule: AlarmRule, wording: AlarmWording, outcome: Outcome, text: str
) -> dict[str, Any]:
    """The message an alarm becomes; `number` is the same for all that is told of one alarm."""
    return {
        **device_body(device, outcome.time),
        "number": f"{device.code}/{rule.metric}/{rule.code}/{outcome.number}",
        "message": outcome.message,
        "event": outcome.kind,
        "rule": rule.code,
        "metric": rule.metric,
        "title": f"{device.title}：{wording.name}",
        "text": text,
        "class": wording.matter_class,
        "urgency": wording.urgency,
    }


def device_body(device: DeviceFacts, time: int) -> dict[str, Any]:
    """What every message about a device says of it."""
    return {
        "device": device.code,
        "device_name": device.title,
        "kind": device.kind,
        "part": device.part,
        "address": device.address,
        "lon": device.lon,
        "lat": device.lat,
        "community": device.community,
        "time": datetime.fromtimestamp(time / 1000, UTC).isoformat(),
    }


def offline_body(device: DeviceFacts, *, number: int, back: bool, since: int, time: int) -> dict[str, Any]:
    """The message that a device is offline, or back again."""
    words = "已恢复在线" if back else f"离线：自{clock_words(since)}起未再收到数据，请检查供电和通信"
    return {
        **device_body(device, time),
        "number": f"{device.code}/offline/{number}",
        "message": 2 if back else 1,
        "event": "online" if back else "offline",
        "rule": "offline",
        "metric": "",
        "title": f"{device.title}：设备离线",
        "text": f"{device.title}（{device.code}）{words}。",
        "class": "",
        "urgency": "ordinary",
    }


def _filled(template: str, known: Mapping[str, str]) -> str:
    """A template with its names filled in; what is no name stays as it is."""
    for name, value in known.items():
        template = template.replace("{" + name + "}", value)
    return template
