"""Who holds the tracking link asks for his data to be erased; somebody else decides; he is told."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.cases.public import (
    ErasureRequest,
    Remark,
    Report,
    execute_erasure,
    refuse_erasure,
    tracking_path,
)
from yiwang.cases.tests.factories import City, receive
from yiwang.kernel.actor import EVERYWHERE, Actor
from yiwang.kernel.ids import uuid7
from yiwang.workbench.pages import erasing

pytestmark = pytest.mark.django_db

ERASER = Actor(account_id=uuid7(), grants={"cases.erase": EVERYWHERE})
SURE = {"reason": "问题已解决", "sure": "on"}


@pytest.fixture
def report(city: City) -> Report:
    return receive(city)[0]


@pytest.fixture
def page(report: Report) -> str:
    return f"{tracking_path(report)}erase/"


def test_a_resident_asks_and_the_request_waits_for_somebody_else(
    city: City, client: Client, report: Report, page: str
) -> None:
    shown = client.get(page)
    assert (shown.status_code, "no-store" in shown.headers["Cache-Control"]) == (200, True)
    answer = client.post(page, SURE)
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    wish = ErasureRequest.objects.get()
    assert (wish.report_id, wish.asked_by, wish.state) == (report.id, None, "asked")
    assert Remark.objects.get(case=wish.case_id, seq=wish.asked_seq).text == "问题已解决"
    assert "正在等待决定" in client.get(page).content.decode()
    assert client.post(page, SURE).status_code == 409
    report.refresh_from_db()
    assert report.text, "asking erases nothing"


def test_the_security_administrator_sees_that_the_reporter_asked(
    city: City, client: Client, page: str
) -> None:
    client.post(page, SURE)
    officer = Client()
    officer.force_login(city.login("security_admin", area="city"))
    shown = officer.get("/erasures/").content.decode()
    assert ("诉求人" in shown, "问题已解决" in shown) == (True, True)


@pytest.mark.parametrize("field", ["reason", "sure"])
def test_reason_and_confirmation_are_needed(client: Client, page: str, field: str) -> None:
    answer = client.post(page, {**SURE, field: ""})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not ErasureRequest.objects.exists()


def test_a_wrong_link_opens_nothing(client: Client, report: Report) -> None:
    assert client.post(f"/t/{report.number}/{'a' * 26}/erase/", SURE).status_code == 404
    assert not ErasureRequest.objects.exists()


def test_the_resident_reads_why_it_was_refused_and_may_ask_again(client: Client, page: str) -> None:
    client.post(page, SURE)
    wish = ErasureRequest.objects.get()
    refuse_erasure(actor=ERASER, at=timezone.now(), erasure_id=wish.id, reason="保存期未满")
    shown = client.get(page).content.decode()
    assert ("未获同意" in shown, "保存期未满" in shown) == (True, True)
    assert client.post(page, SURE).status_code == 302


def test_after_the_erasure_the_page_says_so_and_asks_no_more(
    client: Client, report: Report, page: str
) -> None:
    client.post(page, SURE)
    execute_erasure(actor=ERASER, at=timezone.now(), erasure_id=ErasureRequest.objects.get().id)
    shown = client.get(page).content.decode()
    assert ("删除。" in shown, "<textarea" in shown) == (True, False)
    assert client.post(page, SURE).status_code == 409
    assert not Remark.objects.filter(text="问题已解决").exists()
    assert client.get(tracking_path(report)).status_code == 200


def test_one_address_may_not_flood(client: Client, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "MOST_REQUESTS", 1)
    assert [client.post(page, SURE).status_code for _ in range(2)] == [302, 429]
