"""Letters: charsets as they are meant, answers without their quotes, robots by their headers."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.intake.rules.letters.charsets import header_text, text_of
from yiwang.intake.rules.letters.contents import own_words, page_text
from yiwang.intake.rules.letters.reading import read_letter, subject_token


def letter(**headers: str) -> EmailMessage:
    made = EmailMessage()
    given_headers = {
        "From": "wang@example.cn",
        "Subject": "路灯不亮",
        "Message-ID": "<1@example.cn>",
        **headers,
    }
    for name, value in given_headers.items():
        made[name.replace("_", "-")] = value
    made.set_content("小区门口路灯不亮。")
    return made


def test_gb2312_means_gb18030() -> None:
    words = {name: base64.b64encode(name.encode("gb18030")).decode() for name in ("张囍", "朱镕基路的路灯")}
    head = (
        f"From: =?gb2312?B?{words['张囍']}?= <a@b.cn>\r\nSubject: =?GB2312?B?{words['朱镕基路的路灯']}?=\r\n"
        "Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    found = read_letter(head.encode() + "朱镕基、囍字楼门口路灯不亮".encode("gb18030"))
    assert found.text == "朱镕基、囍字楼门口路灯不亮"
    assert (found.subject, found.sender_name) == ("朱镕基路的路灯", "张囍")


def test_a_header_of_raw_bytes_is_guessed_and_a_character_parted_between_words_is_whole() -> None:
    raw = b"From: a@b.cn\r\nSubject: " + "井盖松动".encode("gbk") + b"\r\n\r\nx"
    assert read_letter(raw).subject == "井盖松动"
    parted = "=?utf-8?B?5LqV55s=?= =?utf-8?B?lg==?="
    assert header_text(parted) == "井盖"


@given(st.binary(max_size=300))
def test_no_letter_is_too_broken_to_be_read(raw: bytes) -> None:
    found = read_letter(raw)
    assert found.message_id
    assert found.subject.isprintable() or not found.subject


@given(st.text(max_size=60), st.sampled_from(["gb2312", "utf-8", "x-unknown", "", "rot13", "hex", None]))
def test_text_in_the_usual_charsets_comes_back_whatever_is_claimed(text: str, charset: str | None) -> None:
    content = text.encode("utf-8", "ignore")
    assert isinstance(text_of(content, charset), str)
    assert text_of("路灯不亮".encode("gb18030"), charset) == "路灯不亮"


def test_a_page_becomes_lines_without_scripts_and_an_answer_loses_its_quote() -> None:
    html = (
        "<html><head><style>p{color:red}</style></head><body><p>楼道&nbsp;灯坏了</p><div>三天了<br>请修</div>"
        "<script>alert(1)</script><blockquote>2026年3月1日，市民信箱写道：您好</blockquote></body></html>"
    )
    assert page_text(html).startswith("楼道 灯坏了\n\n三天了\n请修")
    assert "alert" not in page_text(html)
    assert own_words(page_text(html)) == "楼道 灯坏了\n\n三天了\n请修"


@pytest.mark.parametrize(
    "quote",
    [
        "------------------ 原始邮件 ------------------\n发件人: 信箱\n您的诉求已受理",
        "在 2026年3月1日，信箱 <a@b.cn> 写道：\n> 已受理",
        "On Mon, Mar 2, 2026, Letterbox wrote:\n> received",
        "发件人：信箱\n发送时间：2026年3月1日\n您的诉求已受理",
        "> 您的诉求已受理\n> 请耐心等待",
        "-- \n张三 13800000000",
    ],
)
def test_an_answer_is_only_what_its_writer_wrote(quote: str) -> None:
    assert own_words(f"还是没有修好\n\n{quote}") == "还是没有修好"


def test_a_letter_that_is_nothing_but_a_quote_is_kept_whole() -> None:
    assert own_words("> 只有引用") == "> 只有引用"


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "automatic"),
        ({"Auto_Submitted": "no"}, ""),
        ({"X_Autoreply": "yes"}, "automatic"),
        ({"Precedence": "bulk"}, "list"),
        ({"List_Id": "<news.example.cn>"}, "list"),
        ({"Return_Path": "<>"}, "bounce"),
        ({"From": "MAILER-DAEMON@example.cn"}, "robot"),
        ({"From": "no-reply@example.cn"}, "robot"),
        ({"From": "BOX@Example.cn"}, "loop"),
        ({"X_Yiwang_Letterbox": "1"}, "loop"),
        ({"Subject": "自动回复: 您好", "In_Reply_To": "<9@example.cn>"}, "automatic"),
        ({"Subject": "自动回复: 楼道里的自动门坏了"}, ""),
        ({"From": "nora@example.cn", "Subject": "退信"}, ""),
    ],
)
def test_robots_are_known_by_their_headers(headers: dict[str, str], reason: str) -> None:
    raw = letter(**headers).as_bytes()
    assert read_letter(raw, own={"box@example.cn"}).robot == reason


def test_a_delivery_report_is_a_bounce() -> None:
    raw = b"From: a@b.cn\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\nfailed\r\n--x--\r\n"
    assert read_letter(raw).robot == "bounce"


def test_what_a_letter_answers_stands_nearest_first() -> None:
    found = read_letter(letter(In_Reply_To="<3@x>", References="<1@x> <2@x> <3@x>").as_bytes())
    assert found.answers == ("3@x", "2@x", "1@x")


def test_the_token_of_a_subject_is_read_back_and_taken_out() -> None:
    token = subject_token("R20260302-00000017-4", "abcdefgh234567")
    found = read_letter(letter(Subject=f"回复：Re: {token} 路灯不亮").as_bytes())
    assert found.token == ("R20260302-00000017-4", "abcdefgh")
    assert found.subject == "路灯不亮"


def test_enclosures_come_with_their_names_and_pictures_of_the_page_too() -> None:
    made = letter()
    made.add_alternative("<p>小区门口路灯不亮。</p><img src='cid:1'>", subtype="html")
    made.add_attachment(b"\xff\xd8\xff\xe0pic", maintype="image", subtype="jpeg", filename="现场照片.jpg")
    found = read_letter(made.as_bytes())
    assert found.text == "小区门口路灯不亮。"
    assert [(e.name, e.media_type, e.content[:2]) for e in found.enclosures] == [
        ("现场照片.jpg", "image/jpeg", b"\xff\xd8")
    ]


def test_a_letter_without_a_number_has_one_of_its_own_that_stays() -> None:
    raw = b"From: a@b.cn\r\nSubject: x\r\n\r\ny"
    assert read_letter(raw).message_id == read_letter(raw).message_id
    assert read_letter(raw).message_id != read_letter(raw + b"z").message_id
