"""Texting: messages, parts, receipts and words to stop as gateways post them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.intake.rules.texting import Part, SmsSettings, Text, complete, joined, sms_settings, texts_of
from yiwang.intake.rules.yaml_tree import YamlTree
from yiwang.kernel.errors import Invalid

BASE = "fields: {text: content, phone: mobile, number: id, reference: ref, part: no, parts: of, kind: type}\n"


def settings(more: str = "") -> SmsSettings:
    return sms_settings(YamlTree.read(BASE + more, "渠道定义"))


def item(content: str = "路灯不亮", **more: Any) -> dict[str, Any]:
    return {"content": content, "mobile": "13800000000", "id": "7", **more}


def test_a_message_is_read_by_the_names_of_its_provider() -> None:
    found, passed = texts_of(item(" 路灯不亮 "), settings())
    assert found == [Text("路灯不亮", "13800000000", "7", "", "", None)]
    assert passed == 0


def test_a_list_of_messages_is_found_where_it_stands() -> None:
    found, _ = texts_of({"data": {"list": [item(id="1"), item(id="2")]}}, settings("items: data.list\n"))
    assert [text.number for text in found] == ["1", "2"]


@pytest.mark.parametrize("text", ["退订", "\uff34\uff24", "td。", " T ", "stop!"])
def test_a_word_to_stop_is_no_report(text: str) -> None:
    assert texts_of(item(text), settings()) == ([], 1)


def test_a_sentence_that_holds_such_a_word_is_a_report() -> None:
    assert len(texts_of(item("怎么退订短信？"), settings())[0]) == 1


def test_receipts_and_items_without_a_sender_are_passed_over() -> None:
    with_kind = settings("receipts: [report]\n")
    assert texts_of(item(type="report"), with_kind) == ([], 1)
    assert texts_of({"id": "7", "status": "DELIVRD"}, with_kind) == ([], 1)
    assert len(texts_of(item(type="upstream"), with_kind)[0]) == 1
    assert len(texts_of(item(), settings())[0]) == 1


@pytest.mark.parametrize(
    ("ref", "no", "of", "part"),
    [
        ("9", "1", "2", Part("9", 1, 2)),
        (9, 2, 2, Part("9", 2, 2)),
        ("", "1", "2", None),
        ("9", "1", "1", None),
        ("9", "3", "2", None),
        ("9", "0", "2", None),
        ("9", "x", "2", None),
        ("9", "1", "1000", None),
    ],
)
def test_parts_are_known_by_reference_number_and_total(ref: Any, no: Any, of: Any, part: Part | None) -> None:
    assert texts_of(item(ref=ref, no=no, of=of), settings())[0][0].part == part


@given(st.permutations(["甲", "乙", "丙", "丁"]), st.sets(st.integers(1, 4), min_size=1))
def test_parts_are_joined_in_order_whatever_order_they_came_in(words: list[str], came: set[int]) -> None:
    parts = {n: Text(words[n - 1], "1", str(n), "", "", None) for n in sorted(came, reverse=True)}
    whole = joined(parts, 4)
    assert complete(list(came), 4) == (came == {1, 2, 3, 4})
    for number in range(1, 5):
        present = words[number - 1] in whole.text
        assert present == (number in came)
        assert (f"第 {number} 条短信未收到" in whole.text) != present
    assert whole.number == str(min(came))


@pytest.mark.parametrize(
    "text",
    [
        "fields: {text: a}\n",
        BASE + "auth: none\n",
        "fields: {text: a, phone: b, number: 'c['}\n",
        "fields: {text: a, phone: b, number: c, secret: d}\n",
        BASE + "answer: '{'\n",
        BASE + "window_seconds: 5\n",
        BASE + "nothing: 1\n",
        BASE + "stop_words: 退订\n",
        BASE + "items: '['\n",
    ],
)
def test_wrong_settings_are_refused_with_their_line(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        sms_settings(YamlTree.read(text, "渠道定义"))
    assert refused.value.details["line"] >= 1
