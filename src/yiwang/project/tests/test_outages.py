"""While the database is out of reach: 503 everywhere, told once; afterwards everything by itself again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connections
from django.test import Client

from yiwang.accounts.public import issue_token
from yiwang.cases.tests.factories import AT, City, make_city
from yiwang.interface import outages
from yiwang.kernel.actor import Actor
from yiwang.kernel.outages import OutageLog
from yiwang.project.logs import configure

pytestmark = pytest.mark.django_db
Without = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def city() -> City:
    return make_city()


@pytest.fixture
def without_database(monkeypatch: pytest.MonkeyPatch) -> Without:
    """Let every use of the database fail as it does when nothing listens any more."""
    configure()
    monkeypatch.setattr(outages, "LOG", OutageLog("web"))

    @contextmanager
    def lost(error: Exception | None = None) -> Iterator[None]:
        def refuse() -> None:
            raise error or OperationalError("connection to server failed: Connection refused")

        with monkeypatch.context() as during:
            during.setattr(connections["default"], "ensure_connection", refuse)
            yield

    return lost


@pytest.fixture
def browser(city: City) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(city.login("dispatcher", area="city"))
    return client


def test_a_page_says_in_plain_chinese_that_it_will_be_back(
    browser: Client, without_database: Without
) -> None:
    with without_database():
        answer = browser.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    text = answer.content.decode()
    assert "<h1>暂时无法使用</h1>" in text
    assert "数据库暂时无法连接" in text
    assert "自动重试" in text


def test_a_form_that_could_not_be_sent_is_not_sent_again_by_itself(
    browser: Client, without_database: Without
) -> None:
    with without_database():
        answer = browser.post("/login/", {"username": "x", "password": "y"})
    assert answer.status_code == 503
    assert "http-equiv" not in answer.content.decode()
    assert "没有保存" in answer.content.decode()


def test_the_api_answers_problem_json_whether_the_login_or_the_view_fails(
    browser: Client, city: City, without_database: Without
) -> None:
    account = city.accounts["dispatcher"].id
    token = issue_token(
        actor=Actor(account_id=account), at=AT, account_id=account, name="t", acts=["read"],
        expires_at=AT + timedelta(days=30),
    )  # fmt: skip
    with without_database():
        for client, headers in ((browser, {}), (Client(), {"Authorization": f"Bearer {token.text}"})):
            answer = client.get("/api/v1/cases", headers=headers)
            assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
            assert answer.headers["Retry-After"] == "5"
            assert answer.json()["code"] == "database_unavailable"


def test_a_fragment_becomes_a_toast(browser: Client, without_database: Without) -> None:
    with without_database():
        answer = browser.get("/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (503, "none")
    assert "problem" in answer.headers["HX-Trigger"]


def test_an_outage_is_one_line_without_a_traceback_and_its_end_another(
    browser: Client, without_database: Without, caplog: pytest.LogCaptureFixture
) -> None:
    with without_database():
        for _ in range(10):
            browser.get("/")
            browser.get("/api/v1/cases")
    assert browser.get("/", follow=True).status_code == 200
    loud = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [(record.name, record.levelname) for record in loud] == [
        ("yiwang.outages", "ERROR"), ("yiwang.outages", "WARNING"),
    ]  # fmt: skip
    assert all(record.exc_info is None for record in loud)
    assert "errors=20" in loud[1].getMessage()


def test_an_error_that_nobody_meant_stays_a_500_with_its_traceback(
    browser: Client, without_database: Without, caplog: pytest.LogCaptureFixture
) -> None:
    with without_database(RuntimeError("a bug")):
        assert browser.get("/").status_code == 500
    assert any(record.exc_info for record in caplog.records)
