"""Sending against a real server: once, again after failures, never silently twice, within quota and hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import httpx
import pytest

from yiwang.cases.tests.factories import AT
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Conflict, Invalid, Refused
from yiwang.kernel.ids import uuid7
from yiwang.kernel.working_time import SHANGHAI
from yiwang.ledger.public import JournalEntry, acting
from yiwang.notify.models import Gateway, Message
from yiwang.notify.queries import masked_phone, opened
from yiwang.notify.services.gateways import add_gateway, change_gateway, switch_gateway
from yiwang.notify.services.queueing import forget_report
from yiwang.notify.services.resending import forget_old, resend, try_gateway
from yiwang.notify.services.sending import LEASE, PATIENCE, send_due

from .gateway_server import ADMIN, PHONE, GatewayServer, gateway_in_use, queued, terms_of

pytestmark = pytest.mark.django_db


class Dying(httpx.HTTPTransport):
    """A worker that dies after the gateway has got the message and before anything is written down."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and die."""
        super().handle_request(request).read()
        raise SystemExit


class Silent(httpx.HTTPTransport):
    """A line that breaks after the gateway has got the message and before its answer is read."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and lose the answer."""
        super().handle_request(request).read()
        raise httpx.ReadTimeout("no answer", request=request)


def send(after: timedelta = timedelta(), *, transport: httpx.HTTPTransport | None = None) -> int:
    with httpx.Client(transport=transport or httpx.HTTPTransport()) as client:
        return send_due(at=AT + after, client=client)


def only() -> Message:
    return Message.objects.get()


def test_a_message_is_delivered_once_with_our_number_and_the_credential(server: GatewayServer) -> None:
    gateway_in_use(server)
    row = queued()
    assert row is not None
    assert (send(), send(timedelta(minutes=1))) == (1, 0)
    told = {"mobile": PHONE, "content": "请评价 https://yw.example.gov.cn/t/1/secret/", "seq": str(row.id)}
    assert server.got == [told]
    assert server.headers[0]["Authorization"] == "Bearer app-secret"
    found = only()
    assert (found.state, found.answer, found.attempts) == ("sent", "m-1", 1)
    assert found.sent_at is not None
    assert found.sent_at >= AT
    kinds = list(JournalEntry.objects.filter(stream=row.id).order_by("seq").values_list("kind", flat=True))
    assert kinds == ["notify.queued", "notify.sent"]
    assert found.version == 2


def test_without_a_gateway_that_is_on_nothing_is_queued_or_sent(server: GatewayServer) -> None:
    add_gateway(actor=ADMIN, at=AT, terms=terms_of(server))
    assert queued() is None
    assert send() == 0
    assert server.got == []


def test_a_gateway_that_fails_for_a_while_gets_the_message_in_the_end(server: GatewayServer) -> None:
    gateway_in_use(server)
    server.answers = [(500, {}), (503, {}), (200, {"code": 13, "text": "余额不足"})]
    queued()
    assert send() == 1
    assert (only().state, only().reason) == ("queued", "retry")
    assert send(timedelta(seconds=30)) == 0
    for minutes in (2, 5, 10):
        send(timedelta(minutes=minutes))
    assert (only().state, only().attempts, len(server.got)) == ("sent", 4, 4)
    assert len({told["seq"] for told in server.got}) == 1


def test_what_no_attempt_brings_out_is_given_up_and_sent_again_by_a_person(server: GatewayServer) -> None:
    gateway_in_use(server)
    server.answers = [(500, {"why": "维护"})] * 8
    queued()
    for hours in range(9):
        send(timedelta(hours=hours * 2))
    row = only()
    assert (row.state, row.reason, row.attempts) == ("failed", "unreachable", 8)
    assert "500" in row.answer
    nobody = system_actor("tests", "cases.view")
    with pytest.raises(Refused):
        resend(actor=nobody, at=AT, message_id=row.id)
    again = AT + timedelta(days=3)
    resend(actor=ADMIN, at=again, message_id=row.id, expected=row.version)
    send(timedelta(days=3))
    assert only().state == "sent"
    with pytest.raises(Conflict):
        resend(actor=ADMIN, at=again, message_id=row.id)


def test_what_the_gateway_refuses_is_not_tried_again(server: GatewayServer) -> None:
    gateway_in_use(server)
    server.answers = [(400, {"why": f"黑名单 {PHONE} app-secret"})]
    queued()
    send()
    row = only()
    assert (row.state, row.reason) == ("failed", "refused")
    assert PHONE not in row.answer
    assert "app-secret" not in row.answer
    assert send(timedelta(hours=1)) == 0


