"""Group chats: only what a grid worker marked leaves the group."""

from __future__ import annotations

import json
from typing import Any

import pytest

from yiwang.intake.rules.group_chat import ChatSettings, body_of, chat_settings, marked_of
from yiwang.intake.rules.yaml_tree import YamlTree
from yiwang.kernel.errors import Invalid

TEXT = """\
items: messages
fields: {group: room, sender: from, text: content, quoted_id: quote.id, quoted_text: quote.content,
         quoted_sender: quote.nick, quoted_pictures: quote.images, quoted_time: quote.time}
marks: [上报, "[举手]", 📌]
groups:
  - {id: R1, name: 明发网格群, community: "320111001001", workers: [wx_li]}
"""
QUOTE = {"id": "m7", "content": "三栋楼道灯坏了", "nick": "住户甲", "time": "2026-03-02 10:00"}


def settings(text: str = TEXT) -> ChatSettings:
    return chat_settings(YamlTree.read(text, "渠道定义"))


def message(**more: Any) -> dict[str, Any]:
    return {"room": "R1", "from": "wx_li", "content": "上报 物业不管", "quote": QUOTE, **more}


def bodies(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(body_of(m)) for m in marked_of({"messages": list(messages)}, settings())[0]]


def test_a_marked_message_becomes_the_quoted_text_with_the_workers_note() -> None:
    assert bodies(message()) == [
        {
            "number": "R1:m7", "text": "三栋楼道灯坏了\n（网格员补充：物业不管）", "sender": "住户甲",
            "group": "明发网格群", "community": "320111001001", "pictures": [], "time": "2026-03-02 10:00",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"content": "我来看看"},
        {"from": "wx_resident"},
        {"room": "R2"},
        {"quote": None},
        {"quote": {"id": "m7", "content": ""}},
    ],
)
def test_everything_else_is_only_counted(other: dict[str, Any]) -> None:
    assert marked_of({"messages": [message(**other)]}, settings()) == ([], 1)


def test_the_second_mark_of_a_message_gives_the_same_body_whoever_sets_it() -> None:
    text = TEXT.replace("[wx_li]", "[wx_li, wx_wu]")
    found, _ = marked_of({"messages": [message(), message(**{"from": "wx_wu"})]}, settings(text))
    assert body_of(found[0]) == body_of(found[1])


def test_a_quote_written_into_the_text_is_understood() -> None:
    written = "「住户甲：三栋楼道灯坏了\n两天了」\n- - - - - - - - - -\n[举手]"
    found = bodies(message(content=written, quote=None))
    assert [(body["text"], body["sender"]) for body in found] == [("三栋楼道灯坏了\n两天了", "住户甲")]
    assert found == bodies(message(content=written, quote=None))


def test_a_mark_inside_the_quoted_text_of_somebody_else_marks_nothing() -> None:
    written = "「住户甲：请上报」\n- - - - - - - - - -\n收到"
    assert bodies(message(content=written, quote=None)) == []


def test_a_quoted_picture_without_words_is_a_report_too() -> None:
    quote = {
        "id": "m8",
        "nick": "住户甲",
        "images": ["https://robot.example/1.jpg", {"base64": "aGk=", "x": "y"}],
    }
    found = bodies(message(content="📌", quote=quote))[0]
    assert (found["text"], found["pictures"]) == (
        "（图片）", [{"url": "https://robot.example/1.jpg"}, {"base64": "aGk="}],
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        TEXT.replace('marks: [上报, "[举手]", 📌]', "marks: []"),
        TEXT.replace("workers: [wx_li]", "workers: []"),
        TEXT.replace('community: "320111001001", ', ""),
        TEXT.replace("{group: room, ", "{"),
        TEXT.split("groups:", maxsplit=1)[0],
    ],
)
def test_wrong_settings_are_refused(wrong: str) -> None:
    with pytest.raises(Invalid):
        settings(wrong)
