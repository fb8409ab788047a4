"""A case returned twice and arbitrated, until the row that the ruling proposes stands in a draft."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import PATIENCE, Look, Person
from .steps import accept_and_dispatch, act, choose, done, fill_registration, open_case, submit

pytestmark = pytest.mark.journey
WALKED_AT = ("both",)
#: Whom the ruling names: login, what is typed, name.
RULED = ("municipal", "市政设施", "江宁区市政设施养护中心")


def panel(page: Page) -> Locator:
    """退单与责任 on the case page, loaded."""
    found = page.locator('[data-panel="workbench.responsibility"]')
    expect(found.locator(".placeholder")).to_have_count(0)
    return found


def begin(page: Page, label: str) -> None:
    """Open the form of an act from the panel."""
    panel(page).get_by_role("link", name=label, exact=True).first.click()
    expect(page.get_by_role("heading", level=1, name=label)).to_be_visible()


def send(page: Page, label: str) -> None:
    """Press the form's button and wait for the page to say that the act is done."""
    page.get_by_role("button", name=label, exact=True).click()
    done(page, label)


def ask_return(page: Page, look: Look, name: str, words: str, proposed: tuple[str, str]) -> None:
    """A unit asks to return its task."""
    begin(page, "申请退单")
    page.locator("[name=reason]").select_option("not_our_duty")
    page.locator("[name=words]").fill(words)
    choose(page, "form", "proposed_unit", *proposed)
    look(page, name)
    send(page, "申请退单")


def returned_first(person: Person, size: str, look: Look, mark: str) -> None:
    """The cleaners return; the dispatcher grants it from the list and sends the gardeners."""
    cleaner = person(size, login="sanitation")
    open_case(cleaner, mark)
    ask_return(
        cleaner, look, "return-asked", "堆放在绿化带内，非我所作业范围。", ("园林", "江宁区园林绿化中心")
    )
    expect(cleaner.locator(".case-head")).to_contain_text("退单待审")
    dispatcher = person(size, login="dispatcher")
    dispatcher.goto("/returns/")
    item = dispatcher.locator("article", has_text=mark)
    expect(item).to_contain_text("申请退单 ")
    look(dispatcher, "returns")
    item.get_by_role("link", name="准予退单").click()
    dispatcher.locator("[name=words]").fill("同意，改派园林。")
    look(dispatcher, "return-granted")
    send(dispatcher, "准予退单")
    expect(dispatcher.locator(".case-head .badge").first).to_have_text("待派遣")
    scope = act(dispatcher, "dispatch")
    dispatcher.locator(f"{scope} .picker-chosen .btn-close").first.click()
    choose(dispatcher, scope, "host", "园林", "江宁区园林绿化中心")
    submit(dispatcher, scope)
    done(dispatcher, "派遣")


def returned_again(person: Person, size: str, look: Look, mark: str) -> None:
    """The gardeners return too; it goes to arbitration, and they keep working meanwhile."""
    _login, typed, name = RULED
    gardener = person(size, login="gardens")
    open_case(gardener, mark)
    ask_return(gardener, look, "return-again", "属道路附属绿地，由养护单位管理。", (typed, name))
    expect(gardener.locator(".case-head")).to_contain_text("争议裁定中")
    expect(gardener.locator(".case-head .badge").first).to_have_text("处置中")


def ruled(person: Person, size: str, look: Look, mark: str) -> None:
    """Somebody who neither dispatched nor is a party rules after a meeting; the unit has its task at once."""
    login, typed, name = RULED
    judge = person(size, login="supervisor")
    judge.goto("/disputes/")
    item = judge.locator("article", has_text=mark)
    look(judge, "disputes")
    item.get_by_role("link", name="作出裁定").click()
    judge.get_by_label("会商", exact=True).check()
    choose(judge, "form", "host", typed, name)
    choose(judge, "form", "co_units", "环境卫生", "江宁区环境卫生管理所")
    judge.locator("[name=legal_basis]").fill("城市绿化条例 第十九条")
    judge.locator("[name=words]").fill("附属绿地由养护单位主办，环卫配合清运。")
    views = (
        ("园林", "江宁区园林绿化中心", "管护科科长", "不在我中心管护范围。"),
        (typed, name, "养护科科长", "可以牵头。"),
    )
    for number, (word, unit, post, words) in enumerate(views, start=1):
        choose(judge, "form", f"view_unit_{number}", word, unit)
        judge.locator(f"[name=view_post_{number}]").fill(post)
        judge.locator(f"[name=view_words_{number}]").fill(words)
    look(judge, "ruling")
    send(judge, "作出裁定")
    expect(judge.locator(".case-head")).to_contain_text("已裁定，不得退单")
    expect(panel(judge)).to_contain_text("城市绿化条例 第十九条")
    expect(panel(judge)).to_contain_text("养护科科长")
    look(judge, "ruled")
    worker = person(size, login=login)
    open_case(worker, mark)
    submit(worker, act(worker, "sign"))
    done(worker, "签收")
    expect(panel(worker).get_by_role("link", name="申请退单")).to_have_count(0)


def proposed_row(person: Person, size: str, look: Look) -> None:
    """The ruling stands among the precedents; taken over, it is a row of a draft."""
    _login, _typed, name = RULED
    admin = person(size, login="sysadmin")
    row = admin.locator("tbody tr", has_text=name).filter(has_text="暴露生活垃圾")
    patience = time.monotonic() + PATIENCE / 1000
    admin.goto("/triage/precedents/")
    while row.count() == 0 and time.monotonic() < patience:
        admin.wait_for_timeout(500)
        admin.reload()
    expect(row.first).to_be_visible()
    look(admin, "precedents")
    row.first.get_by_role("button", name=re.compile("加入草案")).click()
    expect(admin.locator("#messages")).to_contain_text("已加入草案")
    admin.goto("/catalog/drafts/")
    admin.get_by_role("link", name="据先例编制").first.click()
    expect(admin.locator("main")).to_contain_text(name)
    look(admin, "draft-of-a-ruling")


def test_a_case_is_returned_twice_and_arbitrated(person: Person, look: Look, size: str, mark: str) -> None:
    operator = person(size, login="operator")
    fill_registration(operator, f"{mark}路绿化带里堆满生活垃圾，一直没人清理。")
    operator.get_by_role("button", name="登记", exact=True).click()
    expect(operator.locator(".case-head")).to_be_visible()
    accept_and_dispatch(person, size, lambda page, name: None, mark)
    returned_first(person, size, look, mark)
    returned_again(person, size, look, mark)
    ruled(person, size, look, mark)
    proposed_row(person, size, look)