def test_a_worker_that_dies_after_the_call_leaves_one_in_doubt_and_sends_none_twice(
    server: GatewayServer,
) -> None:
    gateway_in_use(server)
    queued()
    with pytest.raises(SystemExit):
        send(transport=Dying())
    assert (only().state, len(server.got)) == ("sending", 1)
    assert send(timedelta(minutes=1)) == 0
    send(LEASE + timedelta(seconds=1))
    assert (only().state, only().reason, len(server.got)) == ("held", "uncertain", 1)
    send(timedelta(hours=1))
    assert len(server.got) == 1


def test_where_the_gateway_deduplicates_it_is_sent_again_under_the_same_number(server: GatewayServer) -> None:
    gateway_in_use(server, is_deduplicating=True)
    queued()
    with pytest.raises(SystemExit):
        send(transport=Dying())
    send(LEASE + timedelta(seconds=1))
    send(timedelta(minutes=10))
    assert only().state == "sent"
    assert len(server.got) == 2
    assert server.got[0]["seq"] == server.got[1]["seq"]


def test_an_answer_that_is_lost_leaves_the_message_in_doubt(server: GatewayServer) -> None:
    gateway_in_use(server)
    queued()
    send(transport=Silent())
    assert (only().state, only().reason) == ("held", "uncertain")


def test_a_gateway_that_is_not_there_is_tried_later(server: GatewayServer) -> None:
    gateway_in_use(server, url="http://127.0.0.1:1/sms")
    queued()
    send()
    assert (only().state, only().reason) == ("queued", "retry")


def test_a_private_address_is_refused_unless_the_gateway_is_inside(
    server: GatewayServer,
) -> None:
    gateway_in_use(server, is_internal=False)
    queued()
    send()
    assert (only().state, only().reason, server.got) == ("failed", "missing", [])


def test_link_local_addresses_are_refused_always(server: GatewayServer) -> None:
    gateway_in_use(server, url="http://169.254.169.254/latest/meta-data")
    queued()
    send()
    assert (only().state, only().reason) == ("failed", "missing")


def test_redirects_are_not_followed(server: GatewayServer) -> None:
    gateway_in_use(server)
    server.answers = [(302, {})]
    queued()
    send()
    assert (only().state, len(server.got)) == ("failed", 1)


def test_the_quota_of_a_day_holds_and_the_rest_goes_out_the_next_day(server: GatewayServer) -> None:
    gateway_in_use(server, daily_quota=2)
    for _ in range(3):
        queued()
    assert send() == 2
    waiting = Message.objects.get(state="queued")
    midnight = datetime(2026, 3, 3, tzinfo=SHANGHAI)
    assert (waiting.reason, waiting.next_at) == ("quota", midnight)
    assert send(timedelta(hours=1)) == 0
    assert send(midnight - AT) == 1
    assert len(server.got) == 3


def test_quiet_hours_hold_all_but_urgent_messages_until_the_morning(server: GatewayServer) -> None:
    gateway_in_use(server, quiet_from=time(21), quiet_to=time(8))
    queued()
    urgent = queued(urgent=True)
    night = datetime(2026, 3, 2, 22, 10, tzinfo=SHANGHAI)
    assert send(night - AT) == 1
    assert urgent is not None
    assert [told["seq"] for told in server.got] == [str(urgent.id)]
    waiting = Message.objects.get(state="queued")
    morning = datetime(2026, 3, 3, 8, tzinfo=SHANGHAI)
    assert (waiting.reason, waiting.next_at) == ("quiet", morning)
    assert send(morning - AT) == 1


def test_the_same_occurrence_is_queued_once_and_another_again(server: GatewayServer) -> None:
    gateway_in_use(server)
    report = uuid7()
    assert queued(report=report) is not None
    assert queued(report=report) is None
    assert queued(report=report, occurrence="1") is not None
    assert send() == 2


def test_a_number_that_is_no_mobile_is_seen_and_not_sent(server: GatewayServer) -> None:
    gateway_in_use(server)
    queued(phone="025-83630000")
    assert (only().state, only().reason, only().sealed) == ("skipped", "no_mobile", None)
    assert send() == 0


def test_number_and_text_stand_nowhere_in_clear_and_erasure_destroys_them(server: GatewayServer) -> None:
    gateway_in_use(server)
    report = uuid7()
    row = queued(report=report)
    assert row is not None
    stored = only()
    assert PHONE.encode() not in bytes(stored.sealed or b"")
    assert opened(stored)["phone"] == PHONE
    assert masked_phone(stored) == "138****5678"
    with acting(actor=ADMIN, at=AT) as act:
        assert forget_report(act, report) == 1
    assert (only().sealed, only().state, only().reason) == (None, "skipped", "erased")
    assert masked_phone(only()) == ""
    assert send() == 0
    with pytest.raises(Conflict):
        resend(actor=ADMIN, at=AT, message_id=row.id)


