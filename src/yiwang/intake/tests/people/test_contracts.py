"""The channels of people and offices keep their contracts."""

from __future__ import annotations

import pytest
from django.utils import timezone

from yiwang.cases.tests.factories import City
from yiwang.intake.doors.contract import try_channel
from yiwang.intake.rules.definition import read_definition
from yiwang.intake.running import runners

from .conftest import CHANNELS

CODES = (
    "folder_export",
    "secretary_letterbox",
    "secretary_mail",
    "sms_service_number",
    "snapshot_form",
    "wechat_grid_group",
)


@pytest.mark.parametrize("code", CODES)
def test_a_shipped_channel_keeps_its_contract(city: City, code: str) -> None:
    text = (CHANNELS / f"{code}.yaml").read_text(encoding="utf-8")
    assert read_definition(text).code == code
    results = {result.step: result for result in try_channel(text, at=timezone.now())}
    assert {step: result.reason for step, result in results.items() if result.outcome == "failed"} == {}
    passed = {step for step, result in results.items() if result.outcome == "passed"}
    assert passed >= {"sample", "idempotent", "out_of_order"}


def test_the_intake_process_runs_mailboxes_folders_and_late_texts() -> None:
    assert {"files", "mail", "sms"} <= set(runners())
