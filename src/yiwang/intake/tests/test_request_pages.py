"""Pages of requests to a source: who owns what on the case page, asking, taking back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.cases.public import Case, Report, ReportLink, accept_case
from yiwang.cases.tests.factories import SYSTEM, City, make_city, receive
from yiwang.intake.models import SourceRequest, WriteBack
from yiwang.intake.queries.shipped import shipped_definitions
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.receiving import receive_raw
from yiwang.intake.services.source_requests import SOURCE, settle_request

from .channels import opened

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def case(city: City) -> Case:
    at = timezone.now()
    shipped = next(found for found in shipped_definitions() if found.code == "city_12345")
    live = opened(shipped.text, at)
    order = json.loads(shipped.sample)
    order["workOrder"]["deadline"] = f"{at + timedelta(days=5):%Y-%m-%d %H:%M:%S}"
    receive_raw(channel=live, bodies=[json.dumps(order, ensure_ascii=False)], at=at)
    handle_waiting()
    case = ReportLink.objects.get(report=Report.objects.get(channel="city_12345")).case
    return accept_case(
        actor=SYSTEM, at=timezone.now(), case_id=case.id, matter_class=city.classes["request"].id,
        community=city.area("east_1_a"),
    )  # fmt: skip


def entered(city: City, client: Client, kind: str) -> Client:
    account = city.login(kind, area="city")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def dispatcher(city: City, client: Client) -> Client:
    return entered(city, client, "dispatcher")


def address(case: Case, kind: str) -> str:
    report = Report.objects.get(channel="city_12345")
    return f"/intake/requests/case/{case.id}/{report.id}/{kind}/"


def panel(client: Client, case: Case) -> str:
    return client.get(f"/intake/requests/case/{case.id}/").content.decode()


def test_the_panel_says_who_owns_what_and_offers_to_ask(case: Case, dispatcher: Client) -> None:
    shown = panel(dispatcher, case)
    assert shown.count("<dd>12345 政务热线</dd>") == 5
    assert address(case, "extension") in shown
    assert address(case, "return") in shown
    assert f"/intake/requests/case/{case.id}/" in dispatcher.get(f"/cases/{case.id}/").content.decode()


def test_where_the_channel_leaves_it_to_us_the_panel_says_so(city: City, dispatcher: Client) -> None:
    _, case = receive(city)
    shown = panel(dispatcher, case)
    assert "延期和退单由本平台决定，不需向来源申请。" in shown
    assert "申请退单" not in shown


def test_an_extension_is_asked_with_reason_and_limit_and_taken_back(case: Case, dispatcher: Client) -> None:
    page = dispatcher.get(address(case, "extension"))
    assert page.status_code == 200
    wished = f"{timezone.localtime() + timedelta(days=9):%Y-%m-%dT%H:%M}"
    answer = dispatcher.post(address(case, "extension"), {"reason": "需协调", "wished_at": wished})
    assert answer.status_code == 302
    row = SourceRequest.objects.get()
    assert f"{timezone.localtime(row.wished_at):%Y-%m-%dT%H:%M}" == wished
    assert WriteBack.objects.filter(change="asked_extension", report=row.report).exists()
    shown = panel(dispatcher, case)
    assert "待来源答复" in shown
    assert address(case, "extension") not in shown
    assert "向来源申请延期" in dispatcher.get(f"/cases/{case.id}/").content.decode()
    dispatcher.post(f"/intake/requests/{row.id}/take-back/")
    row.refresh_from_db()
    assert row.state == "taken_back"


def test_what_is_wrong_stands_at_its_field_and_nothing_is_sent(case: Case, dispatcher: Client) -> None:
    early = f"{timezone.localtime() + timedelta(days=1):%Y-%m-%dT%H:%M}"
    answer = dispatcher.post(address(case, "extension"), {"reason": "需协调", "wished_at": early})
    assert answer.status_code == 422
    assert "wished_at" in answer.context["form"].errors
    assert dispatcher.post(address(case, "return"), {"reason": ""}).status_code == 422
    assert dispatcher.get(address(case, "praise")).status_code == 404
    assert not SourceRequest.objects.exists()


def test_a_refusal_is_shown_in_words(case: Case, dispatcher: Client) -> None:
    dispatcher.post(address(case, "return"), {"reason": "不属本区"})
    row = SourceRequest.objects.get()
    settle_request(actor=SOURCE, at=timezone.now(), request_id=row.id, verdict="refused")
    shown = panel(dispatcher, case)
    assert "来源不同意" in shown
    assert "请按原时限办理" in shown


def test_who_may_not_dispatch_sees_and_asks_nothing(city: City, case: Case, client: Client) -> None:
    entered(city, client, "leader")
    shown = panel(client, case)
    assert "12345 政务热线" in shown
    assert address(case, "return") not in shown
    assert client.post(address(case, "return"), {"reason": "不属本区"}).status_code == 403


LIST = "/intake/requests/"


def asked(client: Client, case: Case, kind: str = "return") -> SourceRequest:
    given = {"reason": "不属本街道职责"}
    assert client.post(address(case, kind), given).status_code == 302
    return SourceRequest.objects.get(kind=kind, state="asked")


def test_what_waits_for_a_source_is_listed_with_its_age(case: Case, dispatcher: Client) -> None:
    assert "没有等待来源答复的申请" in dispatcher.get(LIST).content.decode()
    row = asked(dispatcher, case)
    SourceRequest.objects.filter(pk=row.pk).update(asked_at=timezone.now() - timedelta(days=3, hours=2))
    shown = dispatcher.get(LIST).content.decode()
    assert all(said in shown for said in (case.number, "已等 3 天", "12345 政务热线", "退单"))
    for query, listed in (
        ("?kind=return", True), ("?kind=extension", False), ("?channel=city_12345", True),
        ("?state=refused", False), ("?state=all", True), ("?channel=nothing", True),
    ):  # fmt: skip
        assert (case.number in dispatcher.get(LIST + query).content.decode()) == listed, query
    settle_request(actor=SOURCE, at=timezone.now(), request_id=row.id, verdict="refused")
    assert case.number not in dispatcher.get(LIST).content.decode()
    assert "已等" not in dispatcher.get(f"{LIST}?state=refused").content.decode()


def test_the_list_holds_only_cases_that_the_reader_may_see(
    case: Case, city: City, dispatcher: Client
) -> None:
    asked(dispatcher, case)
    far = city.login("dispatcher", unit="other_street", area="west_1", username="far")
    dispatcher.force_login(far, backend="django.contrib.auth.backends.ModelBackend")
    assert case.number not in dispatcher.get(LIST).content.decode()
    assert entered(city, dispatcher, "callback_clerk").get(LIST).status_code == 403
