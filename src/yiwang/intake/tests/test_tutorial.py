"""The integrator's tutorial in docs/channels.md: its definition is short, and keeps the contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import timezone

from yiwang.cases.tests.factories import make_city
from yiwang.intake.doors.contract import try_channel
from yiwang.intake.rules.definition import read_definition

TUTORIAL = Path(__file__).resolve().parents[4] / "docs" / "channels.md"


@pytest.mark.django_db
def test_the_tutorials_definition_is_under_thirty_lines_and_keeps_the_contract() -> None:
    make_city()
    blocks = re.findall(r"```yaml\n(code: .*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 1
    assert len(blocks[0].splitlines()) < 30
    assert read_definition(blocks[0]).code == "wanjia_repairs"
    failed = [result for result in try_channel(blocks[0], at=timezone.now()) if result.outcome == "failed"]
    assert failed == []
