"""Channels for tests: a small definition, published and enabled."""

from __future__ import annotations

from datetime import datetime

from yiwang.intake.queries.channels import LiveChannel, channel_index
from yiwang.intake.services.registry import publish_channel, switch_channel
from yiwang.kernel.actor import system_actor

OPERATOR = system_actor("tests", "intake.channels", "intake.import", "intake.quarantine", "intake.health")

PUSHED = """\
code: {code}
name: 示例来源
kind: hotline
door: push
owner: 示例单位
rank: {rank}
quota: {{per_minute: 6000, burst: {burst}, waiting: 1000}}
mapping:
  fields:
    source_number: number
    text: content
    title: title
    lon: lon
    lat: lat
    urgency: {{column: level, table: {{高: urgent}}, default: ordinary}}
    received_at: time
    contact_name: name
    contact_phone: phone
    updated_at: changed
  required: [source_number, text]
"""


def opened(text: str, at: datetime) -> LiveChannel:
    """Publish and enable a definition."""
    channel = publish_channel(actor=OPERATOR, at=at, text=text)
    if not channel.is_enabled:
        switch_channel(actor=OPERATOR, at=at, channel_id=channel.id, on=True)
    return channel_index().by_code[channel.code]


def pushed(at: datetime, *, code: str = "demo_source", rank: int = 5, burst: int = 2000) -> LiveChannel:
    """A small push channel."""
    return opened(PUSHED.format(code=code, rank=rank, burst=burst), at)
