"""The push door: signed or with a token, one message or many, replay refused."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from yiwang.cases.public import Report
from yiwang.cases.tests.factories import make_city
from yiwang.intake.models import ChannelHour, ChannelKey, Nonce, RawMessage
from yiwang.intake.queries.channels import LiveChannel
from yiwang.intake.rules.signing import KEY, NONCE, SIGNATURE, TIME, signed_headers
from yiwang.intake.rules.splitting import split_delivery
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.registry import add_key, end_key

from .channels import OPERATOR, pushed

URL = "/api/v1/channels/demo_source/messages"
BODY = json.dumps({"number": "A1", "content": "路灯不亮"}, ensure_ascii=False).encode()


@pytest.fixture
def channel(db: None) -> LiveChannel:
    make_city()
    return pushed(timezone.now())


@pytest.fixture
def key(channel: LiveChannel) -> tuple[ChannelKey, str]:
    return add_key(actor=OPERATOR, at=timezone.now(), channel_id=channel.id, kind="hmac")


def push(
    client: Client, key: tuple[ChannelKey, str], body: bytes = BODY, kind: str = "application/json",
    nonce: str = "nonce-0001", **changed: str,
) -> object:  # fmt: skip
    headers = signed_headers(
        key[0].name, key[1], method="POST", path=URL, body=body, at=timezone.now(), nonce=nonce
    )
    return client.post(URL, body, content_type=kind, headers={**headers, **changed})


def test_a_signed_message_is_acknowledged_and_becomes_a_report(
    client: Client, key: tuple[ChannelKey, str]
) -> None:
    answer = push(client, key)
    assert answer.status_code == 202
    assert (answer.json()["stored"], RawMessage.objects.count()) == (1, 1)
    handle_waiting()
    assert Report.objects.get().source_number == "A1"


def test_a_list_and_ndjson_are_many_messages_word_for_word(
    client: Client, key: tuple[ChannelKey, str]
) -> None:
    many = b'[{"number": "1", "content": "a"},\n {"number":"2","content":"b"}]'
    assert push(client, key, many).json()["stored"] == 2
    lines = b'{"number": "3", "content": "c"}\n\n{"number": "4", "content": "d"}\n'
    answer = push(client, key, lines, kind="application/x-ndjson", nonce="nonce-0002")
    assert answer.json()["stored"] == 2
    assert handle_waiting().accepted == 4


def test_a_replayed_request_is_refused_and_changes_nothing(
    client: Client, key: tuple[ChannelKey, str]
) -> None:
    assert push(client, key).status_code == 202
    again = push(client, key)
    assert again.status_code == 401
    assert "随机数" in again.json()["detail"]
    assert RawMessage.objects.count() == 1


def test_the_same_message_in_a_new_request_is_unchanged(client: Client, key: tuple[ChannelKey, str]) -> None:
    push(client, key)
    answer = push(client, key, nonce="nonce-0002")
    assert (answer.status_code, answer.json()["unchanged"]) == (202, 1)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (SIGNATURE, "0" * 64),
        (SIGNATURE, "签名"),
        (NONCE, "short"),
        (TIME, "1000000000"),
        (TIME, "soon"),
        (KEY, "demo_source-00000000"),
    ],
)
def test_a_request_that_proves_nothing_is_refused_and_counted(
    client: Client, key: tuple[ChannelKey, str], header: str, value: str
) -> None:
    if not value.isascii():
        value = value.encode().decode("latin-1")
    answer = push(client, key, **{header: value})
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert not RawMessage.objects.exists()
    assert not Nonce.objects.exists()
    assert ChannelHour.objects.get().refused == 1


def test_a_changed_body_breaks_the_signature(client: Client, key: tuple[ChannelKey, str]) -> None:
    headers = signed_headers(
        key[0].name, key[1], method="POST", path=URL, body=BODY, at=timezone.now(), nonce="nonce-0001"
    )
    answer = client.post(URL, BODY + b" ", content_type="application/json", headers=headers)
    assert answer.status_code == 401


def test_an_ended_key_and_a_key_of_another_channel_prove_nothing(
    client: Client, key: tuple[ChannelKey, str], channel: LiveChannel
) -> None:
    other = pushed(timezone.now(), code="other_source")
    foreign = add_key(actor=OPERATOR, at=timezone.now(), channel_id=other.id, kind="hmac")
    assert push(client, foreign).status_code == 401
    end_key(actor=OPERATOR, at=timezone.now(), key_id=key[0].id)
    assert push(client, key, nonce="nonce-0003").status_code == 401


def test_a_token_is_enough_where_the_channel_allows_it(client: Client, channel: LiveChannel) -> None:
    row, token = add_key(actor=OPERATOR, at=timezone.now(), channel_id=channel.id, kind="token")
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post(URL, BODY, content_type="application/json", headers=headers).status_code == 202
    wrong = {"Authorization": "Bearer nothing"}
    assert client.post(URL, BODY, content_type="application/json", headers=wrong).status_code == 401
    later = timezone.now() + timedelta(days=1)
    assert not ChannelKey.objects.filter(valid_to__lt=later).exists()
    assert token.encode() not in bytes(row.secret)


def test_over_quota_says_when_to_come_again(client: Client, db: None) -> None:
    make_city()
    channel = pushed(timezone.now(), burst=1)
    key = add_key(actor=OPERATOR, at=timezone.now(), channel_id=channel.id, kind="hmac")
    assert push(client, key).status_code == 202
    body = b'{"number": "A2", "content": "x"}'
    answer = push(client, key, body, nonce="nonce-0002")
    assert answer.status_code in {202, 429}
    answers = [push(client, key, body[:-1] + b" " * n + b"}", nonce=f"nonce-1{n:03}") for n in range(20)]
    late = [answer for answer in answers if answer.status_code == 429]
    assert late
    assert int(late[0]["Retry-After"]) >= 1
    assert not Nonce.objects.filter(value="nonce-1019").exists() or answers[19].status_code == 202


def test_unknown_and_closed_channels_and_other_methods_are_named(
    client: Client, key: tuple[ChannelKey, str]
) -> None:
    assert client.post("/api/v1/channels/nowhere/messages").status_code == 404
    assert client.get(URL).status_code == 405
    empty = push(client, key, b"", nonce="nonce-0009")
    assert empty.status_code == 422


def test_a_source_sees_what_became_of_its_own_messages(
    client: Client, key: tuple[ChannelKey, str], channel: LiveChannel
) -> None:
    good, bad = push(client, key, b'[{"number":"1","content":"a"},{"number":"2"}]').json()["messages"]
    handle_waiting()

    def ask(message: str, nonce: str) -> object:
        path = f"{URL}/{message}"
        headers = signed_headers(
            key[0].name, key[1], method="GET", path=path, body=b"", at=timezone.now(), nonce=nonce
        )
        return client.get(path, headers=headers)

    told = ask(good, "nonce-0101").json()
    assert told["state"] == "accepted"
    assert told["report"].startswith("R")
    assert ask(bad, "nonce-0102").json()["problems"][0]["field"] == "text"
    other = pushed(timezone.now(), code="other_source")
    _row, token = add_key(actor=OPERATOR, at=timezone.now(), channel_id=other.id, kind="token")
    foreign = client.get(
        f"/api/v1/channels/other_source/messages/{good}", headers={"Authorization": f"Bearer {token}"}
    )
    assert foreign.status_code == 404


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.text(max_size=9) | st.integers() | st.none()), max_size=6
    )
)
def test_a_list_is_split_into_what_it_holds(items: list[dict[str, object]]) -> None:
    text = json.dumps(items, ensure_ascii=False, indent=1)
    assert [json.loads(part) for part in split_delivery(text.encode(), "json")] == items


@pytest.mark.parametrize("body", [b"[1,", b'[{"a": 1} {"b": 2}]', b"[1] 2", b"[" * 100_000])
def test_a_broken_list_is_one_message(body: bytes) -> None:
    assert split_delivery(body, "json") == [body]
