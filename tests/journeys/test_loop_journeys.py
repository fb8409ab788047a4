"""The loop as its people live it: resident, operator, unit, grid worker, duty chief."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from yiwang.cases.public import Case, Rating

from .conftest import Stage

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
Pictures = Callable[[str], str]


def choose(page: Page, scope: str, name: str, words: str, offered: str) -> None:
    """Choose in a picker by typing."""
    picker = page.locator(f'{scope} .picker[data-name="{name}"]')
    picker.locator('input[type="search"]').fill(words)
    picker.get_by_role("option", name=re.compile(offered)).first.click()
    expect(picker.locator(".picker-chosen")).to_contain_text(offered)


def choose_community(page: Page) -> None:
    """Choose district, street and community, each offered once the one above is chosen."""
    for level, name in (("district", "东区"), ("street", "东一街道"), ("community", "梅园社区")):
        page.locator(f'#areas select[name="{level}"]:enabled').select_option(label=name)
        if level != "community":
            below = {"district": "street", "street": "community"}[level]
            expect(page.locator(f'#areas select[name="{below}"]')).to_be_enabled()


def act(page: Page, name: str) -> str:
    """Open the form of an act and return the selector it stands in."""
    scope = f'details[data-act="{name}"]'
    if page.locator(scope).get_attribute("open") is None:
        page.locator(f"{scope} > summary").click()
    return scope


def submit(page: Page, scope: str) -> None:
    page.locator(f'{scope} button[type="submit"]').click()


def open_first(page: Page, state: str) -> None:
    page.goto(f"/?state={state}")
    page.locator(".case-title").first.click()
    expect(page.locator(".case-head")).to_be_visible()


def report_as_resident(stage: Stage, pictures: Pictures) -> tuple[Page, str]:
    """Send a report from the residents' page; returns the page and the tracking link."""
    page = stage.visitor()
    page.goto("/r/")
    stage.picture(page, "report-form")
    page.get_by_label("诉求内容").fill("三号楼门口垃圾成堆，臭气熏天，请尽快清理。")
    page.locator('input[name="scene"]').set_input_files(pictures("brown"))
    page.get_by_label("地点描述").fill("梅园社区三号楼门口")
    page.get_by_text("在地图上选点或选择社区").click()
    choose_community(page)
    page.get_by_label("联系电话").fill("13900001234")
    page.get_by_label("我已阅读告知").check()
    stage.picture(page, "report-filled")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，谢谢您")).to_be_visible()
    stage.picture(page, "report-received")
    return page, page.url.split("?")[0]


def accept_and_dispatch(stage: Stage) -> None:
    """The operator accepts, the dispatcher dispatches."""
    operator = stage.login("seat_operator")
    stage.picture(operator, "queue")
    operator.locator(".case-title").first.click()
    scope = act(operator, "accept")
    choose(operator, scope, "matter_class", "垃圾", "暴露垃圾")
    stage.picture(operator, "accept")
    submit(operator, scope)
    expect(operator.get_by_text("受理：已完成。")).to_be_visible()

    dispatcher = stage.login("dispatcher")
    open_first(dispatcher, "dispatching")
    scope = act(dispatcher, "dispatch")
    choose(dispatcher, scope, "host", "环卫", "东区环卫所")
    dispatcher.locator(f"{scope} [data-phrase]").first.click()
    stage.picture(dispatcher, "dispatch")
    submit(dispatcher, scope)
    expect(dispatcher.get_by_text("派遣：已完成。")).to_be_visible()


def sign_and_feed_back(stage: Stage, pictures: Pictures) -> None:
    """The unit signs for the task and feeds back with pictures."""
    handler = stage.login("handler", unit="cleaning")
    open_first(handler, "handling")
    submit(handler, act(handler, "sign"))
    expect(handler.get_by_text("签收：已完成。")).to_be_visible()
    scope = act(handler, "feed_back")
    handler.locator(f'{scope} textarea[name="result"]').fill("已清运并消杀。")
    for name, colour in (("before", "brown"), ("after", "green")):
        handler.locator(f'{scope} input[name="{name}"]').set_input_files(pictures(colour))
    stage.picture(handler, "feed-back")
    submit(handler, scope)
    expect(handler.get_by_text("处置反馈：已完成。")).to_be_visible()


def recheck_and_close(stage: Stage) -> None:
    """A grid worker rechecks, the duty chief closes."""
    worker = stage.login("grid_worker")
    open_first(worker, "rechecking")
    scope = act(worker, "recheck")
    worker.locator(f"{scope} label", has_text="核查通过").click()
    worker.locator(f'{scope} textarea[name="note"]').fill("现场已清理干净。")
    stage.picture(worker, "recheck")
    submit(worker, scope)
    expect(worker.get_by_text("核查：已完成。")).to_be_visible()

    chief = stage.login("duty_chief")
    open_first(chief, "closing")
    submit(chief, act(chief, "close"))
    expect(chief.get_by_text("结案：已完成。")).to_be_visible()
    stage.picture(chief, "closed")


