"""Messages for the tests of CAP: a national warning of an invented city, and how to change it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yiwang.intake.rules.cap.documents import read_document
from yiwang.intake.rules.cap.messages import CapAlert
from yiwang.intake.rules.cap.parsing import parse_alert
from yiwang.intake.rules.cap.schema import CAP_12

IDENTIFIER = "32010041600000_20260701080000_0"
SENDER = "weather@example.invalid"
SENT = "2026-07-01T08:00:00+08:00"
AT = datetime.fromisoformat("2026-07-01T08:05:00+08:00")
DEFAULT_AREA = "<geocode><valueName>行政区划代码</valueName><value>320111</value></geocode>"


def block(**given: str) -> str:
    """One info element; `area` is what follows areaDesc, `more` stands before the area."""
    values = {
        "language": "zh-CN", "event": "暴雨", "urgency": "Immediate", "severity": "Severe",
        "certainty": "Likely",
        "effective": SENT, "expires": "2026-07-01T14:00:00+08:00", "headline": "气象台发布暴雨橙色预警",
        "description": "未来三小时降雨量将达五十毫米以上。", "area_name": "东区",
        "area": DEFAULT_AREA, "more": "",
    }  # fmt: skip
    values.update(given)
    names = ("language", "category", "event", "urgency", "severity", "certainty", "effective", "expires",
             "headline", "description")  # fmt: skip
    values.setdefault("category", "Met")
    inner = "".join(f"<{name}>{values[name]}</{name}>" for name in names if values[name])
    area = f"<area><areaDesc>{values['area_name']}</areaDesc>{values['area']}</area>"
    return f"<info>{inner}{values['more']}{area if values['area_name'] else ''}</info>"


def message(
    *,
    identifier: str = IDENTIFIER,
    sender: str = SENDER,
    sent: str = SENT,
    status: str = "Actual",
    msg_type: str = "Alert",
    scope: str = "Public",
    references: str = "",
    namespace: str = CAP_12,
    infos: str | None = None,
    **given: str,
) -> str:
    """A message as text; what is left says one orange warning of heavy rain in district 320111."""
    head = {"identifier": identifier, "sender": sender, "sent": sent, "status": status, "msgType": msg_type,
            "scope": scope, "references": references}  # fmt: skip
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in head.items() if value)
    declared = f' xmlns="{namespace}"' if namespace else ""
    body = block(**given) if infos is None else infos
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<alert{declared}>{inner}{body}</alert>'


def read(**given: Any) -> CapAlert:
    """The message that such a text is."""
    return parse_alert(read_document(message(**given).encode()))


def reference(identifier: str = IDENTIFIER, sender: str = SENDER, sent: str = SENT) -> str:
    """One reference as the standard writes it."""
    return f"{sender},{identifier},{sent}"
