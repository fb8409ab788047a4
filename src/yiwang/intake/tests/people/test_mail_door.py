"""The mail door against a real IMAP server: nothing lost, nothing doubled, answers join their report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection

from yiwang.cases.public import EVIDENCE_OWNER, Case, FollowUp, Report
from yiwang.cases.tests.factories import City, picture
from yiwang.files.public import attachments_of
from yiwang.intake.doors import mail
from yiwang.intake.models import ChannelHour, Letter, PullCursor, QuarantineEntry, RawMessage
from yiwang.intake.queries.channels import LiveChannel, channel_index
from yiwang.intake.rules.mail_settings import folder_name
from yiwang.intake.services import letters
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.letters import token_for
from yiwang.intake.services.registry import add_key

from ..channels import OPERATOR, opened
from .mail_server import PASSWORD, USER, MailServer, mail_server

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
WHO = "wang@mail.example.cn"
TEXT = """\
code: box
name: 书记信箱
kind: letterbox
door: mail
owner: 某
settings:
  {{host: 127.0.0.1, port: {port}, security: none, user: {user}, start: all, folder: {folder}, {more}}}
mapping:
  fields:
    source_number: number
    title: subject
    text: text
    contact_name: contact
    received_at: sent_at
    attachments: attachments
  required: [source_number, text]
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mail")) as found:
        yield found


@pytest.fixture
def channel(city: City, server: MailServer) -> LiveChannel:
    server.make_anew("Letters")
    return box(server)


def box(server: MailServer, *, more: str = "most_megabytes: 20", password: str = PASSWORD) -> LiveChannel:
    text = TEXT.format(port=server.port, user=USER, folder="Letters", more=more)
    found = opened(text, AT)
    if not found.keys:
        add_key(actor=OPERATOR, at=AT, channel_id=found.id, kind="theirs", given=password)
    return channel_index().by_code["box"]


def letter(number: str = "1", text: str = "小区门口路灯不亮。", **headers: str) -> EmailMessage:
    made = EmailMessage()
    plain = {
        "From": WHO, "Subject": "路灯不亮", "Message-ID": f"<{number}@mail.example.cn>",
        "Date": "Mon, 02 Mar 2026 09:15:00 +0800",
    }  # fmt: skip
    for name, value in {**plain, **{k.replace("_", "-"): v for k, v in headers.items()}}.items():
        made[name] = value
    made.set_content(text)
    return made


def read(channel: LiveChannel, at: datetime = AT) -> dict[str, int]:
    outcomes = mail.visit(channel=channel, at=at)
    handle_waiting(clock=lambda: at)
    return outcomes


@pytest.fixture
def put(server: MailServer) -> Callable[..., None]:
    return lambda *made: server.put(*(m.as_bytes() for m in made), folder="Letters")


def test_a_letter_becomes_a_report_and_is_seen_after_it_is_committed(
    channel: LiveChannel, put: Callable[..., None], server: MailServer
) -> None:
    made = letter(From=f"王女士 <{WHO}>")
    made.add_attachment(picture().read(), maintype="image", subtype="jpeg", filename="现场.jpg")
    put(made)
    assert read(channel) == {"stored": 1}
    report = Report.objects.get()
    assert (report.channel, report.text, report.source_number) == (
        "box", "小区门口路灯不亮。", "1@mail.example.cn",
    )  # fmt: skip
    assert report.received_at == datetime(2026, 3, 2, 1, 15, tzinfo=UTC)
    assert Case.objects.get().title == "路灯不亮"
    assert len(attachments_of(EVIDENCE_OWNER, Case.objects.get().id)) == 1
    assert WHO.encode() not in bytes(RawMessage.objects.get().payload)
    assert server.unseen("Letters") == []


def test_a_mailbox_read_again_gives_nothing_new(channel: LiveChannel, put: Callable[..., None]) -> None:
    put(letter("1"), letter("2", "井盖松动"))
    assert read(channel) == {"stored": 2}
    assert read(channel) == {}
    put(letter("3", "下水道堵塞"))
    assert read(channel) == {"stored": 1}
    assert Report.objects.count() == 3


def test_the_same_letter_in_two_copies_is_one_report(channel: LiveChannel, put: Callable[..., None]) -> None:
    put(letter("1"), letter("1"))
    assert read(channel) == {"stored": 1, "known": 1}
    assert Report.objects.count() == 1