def test_resident_reports_and_the_loop_ends_with_the_rating(stage: Stage, pictures: Pictures) -> None:
    resident, tracking = report_as_resident(stage, pictures)
    accept_and_dispatch(stage)
    sign_and_feed_back(stage, pictures)
    recheck_and_close(stage)
    resident.goto(tracking)
    expect(resident.get_by_text("已清运并消杀。")).to_be_visible()
    resident.locator("#rate label", has_text="已解决").first.click()
    resident.locator("#rate label", has_text="满意").first.click()
    stage.picture(resident, "rating")
    resident.get_by_role("button", name="提交评价").click()
    expect(resident.get_by_text("已提交，谢谢您。")).to_be_visible()
    stage.picture(resident, "tracking")
    assert [(c.state, c.ending) for c in Case.objects.all()] == [("closed", "solved")]
    assert [r.outcome for r in Rating.objects.all()] == ["solved"]


def fill_registration(page: Page, text: str) -> None:
    page.goto("/report/new")
    page.get_by_label("联系电话").fill("13900001234")
    page.get_by_label("诉求内容").fill(text)
    page.get_by_label("地点描述").fill("梅园社区三号楼门口")
    choose_community(page)


def test_operator_answers_a_question_directly(stage: Stage) -> None:
    operator = stage.login("seat_operator")
    fill_registration(operator, "社区服务站几点开门？")
    operator.locator('select[name="kind"]').select_option("consult")
    operator.locator(".then label", has_text="直接答复").click()
    operator.get_by_label("答复内容或处置情况").fill("周一至周五 9:00 至 17:30 开门。")
    stage.picture(operator, "registration")
    operator.get_by_role("button", name="登记", exact=True).click()
    expect(operator.get_by_text("已登记，编号")).to_be_visible()
    stage.picture(operator, "answered")
    assert [(c.state, c.path, c.ending) for c in Case.objects.all()] == [("closed", "answer", "answered")]


def test_grid_worker_fixes_it_on_the_spot(stage: Stage, pictures: Pictures) -> None:
    worker = stage.login("grid_worker")
    fill_registration(worker, "楼道口堆了纸箱，已联系住户一起搬走。")
    choose(worker, ".registration", "matter_class", "垃圾", "暴露垃圾")
    worker.locator(".then label", has_text="自行处置").click()
    worker.get_by_label("答复内容或处置情况").fill("已当场搬走。")
    worker.locator('input[name="before"]').set_input_files(pictures("brown"))
    worker.locator('input[name="after"]').set_input_files(pictures("green"))
    stage.picture(worker, "on-the-spot")
    worker.get_by_role("button", name="登记", exact=True).click()
    expect(worker.get_by_text("已登记，编号")).to_be_visible()
    stage.picture(worker, "fixed")
    assert [(c.state, c.path) for c in Case.objects.all()] == [("closed", "on_the_spot")]


def test_two_operators_on_one_case(stage: Stage) -> None:
    from yiwang.cases.tests.factories import receive

    _, case = receive(stage.city, lon=118.8, lat=32.0)
    first = stage.login("seat_operator")
    second = stage.login("seat_operator", username="second")
    for page in (first, second):
        page.goto(f"/cases/{case.id}/")
    scope = act(first, "accept")
    choose(first, scope, "matter_class", "垃圾", "暴露垃圾")
    submit(first, scope)
    expect(first.get_by_text("受理：已完成。")).to_be_visible()
    scope = act(second, "reject")
    second.locator(f'{scope} textarea[name="reason"]').fill("不属于本平台受理范围，请向物业反映。")
    submit(second, scope)
    expect(second.get_by_text("内容已变化，没有提交")).to_be_visible()
    expect(second.get_by_text("宁城市城运中心 受理员")).to_be_visible()
    expect(second.locator("main textarea").first).to_have_value("不属于本平台受理范围，请向物业反映。")
    stage.picture(second, "stale")
    assert Case.objects.get().state == "dispatching"


def test_lists_and_map_of_a_dispatcher(stage: Stage) -> None:
    from yiwang.cases.tests.factories import dispatched, receive

    for step in range(6):
        receive(stage.city, lon=118.8 + step / 500, lat=32.0, urgency="urgent" if step == 2 else "ordinary")
    dispatched(stage.city, lon=118.9, lat=31.95)
    page = stage.login("dispatcher")
    page.goto("/cases/")
    stage.picture(page, "cases")
    page.goto("/map/")
    expect(page.locator("#map-cases[data-idle]")).to_be_visible()
    stage.picture(page, "map")
    page.goto(f"/cases/{Case.objects.get(state='handling').id}/order/")
    stage.picture(page, "order")
