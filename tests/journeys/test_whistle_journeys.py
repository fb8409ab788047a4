"""吹哨报到 as 小市街道 lives it: the KTV, the crossroads of three districts, the lane behind the school."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from .conftest import Look, Person

pytestmark = pytest.mark.journey
WALKED_AT = ("both",)
#: Within 小市街道, as the demo draws it or not: the fence is a circle around it.
SPOT = ("118.7925", "32.0975")
URBAN, CULTURE, POLICE = "鼓楼区城市管理局", "鼓楼区文化和旅游局", "公安鼓楼分局（示例）"
CENTRE = "gulou_chief"


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """Path of a small photo."""
    path = tmp_path / "spot.jpg"
    Image.new("RGB", (640, 480), "grey").save(path, "JPEG")
    return str(path)


def state_is(page: Page, label: str) -> None:
    """The whistle is in this state."""
    expect(page.locator(".page-title .badge").first).to_have_text(label)


def press(page: Page, name: str) -> None:
    """Press a button by its whole name."""
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    """Open the form of an act by its whole name."""
    page.get_by_role("link", name=name, exact=True).first.click()


def blow(page: Page, *, kind: str, matter: str, title: str, reasons: str, tried: str, photo: str = "") -> str:
    """Fill in the form and blow; the address of the whistle."""
    page.goto("/whistles/")
    follow(page, "吹哨")
    page.get_by_label("哨种").select_option(label=kind)
    page.get_by_label("吹哨事项").select_option(label=matter)
    page.get_by_label("标题").fill(title)
    page.get_by_label("吹哨事由").fill(reasons)
    page.get_by_label("已做工作").fill(tried)
    page.get_by_label("经度").fill(SPOT[0])
    page.get_by_label("纬度").fill(SPOT[1])
    if photo:
        page.locator('input[name="evidence"]').set_input_files(photo)
    press(page, "吹哨")
    state_is(page, "待审核")
    return page.url


def approve(page: Page, whistle: str) -> None:
    """The leader approves."""
    page.goto(whistle)
    follow(page, "批准")
    press(page, "批准")
    state_is(page, "待研判")


def judge(page: Page, whistle: str, host: str, *others: str) -> None:
    """The centre says who reports."""
    page.goto(whistle)
    follow(page, "派发报到")
    page.get_by_label("主办单位").select_option(label=host)
    page.get_by_label("配合单位").select_option(label=list(others))
    page.get_by_label("派发意见").fill("请按时到场，带执法文书。")
    press(page, "派发报到")
    state_is(page, "待报到")


def report(page: Page, whistle: str, unit: str, photo: str, *, post: str = "科室、所、队负责人") -> None:
    """A unit signs, makes contact and stands on the spot."""
    page.goto(whistle)
    follow(page, f"签收 {unit}")
    press(page, "签收")
    follow(page, f"联系 {unit}")
    page.get_by_label(re.compile("联系情况")).fill("已与街道综合执法办沟通，今晚到场")
    press(page, "联系")
    follow(page, f"报到签到 {unit}")
    page.get_by_label("到场人员职务").select_option(label=post)
    page.locator('input[name="photo"]').set_input_files(photo)
    page.get_by_label("经度").fill(SPOT[0])
    page.get_by_label("纬度").fill(SPOT[1])
    press(page, "报到签到")
    task = page.get_by_role("article", name=unit)
    expect(task.locator(".card-header .badge").first).to_have_text("已报到")


def feed_back(page: Page, whistle: str, unit: str, result: str) -> None:
    """A unit says what it did."""
    page.goto(whistle)
    follow(page, f"反馈 {unit}")
    page.get_by_label("办理情况").fill(result)
    press(page, "反馈")


def rate(page: Page, unit: str, response: str, attitude: str, result: str) -> None:
    """The whistler rates a unit (考核督办权)."""
    follow(page, f"评价报到单位 {unit}")
    for label, value in (("响应", response), ("态度", attitude), ("结果", result)):
        scale = page.locator("fieldset", has=page.locator("legend", has_text=label))
        scale.get_by_text(re.compile(rf"^\s*{value} \d")).click()
    press(page, "评价报到单位")


def minutes(page: Page, whistle: str, text: str, conclusion: str) -> None:
    """Minutes of the meeting on the spot."""
    page.goto(whistle)
    follow(page, "会商")
    page.get_by_label("参加单位").fill("街道、各报到单位")
    page.get_by_label("会商内容").fill(text)
    page.get_by_label("议定事项").fill(conclusion)
    press(page, "会商")
    state_is(page, "会商中")


def end_solved(page: Page) -> None:
    """The whistle ends, solved."""
    follow(page, "销哨")
    page.get_by_label("已解决").check()
    press(page, "销哨")
    state_is(page, "已销哨")


def switch_on(person: Person, size: str, kind: str) -> None:
    """The administrator switches an optional kind on, unless it is."""
    page = person(size, login="sysadmin")
    page.goto("/whistles/kinds/")
    button = page.get_by_role("button", name=f"启用 {kind}", exact=True)
    if button.count():
        button.click()
    expect(page.get_by_role("button", name=f"停用 {kind}", exact=True)).to_be_visible()


def test_the_noise_of_the_ktv_takes_a_whistle_to_three_units_and_a_second_one(
    person: Person, look: Look, size: str, photo: str, mark: str
) -> None:
    member = person(size, login="xiaoshi_member")
    first = blow(
        member, kind="工作推进哨", matter="噪声扰民", title=f"{mark}喜年中心KTV噪声扰民",
        reasons="深夜音响外放，楼上居民多次投诉。", tried="街道三次上门劝导，均无效果。", photo=photo,
    )  # fmt: skip
    look(member, "whistle-blown")
    head = person(size, login="xiaoshi_head")
    approve(head, first)
    centre = person(size, login=CENTRE)
    judge(centre, first, URBAN, CULTURE, POLICE)
    look(centre, "whistle-sent")
    units = {"gulou_urban": URBAN, "gulou_culture": CULTURE, "gulou_police": POLICE}
    pages = {login: person(size, login=login) for login in units}
    for login, unit in units.items():
        report(pages[login], first, unit, photo)
    look(pages["gulou_police"], "whistle-reported")
    minutes(member, first, "现场测音超标，消防通道堆物。", "文旅局责令整改，城管局处罚，公安夜间巡查。")
    follow(member, "下达任务清单")
    press(member, "下达")
    state_is(member, "处置中")
    for login, unit in units.items():
        feed_back(pages[login], first, unit, "已按会商意见办理。")
    member.goto(first)
    state_is(member, "待评价")
    rate(member, URBAN, "及时", "主动", "部分解决")
    rate(member, CULTURE, "一般", "一般", "未解决")
    rate(member, POLICE, "及时", "主动", "解决")
    look(member, "whistle-rated")
    follow(member, "二次吹哨")
    member.get_by_label("未解决的理由").fill("整改一周后噪声复发。")
    press(member, "二次吹哨")
    expect(member.get_by_text("第 2 次吹哨").first).to_be_visible()
    second = member.url
    assert second != first
    approve(head, second)
    judge(centre, second, CULTURE)
    report(pages["gulou_culture"], second, CULTURE, photo)
    feed_back(pages["gulou_culture"], second, CULTURE, "隔音改造完成，复测达标。")
    member.goto(second)
    rate(member, CULTURE, "及时", "主动", "解决")
    end_solved(member)
    look(member, "whistle-solved")
    member.goto(first)
    state_is(member, "已二次吹哨")


def test_three_streets_of_three_districts_and_the_metro_police_clear_the_crossroads(
    person: Person, look: Look, size: str, photo: str, mark: str
) -> None:
    metro = f"{mark}地铁公安"
    switch_on(person, size, "跨界联合哨")
    centre = person(size, login=CENTRE)
    centre.goto("/whistles/outside/")
    centre.get_by_label("名称").fill(metro)
    press(centre, "新增外部单位")
    expect(centre.get_by_text(metro).first).to_be_visible()
    member = person(size, login="xiaoshi_member")
    whistle = blow(
        member, kind="跨界联合哨", matter="流动摊贩乱摆卖", title=f"{mark}黄家圩十字街流动摊贩",
        reasons="三区交界，摊贩此赶彼散，地铁口拥堵。", tried="街道单独整治六次，两小时后回潮。",
    )  # fmt: skip
    approve(person(size, login="xiaoshi_head"), whistle)
    judge(centre, whistle, URBAN, "红山街道办事处", "迈皋桥街道办事处", metro)
    member.goto(whistle)
    task = member.get_by_role("article", name=metro)
    task.get_by_text("外部单位链接").first.click()
    link = task.get_by_role("textbox", name="外部单位链接").input_value()
    police = person(size)
    police.goto(link)
    look(police, "whistle-outside")
    press(police, "签收")
    police.get_by_label("与谁沟通、拟采取的措施和到场时间").fill("已与街道联系，明早七点到场。")
    press(police, "登记联系情况")
    police.get_by_label("到场人员职务").select_option(label="执法人员、民警")
    police.locator('input[name="photo"]').set_input_files(photo)
    press(police, "签到")
    expect(police.get_by_text("待吹哨方确认")).to_be_visible()
    member.goto(whistle)
    follow(member, "到场确认")
    member.get_by_label(re.compile("到场")).first.check()
    member.get_by_label(re.compile("理由")).fill("现场已见到民警，手机未定位。")
    press(member, "到场确认")
    streets = {
        "gulou_urban": URBAN,
        "hongshan_member": "红山街道办事处",
        "maigaoqiao_member": "迈皋桥街道办事处",
    }
    pages = {login: person(size, login=login) for login in streets}
    for login, unit in streets.items():
        report(pages[login], whistle, unit, photo)
    minutes(member, whistle, "三街同步上岗，地铁口由公安值守。", "每周五晚联合整治，互通摊贩去向。")
    follow(member, "下达任务清单")
    press(member, "下达")
    for login, unit in streets.items():
        feed_back(pages[login], whistle, unit, "已按分工上岗整治。")
    police.goto(link)
    police.get_by_label("办理情况").fill("地铁口已清空，安排固定岗。")
    press(police, "提交反馈")
    expect(police.get_by_text("地铁口已清空，安排固定岗。")).to_be_visible()
    look(police, "whistle-outside-done")
    member.goto(whistle)
    state_is(member, "待评价")
    for unit in (*streets.values(), metro):
        rate(member, unit, "及时", "主动", "解决")
    end_solved(member)
    police.goto(link)
    expect(police.get_by_text("链接无效或任务已经结束")).to_be_visible()


def test_a_community_whistles_for_the_lane_behind_the_school_and_the_street_mends_it_in_five_stages(
    person: Person, look: Look, size: str, photo: str, mark: str
) -> None:
    street = "小市街道办事处"
    switch_on(person, size, "社区哨")
    worker = person(size, login="xiaoshi_worker")
    whistle = blow(
        worker, kind="社区哨", matter="学校、医院周边道路拥堵和人车混行", title=f"{mark}双安巷人车混行",
        reasons="上下学高峰车辆占道，孩子无路可走。", tried="社区和家长志愿者早晚疏导，治标不治本。",
    )  # fmt: skip
    secretary = person(size, login="xiaoshi_secretary")
    approve(secretary, whistle)
    judge(person(size, login=CENTRE), whistle, street)
    member = person(size, login="xiaoshi_member")
    report(member, whistle, street, photo, post="分管负责人")
    minutes(secretary, whistle, "逐段看过，先拆后拓。", "分五个阶段整治。")
    stages = ("拆违", "移车", "拓路", "整治", "美化")
    follow(secretary, "下达任务清单")
    for number, stage in enumerate(stages):
        row = f"items-{number}"
        secretary.locator(f'[name="{row}-stage"]').select_option(label=stage)
        secretary.locator(f'[name="{row}-task"]').select_option(label=street)
        secretary.locator(f'[name="{row}-text"]').fill(f"双安巷{stage}")
        secretary.locator(f'[name="{row}-limit_0"]').fill(str(number + 1))
        secretary.locator(f'[name="{row}-limit_1"]').select_option(label="工作日")
    look(secretary, "whistle-items")
    press(secretary, "下达")
    state_is(secretary, "处置中")
    for stage in stages:
        member.goto(whistle)
        follow(member, f"完成 双安巷{stage}")
        member.get_by_label("完成情况").fill(f"{stage}已完成。")
        member.locator('input[type="file"]').set_input_files(photo)
        member.locator("main form button[type=submit]").last.click()
        expect(member.get_by_text(f"{stage}已完成。")).to_be_visible()
    look(member, "whistle-stages")
    feed_back(member, whistle, street, "双安巷五个阶段全部完成。")
    secretary.goto(whistle)
    rate(secretary, street, "及时", "主动", "解决")
    end_solved(secretary)
    look(secretary, "whistle-lane")
