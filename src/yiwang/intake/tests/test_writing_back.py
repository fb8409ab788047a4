"""Write-backs: in the source's words, in order, at least once, never to another source."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from yiwang.cases.public import Case, Remark, Report, ReportLink, reject_case
from yiwang.cases.tests.factories import City, make_city
from yiwang.intake.models import WriteBack
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.rules.signing import KEY, NONCE, SIGNATURE, TIME, Signed, fault
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.receiving import receive_raw
from yiwang.intake.services.registry import add_key
from yiwang.intake.services.writing_back import Change, blank_words, note_change, send_again, send_due
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid
from yiwang.ledger.public import JournalEntry, relay_once

from .channels import OPERATOR, PUSHED, opened

pytestmark = pytest.mark.django_db(transaction=True)
TOLD = """\
write_back:
  url: http://source.example/orders/{source_number}
  auth: hmac
  always: {no: "{source_number}"}
  changes:
    accepted: {status: A}
    dispatched: {status: D, note: "已派{unit}"}
    rejected: {status: R, why: "{reason}"}
"""
WEBHOOK = """\
code: province
name: 省平台
kind: platform
door: webhook
direction: out
owner: 省厅
write_back:
  url: http://province.example/events
  auth: none
  always: {case: "{case_number}"}
  changes: {closed: {state: closed}}
"""
EXCHANGE = system_actor("tests", "intake.exchange")


@pytest.fixture
def city() -> City:
    return make_city()


def channel(code: str = "demo_source") -> LiveChannel:
    at = timezone.now()
    live = opened(PUSHED.format(code=code, rank=5, burst=100) + TOLD, at)
    if not live.keys:
        add_key(actor=OPERATOR, at=at, channel_id=live.id, kind="hmac")
    return live


def case_of(live: LiveChannel, number: str) -> Case:
    body = json.dumps({"number": number, "content": "路灯不亮"})
    receive_raw(channel=live, bodies=[body], at=timezone.now())
    handle_waiting()
    report = Report.objects.get(channel=live.code, source_number=number)
    return ReportLink.objects.get(report=report).case


class Source:
    """A source that answers as it is told and keeps what it got."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.got: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.got.append(request)
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            raise httpx.ConnectError("no route")
        return httpx.Response(status, text="回执")

    def send(self, after: float = 0) -> int:
        with httpx.Client(transport=httpx.MockTransport(self)) as client:
            return send_due(at=timezone.now() + timedelta(seconds=after), client=client)

    def bodies(self) -> list[dict[str, str]]:
        return [json.loads(request.content) for request in self.got]


def test_what_happens_to_a_case_reaches_its_source_in_its_own_words(city: City) -> None:
    live = channel()
    case = case_of(live, "A/1")
    boss = system_actor("tests", "cases.reject")
    reject_case(actor=boss, at=timezone.now(), case_id=case.id, reason="不属本市职责")
    relay_once(timezone.now())
    source = Source()
    source.send()
    assert source.bodies() == [{"no": "A/1", "status": "R", "why": "不属本市职责"}]
    request = source.got[0]
    assert request.url.raw_path == b"/orders/A%2F1"
    assert WriteBack.objects.get().state == "sent"
    assert source.send() == 0


def test_a_message_is_signed_so_that_the_source_can_check_it(city: City) -> None:
    live = channel()
    case = case_of(live, "A1")
    _row, secret = add_key(actor=OPERATOR, at=timezone.now(), channel_id=live.id, kind="hmac")
    note_change(Change("accepted", case.id, timezone.now(), {}))
    source = Source()
    source.send()
    sent = source.got[0]
    signed = Signed(*(sent.headers[name] for name in (KEY, TIME, NONCE, SIGNATURE)))
    assert fault(
        signed, secret, method="POST", path="/orders/A1", body=sent.content, at=timezone.now()
    ) == ""  # fmt: skip


def test_changes_of_one_report_arrive_in_order_even_when_the_first_fails(city: City) -> None:
    case = case_of(channel(), "A1")
    at = timezone.now()
    note_change(Change("accepted", case.id, at, {}))
    note_change(Change("dispatched", case.id, at + timedelta(milliseconds=5), {"unit": "东区城管局"}))
    source = Source(503, 0)
    source.send()
    assert [body["status"] for body in source.bodies()] == ["A"]
    source.send(3)
    source.send(20)
    source.send(30)
    assert [body["status"] for body in source.bodies()] == ["A", "A", "A", "D"]
    assert source.bodies()[-1]["note"] == "已派东区城管局"


def test_another_report_is_not_held_up(city: City) -> None:
    live = channel()
    one, two = case_of(live, "A1"), case_of(live, "A2")
    for case in (one, two):
        note_change(Change("accepted", case.id, timezone.now(), {}))
    source = Source(500, 200)
    source.send()
    assert {body["no"] for body in source.bodies()} == {"A1", "A2"}
    assert WriteBack.objects.filter(state="sent").count() == 1


def test_the_delay_grows_and_a_source_may_ask_for_more(city: City) -> None:
    case = case_of(channel(), "A1")
    note_change(Change("accepted", case.id, timezone.now(), {}))
    waits = []
    for _ in range(4):
        row = WriteBack.objects.get()
        at = max(row.due_at, timezone.now())
        with httpx.Client(transport=httpx.MockTransport(lambda _request: httpx.Response(500))) as client:
            send_due(at=at, client=client)
        waits.append(round((WriteBack.objects.get().due_at - at).total_seconds()))
    assert waits == [2, 4, 8, 16]
    row = WriteBack.objects.get()
    asks = httpx.MockTransport(lambda _request: httpx.Response(429, headers={"Retry-After": "120"}))
    with httpx.Client(transport=asks) as client:
        send_due(at=row.due_at, client=client)
    assert round((WriteBack.objects.get().due_at - row.due_at).total_seconds()) == 120


