"""Steps that several journeys take: reporting, finding a case, opening an act, choosing, sending it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import Look, Person, Picture

PLACE = (("district", "江宁区"), ("street", "东山街道"))


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


def close_as(page: Page, ending: str) -> None:
    """Close the case with one of its endings; neither is chosen before."""
    scope = act(page, "close")
    expect(page.locator(f"{scope} input[name=ending]:checked")).to_have_count(0)
    page.locator(scope).get_by_label(ending).check()
    submit(page, scope)
    done(page, "结案")


def done(page: Page, label: str) -> None:
    """Wait for the page to say that the act is done."""
    expect(page.locator("#messages").get_by_text(f"{label}：已完成。")).to_be_visible()


def open_case(page: Page, mark: str) -> None:
    """Find the journey's case by its word and open it."""
    page.goto(f"/cases/?text={mark}")
    page.locator(".case-title").first.click()
    expect(page.locator(".case-head")).to_be_visible()


def choose_community(page: Page) -> None:
    """Choose district, street and the street's first community, each offered once the one above is chosen."""
    for level, name in PLACE:
        page.locator(f'#areas select[name="{level}"]:enabled').select_option(label=name)
        below = {"district": "street", "street": "community"}[level]
        expect(page.locator(f'#areas select[name="{below}"]')).to_be_enabled()
    page.locator('#areas select[name="community"]').select_option(index=1)


def state_is(page: Page, label: str) -> None:
    """The case is in this state."""
    expect(page.locator(".case-head .badge").first).to_have_text(label)


def report_as_resident(
    person: Person, size: str, look: Look, picture: Picture, mark: str
) -> tuple[Page, str]:
    """Send a report from the residents' page; returns the page and the tracking link."""
    page = person(size)
    page.goto("/r/")
    look(page, "report-form")
    page.get_by_label("诉求内容").fill(f"{mark}小区三号楼门口垃圾成堆，臭气熏天，请尽快清理。")
    page.locator('input[name="scene"]').set_input_files(picture("brown"))
    page.get_by_label("地点描述").fill("三号楼门口")
    page.get_by_text("在地图上选点或选择社区").click()
    choose_community(page)
    page.get_by_label("联系电话").fill("13900001234")
    page.get_by_label("我已阅读告知").check()
    look(page, "report-filled")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，谢谢您")).to_be_visible()
    look(page, "report-received")
    return page, page.url.split("?")[0]


def accept_and_dispatch(person: Person, size: str, look: Look, mark: str) -> None:
    """The operator accepts, the dispatcher registers and dispatches to whom the list proposes."""
    operator = person(size, login="operator")
    look(operator, "queue")
    open_case(operator, mark)
    scope = act(operator, "accept")
    choose(operator, scope, "matter_class", "暴露生活垃圾", "暴露生活垃圾")
    look(operator, "accept")
    submit(operator, scope)
    done(operator, "受理")

    dispatcher = person(size, login="dispatcher")
    open_case(dispatcher, mark)
    scope = act(dispatcher, "register")
    dispatcher.locator(f'{scope} input[name="condition"]').first.check()
    look(dispatcher, "register")
    submit(dispatcher, scope)
    done(dispatcher, "立案")
    scope = act(dispatcher, "dispatch")
    expect(dispatcher.locator(f'{scope} .picker[data-name="host"] .picker-chosen li')).to_have_count(1)
    dispatcher.locator(f"{scope} .picker-chosen .btn-close").first.click()
    choose(dispatcher, scope, "host", "环境卫生", "江宁区环境卫生管理所")
    dispatcher.locator(f"{scope} [data-phrase]").first.click()
    look(dispatcher, "dispatch")
    submit(dispatcher, scope)
    done(dispatcher, "派遣")


def fill_registration(page: Page, text: str) -> None:
    """Fill in what every registration asks for."""
    page.goto("/report/new")
    page.get_by_label("联系电话").fill("13900001234")
    page.get_by_label("诉求内容").fill(text)
    page.get_by_label("地点描述").fill("三号楼门口")
    choose_community(page)