def test_a_message_whose_text_is_gone_is_not_sent_empty(
    server: GatewayServer,
) -> None:
    gateway_in_use(server)
    queued()
    Message.objects.update(sealed=None)
    send()
    assert (only().state, only().reason, server.got) == ("skipped", "erased", [])


def test_old_news_is_not_sent_when_the_gateway_comes_on_again(server: GatewayServer) -> None:
    gateway = gateway_in_use(server)
    queued()
    switch_gateway(actor=ADMIN, at=AT, gateway_id=gateway.id, on=False)
    late = PATIENCE + timedelta(minutes=1)
    assert send(timedelta(hours=1)) == 0
    switch_gateway(actor=ADMIN, at=AT, gateway_id=gateway.id, on=True)
    assert send(late) == 0
    assert (only().state, only().reason, server.got) == ("failed", "expired", [])


def test_texts_are_blanked_after_half_a_year(server: GatewayServer) -> None:
    gateway_in_use(server)
    queued()
    send()
    assert forget_old(AT + timedelta(days=179)) == 0
    assert forget_old(AT + timedelta(days=181)) == 1
    assert only().sealed is None


def test_a_trial_goes_out_at_once_though_the_gateway_is_off(server: GatewayServer) -> None:
    row = add_gateway(actor=ADMIN, at=AT, terms=terms_of(server))
    sent = try_gateway(actor=ADMIN, at=AT, gateway_id=row.id, phone="138 1234 5678")
    assert (sent.state, server.got[0]["mobile"]) == ("sent", PHONE)
    assert only().sealed is None
    with pytest.raises(Invalid):
        try_gateway(actor=ADMIN, at=AT, gateway_id=row.id, phone="12345")
    with pytest.raises(Refused):
        try_gateway(actor=system_actor("tests"), at=AT, gateway_id=row.id, phone=PHONE)


def test_one_gateway_is_on_at_a_time_and_only_in_its_validity(server: GatewayServer) -> None:
    gateway_in_use(server)
    other = add_gateway(actor=ADMIN, at=AT, terms=terms_of(server, name="另一个"))
    with pytest.raises(Conflict, match="市短信平台"):
        switch_gateway(actor=ADMIN, at=AT, gateway_id=other.id, on=True)
    Gateway.objects.update(is_on=False)
    ended = terms_of(server, valid_to=AT.date())
    change_gateway(actor=ADMIN, at=AT, gateway_id=other.id, terms=ended)
    with pytest.raises(Conflict, match="有效期"):
        switch_gateway(actor=ADMIN, at=AT, gateway_id=other.id, on=True)


def test_a_credential_is_sealed_kept_on_change_and_does_not_go_to_another_host(server: GatewayServer) -> None:
    row = add_gateway(actor=ADMIN, at=AT, terms=terms_of(server))
    before = bytes(Gateway.objects.get().credential or b"")
    assert b"app-secret" not in before
    kept = terms_of(server, credential="", daily_quota=5)
    change_gateway(actor=ADMIN, at=AT, gateway_id=row.id, terms=kept)
    assert bytes(Gateway.objects.get().credential or b"") == before
    moved = terms_of(server, credential="", url="http://other.example/sms")
    with pytest.raises(Invalid) as caught:
        change_gateway(actor=ADMIN, at=AT, gateway_id=row.id, terms=moved)
    assert caught.value.problems[0].field == "credential"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"url": "ftp://g/sms"}, "url"),
        ({"url": "http://user:pass@g/sms"}, "url"),
        ({"link_base": "yw.example.gov.cn"}, "link_base"),
        ({"body": {"mobile": "{phone}"}}, "body"),
        ({"body": {"mobile": "{phone}", "content": "{text}", "x": "{name}"}}, "body"),
        ({"headers": {"X": "a\nb"}}, "headers"),
        ({"body": {"m": "{phone}", "c": "{text}"}, "is_deduplicating": True}, "is_deduplicating"),
        ({"body": {"m": "{phone}", "c": ["{text}"]}, "encoding": "form"}, "body"),
        ({"success_path": "a[", "success_value": "1"}, "success_path"),
        ({"success_value": ""}, "success_value"),
        ({"quiet_from": time(21)}, "quiet_to"),
        ({"daily_quota": 0}, "daily_quota"),
        ({"method": "DELETE"}, "method"),
    ],
)
def test_a_gateway_that_cannot_work_is_refused_at_its_field(
    server: GatewayServer, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        add_gateway(actor=ADMIN, at=AT, terms=terms_of(server, **changed))
    assert caught.value.problems[0].field == field
