"""Steps that several journeys take: choosing, opening an act, sending it, finding a case."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def choose(page: Page, scope: str, name: str, words: str, offered: str) -> None:
    """Choose in a picker by typing."""
    picker = page.locator(f'{scope} .picker[data-name="{name}"]')
    picker.locator('input[type="search"]').fill(words)
    picker.get_by_role("option", name=re.compile(offered)).first.click()
    expect(picker.locator(".picker-chosen")).to_contain_text(offered)


def act(page: Page, name: str) -> str:
    """Open the form of an act and return the selector it stands in."""
    scope = f'details[data-act="{name}"]'
    if page.locator(scope).get_attribute("open") is None:
        page.locator(f"{scope} > summary").click()
    return scope


def submit(page: Page, scope: str) -> None:
    """Press the form's button."""
    page.locator(f'{scope} button[type="submit"]').click()


def done(page: Page, label: str) -> None:
    """Wait for the page to say that the act is done."""
    expect(page.locator("#messages").get_by_text(f"{label}：已完成。")).to_be_visible()


def open_case(page: Page, mark: str) -> None:
    """Find the journey's case by its word and open it."""
    page.goto(f"/cases/?text={mark}")
    page.locator(".case-title").first.click()
    expect(page.locator(".case-head")).to_be_visible()