def test_a_mailbox_that_was_made_anew_doubles_nothing(
    channel: LiveChannel, put: Callable[..., None], server: MailServer
) -> None:
    put(letter("1"), letter("2", "井盖松动"))
    read(channel)
    before = PullCursor.objects.get().cursor
    server.make_anew("Letters")
    put(letter("2", "井盖松动"), letter("1"), letter("3", "下水道堵塞"))
    assert read(channel) == {"known": 2, "stored": 1}
    assert PullCursor.objects.get().cursor.partition(":")[0] != before.partition(":")[0]
    assert Report.objects.count() == 3


def test_a_reader_that_dies_before_the_commit_loses_nothing_and_marks_nothing(
    channel: LiveChannel, put: Callable[..., None], server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(letter("1"), letter("2", "井盖松动"))
    real = letters.receive_raw

    def dies(**given: Any) -> Any:
        real(**given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(letters, "receive_raw", dies)
        with pytest.raises(KeyboardInterrupt):
            read(channel)
    assert not RawMessage.objects.exists()
    assert len(server.unseen("Letters")) == 2
    assert read(channel) == {"stored": 2}


def test_a_reader_that_dies_after_the_commit_doubles_nothing(
    channel: LiveChannel, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(letter("1"), letter("2", "井盖松动"))

    def dies(self: mail.Mailbox, uid: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(mail.Mailbox, "mark_seen", dies)
        with pytest.raises(KeyboardInterrupt):
            read(channel)
    assert RawMessage.objects.count() == 1
    assert read(channel) == {"stored": 1}
    assert Report.objects.count() == 2


def test_an_answer_is_a_follow_up_in_its_writers_own_words(
    channel: LiveChannel, put: Callable[..., None]
) -> None:
    put(letter("1"))
    read(channel)
    quoted = "还是没有修好。\n\n-----原始邮件-----\n发件人: 信箱\n您的诉求已受理"
    put(letter("2", quoted, In_Reply_To="<1@mail.example.cn>", Subject="回复: 路灯不亮"))
    put(
        letter(
            "3",
            "今天修好了，谢谢。",
            References="<1@mail.example.cn> <2@mail.example.cn>",
            Subject="Re: 路灯不亮",
        )
    )
    assert read(channel) == {"stored": 2}
    assert Report.objects.count() == 1
    told = list(FollowUp.objects.order_by("at", "id").values_list("text", flat=True))
    assert [("还是没有修好。" in text, "今天修好了" in text) for text in told] == [
        (True, False),
        (False, True),
    ]
    assert "您的诉求已受理" not in "".join(told)


def test_an_answer_in_the_same_visit_joins_the_letter_before_it(
    channel: LiveChannel, put: Callable[..., None]
) -> None:
    put(letter("1"), letter("2", "补一句：在 3 栋。", In_Reply_To="<1@mail.example.cn>"))
    read(channel)
    assert (Report.objects.count(), FollowUp.objects.count()) == (1, 1)


def test_the_token_of_our_subject_finds_the_report_without_any_thread(
    channel: LiveChannel, put: Callable[..., None]
) -> None:
    put(letter("1"))
    read(channel)
    token = token_for(Report.objects.get())
    put(letter("8", "又坏了。", Subject=f"Re: {token} 您的来信已办结"))
    put(letter("9", "猜一个", Subject=f"Re: [{token[1:21]} aaaaaaaa] 猜的"))
    read(channel)
    assert Report.objects.count() == 2
    assert "又坏了" in FollowUp.objects.get().text


def test_robots_bounces_and_our_own_letters_stay_unread_and_are_counted(
    channel: LiveChannel, put: Callable[..., None], server: MailServer
) -> None:
    put(
        letter("1", Auto_Submitted="auto-replied"),
        letter("2", Return_Path="<>"),
        letter("3", From="MAILER-DAEMON@mail.example.cn"),
        letter("4", X_Yiwang_Letterbox="box"),
        letter("5", List_Id="<news.example.cn>"),
    )
    outcomes = read(channel)
    assert outcomes == {"automatic": 1, "bounce": 1, "robot": 1, "loop": 1, "list": 1}
    assert not RawMessage.objects.exists()
    assert len(server.unseen("Letters")) == 5
    assert sum(ChannelHour.objects.values_list("ignored", flat=True)) == 5
    assert read(channel) == {}


def test_one_sender_cannot_flood_the_box(city: City, server: MailServer, put: Callable[..., None]) -> None:
    server.make_anew("Letters")
    channel = box(server, more="per_sender_per_hour: 2")
    put(*(letter(str(n), f"第 {n} 封") for n in range(4)), letter("9", "别人的", From="li@example.cn"))
    assert read(channel) == {"stored": 3, "flood": 2}


def test_ignored_senders_are_left_alone(city: City, server: MailServer, put: Callable[..., None]) -> None:
    server.make_anew("Letters")
    channel = box(server, more="ignore: [example.cn]")
    put(letter("1", From="ad@example.cn"), letter("2"))
    assert read(channel) == {"ignored": 1, "stored": 1}


def test_a_letter_larger_than_allowed_is_read_as_far_as_that(
    city: City, server: MailServer, put: Callable[..., None]
) -> None:
    server.make_anew("Letters")
    channel = box(server, more="most_megabytes: 1")
    made = letter()
    made.add_attachment(b"%PDF-" + b"x" * 2_000_000, maintype="application", subtype="pdf", filename="大.pdf")
    put(made)
    read(channel)
    assert Report.objects.get().text.startswith("小区门口路灯不亮。\n（邮件过大")
    assert not attachments_of(EVIDENCE_OWNER, Case.objects.get().id)


def test_too_many_and_forbidden_files_are_named(
    city: City, server: MailServer, put: Callable[..., None]
) -> None:
    server.make_anew("Letters")
    channel = box(server, more="attachments: 1")
    made = letter()
    for name in ("一.exe", "二.exe"):
        made.add_attachment(b"MZ" + bytes(5_000), maintype="application", subtype="x", filename=name)
    put(made)
    read(channel)
    assert "附件“二.exe”未收" in Report.objects.get().text
    assert "一.exe" in FollowUp.objects.get().text


def test_by_default_only_letters_after_the_first_connection_count(
    city: City, server: MailServer, put: Callable[..., None]
) -> None:
    server.make_anew("Letters")
    put(letter("1"))
    channel = box(server, more="poll_seconds: 60")
    text = channel.definition.text.replace("start: all", "start: new")
    channel = opened(text, AT)
    assert read(channel) == {}
    put(letter("2", "井盖松动"))
    assert read(channel) == {"stored": 1}


def test_a_letter_that_nothing_can_read_is_set_aside_and_the_next_one_comes_in(
    channel: LiveChannel, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(letter("1", "毒"), letter("2", "井盖松动"))
    real = letters.read_letter

    def broken(raw: bytes, **given: Any) -> Any:
        if b"<1@" in raw:
            raise ZeroDivisionError
        return real(raw, **given)

    monkeypatch.setattr(letters, "read_letter", broken)
    assert read(channel) == {"set_aside": 1, "stored": 1}
    assert QuarantineEntry.objects.get().field == "text"
    assert Report.objects.get().text == "井盖松动"


def test_a_wrong_password_is_written_down_without_the_password_and_asked_less_often(
    city: City, server: MailServer
) -> None:
    channel = box(server, password="wrong-secret")
    assert mail.is_due(channel, AT)
    for _ in range(2):
        assert mail.visit(channel=channel, at=AT) == {}
    row = PullCursor.objects.get()
    assert (row.failures, "登录" in row.last_error, "wrong-secret" in row.last_error) == (2, True, False)
    assert not mail.is_due(channel, AT + timedelta(seconds=90))
    assert mail.is_due(channel, AT + timedelta(seconds=300))


def test_a_server_that_is_away_is_no_failure_of_the_product(city: City, server: MailServer) -> None:
    channel = box(server)
    text = channel.definition.text.replace(f"port: {server.port}", "port: 1")
    assert mail.visit(channel=opened(text, AT), at=AT) == {}
    assert PullCursor.objects.get().failures == 1


def test_over_the_quota_letters_wait_in_the_box(
    city: City, server: MailServer, put: Callable[..., None]
) -> None:
    server.make_anew("Letters")
    channel = box(server)
    text = channel.definition.text.replace(
        "settings:", "quota: {per_minute: 1, burst: 1, waiting: 10}\nsettings:"
    )
    channel = opened(text, AT)
    put(letter("1"), letter("2", "井盖松动"))
    assert read(channel) == {"stored": 1}
    assert len(server.unseen("Letters")) == 1
    assert read(channel, AT + timedelta(minutes=2)) == {"stored": 1}


def test_addresses_are_nowhere_in_clear(channel: LiveChannel, put: Callable[..., None]) -> None:
    put(letter("1"))
    read(channel)
    assert Letter.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{WHO}%"])
            assert cursor.fetchone()[0] == 0, table


def test_folder_names_are_written_as_imap_wants_them() -> None:
    assert folder_name("INBOX") == '"INBOX"'
    assert folder_name("台北") == '"&U,BTFw-"'
    assert folder_name('a&b"c') == '"a&-b\\"c"'
