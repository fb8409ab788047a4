"""Files inside a message become evidence of its case; one that cannot be kept never costs the report."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from yiwang.cases.public import EVIDENCE_OWNER, Case, FollowUp, Report
from yiwang.cases.tests.factories import City, picture
from yiwang.files.public import attachments_of
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.services.handling import HandledCounts, handle_waiting
from yiwang.intake.services.receiving import receive_raw

from ..channels import opened

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TEXT = """\
code: with_files
name: 带附件
kind: app
door: push
owner: 某
mapping: {fields: {source_number: n, text: t, attachments: files}}
"""


@pytest.fixture
def channel(city: City) -> LiveChannel:
    return opened(TEXT, AT)


def send(channel: LiveChannel, *files: dict[str, str], text: str = "路灯不亮") -> HandledCounts:
    body = json.dumps({"n": "1", "t": text, "files": list(files)}, ensure_ascii=False)
    receive_raw(channel=channel, bodies=[body], at=AT)
    return handle_waiting(clock=lambda: AT)


def shot(name: str = "现场.jpg") -> dict[str, str]:
    return {"name": name, "base64": base64.b64encode(picture().read()).decode()}


def kept() -> list[str]:
    return [row.filename for row in attachments_of(EVIDENCE_OWNER, Case.objects.get().id)]


def test_a_picture_inside_a_message_is_evidence_of_its_case(channel: LiveChannel) -> None:
    assert send(channel, shot()).accepted == 1
    assert kept() == ["现场.jpg"]
    assert not FollowUp.objects.exists()


def test_a_file_that_cannot_be_kept_is_named_and_the_report_stands(channel: LiveChannel) -> None:
    program = {"name": "打开我.exe", "base64": base64.b64encode(b"MZ" + b"\0" * 99).decode()}
    counts = send(
        channel, program, {"name": "坏.jpg", "base64": "!"}, {"url": "https://a.example/1.jpg"}, shot()
    )
    assert counts.accepted == 1
    assert kept() == ["现场.jpg"]
    told = FollowUp.objects.get().text
    assert "打开我.exe" in told
    assert "坏.jpg" in told
    assert "https://a.example/1.jpg" in told


def test_an_update_brings_only_what_is_new(channel: LiveChannel) -> None:
    first = shot("一.jpg")
    send(channel, first)
    counts = send(channel, first, shot("二.jpg"))
    assert counts.updated == 1
    assert sorted(kept()) == ["一.jpg", "二.jpg"]
    assert send(channel, first, shot("二.jpg"), text="路灯不亮").total == 0
    assert Report.objects.count() == 1
