"""Intake as its people live it: a resident's letter, an integrator's new source, a wrong message, a gauge."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from yiwang.intake.rules.signing import signed_headers

from .conftest import ROOT, City, Look, Person
from .steps import open_case

pytestmark = pytest.mark.journey
WALKED_AT = ("both",)
FORM = "我对书记有话说"
#: A form that comes back sooner is taken for a program's.
PEOPLE_TAKE_MS = 3_100
#: How often a page is read anew until the processes behind it have done their work.
READINGS = 40


def read_until(page: Page, found: Locator) -> None:
    """Read the page anew until it shows what another process has to do first."""
    for _ in range(READINGS):
        if found.count():
            return
        page.wait_for_timeout(250)
        page.reload()
    expect(found).to_be_visible()


# -- a resident ---------------------------------------------------------------------------------------
def write_letter(page: Page, look: Look, mark: str) -> str:
    """Write to the secretary and keep it confidential; returns the tracking link."""
    page.goto("/f/")
    look(page, "letterbox-forms")
    page.get_by_role("link", name=FORM).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FORM)
    opened = time.monotonic()
    page.get_by_label("想对书记说的话").fill(f"{mark}北门的健身器材坏了两个月，老人没地方活动。")
    for level, name in (("district", "江宁区"), ("street", "东山街道")):
        page.locator(f'#letter-place select[name="{level}"]:enabled').select_option(label=name)
        below = {"district": "street", "street": "community"}[level]
        expect(page.locator(f'#letter-place select[name="{below}"]')).to_be_enabled()
    page.locator('#letter-place select[name="community"]').select_option(index=1)
    expect(page.locator(".letter-recipient")).to_contain_text("东山街道党工委书记")
    page.get_by_label("地点描述").fill("小区北门")
    page.get_by_text("要求保密：承办单位看不到我的信息").click()
    page.get_by_label("称呼", exact=True).fill("李女士")
    page.get_by_label("联系电话").fill("13900001234")
    page.get_by_label("我已阅读告知").check()
    look(page, "letterbox-filled")
    page.wait_for_timeout(max(0, PEOPLE_TAKE_MS - 1000 * (time.monotonic() - opened)))
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，谢谢您")).to_be_visible()
    look(page, "letterbox-received")
    return page.get_by_label("查询链接").input_value()


def test_a_resident_writes_to_the_secretary_and_the_operator_finds_it_by_the_forms_name(
    person: Person, look: Look, size: str, mark: str
) -> None:
    link = write_letter(person(size), look, mark)
    neighbour = person(size)
    neighbour.goto(link)
    expect(neighbour.get_by_text(f"{mark}北门的健身器材")).to_be_visible()
    expect(neighbour.get_by_text("李女士")).to_have_count(0)
    look(neighbour, "letterbox-tracking")

    operator = person(size, login="operator")
    expect(operator.locator("#queue").get_by_text(mark)).to_be_visible()
    operator.goto("/cases/")
    filters = operator.locator(".frame-filters")
    if filters.locator("details").get_attribute("open") is None:
        filters.locator("summary").click()
    operator.get_by_label("来源渠道").fill(FORM)
    filters.get_by_role("button", name="查询").click()
    operator.get_by_role("link", name=re.compile(mark)).click()
    expect(operator.locator("dd", has_text=FORM).first).to_be_visible()
    expect(operator.locator(".case-head")).to_contain_text("保密")


def test_a_place_chosen_before_the_scripts_are_there_still_opens_the_next_list(
    person: Person, size: str
) -> None:
    page = person(size)
    page.route("**/htmx*.js", lambda route: (time.sleep(1), route.continue_()))
    page.goto("/f/secretary_letterbox/", wait_until="commit")
    page.locator('#letter-place select[name="district"]').select_option(label="江宁区")
    expect(page.locator('#letter-place select[name="street"]')).to_be_enabled()


# -- an integrator ------------------------------------------------------------------------------------
def tutorial(code: str) -> str:
    """The definition of the tutorial in docs/channels.md, under a code of the journey's own."""
    text = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(code: .*?)```", text, re.DOTALL)
    assert found
    return found[1].replace("wanjia_repairs", code).replace("name: 万家报修", f"name: 万家报修 {code}")


def publish(page: Page) -> None:
    """Publish the definition in the editor."""
    page.get_by_role("button", name="发布", exact=True).click()
    expect(page.get_by_text("渠道定义已发布。")).to_be_visible()


def give_key(page: Page) -> tuple[str, str]:
    """Give the source a key on the channel's page: its name, and the secret that is shown once."""
    page.get_by_text("发放凭证").click()
    page.get_by_role("button", name="发放", exact=True).click()
    secret = page.get_by_label("密钥", exact=True).input_value()
    named = re.search(r"凭证 (\S+) 已发放", page.locator("#secret-title").inner_text())
    assert named
    return named[1], secret


def enable(page: Page) -> None:
    """Enable the channel on its page."""
    page.get_by_role("button", name="启用", exact=True).click()
    expect(page.get_by_text("渠道已启用。")).to_be_visible()


def push(
    city: City, code: str, key: tuple[str, str], *, number: str, text: str, when: str
) -> dict[str, object]:
    """Send one message as the property company does, signed; what it is answered."""
    path = f"/api/v1/channels/{code}/messages"
    message = {
        "order": {"id": number, "what": text, "when": when, "grade": "B", "gps": "118.8491,31.9431"},
        "who": {"name": "某业主", "mobile": "13800000001"},
    }
    body = json.dumps(message, ensure_ascii=False).encode()
    headers = signed_headers(
        *key, method="POST", path=path, body=body, at=datetime.now(UTC), nonce=secrets.token_hex(8)
    )
    request = urllib.request.Request(
        city.url + path, body, {"Content-Type": "application/json", **headers}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=15) as answer:
        assert answer.status == 202
        found: dict[str, object] = json.loads(answer.read())
    return found


def try_definition(page: Page, look: Look, text: str) -> None:
    """Paste the definition, see what its sample becomes, break a field and see where."""
    page.goto("/intake/channels/")
    look(page, "channels")
    page.get_by_role("link", name="新建渠道").click()
    page.locator("#id_text").fill(text)
    preview = page.locator("#preview")
    expect(preview.get_by_text("三栋二单元楼道灯不亮")).to_be_visible()
    expect(preview.get_by_text("可以入库")).to_be_visible()
    look(page, "channel-preview")
    page.locator("#id_text").fill(text.replace("path: order.when", "path: order.grade"))
    expect(preview.locator(".is-wrong")).to_contain_text("接收时间")
    expect(preview.get_by_text("有误")).to_be_visible()
    page.locator("#id_text").fill(text.replace("path: order.when", "path: order."))
    expect(preview.locator(".channel-quoted")).to_contain_text("path: order.")
    line = next(n for n, words in enumerate(text.splitlines(), 1) if "order.when" in words)
    expect(preview.get_by_role("button", name=f"到第 {line} 行")).to_be_visible()
    look(page, "channel-wrong")
    page.get_by_role("button", name="发布", exact=True).click()
    expect(
        page.locator("main [role=alert]").first.get_by_role("button", name=f"到第 {line} 行")
    ).to_be_visible()
    expect(page.locator("#id_text")).to_have_value(re.compile(r"path: order\.[}]"))
    page.locator("#id_text").fill(text)


def test_an_integrator_connects_the_tutorials_source_and_its_message_becomes_a_case(
    city: City, person: Person, look: Look, size: str, mark: str
) -> None:
    code = f"wanjia_{secrets.token_hex(3)}"
    page = person(size, login="integrator")
    try_definition(page, look, tutorial(code))
    publish(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("未启用")
    key = give_key(page)
    look(page, "channel-key")
    page.goto(f"/intake/channels/{code}/")
    expect(page.locator(".channel-code", has_text=key[0])).to_be_visible()
    assert key[1] not in page.content()
    enable(page)

    text = f"{mark}三栋二单元楼道灯不亮。"
    answer = push(city, code, key, number=f"{mark}-1", text=text, when="2026-03-02 19:40")
    assert (answer["read"], answer["stored"], answer["unchanged"]) == (1, 1, 0)
    again = push(city, code, key, number=f"{mark}-1", text=text, when="2026-03-02 19:40")
    assert (again["read"], again["stored"], again["unchanged"]) == (1, 0, 1)
    page.reload()
    read_until(page, page.locator("li", has_text=mark[:4]).get_by_text("已入库"))
    look(page, "channel")
    operator = person(size, login="operator")
    open_case(operator, mark)
    expect(operator.locator("dd", has_text=f"万家报修 {code}").first).to_be_visible()


def test_a_message_with_a_wrong_time_is_corrected_and_becomes_a_case(
    city: City, person: Person, look: Look, size: str, mark: str
) -> None:
    code = f"wrong_{secrets.token_hex(3)}"
    page = person(size, login="integrator")
    page.goto("/intake/channels/-/new/")
    page.locator("#id_text").fill(tutorial(code))
    publish(page)
    key = give_key(page)
    page.goto(f"/intake/channels/{code}/")
    enable(page)
    push(city, code, key, number=f"{mark}-1", text=f"{mark}楼道灯不亮。", when="昨天傍晚")
    page.reload()
    read_until(page, page.get_by_role("link", name="更正"))
    page.goto("/intake/quarantine/")
    row = page.get_by_role("row", name=re.compile(f"万家报修 {code}"))
    expect(row).to_contain_text("昨天傍晚")
    look(page, "quarantine")
    row.get_by_role("link").first.click()
    expect(page.get_by_role("status").first).to_contain_text("昨天傍晚")
    look(page, "quarantine-entry")
    expect(page.get_by_label("字段")).to_have_value("received_at")
    page.get_by_label("更正为").fill("2026-03-02 19:40")
    page.get_by_role("button", name="更正并重放").click()
    expect(page.get_by_text("已更正并入库。")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(f"万家报修 {code}"))).to_have_count(0)
    operator = person(size, login="operator")
    open_case(operator, mark)
    expect(operator.locator("dd", has_text=f"万家报修 {code}").first).to_be_visible()


# -- a gauge ------------------------------------------------------------------------------------------
READING = """
import json, sys, time
from yiwang.project.instance import prepare
prepare()
import django
django.setup()
from datetime import UTC, datetime
from yiwang.intake.queries.channels import live_channel
from yiwang.intake.rules.door_settings import settings_tree
from yiwang.intake.rules.mqtt_settings import mqtt_settings
from yiwang.intake.services.devices.readings import Arrival, ReadingTaker
at = datetime.now(UTC)
channel = live_channel("sensor_water", at)
taker = ReadingTaker(channel, mqtt_settings(settings_tree(channel.definition)))
arrivals = []
for seconds, level in ((90, 0.5), (60, 0.55), (30, 0.62), (0, 0.62)):
    ms = round((at.timestamp() - seconds) * 1000)
    body = json.dumps({"level": level, "ts": ms, "q": 0, "bat": 81})
    arrivals.append(Arrival(f"water/{sys.argv[1]}/level", body.encode(), ms))
print(taker.take(arrivals, at).alarms)
taker.keep(at)
"""


def flood(city: City, device: str) -> None:
    """Water rises at a gauge: its readings are taken as the subscriber of the broker takes them."""
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("YIWANG_", "DJANGO_"))}
    surroundings |= {"YIWANG_HOME": str(city.home), "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", READING, device], env=surroundings, cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stdout + done.stderr[-3000:]


def test_a_gauge_is_registered_and_its_flood_becomes_a_case_that_its_page_shows(
    city: City, person: Person, look: Look, size: str
) -> None:
    code = f"WL-{secrets.token_hex(3).upper()}"
    page = person(size, login="integrator")
    page.goto("/intake/channels/sensor_water/")
    if page.get_by_role("button", name="启用", exact=True).count():
        enable(page)
    page.goto("/intake/devices/")
    page.get_by_role("link", name="登记设备").click()
    page.get_by_label("渠道").select_option("sensor_water")
    page.get_by_label("设备编号").fill(code)
    page.get_by_label("设备类型").select_option("water_level")
    page.get_by_label("名称").fill(f"{code} 下穿通道")
    page.get_by_label("位置描述").fill("下穿通道最低点")
    page.get_by_label("经度").fill("118.8491")
    page.get_by_label("纬度").fill("31.9431")
    look(page, "device-new")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("设备已登记。")).to_be_visible()

    flood(city, code)
    page.reload()
    read_until(page, page.get_by_text("超过0.4米"))
    expect(page.get_by_text("0.62").first).to_be_visible()
    expect(page.locator("[data-idle=true]").first).to_be_visible()
    look(page, "device")
    page.goto("/intake/devices/")
    expect(page.get_by_role("link", name=code)).to_be_visible()
    look(page, "devices")
    operator = person(size, login="operator")
    open_case(operator, code)
    expect(operator.locator("dd", has_text="水位与积水感知").first).to_be_visible()
