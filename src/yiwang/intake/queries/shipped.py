"""Channel definitions that come with the product 随附渠道定义: ready to import, test and edit."""

from __future__ import annotations

import functools
from pathlib import Path

from ..rules.definition import Definition, read_definition

FOLDER = Path(__file__).resolve().parents[1] / "channels"
#: What a new channel begins with.
STARTER = """\
code: my_source
name: 新来源
kind: other
door: push
owner: 主管单位
mapping:
  format: json
  crs: gcj02
  fields:
    source_number: {path: id}
    text: {path: content}
    received_at: {path: time}
    address: {path: address}
    lon: {path: lng}
    lat: {path: lat}
    contact_name: {path: name}
    contact_phone: {path: phone}
  required: [source_number, text]
sample: |
  {"id": "A-1", "content": "路灯不亮", "time": "2026-03-02 09:15", "address": "人民路 1 号"}
becomes: {source_number: A-1, text: 路灯不亮}
"""


@functools.cache
def shipped_definitions() -> tuple[Definition, ...]:
    """All of them, by rank and code."""
    found = [read_definition(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda definition: (definition.rank, definition.code)))
