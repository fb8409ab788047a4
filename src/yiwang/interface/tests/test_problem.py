"""Errors as problem+json, as pages and as fragments."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from yiwang.interface.changes import label_kinds, name_posts_with

STATUS = {"refused": 403, "missing": 404, "conflict": 409, "stale": 409, "invalid": 422}


@pytest.mark.parametrize(("name", "status"), STATUS.items())
def test_the_api_answers_known_errors_as_problem_json(browser: Client, name: str, status: int) -> None:
    answer = browser.get(f"/api/errors/{name}")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "code"} <= set(body)


@pytest.mark.parametrize(("name", "status"), STATUS.items())
def test_a_page_answers_the_same_errors_in_words(browser: Client, name: str, status: int) -> None:
    answer = browser.get(f"/raise/{name}/")
    assert answer.status_code == status
    text = answer.content.decode()
    assert text.startswith("<!doctype html>")
    assert json.loads(browser.get(f"/api/errors/{name}").content)["detail"] in text


def test_wrong_input_names_field_value_and_remedy(browser: Client) -> None:
    body = {"text": "长" * 11, "lon": 200, "extra": 1}
    answer = browser.post("/api/reports", body, content_type="application/json")
    assert answer.status_code == 422
    assert sorted(answer.json()["errors"], key=lambda e: e["field"]) == [
        {"field": "extra", "value": "1", "remedy": "没有这个字段，请删去。"},
        {"field": "lon", "value": "200", "remedy": "不得大于 180。"},
        {"field": "text", "value": "长" * 11, "remedy": "至多 10 个字符。"},
    ]


def test_missing_input_and_broken_json_are_named_too(browser: Client) -> None:
    answer = browser.post("/api/reports", {"text": "路灯不亮"}, content_type="application/json")
    assert answer.json()["errors"] == [{"field": "lon", "value": "", "remedy": "必须填写。"}]
    broken = browser.post("/api/reports", "{", content_type="application/json")
    assert broken.status_code == 400
    assert broken.json()["code"] == "bad_request"


def test_a_stale_version_names_who_changed_what(browser: Client) -> None:
    name_posts_with(lambda post: f"江宁区城运中心 派遣员 {post.int}")
    label_kinds({"cases.dispatched": "派遣"})
    answer = browser.get("/api/errors/stale")
    assert answer.json()["changes"] == [
        {"at": "2026-02-15T00:30:00+00:00", "by": "江宁区城运中心 派遣员 7", "what": "派遣"}
    ]
    assert answer.json()["version"] == 4
    page = browser.get("/raise/stale/").content.decode()
    assert "江宁区城运中心 派遣员 7" in page
    assert "2026-02-15 08:30:00" in page


def test_a_stale_version_is_412_under_if_match(browser: Client) -> None:
    assert browser.get("/api/errors/stale", headers={"If-Match": '"3"'}).status_code == 412


def test_an_unknown_address_and_method_of_the_api_are_problems(browser: Client) -> None:
    missing = browser.get("/api/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    wrong = browser.get("/api/reports")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")


def test_an_error_that_nobody_meant_says_nothing_of_its_inside(browser: Client) -> None:
    answer = browser.get("/api/errors/unexpected")
    assert answer.status_code == 500
    assert "secret" not in answer.content.decode()


def test_an_unknown_page_and_a_failing_page_have_pages_of_their_own(browser: Client) -> None:
    missing = browser.get("/nothing/")
    assert missing.status_code == 404
    assert "请核对网址或编号" in missing.content.decode()
    failing = browser.get("/raise/nonsense/")
    assert failing.status_code == 500
    assert "服务器出错" in failing.content.decode()


def test_htmx_gets_a_fragment_and_the_words_for_the_toast(browser: Client) -> None:
    answer = browser.get("/raise/conflict/", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert answer.headers["HX-Reswap"] == "none"
    assert json.loads(answer.headers["HX-Trigger"])["problem"]["detail"] == "当前状态“已结案”不能“派遣”。"
    assert "<html" not in answer.content.decode()


def test_a_form_without_its_token_is_told_to_reload() -> None:
    answer = Client(enforce_csrf_checks=True).post("/frame/large-type/", {"next": "/"})
    assert answer.status_code == 403
    assert "表单已经过期" in answer.content.decode()
