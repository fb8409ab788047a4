"""Applications as their people live them: an extension refused, and a case that rests over a holiday week."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from .conftest import ROOT, City, Look, Person, Picture
from .steps import accept_and_dispatch, open_case, report_as_resident, state_is

pytestmark = pytest.mark.journey
WALKED_AT = ("both",)
HOLIDAY = "春节长假（示例）"

#: Close the days of a week by the calendar's own act; days that are closed already stay.
CLOSE = """
import sys
from yiwang.project.instance import prepare
prepare()
import django
django.setup()
from datetime import date, timedelta
from django.utils import timezone
from yiwang.clocks.public import current_calendar, set_local_day
from yiwang.kernel.actor import system_actor
first = date.fromisoformat(sys.argv[1])
for day in (first + timedelta(days=n) for n in range(7)):
    if current_calendar().plan(day):
        set_local_day(actor=system_actor("journey", "clocks.edit"), at=timezone.now(), day=day, intervals=(),
                      name=sys.argv[2])
print("closed")
"""
#: Let the served city's own clock come to the end of one suspension now; every other timer stays.
ARRIVE = """
import sys
from yiwang.project.instance import prepare
prepare()
import django
django.setup()
from django.utils import timezone
from yiwang.cases.models import Case
from yiwang.clocks.models import Timer
case = Case.objects.get(number=sys.argv[1])
print(Timer.objects.filter(subject=case.id, kind="cases.resume").update(run_at=timezone.now()))
"""


def beside(city: City, script: str, *words: str) -> str:
    """What a script prints that runs beside the served city, in its database."""
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("YIWANG_", "DJANGO_"))}
    surroundings |= {"YIWANG_HOME": str(city.home), "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", script, *words], env=surroundings, cwd=ROOT, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout.strip()


def panel(page: Page) -> str:
    """The panel of applications once it has loaded."""
    scope = '[data-panel="workbench.applications"]'
    expect(page.locator(f"{scope} .placeholder-glow")).to_have_count(0)
    return scope


def ask(page: Page, mark: str, kind: str, **given: str) -> None:
    """Open the case and ask; the page says that nothing has moved yet."""
    open_case(page, mark)
    page.locator(panel(page)).get_by_role("link", name=f"申请{kind}", exact=True).click()
    page.get_by_label("事由").select_option(label=given["code"])
    page.get_by_label("理由").fill(given["reason"])
    if "until" in given:
        page.get_by_label("恢复日期").fill(given["until"])
    if "evidence" in given:
        page.locator('input[name="evidence"]').set_input_files(given["evidence"])


def send(page: Page) -> None:
    """Send the application."""
    page.get_by_role("button", name="提出申请").click()
    expect(page.get_by_text("申请已提出，等待审批；批准前时限不变。")).to_be_visible()


def waiting(page: Page, mark: str) -> str:
    """Open the list of what waits and return where the journey's application stands."""
    page.goto("/applications/")
    card = page.locator("section.card", has=page.get_by_role("link", name=re.compile(mark)))
    expect(card).to_have_count(1)
    return f'section.card:has(a:has-text("{mark}"))'


def agree(page: Page, mark: str, said: str) -> None:
    """Agree to the step that waits."""
    scope = waiting(page, mark)
    page.locator(scope).get_by_role("button", name="同意").click()
    expect(page.get_by_text(said)).to_be_visible()


def due_of(page: Page) -> str:
    """The due instant that the facts of the case page show."""
    fact = page.locator(".frame-facts div", has=page.get_by_text("办理时限", exact=True)).locator("dd")
    return fact.first.inner_text()


def prepared(person: Person, size: str, look: Look, picture: Picture, mark: str) -> str:
    """A resident's report, accepted and dispatched; returns the tracking link."""
    _, link = report_as_resident(person, size, lambda *_: None, picture, mark)
    accept_and_dispatch(person, size, lambda *_: None, mark)
    return link


