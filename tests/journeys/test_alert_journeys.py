"""An alert comes in from a file, is updated and cancelled, and people see just what stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from yiwang.intake.tests.cap.messages import message, reference

from .conftest import City, Person

pytestmark = pytest.mark.journey
WALKED_AT = ("both",)
SHAPE = "<polygon>31.90,118.80 31.90,118.90 31.98,118.90 31.98,118.80 31.90,118.80</polygon>"


def test_an_alert_is_relayed_updated_and_cancelled(
    city: City, person: Person, look: Callable[..., None], size: str, tmp_path: Path
) -> None:
    now = datetime.now(ZoneInfo("Asia/Shanghai")).replace(microsecond=0)

    def at(hours: float) -> str:
        return (now + timedelta(hours=hours)).isoformat()

    def bring(name: str, text: str) -> dict[str, object]:
        path = tmp_path / f"{name}.xml"
        path.write_text(text, encoding="utf-8")
        found: dict[str, object] = json.loads(city.command("import", "cap", str(path), "--json"))
        return found

    first = bring(
        "first",
        message(
            identifier=f"{size}-1", sent=at(-2), effective=at(-2), expires=at(3), area=SHAPE,
            headline=f"暴雨橙色预警（{size}）", description="请注意防范城市内涝。",
        ),
    )  # fmt: skip
    assert first["accepted"]
    assert "320115" in first["areas"]  # type: ignore[operator]
    page = person(size, login="dispatcher")
    page.get_by_role("link", name=f"暴雨橙色预警（{size}）").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("橙色")
    expect(page.locator("[data-idle=true]")).to_be_visible()
    look(page, "alert")
    named = reference(f"{size}-1", sent=at(-2))
    bring("last", message(identifier=f"{size}-2", sent=at(-1), msg_type="Cancel", references=named, infos=""))
    page.reload()
    expect(page.get_by_text("已解除").first).to_be_visible()
    page.goto("/intake/alerts/")
    expect(page.get_by_role("heading", level=1)).to_have_text("生效中的预警")
    expect(page.get_by_role("link", name=f"暴雨橙色预警（{size}）")).to_have_count(0)
    page.goto("/intake/alerts/?shown=all")
    expect(page.get_by_role("link", name=f"暴雨橙色预警（{size}）")).to_be_visible()
    look(page, "alerts")
