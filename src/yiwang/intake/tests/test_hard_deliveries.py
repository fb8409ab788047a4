"""Deliveries and definitions as careless integrators send them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import httpx
import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from yiwang.cases.public import Report, import_reports
from yiwang.cases.tests.factories import City, dispatched, make_city
from yiwang.intake.doors import machine
from yiwang.intake.doors.push import messages
from yiwang.intake.models import QuarantineEntry, RawMessage
from yiwang.intake.queries.channels import channel_index
from yiwang.intake.queries.imports import masked_message
from yiwang.intake.rules.definition import read_definition
from yiwang.intake.rules.pulling import pull_settings, read_answer
from yiwang.intake.rules.splitting import split_delivery
from yiwang.intake.rules.yaml_tree import YamlTree
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.quarantine import replay_entries
from yiwang.intake.services.receiving import receive_raw
from yiwang.intake.services.registry import add_key
from yiwang.intake.services.replaying import replay_file
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Invalid

from .channels import OPERATOR, PUSHED, opened, pushed
from .test_handler_system import TEXT

REPLAYER = system_actor("tests", "intake.quarantine", "cases.receive", "cases.view")
BODY = '{"number": "A1", "content": "路灯不亮"}'
URL = "/api/v1/channels/demo_source/messages"


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def test_a_body_without_a_stated_length_is_cut_nowhere(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MOST_BYTES", 50)
    at = timezone.now()
    secret = add_key(actor=OPERATOR, at=at, channel_id=pushed(at).id, kind="token")[1]
    request = RequestFactory().post(
        URL, b"", content_type="application/x-ndjson", headers={"Authorization": f"Bearer {secret}"}
    )
    request._stream = io.BytesIO(b'{"number": "1", "content": "a"}\n' * 4)
    request.META.pop("CONTENT_LENGTH", None)
    assert messages(request, code="demo_source").status_code == 413
    assert not RawMessage.objects.exists()


@pytest.mark.parametrize(
    ("start", "encoding"), [(b"\xef\xbb\xbf", "utf-8"), (b"", "utf-8"), (b"", "gb18030")]
)
def test_a_list_is_taken_apart_in_any_encoding_that_is_read(start: bytes, encoding: str) -> None:
    assert len(split_delivery(start + f"[{BODY}, {BODY}]".encode(encoding), "json")) == 2


def test_no_more_of_a_delivery_is_taken_apart_than_may_come() -> None:
    assert len(split_delivery(b"[" + b"1," * 50_000 + b"1]", "json", most=10)) == 11
    assert len(split_delivery(b"1\n" * 50_000, "ndjson", most=10)) == 11


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code: &a [x, x]\nname: [*a, *a]\n", "别名"),
        ("code: !thing x\n", "标签"),
        ("code: abc\nname: x\nkind: hotline\ndoor: push\nowner: x\nrank: " + "9" * 5_000, "整数"),
    ],
)
def test_a_file_that_would_eat_time_or_memory_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        read_definition(text)
    assert "第 " in caught.value.message


@pytest.mark.parametrize(
    "rule",
    [
        "path: '" + "(" * 4000 + "'",
        "path: a, match: '(a+)+$'",
        "path: a, match: '(.*,)*x'",
        "path: a, match: '.*.*.*.*x'",
        "path: a, match: '(?:(a|b)*c?)*'",
    ],
)
def test_an_expression_that_would_eat_time_is_refused_with_its_line(rule: str) -> None:
    text = PUSHED.format(code="demo", rank=5, burst=9).replace("title: title", f"title: {{{rule}}}")
    with pytest.raises(Invalid, match=r"JMESPath|极慢") as caught:
        read_definition(text)
    assert caught.value.details["line"] == 12


@pytest.mark.parametrize(
    "match", ["^[^,]+", "[^,]+$", "电话[：:]\\s*(\\d{11})", "(?:区|县).*?(.+)街道", ".*号"]
)
def test_usual_patterns_are_accepted(match: str) -> None:
    text = PUSHED.format(code="demo", rank=5, burst=9)
    assert read_definition(text.replace("title: title", f"title: {{path: a, match: '{match}'}}")).spec


@pytest.mark.django_db(transaction=True)
def test_a_handler_may_ask_what_became_of_its_answer(client: Client) -> None:
    from yiwang.cases.public import Task
    from yiwang.orgs.public import unit_index

    case = dispatched(make_city())
    task = Task.objects.get(case=case)
    channel = opened(TEXT.format(unit=unit_index().by_id[task.unit].code), timezone.now())
    secret = add_key(actor=OPERATOR, at=timezone.now(), channel_id=channel.id, kind="token")[1]
    body = json.dumps({"task": str(task.id), "act": "签收"})
    key = receive_raw(channel=channel, bodies=[body], at=timezone.now()).ids[0]
    handle_waiting()
    url = f"/api/v1/channels/{channel.code}/messages/{key}"
    answer = client.get(url, headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")


def test_messages_of_a_format_that_was_named_wrongly_are_replayed_in_bulk(city: City) -> None:
    at = timezone.now()
    xml = "<order><number>X1</number><content>路灯不亮</content><phone>13800000001</phone></order>"
    text = PUSHED.format(code="demo_source", rank=5, burst=100)
    receive_raw(channel=opened(text, at), bodies=[xml, xml.replace("X1", "X2")], at=at)
    handle_waiting()
    entries = list(QuarantineEntry.objects.all())
    assert {entry.reason for entry in entries} == {"unreadable"}
    fixed = text.replace("mapping:\n", "mapping:\n  format: xml\n")
    for name in ("number", "content", "phone", "name", "title", "lon", "lat", "time", "changed"):
        fixed = fixed.replace(f": {name}\n", f": {{path: order.{name}}}\n")
    opened(fixed, at)
    assert replay_entries(actor=REPLAYER, at=at, entry_ids=[entry.id for entry in entries]) == (2, 0)
    assert set(Report.objects.values_list("source_number", flat=True)) == {"X1", "X2"}


def test_one_entry_that_breaks_ends_no_bulk_replay(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    at = timezone.now()
    channel = pushed(at)
    receive_raw(channel=channel, bodies=['{"number": "A1"}', '{"number": "A2"}'], at=at)
    handle_waiting()
    entries = list(QuarantineEntry.objects.order_by("id"))
    opened(PUSHED.format(code="demo_source", rank=5, burst=100).replace(
        "text: content", "text: {path: content, default: 无}"), at)  # fmt: skip
    real = import_reports
    calls: list[int] = []

    def breaking(*given: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError
        return real(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("yiwang.intake.services.quarantine.import_reports", breaking)
    assert replay_entries(actor=REPLAYER, at=at, entry_ids=[entry.id for entry in entries]) == (1, 1)


def test_names_and_phones_in_lists_are_masked_too(city: City) -> None:
    at = timezone.now()
    text = PUSHED.format(code="demo_source", rank=5, burst=100)
    text = text.replace("contact_phone: phone", "contact_phone: {path: 'who[].phone'}")
    text = text.replace("contact_name: name", "contact_name: {path: 'who[].name'}")
    body = {"number": "A1", "who": [{"name": "某甲", "phone": "13800000001"}], "note": "联系人某甲"}
    receive_raw(channel=opened(text, at), bodies=[json.dumps(body)], at=at)
    shown = str(masked_message(RawMessage.objects.get(), read_definition(text).spec))  # type: ignore[arg-type]
    assert "13800000001" not in shown
    assert "某甲" not in shown


def test_a_single_message_written_over_lines_is_replayed_as_one(city: City, tmp_path: Path) -> None:
    pushed(timezone.now())
    file = tmp_path / "one.json"
    file.write_text("\ufeff" + json.dumps(json.loads(BODY), indent=1, ensure_ascii=False), encoding="utf-8")
    assert replay_file("demo_source", file)["accepted"] == 1


def test_one_definition_that_cannot_be_read_closes_no_other_channel(city: City) -> None:
    from yiwang.intake.models import Channel
    from yiwang.ledger.public import forget

    pushed(timezone.now(), code="good")
    pushed(timezone.now(), code="bad")
    Channel.objects.filter(code="bad").update(text="code: bad\n")
    forget(everything=True)
    assert set(channel_index().by_code) == {"good"}


def test_numeric_cursors_are_compared_as_numbers() -> None:
    tree = YamlTree.read("url: http://a.example/?after={cursor}\nitem_cursor: id\n", "渠道定义")
    assert read_answer('[{"id": 9}, {"id": 10}]', "json", pull_settings(tree)).cursor == "10"
    assert read_answer('[{"id": "2026-1"}, {"id": "2026-2"}]', "json", pull_settings(tree)).cursor == "2026-2"


def test_a_source_that_cannot_be_asked_at_all_is_asked_less_and_less(city: City) -> None:
    from yiwang.intake.models import PullCursor
    from yiwang.intake.services.pulling import is_due, poll

    at = timezone.now()
    text = POLLED.replace("mapping: {fields: {text: content}}\n", "")
    for code, definition in (("polled", POLLED), ("mapless", text.replace("polled", "mapless"))):
        channel = opened(definition, at)
        answer = httpx.MockTransport(lambda _: httpx.Response(200, content=b'[{"content": "x"}]'))
        address = httpx.Client(transport=answer)
        if code == "polled":
            address = httpx.Client(transport=httpx.MockTransport(_breaks))
        with address as client:
            poll(channel=channel, at=at, client=client)
        row = PullCursor.objects.get(pk=channel.id)
        assert (row.failures, is_due(channel, row, at)) == (1, False)


def test_an_answer_in_the_encoding_of_the_land_is_read(city: City) -> None:
    from yiwang.intake.services.pulling import poll

    body = '[{"content": "路灯不亮"}]'.encode("gb18030")
    answer = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    with httpx.Client(transport=answer) as client:
        assert poll(channel=opened(POLLED, timezone.now()), at=timezone.now(), client=client) == 1
    handle_waiting()
    assert Report.objects.get().text == "路灯不亮"


def _breaks(request: httpx.Request) -> httpx.Response:
    raise httpx.InvalidURL("too long")


POLLED = """\
code: polled
name: 被拉取的来源
kind: government
door: pull
owner: 某部门
settings: {url: "http://source.example/orders"}
mapping: {fields: {text: content}}
"""


def test_files_of_definitions_may_be_in_gb18030_and_a_wrong_one_names_no_traceback(
    city: City, tmp_path: Path
) -> None:
    from click.testing import CliRunner

    from yiwang.intake.channel_commands import channel

    file = tmp_path / "one.yaml"
    file.write_bytes(PUSHED.format(code="demo", rank=5, burst=9).encode("gb18030"))
    done = CliRunner().invoke(channel, ["import", str(file)])
    assert (done.exit_code, "示例来源" in done.output) == (0, True)


def test_one_definition_that_is_wrong_ends_no_test_of_the_others(city: City, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from yiwang.intake.channel_commands import channel

    file = tmp_path / "two.yaml"
    good = "{code: good_one, name: a, kind: other, door: manual, owner: b}"
    file.write_text(
        f"channels:\n- {good.replace('kind: other', 'kind: wrong')}\n- {good}\n", encoding="utf-8"
    )
    done = CliRunner().invoke(channel, ["test", str(file)])
    assert done.exit_code == 1
    assert "good_one  样例成诉求" in done.output
    assert "kind" in done.output


def test_a_replay_into_a_full_queue_empties_it_first(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yiwang.intake.services import receiving

    monkeypatch.setattr(receiving, "_GLANCE", -1.0)
    text = PUSHED.format(code="demo_source", rank=5, burst=100).replace("waiting: 1000", "waiting: 2")
    channel = opened(text, timezone.now())
    two = [f'{{"number": "B{n}", "content": "井盖松动"}}' for n in range(2)]
    receive_raw(channel=channel, bodies=two, at=timezone.now())
    file = tmp_path / "one.json"
    file.write_text(BODY, encoding="utf-8")
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("waits for nobody"))
    assert replay_file("demo_source", file)["accepted"] == 1
