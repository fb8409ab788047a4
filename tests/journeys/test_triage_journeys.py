"""Triage as an operator lives it: proposals while typing, on the case, and carried out with one key."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import Look, Person
from .steps import fill_registration, open_case, state_is

pytestmark = pytest.mark.journey
WALKED_AT = ("both",)
#: How often the case is read anew until the triage process has seen it.
READINGS = 40


def test_an_operator_sees_proposals_while_typing_and_accepts_them_with_one_key(
    person: Person, look: Look, size: str, mark: str
) -> None:
    operator = person(size, login="operator")
    fill_registration(operator, f"{mark}小区三号楼门口暴露生活垃圾成堆，臭气熏天，请尽快清理。")
    looked = operator.locator(".triage-look")
    expect(looked.get_by_text("暴露生活垃圾").first).to_be_visible()
    look(operator, "triage-look")
    operator.get_by_role("button", name="登记", exact=True).click()
    expect(operator.get_by_text("已登记，编号")).to_be_visible()

    open_case(operator, mark)
    panel = operator.locator('[data-panel="triage.proposal"]')
    for _ in range(READINGS):
        expect(panel.locator("p, form").first).to_be_visible()
        if panel.locator("[data-triage-form]").count():
            break
        operator.wait_for_timeout(250)
        operator.reload()
    choice = panel.get_by_role("radio", name=re.compile("暴露生活垃圾")).first
    expect(choice).to_be_visible()
    look(operator, "triage-proposal")
    choice.check()
    panel.get_by_text("使用单键").click()
    operator.keyboard.press("y")
    expect(operator.get_by_text("已按建议办理")).to_be_visible()
    state_is(operator, "待立案")


def test_the_pages_of_triage_can_be_read(person: Person, look: Look, size: str) -> None:
    chief = person(size, login="operator")
    for name, address in (
        ("triage-hot", "/triage/hot/"),
        ("triage-clusters", "/triage/clusters/"),
        ("triage-place", "/triage/place/"),
        ("triage-processes", "/catalog/processes/"),
    ):
        chief.goto(address)
        look(chief, name)
    admin = person(size, login="sysadmin")
    for name, address in (
        ("triage-rules", "/triage/rules/"),
        ("triage-models", "/triage/classes/"),
        ("triage-drafts", "/catalog/drafts/"),
        ("triage-check", "/catalog/responsibilities/check/"),
        ("triage-repeat-rules", "/triage/repeat-rules/"),
        ("triage-precedents", "/triage/precedents/"),
    ):
        admin.goto(address)
        look(admin, name)
