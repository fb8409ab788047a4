"""The frame as people meet it: login, menu, language, large type, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .conftest import City, Person

pytestmark = pytest.mark.journey


def test_a_dispatcher_logs_in_finds_the_menu_and_switches_language(
    city: City, person: Person, look: Callable[..., None], size: str
) -> None:
    page = person(size, login="dispatcher")
    look(page, "first-page")
    if size == "phone":
        page.get_by_role("button", name="打开菜单").click()
    menu = page.get_by_role("navigation", name="主菜单")
    expect(menu.get_by_role("link").first).to_be_visible()
    if size == "phone":
        page.get_by_role("button", name="关闭菜单").click()
        expect(menu).to_be_hidden()
    page.get_by_role("button", name="English").locator("visible=true").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    look(page, "first-page-english")
    page.get_by_role("button", name="中文").locator("visible=true").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


def test_an_old_reader_takes_the_large_type_and_it_stays(
    person: Person, look: Callable[..., None], size: str
) -> None:
    page = person(size)
    page.goto("/login/")
    look(page, "login")
    page.get_by_role("button", name="大字版").locator("visible=true").click()
    expect(page.locator("html.large-type")).to_have_count(1)
    page.goto("/login/")
    expect(page.locator("html.large-type")).to_have_count(1)
    look(page, "login-large")


def test_the_keyboard_reaches_the_content_first(person: Person) -> None:
    page = person("desk", login="dispatcher")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_a_wrong_address_is_answered_in_words(person: Person, look: Callable[..., None], size: str) -> None:
    page = person(size, login="dispatcher")
    answer = page.goto("/nothing/")
    assert answer is not None
    assert answer.status == 404
    look(page, "missing")
