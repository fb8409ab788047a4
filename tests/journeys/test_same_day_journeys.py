"""The hazard closed the same day: looked at on the spot, dispatched, handled, rechecked, cleared."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Look, Person, Picture
from .steps import act, choose, close_as, done, open_case, submit

pytestmark = pytest.mark.journey
WALKED_AT = ("both",)
#: Near 东山街道, in degrees.
SPOT = {"latitude": 31.9535, "longitude": 118.8388}


def cleared(page: Page) -> int:
    """How many the board says were cleared today."""
    tile = page.locator("#same-day-board .frame-stat", has_text="今日已清零")
    return int(tile.locator(".h1").inner_text())


def register_hazard(person: Person, size: str, mark: str) -> None:
    """The operator enters what 12345 passed on, with its class and its community."""
    operator = person(size, login="operator")
    operator.goto("/report/new")
    operator.locator('[name="text"]').fill(f"{mark}小区楼道里有很浓的燃气味，非常危险，请马上处理。")
    operator.locator('[name="channel"]').select_option("12345")
    choose(operator, "form", "matter_class", "安全隐患", "安全隐患")
    operator.locator('#areas select[name="district"]').select_option(label="江宁区")
    expect(operator.locator('#areas select[name="street"]')).to_be_enabled()
    operator.locator('#areas select[name="street"]').select_option(label="东山街道")
    expect(operator.locator('#areas select[name="community"]')).to_be_enabled()
    operator.locator('#areas select[name="community"]').select_option(index=1)
    operator.locator('input[name="then"][value="accept"]').check()
    operator.locator("main form button[type=submit]").last.click()
    expect(operator).not_to_have_url(re.compile("/report/new"))


def confirm_on_the_spot(person: Person, size: str, look: Look, picture: Picture, mark: str) -> None:
    """The worker is asked, goes there, and says what is there with a picture and the place."""
    worker = person(size, login="gridworker", geolocation=SPOT, permissions=["geolocation"])
    worker.goto("/looks/")
    look(worker, "same-day-looks")
    worker.locator(".case-title", has_text=mark).click()
    expect(worker.locator(".case-head")).to_contain_text("当日清零")
    scope = act(worker, "confirm_on_site")
    worker.locator(scope).get_by_label("属实", exact=True).check()
    worker.locator(f'{scope} input[name="scene"]').set_input_files(picture("gray"))
    worker.locator(f"{scope} [data-locate]").click()
    expect(worker.locator(f'{scope} [name="place_lat"]')).not_to_have_value("")
    look(worker, "same-day-confirm")
    submit(worker, scope)
    done(worker, "现场感知确认")


def dispatch(person: Person, size: str, look: Look, mark: str) -> None:
    """The dispatcher sends the gas company's unit now that it is confirmed."""
    dispatcher = person(size, login="dispatcher")
    open_case(dispatcher, mark)
    scope = act(dispatcher, "dispatch")
    if "江宁区城市管理局" not in dispatcher.locator(f"{scope} .picker-chosen").first.inner_text():
        choose(dispatcher, scope, "host", "城市管理局", "江宁区城市管理局")
    look(dispatcher, "same-day-dispatch")
    submit(dispatcher, scope)
    done(dispatcher, "派遣")


def test_the_hazard_is_closed_the_same_day(
    person: Person, size: str, look: Look, picture: Picture, mark: str
) -> None:
    register_hazard(person, size, mark)
    chief = person(size, login="chief")
    chief.goto("/same-day/")
    before = cleared(chief)
    mine = chief.locator("#same-day-board .list-group-item", has_text=mark)
    expect(mine).to_contain_text("待现场确认")
    look(chief, "same-day-board")

    confirm_on_the_spot(person, size, look, picture, mark)
    chief.goto("/same-day/")
    expect(mine).to_contain_text("已确认属实")
    dispatch(person, size, look, mark)

    handler = person(size, login="handler")
    open_case(handler, mark)
    scope = act(handler, "feed_back")
    handler.locator(f'{scope} [name="result"]').fill("已关闭阀门、更换接头，检测无泄漏。")
    handler.locator(f'{scope} input[name="before"]').set_input_files(picture("black"))
    handler.locator(f'{scope} input[name="after"]').set_input_files(picture("green"))
    submit(handler, scope)
    done(handler, "处置反馈")

    open_case(chief, mark)
    if chief.locator('details[data-act="approve"]').count():
        submit(chief, act(chief, "approve"))
        done(chief, "审核通过")
    scope = act(chief, "recheck")
    chief.locator(scope).get_by_label("核查通过").check()
    submit(chief, scope)
    done(chief, "核查")
    close_as(chief, "已解决")
    chief.goto("/same-day/?by=unit")
    expect(mine).to_have_count(0)
    assert cleared(chief) == before + 1
    look(chief, "same-day-cleared")
