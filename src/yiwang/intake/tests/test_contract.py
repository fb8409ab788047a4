"""The contract of channels: it passes for what is shipped, and fails when a channel breaks it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from django.utils import timezone

from yiwang.cases.public import Report
from yiwang.cases.tests.factories import make_city, picture
from yiwang.files.storage import content_store
from yiwang.intake.doors.contract import STEPS, try_channel
from yiwang.intake.models import Channel, RawMessage
from yiwang.intake.queries.shipped import FOLDER, shipped_definitions
from yiwang.intake.rules.definition import Definition
from yiwang.intake.services.handling import handle_now
from yiwang.intake.services.receiving import receive_raw

from .channels import opened

pytestmark = pytest.mark.django_db
GRID = (FOLDER / "smart_grid.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def city() -> None:
    make_city()


def test_files_of_a_trial_leave_the_store_and_those_of_cases_stay(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    shot = base64.b64encode(picture().read()).decode()
    sample = json.dumps({"n": "1", "t": "路灯不亮", "files": [{"name": "a.jpg", "base64": shot}]})
    text = f"""\
code: with_files
name: 带附件
kind: app
door: push
owner: 某
mapping: {{fields: {{source_number: n, text: t, attachments: files}}}}
sample: |
  {sample}
"""
    assert "failed" not in outcomes(text).values()
    assert list(content_store().older_than(-60)) == []
    live = opened(text, timezone.now())
    ids = receive_raw(channel=live, bodies=[sample], at=timezone.now()).ids
    handle_now(channel=live, ids=ids, at=timezone.now())
    kept = sorted(content_store().older_than(-60))
    assert kept
    assert "failed" not in outcomes(text.replace("name: 带附件", "name: 带图片")).values()
    assert sorted(content_store().older_than(-60)) == kept, "the same picture is a case's evidence"


def outcomes(text: str) -> dict[str, str]:
    return {result.step: result.outcome for result in try_channel(text, at=timezone.now())}


def test_the_contract_passes_and_leaves_nothing_behind() -> None:
    found = outcomes(GRID)
    assert set(found) == set(STEPS)
    assert {name for name, outcome in found.items() if outcome == "passed"} >= set(STEPS) - {"write_back"}
    assert not Report.objects.exists()
    assert not RawMessage.objects.exists()
    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        ("becomes:\n  source_number: QYS202603020001", "becomes:\n  source_number: X", "sample"),
        ('"description": ', '"descriptions": ', "sample"),
        ("source_number: {path: event.no}", "source_number: {path: event.missing}", "sample"),
    ],
)
def test_a_definition_that_breaks_its_contract_fails_at_the_step(old: str, new: str, step: str) -> None:
    assert old in GRID
    assert outcomes(GRID.replace(old, new))[step] == "failed"


def test_a_sample_without_numbers_has_no_order_to_keep() -> None:
    text = GRID.replace("    source_number: {path: event.no}\n", "").replace("[source_number, text", "[text")
    text = text.replace("  source_number: QYS202603020001\n", "")
    assert outcomes(text)["out_of_order"] == "not_applicable"


@pytest.mark.parametrize(
    ("broken", "replacement", "step"),
    [
        ("yiwang.intake.doors.machine.fault", lambda *args, **kwargs: "", "bad_signature"),
        ("yiwang.intake.services.receiving.take_quota", lambda *args, **kwargs: None, "over_quota"),
    ],
)
def test_a_product_that_breaks_the_contract_is_found_out(
    monkeypatch: pytest.MonkeyPatch, broken: str, replacement: object, step: str
) -> None:
    monkeypatch.setattr(broken, replacement)
    assert outcomes(GRID)[step] == "failed"


def test_thirty_six_channels_and_more_are_shipped_and_say_whose_format_they_are() -> None:
    definitions = shipped_definitions()
    assert len(definitions) >= 36
    assert len({definition.name for definition in definitions}) == len(definitions)
    named = {"12345", "随手拍", "我对书记有话说", "全要素网格", "数字城管", "吹哨报到", "110", "119"}
    names = " ".join(definition.name for definition in definitions)
    assert [name for name in named if name not in names] == []
    for definition in definitions:
        assert definition.system.get("name"), definition.code
        assert definition.resources, definition.code
        assert definition.sample or definition.spec is None, definition.code


@pytest.mark.parametrize("definition", shipped_definitions(), ids=lambda definition: definition.code)
def test_every_shipped_channel_keeps_its_contract(definition: Definition) -> None:
    results = try_channel(definition.text, at=timezone.now())
    assert [(result.step, result.reason) for result in results if result.outcome == "failed"] == []
    if definition.spec is not None:
        passed = {result.step for result in results if result.outcome == "passed"}
        assert {"sample", "idempotent"} <= passed
