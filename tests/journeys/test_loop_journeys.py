"""The loop as its people live it: resident, operator, dispatcher, unit, grid worker, duty chief."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Look, Person, Picture
from .steps import (
    accept_and_dispatch,
    act,
    choose,
    close_as,
    done,
    fill_registration,
    open_case,
    report_as_resident,
    state_is,
    submit,
)

pytestmark = pytest.mark.journey


def sign_and_feed_back(person: Person, size: str, look: Look, picture: Picture, mark: str) -> None:
    """The unit signs for the task and feeds back with pictures."""
    handler = person(size, login="sanitation")
    open_case(handler, mark)
    submit(handler, act(handler, "sign"))
    done(handler, "签收")
    scope = act(handler, "feed_back")
    handler.locator(f'{scope} textarea[name="result"]').fill("已清运并消杀。")
    for name, colour in (("before", "brown"), ("after", "green")):
        handler.locator(f'{scope} input[name="{name}"]').set_input_files(picture(colour))
    look(handler, "feed-back")
    submit(handler, scope)
    done(handler, "处置反馈")


def recheck_and_close(person: Person, size: str, look: Look, mark: str) -> None:
    """The dispatcher approves where the scheme asks for it, a grid worker rechecks, the duty chief closes."""
    dispatcher = person(size, login="dispatcher")
    open_case(dispatcher, mark)
    if dispatcher.locator('details[data-act="approve"]').count():
        submit(dispatcher, act(dispatcher, "approve"))
        done(dispatcher, "审核通过")
    worker = person(size, login="gridworker")
    open_case(worker, mark)
    scope = act(worker, "recheck")
    worker.locator(f"{scope} label", has_text="核查通过").click()
    worker.locator(f'{scope} textarea[name="note"]').fill("现场已清理干净。")
    look(worker, "recheck")
    submit(worker, scope)
    done(worker, "核查")

    chief = person(size, login="chief")
    open_case(chief, mark)
    close_as(chief, "已解决")
    state_is(chief, "已结案")
    look(chief, "closed")


def test_a_resident_reports_and_rates_what_operator_unit_and_grid_worker_did(
    person: Person, look: Look, size: str, picture: Picture, mark: str
) -> None:
    resident, tracking = report_as_resident(person, size, look, picture, mark)
    accept_and_dispatch(person, size, look, mark)
    sign_and_feed_back(person, size, look, picture, mark)
    recheck_and_close(person, size, look, mark)
    resident.goto(tracking)
    expect(resident.get_by_text("已清运并消杀。")).to_be_visible()
    resident.locator("#rate label", has_text=re.compile("^已解决$")).click()
    resident.locator("#rate label", has_text=re.compile("^满意$")).click()
    look(resident, "rating")
    resident.get_by_role("button", name="提交评价").click()
    expect(resident.get_by_text("已提交，谢谢您。")).to_be_visible()
    expect(resident.locator("#rate")).to_have_count(0)
    look(resident, "tracking")


def to_top(page: Page) -> None:
    """Scroll up, so that the bar that stays in view covers no control while the page is judged."""
    page.evaluate("window.scrollTo(0, 0)")


def test_an_operator_answers_a_question_directly(person: Person, look: Look, size: str, mark: str) -> None:
    operator = person(size, login="operator")
    fill_registration(operator, f"{mark}社区服务站几点开门？")
    operator.locator('select[name="kind"]').select_option("consult")
    operator.locator(".then label", has_text="直接答复").click()
    operator.get_by_label("答复内容或处置情况").fill("周一至周五 9:00 至 17:30 开门。")
    to_top(operator)
    look(operator, "registration")
    operator.get_by_role("button", name="登记", exact=True).click()
    expect(operator.get_by_text("已登记，编号")).to_be_visible()
    state_is(operator, "已结案")
    expect(operator.locator(".case-head")).to_contain_text("直接答复")
    look(operator, "answered")


def test_a_grid_worker_fixes_it_on_the_spot(
    person: Person, look: Look, size: str, picture: Picture, mark: str
) -> None:
    worker = person(size, login="gridworker")
    fill_registration(worker, f"{mark}楼道口堆了纸箱，已联系住户一起搬走。")
    choose(worker, ".registration", "matter_class", "暴露生活垃圾", "暴露生活垃圾")
    worker.locator(".then label", has_text="自行处置").click()
    worker.get_by_label("答复内容或处置情况").fill("已当场搬走。")
    worker.locator('input[name="before"]').set_input_files(picture("brown"))
    worker.locator('input[name="after"]').set_input_files(picture("green"))
    to_top(worker)
    look(worker, "on-the-spot")
    worker.get_by_role("button", name="登记", exact=True).click()
    expect(worker.get_by_text("已登记，编号")).to_be_visible()
    state_is(worker, "已结案")
    expect(worker.locator(".case-head")).to_contain_text("自行处置")
    expect(worker.locator(".gallery img")).to_have_count(2)
    look(worker, "fixed")


def test_the_second_of_two_operators_is_told_and_loses_nothing(
    person: Person, look: Look, size: str, mark: str
) -> None:
    first, second = person(size, login="operator"), person(size, login="chief")
    fill_registration(first, f"{mark}路灯不亮。")
    first.get_by_role("button", name="登记", exact=True).click()
    expect(first.get_by_text("已登记，编号")).to_be_visible()
    open_case(second, mark)
    submit(first, act(first, "request_verification"))
    done(first, "发核实")
    scope = act(second, "reject")
    second.locator(f'{scope} textarea[name="reason"]').fill("不属于本平台受理范围，请向物业反映。")
    submit(second, scope)
    expect(second.get_by_role("heading", name="内容已变化，没有提交")).to_be_visible()
    expect(second.locator("main li", has_text="发核实")).to_contain_text("坐席")
    expect(second.locator("main textarea").first).to_have_value("不属于本平台受理范围，请向物业反映。")
    look(second, "stale")


def test_a_dispatcher_looks_through_list_map_and_order(person: Person, look: Look, size: str) -> None:
    page = person(size, login="dispatcher")
    page.goto("/cases/?state=handling")
    look(page, "cases")
    page.locator(".case-title").first.click()
    expect(page.locator(".case-head")).to_be_visible()
    look(page, "case")
    page.get_by_role("link", name="打印工单").click()
    expect(page.get_by_role("heading", name="案件工单")).to_be_visible()
    look(page, "order")
    page.goto("/map/")
    expect(page.locator("#map-cases[data-idle]")).to_be_visible()
    look(page, "map")
    page.goto("/")
    look(page, "dispatcher-queue")
