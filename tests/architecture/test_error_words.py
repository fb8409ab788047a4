"""Whatever a service says in Chinese, an English page and an English program get in English."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from string import Formatter

import pytest
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation
from tools import error_templates, translations

from yiwang.cases.tests.factories import City, make_city
from yiwang.catalog.tests.factories import AT, EDITOR
from yiwang.catalog.tests.factories import make_city as make_catalog_city
from yiwang.interface.error_words import Phrasebook, error_words
from yiwang.interface.time_words import SHAPES, time_words
from yiwang.kernel.errors import Refused
from yiwang.kernel.ids import uuid7

from .source import CHINESE, PACKAGE, ROOT

#: A time for every gap that holds one.
TIMES = {
    "told_day": "2月14日（周六，调休上班）",
    "told_days": "2月15日—2月23日",
    "told_spans": "08:00—12:00、14:00—18:00",
    "told_length": "2 小时 40 分",
    "told_start": "2月13日（周五）15:20",
    "told_moment": "2026年2月14日（周六）09:20",
    "told_minute": "2026-02-13 15:20",
    "told_date": "2026-02-13",
    "told_code": "3201060101000012",
}


def _messages() -> dict[str, str]:
    return {str(m.id): str(m.string) for m in translations.read() if m.context == error_templates.CONTEXT}


def _names(template: str) -> list[str]:
    return [name for _text, name, _spec, _conversion in Formatter().parse(template) if name]


def test_every_sentence_of_an_error_is_said_by_its_own_english_and_by_no_other() -> None:
    messages = _messages()
    book = Phrasebook(messages, label=lambda text: text)
    wrong = []
    for source, words in messages.items():
        names = dict.fromkeys(_names(source))
        values = {name: TIMES.get(name, f"x{number}") for number, name in enumerate(names, 1)}
        said = book.say(source.format(**values))
        if said != words.format(**{name: time_words(value) or value for name, value in values.items()}):
            wrong.append(f"{source} -> {said}")
    assert wrong == []


def test_every_gap_that_holds_a_time_has_a_shape_and_an_example_of_it() -> None:
    named = {name for source in _messages() for name in _names(source) if name.startswith("told_")}
    assert named == set(SHAPES) == set(TIMES)
    assert [name for name, text in TIMES.items() if not re.fullmatch(SHAPES[name], text)] == []


def test_the_templates_of_errors_have_the_placeholders_of_their_english() -> None:
    wrong = [text for text, english in _messages().items() if set(_names(text)) != set(_names(english))]
    assert wrong == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("raise Refused('不行')", ["不行"]),
        ("raise Conflict(f'第 {row.line} 行重复', code='a.b')", ["第 {line} 行重复"]),
        ("raise Late(f'{len(rows)} 件晚于 {self._at}')", ["{count} 件晚于 {at}"]),
        ("raise invalid('a', value, '请填写。')", ["请填写。"]),
        ("yield 'a', '请重新选择。'", ["请重新选择。"]),
        ("x = f'{a.name}和{b.name}、{a.name}重复。'", ["{name}和{name2}、{name}重复。"]),
        ("x = '不能发布：' + '；'.join(told) + '。'", ["不能发布：{told}。"]),
        ("x = f\"{'已' if done else '未'}办结。\"", ["{value}办结。", "已", "未"]),
        ("x = 'key: {{中文}}。'", ["key: {{{{中文}}}}。"]),
        ("def why(): return '它的区域更小'", ["它的区域更小"]),
        ("def why(): yield 'area', f'{name}不在名单内' if name else '公顷'", ["{name}不在名单内"]),
        ("class Wide(Invalid):\n def __init__(self): super().__init__('文件过大')", ["文件过大"]),
        ("raise Refused(_('不行'))", []),
        ("'''说明。'''", []),
        ("click.echo('已完成。')", []),
        ("label = '案件'", []),
    ],
)
def test_the_collector_finds_what_an_error_says(code: str, found: list[str]) -> None:
    tree = ast.parse(code)
    errors = error_templates.error_names([ast.parse("class Late(Conflict): ..."), *_kernel()])
    assert error_templates.templates(tree, Path("cases/services/a.py"), errors, {"_"}) == found


def _kernel() -> list[ast.Module]:
    return [ast.parse((PACKAGE / "kernel" / "errors.py").read_text(encoding="utf-8"))]


def test_a_page_owns_its_words_and_only_its_errors_are_collected() -> None:
    tree = ast.parse("raise Refused('不行')\nx = '请稍候。'")
    names = error_templates.error_names(_kernel())
    assert error_templates.templates(tree, Path("cases/pages/a.py"), names, set()) == ["不行"]
    assert error_templates.templates(tree, Path("cases/commands.py"), names, set()) == []


def test_templates_of_pages_pass_every_error_through_the_catalogue() -> None:
    bare = re.compile(r"{{ (?:error|problem|refusal|[a-z_.]*\.(?:remedy|problem|last_error)) }}")
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sorted(PACKAGE.rglob("templates/**/*.html"))
        if "tests" not in path.parts
        for found in bare.finditer(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


@pytest.fixture
def english() -> Client:
    """A client that has switched to English, with the catalogue compiled as `make setup` does."""
    translations.compile_catalogues()
    client = Client(raise_request_exception=False)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def _enter(client: Client, account: object) -> Client:
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


def test_an_english_page_says_in_english_that_a_case_is_not_there(english: Client, city: City) -> None:
    page = _enter(english, city.login("dispatcher")).get(f"/cases/{uuid7()}/").content.decode()
    assert "There is no such case, or you may not see it." in page


def test_a_message_of_a_service_is_shown_in_english_with_its_values(english: Client) -> None:
    said = Refused("您没有在该区域或单位“江宁区城管局”的权限。").message
    with translation.override("en"):
        page = render_to_string("interface/parts/messages.html", {"messages": [Message(40, said)]})
    assert "You have no permission in the area or unit “江宁区城管局”." in page


@pytest.mark.django_db
def test_a_tie_of_the_responsibility_list_is_told_in_english(english: Client) -> None:
    from yiwang.catalog.errors import ResponsibilityTie
    from yiwang.catalog.public import add_responsibility

    city = make_catalog_city()
    terms = city.terms("城管局", "P0101", "泰山街道")
    add_responsibility(actor=EDITOR, at=AT, terms=terms)
    with pytest.raises(ResponsibilityTie) as told, translation.override("en"):
        add_responsibility(actor=EDITOR, at=AT, terms=city.terms("水务局", "P0101", "泰山街道"))
    assert "相持" in told.value.message, "a service speaks Chinese whoever asks"
    with translation.override("en"):
        said = error_words(told.value.message)
    assert said.startswith("It ties with the existing “")
    assert "(host: 城管局, 2" in said


@pytest.mark.parametrize(
    ("language", "detail", "remedy"),
    [
        ("en", "The request has errors. Change what is said below.", "Required."),
        ("en-GB,en;q=0.8", "The request has errors. Change what is said below.", "Required."),
        ("zh-CN", "请求的内容有误，请按提示修改。", "必须填写。"),
        ("", "请求的内容有误，请按提示修改。", "必须填写。"),
    ],
)
def test_a_program_gets_problems_in_the_language_that_it_accepts(
    english: Client, city: City, language: str, detail: str, remedy: str
) -> None:
    from yiwang.cases.tests.test_api import Api

    api = Api(city, kind="seat_operator").client
    headers = {"Accept-Language": language} if language else {}
    answer = api.post("/api/v1/reports", json.dumps({}), content_type="application/json", headers=headers)
    body = answer.json()
    assert answer.status_code == 422
    assert body["detail"] == detail
    assert {one["remedy"] for one in body["errors"]} == {remedy}
    assert answer.headers["Content-Language"] == ("en" if "en" in language else "zh-hans")
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_problem_with_values_is_told_to_a_program_in_english(english: Client, city: City) -> None:
    from yiwang.cases.tests.test_api import Api

    api = Api(city, kind="seat_operator").client
    answer = api.get("/api/v1/cases?state=nowhere", headers={"Accept-Language": "en"}).json()
    assert answer["errors"][0]["remedy"].startswith("Must be one of: ")
    assert answer["title"] == "Wrong input" or not CHINESE.search(answer["title"])
    assert not CHINESE.search(answer["detail"])
