"""Two people correct a case, a list is turned back, a page catches up after its feed broke."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import City, Look, Person
from .steps import act, choose, done, fill_registration, open_case, submit

pytestmark = pytest.mark.journey
WALKED_AT = ("both",)


def register(page: Page, mark: str) -> None:
    """The operator enters a report that holds the mark."""
    page.goto("/report/new")
    fill_registration(page, f"{mark}路口的井盖松动，车辆经过时有响声。")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator(".case-head")).to_be_visible()


def test_one_person_asks_for_a_correction_and_another_approves(
    person: Person, look: Look, size: str, mark: str
) -> None:
    operator = person(size, login="operator")
    register(operator, mark)
    scope = act(operator, "correct")
    operator.locator(f"{scope} [name=title]").fill(f"{mark}路口井盖松动")
    operator.locator(f"{scope} [name=urgency]").select_option("urgent")
    operator.locator(f"{scope} [name=reason]").fill("标题不清，且有危险。")
    look(operator, "correction-asked")
    submit(operator, scope)
    done(operator, "申请更正")
    expect(operator.get_by_text("有一份更正申请待批准")).to_be_visible()

    chief = person(size, login="chief")
    chief.goto("/corrections/")
    look(chief, "corrections")
    chief.locator("article", has_text=mark).get_by_role("link", name="打开案件并决定").click()
    scope = act(chief, "approve_correction")
    look(chief, "correction-waits")
    submit(chief, scope)
    done(chief, "批准更正")
    expect(chief.locator(".case-head")).to_contain_text("紧急")
    expect(chief.locator("#case-timeline")).to_contain_text("紧急程度：一般 → 紧急")
    expect(chief.get_by_role("heading", level=1)).to_contain_text(f"{mark}路口井盖松动")
    look(chief, "corrected")


def test_a_sensitive_case_is_opened_to_one_person_and_closed_again(
    person: Person, look: Look, size: str, mark: str
) -> None:
    operator = person(size, login="operator")
    register(operator, mark)
    address = operator.url
    chief = person(size, login="chief")
    open_case(chief, mark)
    scope = act(chief, "mark_sensitive")
    chief.locator(f"{scope} [name=reason]").fill("涉及未成年人。")
    submit(chief, scope)
    done(chief, "设为敏感")
    operator.goto(address)
    expect(operator.locator(".case-head")).to_have_count(0)
    scope = act(chief, "grant_access")
    choose(chief, scope, "account", "operator", "林晓")
    look(chief, "access-list")
    submit(chief, scope)
    done(chief, "列入名单")
    operator.goto(address)
    expect(operator.locator(".case-head")).to_contain_text("敏感件")
    scope = act(chief, "unmark_sensitive")
    chief.locator(f"{scope} [name=reason]").fill("已经核实。")
    submit(chief, scope)
    done(chief, "解除敏感")


def test_a_list_turns_on_back_and_to_its_first_page(person: Person, look: Look, size: str) -> None:
    page = person(size, login="chief")
    page.goto("/cases/")
    first = page.locator(".case-number").first.inner_text()
    page.get_by_role("link", name="下一页").click()
    second = page.locator(".case-number").first.inner_text()
    assert second != first
    look(page, "list-second-page")
    page.get_by_role("link", name="下一页").click()
    page.get_by_role("link", name="上一页").click()
    expect(page.locator(".case-number").first).to_have_text(second)
    page.get_by_role("link", name="回到第一页").click()
    expect(page.locator(".case-number").first).to_have_text(first)
    expect(page.get_by_role("link", name="上一页")).to_have_count(0)


def test_chosen_cases_are_dispatched_to_a_chosen_unit(
    person: Person, look: Look, size: str, mark: str
) -> None:
    operator = person(size, login="operator")
    register(operator, mark)
    chief = person(size, login="chief")
    chief.goto(f"/cases/?text={mark}")
    chief.locator('input[name="case"]').first.check()
    chief.get_by_text("派给指定单位").click()
    choose(chief, ".bulk-unit", "host", "", "")
    look(chief, "bulk-unit")
    chief.get_by_role("button", name="派给该单位").click()
    chief.get_by_role("button", name=re.compile("确定|确认")).click()
    expect(chief.get_by_text("成功 0 件，未成功 1 件。")).to_be_visible()
    expect(chief.locator("td", has_text="不能“派遣”")).to_be_visible()
    look(chief, "bulk-result")


def test_an_open_page_catches_up_with_what_happened_while_its_feed_was_broken(
    city: City, person: Person, mark: str
) -> None:
    operator, reader = person("desk", login="operator"), person("desk", login="chief")
    register(operator, mark)
    with reader.expect_request(re.compile("/events\\?")):
        open_case(reader, mark)
    scope = act(reader, "reject")
    reader.locator(f"{scope} [name=reason]").fill("正在填写，不能丢失。")
    reader.context.route(re.compile("/events\\?"), lambda route: route.abort())
    city.kill_part("live")
    scope_of_operator = act(operator, "request_verification")
    submit(operator, scope_of_operator)
    done(operator, "发核实")
    expect(reader.locator(".case-head .badge").first).to_have_text("待受理")
    reader.context.unroute(re.compile("/events\\?"))
    reader.context.unroute_all()
    expect(reader.get_by_text("案件刚刚有变化")).to_be_visible(timeout=60_000)
    expect(reader.locator(".case-head .badge").first).to_have_text("待核实")
    expect(reader.locator("#case-timeline")).to_contain_text("发核实")
    expect(reader.locator(f"{scope} [name=reason]")).to_have_value("正在填写，不能丢失。")
