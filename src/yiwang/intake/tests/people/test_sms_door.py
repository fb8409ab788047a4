"""The SMS door: committed before it is answered, long texts joined, receipts ignored politely."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from yiwang.cases.public import Report
from yiwang.intake.models import ChannelHour, RawMessage, SmsPart
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.texting import join_late

from .conftest import Open

NUMBERS = itertools.count(1)


@pytest.fixture
def channel(open_channel: Open) -> LiveChannel:
    return open_channel("sms_service_number")


@pytest.fixture
def post(client: Client, channel: LiveChannel, token: Callable[[LiveChannel], str]) -> Callable[..., object]:
    secret = token(channel)

    def posting(kind: str = "application/json", body: object = None, **item: object) -> object:
        given = {"type": "mo", "msgid": next(NUMBERS), "mobile": "13900001234", "content": "路灯不亮", **item}
        data = body if body is not None else json.dumps(given)
        return client.post(f"/api/v1/channels/sms_service_number/sms?key={secret}", data, content_type=kind)

    return posting


def part(number: int, content: str, total: int = 3, ref: str = "17") -> dict[str, object]:
    return {"msgRef": ref, "msgIndex": number, "msgTotal": total, "content": content}


def test_a_text_becomes_a_report_and_the_gateway_hears_what_it_wants(post: Callable[..., object]) -> None:
    answer = post(msgid="88", sendTime="20260302091500")
    assert (answer.status_code, answer.json()) == (200, {"code": 0, "msg": "ok"})
    assert handle_waiting().accepted == 1
    report = Report.objects.get()
    assert (report.channel, report.source_number, report.text) == ("sms_service_number", "88", "路灯不亮")


def test_a_form_in_gb18030_is_understood(post: Callable[..., object]) -> None:
    given = {"type": "mo", "msgid": "9", "mobile": "13900001234", "content": "井盖松动"}
    post("application/x-www-form-urlencoded", urlencode(given, encoding="gb18030"))
    handle_waiting()
    assert Report.objects.get().text == "井盖松动"


def test_the_same_text_posted_again_changes_nothing(post: Callable[..., object]) -> None:
    for _ in range(3):
        assert post(msgid="88").status_code == 200
    handle_waiting()
    assert Report.objects.count() == 1


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_parts_are_one_report_in_any_order_and_repeated(
    post: Callable[..., object], order: tuple[int, ...]
) -> None:
    words = {1: "小区北门", 2: "路面塌陷，", 3: "很危险"}
    for number in (*order, *order):
        assert post(**part(number, words[number])).status_code == 200
    assert handle_waiting().accepted == 1
    assert Report.objects.get().text == "小区北门路面塌陷，很危险"
    assert RawMessage.objects.count() == 1
    assert not SmsPart.objects.exclude(payload=None).exists()


def test_a_waiting_part_is_sealed_and_after_the_window_what_came_is_a_report(
    post: Callable[..., object], channel: LiveChannel
) -> None:
    post(**part(1, "小区北门"))
    post(**part(3, "很危险"))
    now = timezone.now()
    assert not RawMessage.objects.exists()
    assert all("小区".encode() not in bytes(row.payload or b"") for row in SmsPart.objects.all())
    assert join_late(channel=channel, at=now + timedelta(seconds=500)) == 0
    assert join_late(channel=channel, at=now + timedelta(seconds=700)) == 1
    handle_waiting()
    assert Report.objects.get().text == "小区北门（第 2 条短信未收到）很危险"
    join_late(channel=channel, at=now + timedelta(days=1))
    assert not SmsPart.objects.exists()


def test_a_reference_used_anew_starts_another_text(post: Callable[..., object]) -> None:
    post(**part(1, "第一件的开头", total=2))
    post(**part(1, "第二件的开头", total=2))
    post(**part(2, "和结尾", total=2))
    handle_waiting()
    assert set(Report.objects.values_list("text", flat=True)) == {
        "第一件的开头（第 2 条短信未收到）", "第二件的开头和结尾",
    }  # fmt: skip


def test_two_senders_with_one_reference_are_kept_apart(post: Callable[..., object]) -> None:
    for phone, words in (("13900001234", "甲"), ("13900005678", "乙")):
        post(mobile=phone, **part(1, words, total=2))
    for phone in ("13900001234", "13900005678"):
        post(mobile=phone, **part(2, "楼漏水", total=2))
    handle_waiting()
    assert set(Report.objects.values_list("text", flat=True)) == {"甲楼漏水", "乙楼漏水"}


def test_receipts_and_words_to_stop_are_acknowledged_counted_and_not_kept(
    post: Callable[..., object],
) -> None:
    for item in ({"type": "report", "content": "DELIVRD"}, {"content": "TD"}):
        assert post(**item).json()["code"] == 0
    assert not RawMessage.objects.exists()
    assert sum(ChannelHour.objects.values_list("ignored", flat=True)) == 2


def test_without_the_key_nothing_is_taken(client: Client, channel: LiveChannel) -> None:
    url = "/api/v1/channels/sms_service_number/sms"
    assert client.post(url, "{}", content_type="application/json").status_code == 401
    assert client.post(f"{url}?key=guess", "{}", content_type="application/json").status_code == 401


def test_a_broken_body_and_another_door_are_refused_in_words(
    post: Callable[..., object], client: Client, channel: LiveChannel, token: Callable[[LiveChannel], str]
) -> None:
    answer = post(body="{", kind="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    headers = {"Authorization": f"Bearer {token(channel)}"}
    assert client.post("/api/v1/channels/sms_service_number/chat", headers=headers).status_code == 404


def test_over_quota_the_gateway_is_told_to_come_again_and_keeps_its_parts(
    open_channel: Open, client: Client, token: Callable[[LiveChannel], str]
) -> None:
    channel = open_channel("sms_service_number", ("per_minute: 1200, burst: 200", "per_minute: 1, burst: 1"))
    url = f"/api/v1/channels/sms_service_number/sms?key={token(channel)}"
    statuses = [
        client.post(
            url, json.dumps({"msgid": n, "mobile": "1", "content": "x"}), "application/json"
        ).status_code
        for n in range(2)
    ]
    assert statuses == [200, 429]
    assert RawMessage.objects.count() == 1