def test_an_extension_is_refused_in_words_and_the_deadline_stays(
    person: Person, look: Look, size: str, picture: Picture, mark: str
) -> None:
    link = prepared(person, size, look, picture, mark)
    worker = person(size, login="sanitation")
    open_case(worker, mark)
    due = due_of(worker)
    ask(worker, mark, "延期", code="等待材料或设备", reason="吸污车在检修，明天才能到。")
    look(worker, "application-ask")
    send(worker)
    look(worker, "application-asked")
    head = person(size, login="sanitation_chief")
    waiting(head, mark)
    look(head, "applications")
    agree(head, mark, "已同意，转下一级审批。")
    dispatcher = person(size, login="dispatcher")
    scope = waiting(dispatcher, mark)
    dispatcher.locator(f"{scope} details > summary", has_text="不予批准").click()
    dispatcher.locator(scope).get_by_label("不予批准的理由").fill("可调用备用车辆，请按期完成。")
    look(dispatcher, "application-refuse")
    dispatcher.locator(f"{scope} details").get_by_role("button", name="不予批准").click()
    expect(dispatcher.get_by_text("已记录：不予批准，时限不变。")).to_be_visible()
    open_case(worker, mark)
    refused = worker.locator(f"{panel(worker)} article").first
    expect(refused).to_contain_text("可调用备用车辆，请按期完成。")
    expect(refused).to_contain_text("不予批准")
    assert due_of(worker) == due
    look(worker, "application-refused")
    resident = person(size)
    resident.goto(link)
    expect(resident.get_by_text("承办单位", exact=False).first).to_be_visible()
    expect(resident.get_by_text("已延期至")).to_have_count(0)
    expect(resident.get_by_text("可调用备用车辆")).to_have_count(0)


def test_a_suspended_case_goes_on_by_itself_after_a_holiday_week(
    city: City, person: Person, look: Look, size: str, *, picture: Picture, mark: str
) -> None:
    monday = _monday_after(date.today() + timedelta(days=14))  # noqa: DTZ011
    inside = monday + timedelta(days=3)
    assert beside(city, CLOSE, monday.isoformat(), HOLIDAY) == "closed"
    link = prepared(person, size, look, picture, mark)
    worker = person(size, login="sanitation")
    ask(
        worker, mark, "挂账", code="等待资金落实", reason="需更换整组垃圾房，经费已报批。",
        until=inside.isoformat(), evidence=picture("grey"),
    )  # fmt: skip
    look(worker, "suspension-ask")
    send(worker)
    agree(person(size, login="sanitation_chief"), mark, "已同意，转下一级审批。")
    agree(person(size, login="dispatcher"), mark, "已批准。")

    open_case(worker, mark)
    state_is(worker, "挂账中")
    expect(worker.locator(".case-head")).to_contain_text(f"{inside} 恢复")
    expect(worker.locator('details[data-act="feed_back"]')).to_have_count(0)
    expect(worker.locator(panel(worker))).to_contain_text("暂停计时")
    look(worker, "suspended")
    resident = person(size)
    resident.goto(link)
    expect(resident.get_by_text(f"因等待资金落实暂缓办理，预计 {inside} 恢复")).to_be_visible()
    look(resident, "suspended-tracking")

    number = worker.locator(".case-head .case-number").inner_text()
    assert beside(city, ARRIVE, number) == "1"
    _until_it_goes_on(worker)
    due = date.fromisoformat(due_of(worker)[:10])
    assert due >= monday + timedelta(days=7), "counted from the first working day after the holiday"
    worker.locator(panel(worker)).get_by_text("时限是怎么算的").click()
    explained = worker.locator(f"{panel(worker)} .why .frame-text")
    expect(explained).to_contain_text("挂账后恢复")
    expect(explained).to_contain_text(f"休息（{HOLIDAY}")
    expect(explained).to_contain_text(due_of(worker))
    look(worker, "resumed")
    resident.reload()
    expect(resident.get_by_text("恢复办理", exact=True)).to_be_visible()
    assert resident.get_by_text("孙平").count() == 0


def _monday_after(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())


def _until_it_goes_on(page: Page) -> None:
    """Look again until the city's clock has taken the case up."""
    for _attempt in range(20):
        page.reload()
        if page.locator(".case-head .badge").first.inner_text() != "挂账中":
            break
        page.wait_for_timeout(500)
    state_is(page, "处置中")
