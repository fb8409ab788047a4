"""Pages and API of applications: asking, deciding, resting, and what a reporter is told."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.accounts.models import Account
from yiwang.cases.models import Application, ApplicationRule, Case, Task
from yiwang.cases.public import applications, complete_task, local_day, recall_case, tracking_path
from yiwang.cases.tests.factories import SYSTEM, City, dispatched, make_city, picture
from yiwang.clocks.public import fire_due
from yiwang.ledger.public import bump_now
from yiwang.orgs.models import PostKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def case(city: City) -> Case:
    return dispatched(city, at=timezone.now())


def today() -> date:
    return local_day(timezone.now())


def page_of(city: City, kind: str, **post: str) -> Client:
    client = Client()
    client.force_login(city.login(kind, **post))
    return client


def asked(city: City, case: Case, kind: str = "extension", **given: object) -> Application:
    papers = [] if kind == "extension" else [applications.Paper(picture(), "申请.jpg")]
    codes = {"extension": "material", "suspension": "funds"}
    terms = applications.ApplicationTerms(
        **{"kind": kind, "reason_code": codes[kind], "reason": "设备未到货，供应商推迟", **given}  # type: ignore[arg-type]
    )
    actor = city.actor("handler", unit="cleaning", username="worker")
    return applications.ask_application(
        actor=actor, at=timezone.now(), case_id=case.id, terms=terms, papers=papers
    )


def test_a_unit_asks_on_the_page_and_is_refused_in_words(city: City, case: Case) -> None:
    worker = page_of(city, "handler", unit="cleaning")
    panel = worker.get(f"/cases/{case.id}/applications/").content.decode()
    assert f"/cases/{case.id}/applications/extension/" in panel
    form = worker.get(f"/cases/{case.id}/applications/extension/")
    assert "等待材料或设备" in form.content.decode()
    rest = worker.get(f"/cases/{case.id}/applications/suspension/").content.decode()
    assert "照片或 PDF，至少 1 份。" in rest
    assert f'max="{today() + timedelta(days=365)}"' in rest
    given = {"reason_code": "material", "reason": "设备未到货"}
    answer = worker.post(f"/cases/{case.id}/applications/extension/", given)
    assert answer.status_code == 302
    wish = Application.objects.get()
    head = page_of(city, "unit_leader", unit="cleaning")
    assert "设备未到货" in head.get("/applications/").content.decode()
    answer = head.post(
        f"/applications/{wish.id}/decide/", {"act": "refuse", "reason": "应当按期完成", "back": "list"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "/applications/")
    assert "没有待批的申请" in head.get("/applications/").content.decode()
    panel = worker.get(f"/cases/{case.id}/applications/").content.decode()
    assert "应当按期完成" in panel
    assert "不予批准" in panel
    before = case.due_at
    case.refresh_from_db()
    assert case.due_at == before


def test_reasons_and_limits_are_told_in_the_readers_language(city: City, case: Case) -> None:
    asked(city, case)
    reader = page_of(city, "dispatcher", area="city")
    reader.cookies["django_language"] = "en"
    panel = reader.get(f"/cases/{case.id}/applications/").content.decode()
    assert "Waiting for material or equipment" in panel
    assert "等待材料或设备" not in panel
    clocks = reader.get(f"/cases/{case.id}/clocks/").content.decode()
    assert "4 working hours" in clocks
    assert "4 工作时" not in clocks
    rules = page_of(city, "system_admin")
    rules.cookies["django_language"] = "en"
    assert "Waiting for funds" in rules.get("/rules/applications/").content.decode()


def test_what_is_wrong_stays_on_the_form(city: City, case: Case) -> None:
    worker = page_of(city, "handler", unit="cleaning")
    given = {"reason_code": "funds", "reason": "等待经费", "until": "2020-01-01"}
    answer = worker.post(f"/cases/{case.id}/applications/suspension/", given)
    assert answer.status_code == 422
    assert "请填写恢复日期" in answer.content.decode()
    assert "等待经费" in answer.content.decode()
    assert worker.get(f"/cases/{case.id}/applications/holiday/").status_code == 404


def test_the_list_shows_to_each_what_waits_for_them(city: City, case: Case) -> None:
    wish = asked(city, case)
    head, other = (
        page_of(city, "unit_leader", unit="cleaning"),
        page_of(city, "unit_leader", unit="gardens", username="other"),
    )
    dispatcher = page_of(city, "dispatcher", area="city")
    assert str(wish.id) in head.get("/applications/").content.decode()
    assert str(wish.id) not in other.get("/applications/?show=all").content.decode()
    assert str(wish.id) not in dispatcher.get("/applications/").content.decode()
    assert str(wish.id) in dispatcher.get("/applications/?show=all").content.decode()
    head.post(f"/applications/{wish.id}/decide/", {"act": "approve"})
    assert str(wish.id) in dispatcher.get("/applications/").content.decode()
    assert str(wish.id) not in dispatcher.get("/applications/?kind=appeal").content.decode()
    assert str(wish.id) in dispatcher.get(f"/applications/?unit={city.unit('cleaning')}").content.decode()
    assert str(wish.id) not in dispatcher.get(f"/applications/?district={city.area('west')}").content.decode()


def test_a_late_answer_shows(city: City, case: Case) -> None:
    wish = asked(city, case)
    Application.objects.filter(pk=wish.id).update(answer_due_at=timezone.now() - timedelta(hours=1))
    head = page_of(city, "unit_leader", unit="cleaning")
    assert "答复超时" in head.get("/applications/").content.decode()


def test_a_reporter_is_told_in_plain_words_and_no_names(city: City, case: Case) -> None:
    def approve(wish: Application) -> None:
        at = timezone.now()
        head = city.actor("unit_leader", unit="cleaning", username="head")
        applications.approve_application(actor=head, at=at, application_id=wish.id, remark="同意，内部意见")
        centre = city.actor("dispatcher", area="city")
        applications.approve_application(actor=centre, at=at, application_id=wish.id, remark="同意，内部意见")

    from yiwang.cases.public import reports_of

    address = tracking_path(reports_of(case)[0])
    approve(asked(city, case))
    case.refresh_from_db()
    text = Client().get(address).content.decode()
    assert "已延期至" in text
    assert "理由：等待材料或设备" in text
    until = today() + timedelta(days=20)
    approve(asked(city, case, "suspension", until=until))
    text = Client().get(address).content.decode()
    assert f"因等待资金落实暂缓办理，预计 {until} 恢复" in text
    for inner in ("内部意见", "供应商", "处置人员", "承办单位负责人head", "worker"):
        assert inner not in text
    case.refresh_from_db()
    fire_due(case.suspended_until)  # type: ignore[arg-type]
    assert "恢复办理" in Client().get(address).content.decode()


def test_a_suspended_case_is_taken_up_early_on_the_page(city: City, case: Case) -> None:
    wish = asked(city, case, "suspension", until=today() + timedelta(days=20))
    for post in (("unit_leader", {"unit": "cleaning"}), ("dispatcher", {"area": "city"})):
        page_of(city, post[0], **post[1]).post(f"/applications/{wish.id}/decide/", {"act": "approve"})
    case.refresh_from_db()
    assert case.state == "suspended"
    worker = page_of(city, "handler", unit="cleaning")
    page = worker.get(f"/cases/{case.id}/").content.decode()
    assert "挂账中" in page
    assert 'data-act="feed_back"' not in page
    assert "提前恢复办理" in worker.get(f"/cases/{case.id}/applications/").content.decode()
    worker.post(f"/cases/{case.id}/resume/", {"reason": "经费已到位"})
    case.refresh_from_db()
    assert case.state == "handling"
    assert case.due_at == Task.objects.get(case=case).due_at


def test_the_rules_are_data_that_the_administrator_sets(city: City) -> None:
    admin = page_of(city, "system_admin")
    page = admin.get("/rules/applications/").content.decode()
    assert "单位初审 → 中心审批" in page
    row = ApplicationRule.objects.get(kind="extension")
    form = admin.get(f"/rules/applications/set/?from={row.id}")
    assert form.status_code == 200
    given = {
        "kind": "extension", "states": ["handling"], "max_times": 3, "evidence_files": 1,
        "step_1": "cases.review", "valid_from": today().isoformat(), "when_overdue": "on",
    }  # fmt: skip
    answer = admin.post("/rules/applications/set/", given)
    assert answer.status_code == 422
    assert "超时后不得申请延期" in answer.content.decode()
    del given["when_overdue"]
    assert admin.post("/rules/applications/set/", given).status_code == 302
    assert ApplicationRule.objects.filter(kind="extension").count() == 2
    given = {"kind": "appeal", "label": "停电", "code": "power_cut"}
    assert admin.post("/rules/applications/", given).status_code == 302
    assert "停电" in admin.get("/rules/applications/").content.decode()
    assert page_of(city, "dispatcher", area="city").get("/rules/applications/").status_code == 403


def test_the_api_asks_and_decides(city: City, case: Case) -> None:
    worker, head = page_of(city, "handler", unit="cleaning"), page_of(city, "unit_leader", unit="cleaning")
    body = {"kind": "extension", "reason_code": "material", "reason": "设备未到货"}
    post = {"content_type": "application/json"}
    answer = worker.post(f"/api/v1/cases/{case.id}/applications", json.dumps(body), **post)
    assert answer.status_code == 201, answer.content
    key = answer.json()["id"]
    assert answer.json()["waits_for"] == "cases.endorse_application"
    answer = head.post(f"/api/v1/applications/{key}/approve", json.dumps({}), **post)
    assert (answer.status_code, answer.json()["waits_for"]) == (200, "cases.review")
    assert head.post(f"/api/v1/applications/{key}/approve", json.dumps({}), **post).status_code == 403
    assert [row["id"] for row in worker.get("/api/v1/applications").json()["applications"]] == [key]
    answer = page_of(city, "dispatcher", area="city").post(
        f"/api/v1/applications/{key}/refuse", json.dumps({"reason": "可按期完成"}), **post
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "refused")
    assert worker.get(f"/api/v1/cases/{case.id}/applications").json()[0]["moved"] == []


def test_whoever_holds_no_act_of_applications_asks_nothing(city: City, case: Case) -> None:
    assert PostKind.objects.filter(code="leader").exists()
    leader = page_of(city, "leader", area="city")
    assert leader.get(f"/cases/{case.id}/applications/extension/").status_code == 403
    panel = leader.get(f"/cases/{case.id}/applications/").content.decode()
    assert "/applications/extension/" not in panel


def test_what_a_reader_has_approved_waits_for_somebody_else_and_not_for_the_reader(
    city: City, case: Case
) -> None:
    wish = asked(city, case)
    acts = ["view", "endorse_application", "review"]
    PostKind.objects.filter(code="duty_chief").update(
        grants=[{"act": f"cases.{act}", "scope": "area"} for act in acts]
    )
    bump_now("post_kinds")
    chief = page_of(city, "duty_chief", area="city")
    assert case.number in chief.get("/applications/").content.decode()
    chief.post(f"/applications/{wish.id}/decide/", {"act": "approve", "step": "1", "back": "list"})
    wish.refresh_from_db()
    assert wish.approved_steps == 1
    assert case.number not in chief.get("/applications/").content.decode()
    assert case.number in chief.get("/applications/?show=all").content.decode()
    answer = page_of(city, "dispatcher", area="city").post(
        f"/applications/{wish.id}/decide/", {"act": "approve", "step": "1", "back": "list"}, follow=True
    )
    assert "刚由他人审批" in answer.content.decode()
    wish.refresh_from_db()
    assert wish.state == "asked"


def test_lists_exports_and_the_api_tell_what_is_excused_excluded_and_resting(city: City, case: Case) -> None:
    until = timezone.now() + timedelta(days=9)
    Case.objects.update(
        is_excused=True, excluded_at=timezone.now(), exclusion_ground="duplicate", suspended_until=until,
        due_at=None,
    )  # fmt: skip
    reader = page_of(city, "dispatcher", area="city")
    page = reader.get("/cases/").content.decode()
    for words in ("不计超时", "已剔除考核", f"{local_day(until)} 恢复", "暂停计时"):
        assert words in page
    answer = reader.get("/cases/export.csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    head, row = list(csv.reader(StringIO(text.lstrip("\ufeff"))))[:2]
    told = dict(zip(head, row, strict=True))
    assert (told["不计超时"], told["剔除考核"]) == ("是", "是")
    found = reader.get(f"/api/v1/cases/{case.id}").json()["case"]
    assert (found["is_excused"], found["exclusion_ground"]) == (True, "duplicate")
    assert found["excluded_at"]
    assert found["suspended_until"]


def test_an_application_whose_task_is_over_shows_as_lapsed_with_the_reason_and_no_buttons(
    city: City, case: Case
) -> None:
    wish = asked(city, case)
    worker, head = page_of(city, "handler", unit="cleaning"), page_of(city, "unit_leader", unit="cleaning")
    assert "不予批准" in head.get(f"/cases/{case.id}/applications/").content.decode()
    complete_task(
        actor=city.actor("handler", unit="cleaning"), at=timezone.now(), case_id=case.id, result="已更换。"
    )
    assert str(wish.id) not in head.get("/applications/").content.decode()
    for page in (
        worker.get(f"/cases/{case.id}/applications/"), head.get("/applications/?show=lapsed")
    ):  # fmt: skip
        text = page.content.decode()
        assert str(wish.id) in text
        assert "承办单位已反馈，无需再批" in text
        assert "结案后可申请超时申诉" in text
        assert f"/applications/{wish.id}/decide/" not in text
    answer = head.post(f"/applications/{wish.id}/decide/", {"act": "approve", "back": "list"}, follow=True)
    assert "该申请已失效：承办单位已反馈，无需再批，不能再审批。" in answer.content.decode()
    found = worker.get(f"/api/v1/cases/{case.id}/applications").json()[0]
    assert (found["state"], found["lapse_cause"], found["waits_for"]) == ("lapsed", "done", "")


def test_who_asked_sees_why_it_lapsed_and_nothing_of_a_case_that_is_no_longer_theirs(
    city: City, case: Case
) -> None:
    Case.objects.filter(pk=case.id).update(title="三号楼门口的秘密")
    wish = asked(city, case)
    recall_case(actor=SYSTEM, at=timezone.now(), case_id=case.id, reason="改派园林")
    worker = Client()
    worker.force_login(Account.objects.get(pk=wish.asked_by))
    assert worker.get(f"/cases/{case.id}/").status_code in {403, 404}
    text = worker.get("/applications/?show=lapsed").content.decode()
    assert str(wish.id) in text
    assert "任务已被撤回" in text
    assert "案件已不在本单位办理" in text
    assert "秘密" not in text
    assert f"/cases/{case.id}/" not in text
    colleague = page_of(city, "handler", unit="cleaning", username="colleague")
    assert str(wish.id) not in colleague.get("/applications/?show=lapsed").content.decode()
    centre = page_of(city, "dispatcher", area="city").get("/applications/?show=lapsed").content.decode()
    assert "秘密" in centre
