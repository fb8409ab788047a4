"""The way of a message: stored raw, handled, a report, a follow-up, nothing new, or the quarantine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yiwang.cases.public import Case, FollowUp, Report
from yiwang.cases.tests.factories import City, make_city
from yiwang.intake.enums import MessageState
from yiwang.intake.errors import TooMany
from yiwang.intake.models import ChannelHour, ChannelQuota, QuarantineEntry, RawMessage
from yiwang.intake.queries import LiveChannel, live_channel, masked_row, newest_specification
from yiwang.intake.services import handling
from yiwang.intake.services.counting import count_refusal
from yiwang.intake.services.handling import handle_now, handle_waiting
from yiwang.intake.services.quarantine import replay_entry
from yiwang.intake.services.receiving import receive_raw
from yiwang.intake.services.registry import switch_channel
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Refused
from yiwang.ledger.public import unseal

from .channels import OPERATOR, opened, pushed

pytestmark = pytest.mark.django_db
REPLAYER = system_actor("tests", "intake.quarantine", "cases.receive", "cases.view")
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def city() -> City:
    return make_city()


def message(number: str, content: str = "路口井盖松动，车过时响", **more: object) -> str:
    return json.dumps({"number": number, "content": content, **more}, ensure_ascii=False)


def handled(at: datetime = AT) -> handling.HandledCounts:
    return handle_waiting(clock=lambda: at)


def test_a_message_is_stored_sealed_before_anything_is_made_of_it(city: City) -> None:
    receipt = receive_raw(channel=pushed(AT), bodies=[message("A1", phone="13800000000")], at=AT)
    row = RawMessage.objects.get()
    assert (receipt.read, receipt.stored, receipt.ids) == (1, 1, [row.id])
    assert row.state == MessageState.RECEIVED
    assert b"13800000000" not in bytes(row.payload)
    assert json.loads(unseal(bytes(row.payload), context=row.id.bytes))["number"] == "A1"
    assert not Report.objects.exists()


def test_a_handled_message_is_a_report_with_a_case(city: City) -> None:
    receive_raw(channel=pushed(AT), bodies=[message("A1", level="高")], at=AT)
    assert handled(AT + timedelta(seconds=1)).accepted == 1
    report = Report.objects.get()
    assert (report.channel, report.source_number, report.urgency) == ("demo_source", "A1", "urgent")
    assert Case.objects.count() == 1
    hour = ChannelHour.objects.get()
    assert (hour.received, hour.accepted, hour.handled, hour.lag_ms, hour.lag_max_ms) == (1, 1, 1, 1000, 1000)


def test_the_same_message_again_changes_nothing_in_any_order(city: City) -> None:
    channel = pushed(AT)
    one, two = message("A1"), message("A1", "井盖已经完全掉落")
    for bodies in ([one], [one, two], [two, one], [two], [one]):
        receive_raw(channel=channel, bodies=bodies, at=AT)
        handled()
    assert Report.objects.count() == 1
    assert FollowUp.objects.count() == 1
    assert "井盖已经完全掉落" in FollowUp.objects.get().text
    assert RawMessage.objects.count() == 2


def test_an_update_in_the_same_batch_follows_the_first(city: City) -> None:
    receive_raw(channel=pushed(AT), bodies=[message("A1"), message("A1", "又松了"), message("A2")], at=AT)
    counts = handled()
    assert (counts.accepted, counts.updated) == (2, 1)


def test_an_update_that_says_nothing_new_is_unchanged(city: City) -> None:
    channel = pushed(AT)
    receive_raw(channel=channel, bodies=[message("A1"), message("A1", remark="平台内部备注")], at=AT)
    counts = handled()
    assert (counts.accepted, counts.unchanged) == (1, 1)
    assert not FollowUp.objects.exists()


def test_an_older_message_that_comes_late_is_kept_and_named_so(city: City) -> None:
    channel = pushed(AT)
    receive_raw(channel=channel, bodies=[message("A1", "第二次", changed="2026-03-02 10:00")], at=AT)
    handled()
    receive_raw(channel=channel, bodies=[message("A1", "第一次", changed="2026-03-02 09:00")], at=AT)
    assert handled().updated == 1
    assert FollowUp.objects.get().text.startswith("来源较早的内容迟到")


def test_a_phone_number_that_changes_is_named_but_not_written_out(city: City) -> None:
    channel = pushed(AT)
    receive_raw(channel=channel, bodies=[message("A1", phone="13800000000")], at=AT)
    receive_raw(channel=channel, bodies=[message("A1", phone="13900000000")], at=AT + timedelta(seconds=1))
    handled()
    text = FollowUp.objects.get().text
    assert "联系方式有变化" in text
    assert "139" not in text


@pytest.mark.parametrize(
    ("body", "reason", "field"),
    [
        ("{not json", "unreadable", "row"),
        ("[1, 2]", "unreadable", "row"),
        ("[" * 5000, "unreadable", "row"),
        (b"\xff\xfe\x00\x00", "unreadable", "row"),
        (message("A1", " "), "missing", "text"),
        (json.dumps({"content": "没有编号"}), "missing", "source_number"),
        (message("A1", time="昨天"), "bad_time", "received_at"),
    ],
)
def test_a_message_that_cannot_be_used_lands_in_the_quarantine(
    city: City, body: str | bytes, reason: str, field: str
) -> None:
    receive_raw(channel=pushed(AT), bodies=[body, message("B1")], at=AT)
    counts = handled()
    assert (counts.accepted, counts.quarantined) == (1, 1)
    entry = QuarantineEntry.objects.get()
    assert (entry.reason, entry.field) == (reason, field)
    assert entry.remedy


def test_a_corrected_message_is_replayed(city: City) -> None:
    receive_raw(channel=pushed(AT), bodies=[message("A1", time="昨天")], at=AT)
    handled()
    entry = QuarantineEntry.objects.get()
    replay_entry(actor=REPLAYER, at=AT, entry_id=entry.id, corrections={"received_at": "2026-03-01 08:00"})
    assert Report.objects.get().source_number == "A1"


def test_a_replayed_update_joins_the_report_it_belongs_to(city: City) -> None:
    channel = pushed(AT)
    receive_raw(channel=channel, bodies=[message("A1")], at=AT)
    receive_raw(channel=channel, bodies=[message("A1", "仍未修好", time="昨天")], at=AT)
    handled()
    entry = QuarantineEntry.objects.get()
    replay_entry(actor=REPLAYER, at=AT, entry_id=entry.id, corrections={"received_at": "2026-03-01 08:00"})
    assert "仍未修好" in FollowUp.objects.get().text
    assert Report.objects.count() == 1


def test_the_quarantine_shows_a_nested_message_without_name_and_phone(city: City) -> None:
    channel = opened(
        "code: nested\nname: 嵌套\nkind: other\ndoor: push\nowner: 某\nmapping:\n  fields:\n"
        "    text: {path: order.content}\n    contact_phone: {path: order.person.phone}\n"
        "    received_at: {path: order.time}\n",
        AT,
    )
    body = {
        "order": {
            "content": "占道",
            "person": {"phone": "13800000000"},
            "time": "不明",
            "again": "13800000000",
        }
    }
    receive_raw(channel=channel, bodies=[json.dumps(body), "联系人 13800000000 {"], at=AT)
    handled()
    for entry in QuarantineEntry.objects.select_related("message__mapping"):
        shown = json.dumps(masked_row(entry, newest_specification(entry.message)), ensure_ascii=False)
        assert "13800000000" not in shown
        assert "占道" in shown or "联系人" in shown


def test_a_batch_that_breaks_is_taken_apart_and_only_the_poison_is_set_aside(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive_raw(channel=pushed(AT), bodies=[message("A1"), message("POISON"), message("A3")], at=AT)
    real = handling.read_body

    def broken(text: str, form: str) -> dict[str, object]:
        if "POISON" in text:
            raise ZeroDivisionError
        return real(text, form)

    monkeypatch.setattr(handling, "read_body", broken)
    counts = handled()
    assert (counts.accepted, counts.quarantined) == (2, 1)
    assert QuarantineEntry.objects.get().reason == "poison"


def test_urgent_channels_go_before_one_that_floods(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handling, "BATCH", 10)
    flood, fire = pushed(AT, code="flood"), pushed(AT, code="fire_119", rank=1)
    quiet = pushed(AT, code="quiet")
    receive_raw(channel=flood, bodies=[message(f"F{n}") for n in range(100)], at=AT)
    receive_raw(channel=quiet, bodies=[message("Q1")], at=AT)
    order: list[str] = []
    real = handling.handle_batch

    def seen(channel: object, at: datetime, **more: object) -> object:
        order.append(channel.code)  # type: ignore[attr-defined]
        if len(order) == 2:
            receive_raw(channel=fire, bodies=[message("1405")], at=AT)
        return real(channel, at, size=10)  # type: ignore[arg-type]

    monkeypatch.setattr(handling, "handle_batch", seen)
    handled()
    assert order[2] == "fire_119"
    assert "quiet" in order[:2]
    assert Report.objects.count() == 102


def test_a_channel_over_its_quota_is_told_when_to_come_again(city: City) -> None:
    channel = pushed(AT, burst=3)
    receive_raw(channel=channel, bodies=[message(str(n)) for n in range(3)], at=AT)
    with pytest.raises(TooMany) as refused:
        receive_raw(channel=channel, bodies=[message("4"), message("5")], at=AT)
    assert refused.value.retry_after == 1
    assert ChannelHour.objects.get().over_quota == 2
    assert RawMessage.objects.count() == 3
    receive_raw(channel=channel, bodies=[message("4")], at=AT + timedelta(seconds=1))


def test_a_bucket_stamped_by_a_clock_that_was_ahead_fills_again_at_once(city: City) -> None:
    channel = pushed(AT, burst=3)
    receive_raw(channel=channel, bodies=[message(str(n)) for n in range(3)], at=AT + timedelta(hours=1))
    with pytest.raises(TooMany):
        receive_raw(channel=channel, bodies=[message("4")], at=AT)
    second = AT + timedelta(seconds=1)
    assert receive_raw(channel=channel, bodies=[message("4")], at=second).stored == 1


def test_a_bucket_that_is_not_empty_takes_a_stamp_of_the_future_back(city: City) -> None:
    channel = pushed(AT, burst=3)
    receive_raw(channel=channel, bodies=[message("1")], at=AT + timedelta(hours=1))
    receive_raw(channel=channel, bodies=[message("2")], at=AT)
    assert ChannelQuota.objects.get().at == AT


def test_a_clock_that_is_a_little_behind_takes_nothing_back(city: City) -> None:
    channel = pushed(AT, burst=3)
    receive_raw(channel=channel, bodies=[message("1")], at=AT)
    receive_raw(channel=channel, bodies=[message("2")], at=AT - timedelta(seconds=2))
    assert ChannelQuota.objects.get().at == AT


def test_refusals_add_up_in_one_row_and_change_no_setting_of_the_session(
    city: City,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO on")
        for _ in range(3):
            count_refusal("demo", AT, refused=1)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
    row = ChannelHour.objects.get()
    assert (row.refused, row.last_at) == (3, None)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_a_refusal_does_not_wait_for_the_disk_and_the_next_commit_does() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")
        with CaptureQueriesContext(connection) as seen:
            count_refusal("demo", AT, refused=1)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
        cursor.execute("RESET synchronous_commit")
    assert "set_config('synchronous_commit', 'off', true)" in seen[0]["sql"]
    assert len(seen) == 1
    assert ChannelHour.objects.get().refused == 1


def test_single_messages_gather_while_their_channel_rests(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm, fire = pushed(AT, code="calm"), pushed(AT, code="fire_119", rank=1)
    receive_raw(channel=calm, bodies=[message("C1")], at=AT)
    receive_raw(channel=fire, bodies=[message("F1")], at=AT)
    real, order = handling.handle_batch, []

    def seen(channel: LiveChannel, at: datetime, **more: object) -> object:
        order.append(channel.code)
        done = real(channel, at)
        if len(order) in {1, 2, 4}:
            receive_raw(channel=channel, bodies=[message(f"more{len(order)}")], at=AT)
        return done

    monkeypatch.setattr(handling, "handle_batch", seen)
    assert handle_waiting(clock=lambda: AT, rest=60).total == 4
    assert order == ["fire_119", "fire_119", "fire_119", "calm"]
    assert RawMessage.objects.get(state=MessageState.RECEIVED).channel == "calm"
    assert handle_waiting(clock=lambda: AT, rest=60).total == 1


def test_a_full_queue_refuses_more(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = opened(
        "code: small\nname: 小\nkind: other\ndoor: push\nowner: 某\nquota: {waiting: 2}\n"
        "mapping: {fields: {text: t}}\n",
        AT,
    )
    monkeypatch.setattr("yiwang.intake.services.receiving._GLANCE", 0)
    receive_raw(channel=channel, bodies=['{"t": "一"}', '{"t": "二"}'], at=AT)
    with pytest.raises(TooMany):
        receive_raw(channel=channel, bodies=['{"t": "三"}'], at=AT)
    handled()
    assert receive_raw(channel=channel, bodies=['{"t": "三"}'], at=AT).stored == 1


def test_a_disabled_channel_takes_nothing(city: City) -> None:
    channel = pushed(AT)
    switch_channel(actor=OPERATOR, at=AT, channel_id=channel.id, on=False, reason="对方停机维护")
    with pytest.raises(Refused):
        live_channel("demo_source", AT)


def test_a_door_that_must_answer_has_its_message_handled_at_once(city: City) -> None:
    channel = pushed(AT)
    receipt = receive_raw(channel=channel, bodies=[message("A1"), message("A1")], at=AT)
    first, second = handle_now(channel=channel, ids=receipt.ids, at=AT)
    assert first.id == second.id
    assert first.state == MessageState.ACCEPTED
    assert Report.objects.get().id == first.report


def test_a_message_is_explained_by_the_mapping_of_its_day(city: City) -> None:
    channel = pushed(AT)
    receive_raw(channel=channel, bodies=[message("A1", other="新字段")], at=AT)
    changed = opened(channel.definition.text.replace("text: content", "text: other"), AT)
    receive_raw(channel=changed, bodies=[message("A2", other="按新映射")], at=AT)
    handled()
    assert list(Report.objects.order_by("source_number").values_list("text", flat=True)) == [
        "路口井盖松动，车过时响", "按新映射",
    ]  # fmt: skip


def test_xml_and_forms_become_the_same_tree(city: City) -> None:
    text = (
        "code: {0}\nname: 来源\nkind: other\ndoor: push\nowner: 某\n"
        "mapping: {{format: {0}, fields: {{source_number: {{path: {1}}}, text: {{path: {2}}}}}}}\n"
    )
    xml = opened(text.format("xml", "order.no", "order.content"), AT)
    form = opened(text.format("form", "no", "content"), AT)
    receive_raw(channel=xml, bodies=["<order><no>7</no><content>路灯不亮</content></order>"], at=AT)
    receive_raw(channel=xml, bodies=['<!DOCTYPE a [<!ENTITY b "c">]><order/>'], at=AT)
    receive_raw(channel=form, bodies=["no=8&content=%E8%B7%AF%E7%81%AF%E4%B8%8D%E4%BA%AE"], at=AT)
    counts = handled()
    assert (counts.accepted, counts.quarantined) == (2, 1)
    assert set(Report.objects.values_list("text", "source_number")) == {("路灯不亮", "7"), ("路灯不亮", "8")}


def test_a_clock_that_jumps_back_neither_refills_nor_empties_the_quota(city: City) -> None:
    channel = pushed(AT, burst=3)
    receive_raw(channel=channel, bodies=[message("1")], at=AT + timedelta(days=3))
    receive_raw(channel=channel, bodies=[message("2"), message("3")], at=AT)
    with pytest.raises(TooMany):
        receive_raw(channel=channel, bodies=[message("4")], at=AT)
    assert handled(AT - timedelta(hours=1)).accepted == 3
    assert ChannelHour.objects.filter(lag_ms__lt=0).count() == 0


def test_a_late_message_is_not_what_the_next_one_is_compared_with(city: City) -> None:
    channel = pushed(AT)
    for minute, (content, changed) in enumerate(
        [("第二次", "2026-03-02 10:00"), ("第一次", "2026-03-02 09:00"), ("第二次", "2026-03-02 10:30")]
    ):
        body = message("A1", content, changed=changed)
        receive_raw(channel=channel, bodies=[body], at=AT + timedelta(minutes=minute))
        handled(AT + timedelta(minutes=minute))
    assert [row.text.splitlines()[0] for row in FollowUp.objects.order_by("at")] == ["来源较早的内容迟到："]