def test_a_refusal_is_given_up_visibly_and_can_be_sent_again(city: City) -> None:
    case = case_of(channel(), "A1")
    note_change(Change("accepted", case.id, timezone.now(), {}))
    source = Source(422)
    source.send()
    row = WriteBack.objects.get()
    assert (row.state, row.answer) == ("given_up", "422 回执")
    send_again(actor=EXCHANGE, at=timezone.now(), write_back_id=row.id)
    with pytest.raises(Conflict):
        send_again(actor=EXCHANGE, at=timezone.now(), write_back_id=row.id)
    source.send()
    assert WriteBack.objects.get().state == "sent"


def test_after_three_days_of_silence_it_is_given_up(city: City) -> None:
    case = case_of(channel(), "A1")
    note_change(Change("accepted", case.id, timezone.now(), {}))
    source = Source(500)
    source.send(3 * 86_400 + 60)
    assert WriteBack.objects.get().state == "given_up"


def test_each_source_is_told_of_its_own_reports_only(city: City) -> None:
    one, two = channel("source_one"), channel("source_two")
    first, second = case_of(one, "1"), case_of(two, "2")
    report = Report.objects.get(channel="source_two")
    ReportLink.objects.filter(report=report).update(case=first)
    note_change(Change("accepted", first.id, timezone.now(), {}))
    assert set(WriteBack.objects.values_list("channel__code", "facts__source_number")) == {
        ("source_one", "1"), ("source_two", "2"),
    }  # fmt: skip
    assert not WriteBack.objects.filter(case=second.id).exists()


def test_a_change_noted_twice_is_told_once(city: City) -> None:
    case = case_of(channel(), "A1")
    at = timezone.now()
    note_change(Change("accepted", case.id, at, {}))
    note_change(Change("accepted", case.id, at, {}))
    assert WriteBack.objects.count() == 1


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("accepted: {status: A}", "praised: {status: A}", "write_back.changes.praised"),
        ('"{source_number}"', '"{resident_name}"', "write_back.changes"),
        ("http://source.example", "ftp://source.example", "write_back.url"),
        ("http://source.example", "http://{unit}.example", "write_back.url"),
        ("auth: hmac", "auth: basic", "write_back.auth"),
    ],
)
def test_words_that_cannot_be_kept_are_refused_at_their_key(city: City, old: str, new: str, key: str) -> None:
    text = PUSHED.format(code="demo_source", rank=5, burst=100) + TOLD
    assert old in text
    with pytest.raises(Invalid) as refused:
        opened(text.replace(old, new), timezone.now())
    assert refused.value.details["key"] == key


def test_a_clock_that_was_ahead_does_not_hold_a_message_back(city: City) -> None:
    case = case_of(channel(), "A1")
    note_change(Change("accepted", case.id, timezone.now(), {}))
    WriteBack.objects.update(due_at=timezone.now() + timedelta(days=30))
    source = Source()
    assert source.send() == 1
    assert WriteBack.objects.get().state == "sent"


def test_a_source_is_told_the_words_of_the_moment_not_later_ones(city: City) -> None:
    live = channel()
    case = case_of(live, "A1")
    boss = system_actor("tests", "cases.reject")
    at = timezone.now()
    reject_case(actor=boss, at=at, case_id=case.id, reason="不属本市职责")
    note_change(Change("rejected", case.id, at, {}))
    later = JournalEntry.objects.filter(stream=case.id).order_by("-seq").values_list("seq", flat=True)[0] + 1
    Remark.objects.create(case=case, seq=later, text="归档时另写的内部意见", salt=b"")
    source = Source()
    source.send(after=60)
    assert [body["why"] for body in source.bodies()] == ["不属本市职责"]


def test_words_about_a_report_that_was_erased_are_not_kept_for_sending(city: City) -> None:
    live = channel()
    case = case_of(live, "A1")
    report = Report.objects.get(links__case=case)
    reject_case(
        actor=system_actor("tests", "cases.reject"), at=timezone.now(), case_id=case.id, reason="张三的事"
    )
    relay_once(timezone.now())
    assert WriteBack.objects.get().facts["reason"] == "张三的事"
    assert blank_words(case_id=case.id, report_id=report.id) == 1
    assert "张三" not in str(WriteBack.objects.get().facts)
    assert blank_words(case_id=case.id, report_id=report.id) == 0


def test_a_case_that_became_sensitive_is_not_pushed_to_other_platforms(city: City) -> None:
    at = timezone.now()
    case = case_of(channel(), "A1")
    opened(WEBHOOK, at)
    note_change(Change("closed", case.id, at, {"ending": "已解决"}))
    row = WriteBack.objects.get(change="closed")
    Case.objects.filter(pk=case.id).update(is_sensitive=True)
    source = Source()
    source.send(after=1)
    row.refresh_from_db()
    assert (source.got, row.state, "敏感" in row.answer) == ([], "given_up", True)
    Case.objects.filter(pk=case.id).update(is_sensitive=False)
    send_again(actor=EXCHANGE, at=timezone.now(), write_back_id=row.id)
    source.send(after=2)
    assert len(source.got) == 1
