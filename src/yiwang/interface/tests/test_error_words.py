"""A finished sentence finds its template again, and nothing is guessed."""

from __future__ import annotations

import pytest
from django.utils import translation
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from yiwang.interface.error_words import Phrasebook, error_words, sentence_of
from yiwang.kernel.errors import FieldProblem, Invalid

LABELS = {"派遣": "Dispatch", "待派遣": "Awaiting dispatch", "姓名": "Name", "投诉": "Complaint"}
BOOK = Phrasebook(
    {
        "请填写姓名。": "Enter the name.",
        "请填写{label}。": "Enter {label}.",
        "请填写 {least} 到 {most} 的整数。": "Enter a whole number from {least} to {most}.",
        "当前状态“{state}”不能“{act}”。": "One cannot “{act}” in the state “{state}”.",
        "“{value}”不是数字。": "“{value}” is not a number.",
        "第 {place} 步：{remedy}": "Step {place}: {remedy}",
        "规则 {name} 与 {name} 自相矛盾。": "The rule {name} contradicts itself.",
        "没有这个键。可用的键：{known}。": "There is no such key. Use: {known}.",
        "草案不能发布：{problem}。": "The draft cannot be published: {problem}.",
        "请写成“{{a: 1}}”。": "Write it as “{{a: 1}}”.",
    },
    label=lambda text: LABELS.get(text, text),
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("请填写姓名。", "Enter the name."),
        ("请填写 1 到 9 的整数。", "Enter a whole number from 1 to 9."),
        ("当前状态“待派遣”不能“派遣”。", "One cannot “Dispatch” in the state “Awaiting dispatch”."),
        ("第 2 步：请填写 1 到 9 的整数。", "Step 2: Enter a whole number from 1 to 9."),
        ("规则 甲 与 甲 自相矛盾。", "The rule 甲 contradicts itself."),
        ("草案不能发布：请填写姓名。", "The draft cannot be published: Enter the name."),
        ("第 3 步：没有这个键。可用的键：code、name。", "Step 3: There is no such key. Use: code, name."),
        ("请写成“{a: 1}”。", "Write it as “{a: 1}”."),
    ],
)
def test_a_sentence_is_said_with_its_values_in_their_places(text: str, said: str) -> None:
    assert BOOK.say(text) == said


def test_of_two_templates_the_one_with_more_fixed_words_holds() -> None:
    assert BOOK.say("请填写 1 到 9 的整数。") != "Enter  1 到 9 的整数."


def test_what_somebody_wrote_is_shown_as_given_even_where_it_is_a_label() -> None:
    assert BOOK.say("“投诉”不是数字。") == "“投诉” is not a number."


def test_sentences_in_a_row_a_name_with_its_fault_and_names_in_a_row_are_said_one_by_one() -> None:
    assert BOOK.say("请填写姓名；“三”不是数字。") == "Enter the name. “三” is not a number."
    assert BOOK.say("姓名：“三”不是数字。") == "Name: “三” is not a number."
    assert BOOK.say("派遣、姓名") == "Dispatch, Name"


@pytest.mark.parametrize(
    "text", ["请稍候。", "规则 甲 与 乙 自相矛盾。", "江宁区、鼓楼区", "Plain words.", ""]
)
def test_a_sentence_that_nobody_knows_stays_as_it_is(text: str) -> None:
    assert BOOK.say(text) == text


@given(least=st.integers(), most=st.integers(), value=st.text("甲乙丙abc", min_size=1))
def test_any_values_come_back_in_the_other_language(least: int, most: int, value: str) -> None:
    assert BOOK.say(f"请填写 {least} 到 {most} 的整数。") == f"Enter a whole number from {least} to {most}."
    assert BOOK.say(f"“{value}”不是数字。") == f"“{value}” is not a number."


def test_chinese_pages_show_what_the_service_said_and_markup_is_left_alone() -> None:
    wrong = Invalid("请求有误。", [FieldProblem("a", "", "请填写。"), FieldProblem("b", "", "请刷新页面。")])
    with translation.override("zh-hans"):
        assert error_words("请填写姓名。") == "请填写姓名。"
        assert sentence_of(wrong) == "请填写。；请刷新页面。"
    with translation.override("en"):
        marked = mark_safe("<b>请填写姓名。</b>")
        assert error_words(marked) is marked
