"""Taking alerts in: stored once, placed, ended by what updates or cancels them in any order of arrival."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import connection

from yiwang.cases.models import Report
from yiwang.cases.tests.factories import City, make_city
from yiwang.intake.alert_commands import cap
from yiwang.intake.doors.contract import try_channel
from yiwang.intake.errors import AlertRefused, TooMany
from yiwang.intake.models import Alert, AlertArea, ChannelHour, RawMessage
from yiwang.intake.queries.alerts import (
    alerts_page,
    alerts_touching,
    in_force,
    line_of,
    standing,
    unknown_references,
)
from yiwang.intake.queries.channels import LiveChannel, channel_index
from yiwang.intake.queries.shipped import FOLDER
from yiwang.intake.rules.cap.settings import CapSettings
from yiwang.intake.services.alert_files import import_alert_files
from yiwang.intake.services.alerts import AlertDoor, AlertReceipt, alert_door, receive_alert
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.registry import publish_channel, switch_channel
from yiwang.kernel.actor import Actor, Scope, system_actor
from yiwang.kernel.errors import Refused
from yiwang.ledger.public import JournalEntry, check_ledger, forget, unseal

from .messages import AT, IDENTIFIER, SENT, block, message, reference

RELAY = system_actor("cap", "intake.import")
DOOR = AlertDoor("weather", CapSettings())
UPDATE, CANCEL = "32010041600000_20260701090000_0", "32010041600000_20260701100000_0"


def hour(number: int, minute: int = 0) -> datetime:
    return datetime.fromisoformat(f"2026-07-01T{number:02}:{minute:02}:00+08:00")


def sent(number: int) -> str:
    return hour(number).isoformat()


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def take(text: str | bytes, *, door: AlertDoor = DOOR, at: datetime = AT) -> AlertReceipt:
    raw = text.encode() if isinstance(text, str) else text
    return receive_alert(actor=RELAY, at=at, door=door, raw=raw)


FIRST = message()
SECOND = message(
    identifier=UPDATE, sent=sent(9), msg_type="Update", references=reference(), effective=sent(9)
)
LAST = message(
    identifier=CANCEL, sent=sent(10), msg_type="Cancel", references=reference(UPDATE, sent=sent(9)), infos=""
)


@pytest.mark.usefixtures("city")
def test_an_alert_is_stored_word_for_word_placed_and_journaled() -> None:
    receipt = take(FIRST)
    assert (receipt.identifier, receipt.areas, receipt.unchanged) == (IDENTIFIER, ("320111",), False)
    row = Alert.objects.get()
    assert (row.level, row.event, row.headline, row.root) == (2, "暴雨", "气象台发布暴雨橙色预警", IDENTIFIER)
    assert unseal(bytes(row.raw), context=row.id.bytes).encode("latin-1").decode() == FIRST
    assert row.body["infos"][0]["description"] == "未来三小时降雨量将达五十毫米以上。"
    entry = JournalEntry.objects.get(stream=row.id)
    assert (entry.kind, json.loads(entry.body)["areas"]) == ("intake.alert_received", ["320111"])
    assert "暴雨" not in entry.body
    area = AlertArea.objects.select_related("area").get()
    assert (area.area.name, area.whole, area.by) == ("东区", True, "geocode")


@pytest.mark.usefixtures("city")
def test_the_same_message_again_changes_nothing_however_it_is_laid_out() -> None:
    first = take(FIRST)
    again = take(FIRST.replace("><", ">\n  <").encode("utf-16"), at=AT + timedelta(hours=1))
    assert (again.id, again.unchanged, again.areas) == (first.id, True, first.areas)
    assert (Alert.objects.count(), JournalEntry.objects.filter(stream=first.id).count()) == (1, 1)
    counts = ChannelHour.objects.filter(channel="weather").values_list("received", "accepted", "unchanged")
    assert [sum(column) for column in zip(*counts, strict=True)] == [2, 1, 1]


@pytest.mark.usefixtures("city")
def test_other_words_under_the_same_identity_are_refused() -> None:
    take(FIRST)
    with pytest.raises(AlertRefused) as refused:
        take(message(headline="气象台发布暴雨蓝色预警"))
    assert refused.value.reason == "changed"
    assert Alert.objects.get().level == 2
    assert sum(ChannelHour.objects.values_list("refused", flat=True)) == 1


def stands() -> dict[str, tuple[str, datetime | None, str | None]]:
    rows = Alert.objects.select_related("ended_by")
    return {
        row.identifier: (row.ending, row.ended_at, row.ended_by.identifier if row.ended_by else None)
        for row in rows
    }


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("order", list(permutations([FIRST, SECOND, LAST])))
def test_updates_and_cancels_end_what_they_name_in_any_order_of_arrival(order: tuple[str, ...]) -> None:
    for place, text in enumerate(order):
        take(text, at=AT + timedelta(minutes=place))
    assert stands() == {
        IDENTIFIER: ("updated", hour(9), UPDATE),
        UPDATE: ("cancelled", hour(10), CANCEL),
        CANCEL: ("", None, None),
    }
    assert set(Alert.objects.values_list("root", flat=True)) == {IDENTIFIER}
    first = Alert.objects.get(identifier=IDENTIFIER)
    assert [row.kind for row in line_of(first)] == ["Alert", "Update", "Cancel"]


@pytest.mark.usefixtures("city")
def test_an_earlier_end_that_comes_late_takes_the_place_of_a_later_one() -> None:
    take(FIRST)
    take(message(identifier=CANCEL, sent=sent(10), msg_type="Cancel", references=reference(), infos=""))
    assert stands()[IDENTIFIER] == ("cancelled", hour(10), CANCEL)
    take(SECOND)
    assert stands()[IDENTIFIER] == ("updated", hour(9), UPDATE)
    kinds = JournalEntry.objects.filter(stream=Alert.objects.get(identifier=IDENTIFIER).id).order_by("seq")
    assert [entry.kind for entry in kinds] == [
        "intake.alert_received", "intake.alert_ended", "intake.alert_ended",
    ]  # fmt: skip


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(
    "text",
    [
        LAST,
        message(identifier=CANCEL, sent=sent(10), status="Test", msg_type="Cancel", references=reference()),
        message(identifier=CANCEL, sent=sent(7), msg_type="Cancel", references=reference()),
        message(identifier=CANCEL, sent=sent(10), msg_type="Ack", references=reference()),
        message(identifier=CANCEL, sent=sent(10), msg_type="Error", references=reference()),
        message(identifier=CANCEL, sent=sent(10), msg_type="Cancel", references=reference(sender="other")),
    ],
)
def test_what_may_not_end_an_alert_does_not(text: str) -> None:
    take(FIRST)
    take(text, at=hour(11))
    assert stands()[IDENTIFIER] == ("", None, None)


@pytest.mark.usefixtures("city")
def test_one_source_cannot_end_the_alerts_of_another() -> None:
    cancel = message(identifier=CANCEL, sent=sent(10), msg_type="Cancel", references=reference())
    take(FIRST)
    take(cancel, door=AlertDoor("stranger", CapSettings()))
    assert stands()[IDENTIFIER][0] == ""
    shared = CapSettings(source="weather")
    take(cancel, door=AlertDoor("weather_feed", shared))
    assert stands()[IDENTIFIER][0] == "cancelled"
    assert take(FIRST, door=AlertDoor("weather_feed", shared)).unchanged


@pytest.mark.usefixtures("city")
def test_an_alert_ends_by_itself_when_it_expires() -> None:
    take(message(effective=sent(9)))
    row = Alert.objects.get()
    at = [hour(8, 30), hour(9), hour(13, 59), hour(14)]
    assert [standing(row, moment) for moment in at] == ["coming", "in_force", "in_force", "expired"]
    assert [Alert.objects.filter(in_force(moment)).count() for moment in at] == [0, 1, 1, 0]


@pytest.mark.usefixtures("city")
def test_the_list_of_the_past_shows_what_was_in_force_then() -> None:
    for text in (FIRST, SECOND, LAST):
        take(text, at=hour(10))
    shown = {number: [row.identifier for row in alerts_page(at=hour(number)).rows] for number in (8, 9, 10)}
    assert shown == {8: [IDENTIFIER], 9: [UPDATE], 10: []}
    assert [standing(row, hour(11)) for row in line_of(Alert.objects.get(identifier=CANCEL))] == [
        "updated", "cancelled", "notice",
    ]  # fmt: skip


@pytest.mark.usefixtures("city")
def test_an_alert_without_expiry_stands_as_long_as_the_channel_says() -> None:
    take(message(expires=""), door=AlertDoor("weather", CapSettings(expires_after=timedelta(hours=3))))
    assert Alert.objects.get().expires_at == datetime.fromisoformat(SENT) + timedelta(hours=3)


def test_lists_are_paged_by_colour_and_narrowed_to_an_area(city: City) -> None:
    for number, (colour, code) in enumerate(
        [("蓝", "320111"), ("红", "320112"), ("黄", "320111001"), ("橙", "320000")]
    ):
        area = f"<geocode><valueName>区划</valueName><value>{code}</value></geocode>"
        take(message(identifier=f"a{number}", headline=f"发布暴雨{colour}色预警", area=area))
    at = hour(9)

    def names(**given: object) -> list[str]:
        return [row.identifier for row in alerts_page(at=at, **given).rows]  # type: ignore[arg-type]

    assert names() == ["a1", "a3", "a2", "a0"]
    assert names(area=city.area("east")) == ["a3", "a2", "a0"]
    assert names(area=city.area("east_1_a")) == ["a3", "a2", "a0"]
    assert names(area=city.area("east_2")) == ["a3", "a0"]
    assert names(area=city.area("west_1")) == ["a1", "a3"]
    assert names(colour="yellow") == ["a2"]
    first = alerts_page(at=at, size=3)
    assert first.next is not None
    assert [row.identifier for row in alerts_page(at=at, size=3, cursor=first.next).rows] == ["a0"]


def actor(city: City, *communities: str) -> Actor:
    scope = Scope(communities=frozenset(city.area(name) for name in communities))
    return Actor(None, grants={"cases.view": scope})


def test_the_banner_shows_posts_the_alerts_of_their_own_areas(city: City) -> None:
    street = "<geocode><valueName>区划</valueName><value>320111001000</value></geocode>"
    take(message(area=street))
    take(message(identifier="t", status="Test", area=street))

    def seen(who: Actor) -> list[str]:
        return [row.identifier for row in alerts_touching(who, hour(9))]

    assert seen(actor(city, "east_1_a")) == [IDENTIFIER]
    assert seen(actor(city, "east_2_a")) == []
    assert seen(system_actor("x", "cases.view")) == [IDENTIFIER]
    home = Actor(None, unit_id=city.unit("street"))
    assert seen(home) == [IDENTIFIER]
    assert seen(Actor(None, unit_id=city.unit("other_street"))) == []
    assert alerts_touching(home, hour(15)) == []


@pytest.mark.usefixtures("city")
def test_whoever_may_not_bring_messages_in_is_refused() -> None:
    with pytest.raises(Refused):
        receive_alert(actor=Actor(None), at=AT, door=DOOR, raw=FIRST.encode())


@pytest.mark.usefixtures("city")
def test_what_an_alert_names_and_nobody_has_sent_is_said() -> None:
    take(SECOND)
    row = Alert.objects.get()
    assert [each.identifier for each in unknown_references(row)] == [IDENTIFIER]
    take(FIRST)
    assert unknown_references(row) == []


CHANNEL = """\
code: weather
name: 气象预警
kind: weather
door: cap
owner: 市气象局
mapping:
  format: json
  fields:
    source_number: number
    text: text
    address: area_name
    updated_at: issued_at
  required: [source_number, text]
settings:
  opens_case: {colours: [red, orange], events: [暴雨], text: "{area}积水点巡查：{headline}（{colour}）"}
quota: {per_minute: 60, burst: 20}
"""


def live(text: str = CHANNEL) -> LiveChannel:
    publisher = system_actor("test", "intake.channels")
    row = publish_channel(actor=publisher, at=AT, text=text)
    if not row.is_enabled:
        switch_channel(actor=publisher, at=AT, channel_id=row.id, on=True)
    forget(everything=True)
    return channel_index().by_code["weather"]


@pytest.mark.usefixtures("city")
def test_an_alert_opens_a_case_a_street_only_where_the_channel_says_so() -> None:
    door = alert_door(live())
    assert take(FIRST, door=door).queued == 2
    assert handle_waiting(clock=lambda: AT).accepted == 2
    assert sorted(Report.objects.values_list("text", flat=True)) == [
        "东区东一街道积水点巡查：气象台发布暴雨橙色预警（橙色）",
        "东区东二街道积水点巡查：气象台发布暴雨橙色预警（橙色）",
    ]  # fmt: skip
    take(SECOND.replace("橙色", "红色"), door=door, at=hour(9))
    assert handle_waiting(clock=lambda: hour(9)).updated == 2
    assert Report.objects.count() == 2
    take(message(identifier="wind", event="大风"), door=door)
    take(message(identifier="test", status="Exercise"), door=door)
    assert take(message(identifier="late"), door=door, at=hour(15)).queued == 0
    take(message(identifier="quiet"), door=AlertDoor("weather", CapSettings()))
    assert handle_waiting(clock=lambda: hour(9)).total == 0
    assert RawMessage.objects.count() == 4


@pytest.mark.usefixtures("city")
def test_an_alert_that_was_cancelled_before_it_came_opens_nothing() -> None:
    door = alert_door(live())
    take(
        message(identifier=CANCEL, sent=sent(10), msg_type="Cancel", references=reference(), infos=""),
        door=door,
    )
    assert take(FIRST, door=door, at=hour(10)).queued == 0


@pytest.mark.usefixtures("city")
def test_a_flood_of_alerts_is_told_when_to_come_again() -> None:
    door = alert_door(live(CHANNEL.replace("burst: 20", "burst: 4")))
    take(message(identifier="a", event="大风"), door=door)
    take(message(identifier="b", event="大风"), door=door)
    with pytest.raises(TooMany):
        take(FIRST, door=door)
    with pytest.raises(TooMany) as late:
        [take(message(identifier=f"c{n}", event="大风"), door=door) for n in range(4)]
    assert late.value.retry_after >= 1
    assert not Alert.objects.filter(identifier=IDENTIFIER).exists()


@pytest.mark.usefixtures("city")
def test_a_folder_of_files_is_taken_in_whatever_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.xml").write_text(LAST, encoding="utf-8")
    (tmp_path / "b" / "first.xml").write_text(FIRST, encoding="utf-8")
    (tmp_path / "b" / "second.xml").write_text(SECOND, encoding="utf-8")
    (tmp_path / "broken.xml").write_bytes(b"<alert>")
    (tmp_path / "empty").touch()
    (tmp_path / "link.xml").symlink_to("/dev/zero")
    (tmp_path / "lost.xml").symlink_to(tmp_path / "nowhere")
    outcomes = list(import_alert_files(actor=RELAY, at=AT, door=DOOR, path=tmp_path))
    found = {Path(each.file).name: (each.accepted, each.reason.partition(":")[0]) for each in outcomes}
    assert found == {
        "a.xml": (True, ""), "first.xml": (True, ""), "second.xml": (True, ""),
        "broken.xml": (False, "broken_xml"), "empty": (False, "empty"), "link.xml": (False, "not_a_file"),
        "lost.xml": (False, "unreadable"),
    }  # fmt: skip
    assert stands()[IDENTIFIER][0] == "updated"
    again = list(import_alert_files(actor=RELAY, at=AT, door=DOOR, path=tmp_path))
    assert {each.reason for each in again if each.accepted} == {"unchanged"}


@pytest.mark.real_data
@pytest.mark.usefixtures("city")
def test_the_real_messages_come_in_and_mean_none_of_our_areas(real_data: Path) -> None:
    outcomes = list(import_alert_files(actor=RELAY, at=AT, door=DOOR, path=real_data / "cap"))
    found = {
        Path(each.file).name: (each.accepted, each.reason.partition(":")[0], each.areas) for each in outcomes
    }
    schema = found.pop("CAP-v1.2.xsd")
    assert schema == (False, "not_cap", ())
    assert set(found.values()) == {(True, "", ())}
    assert len(found) == Alert.objects.count() == 5
    canada = Alert.objects.get(channel="weather", kind="Update")
    assert len(unknown_references(canada)) == 2
    assert block()


@pytest.mark.usefixtures("city")
def test_the_command_prints_a_line_a_file_and_never_fails_on_one(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_text(FIRST, encoding="utf-8")
    (tmp_path / "laughs.xml").write_text("<!DOCTYPE a [<!ENTITY b 'c'>]><alert>&b;</alert>", encoding="utf-8")
    answer = CliRunner().invoke(cap, [str(tmp_path), "--json"])
    assert answer.exit_code == 0, answer.output
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert lines[0] == {
        "file": str(tmp_path / "good.xml"), "accepted": True, "reason": "", "identifier": IDENTIFIER,
        "areas": ["320111"],
    }  # fmt: skip
    assert (lines[1]["accepted"], lines[1]["reason"].partition(":")[0], lines[1]["areas"]) == (
        False,
        "dtd",
        [],
    )
    plain = CliRunner().invoke(cap, [str(tmp_path / "good.xml")])
    assert "未变\t320111" in plain.stdout
    strict = tmp_path / "strict.yaml"
    strict.write_text(
        CHANNEL.replace("opens_case:", "signature: require\n  certificates: [x.pem]\n  opens_case:")
    )
    signed = CliRunner().invoke(cap, [str(tmp_path / "good.xml"), "--json", "--channel", str(strict)])
    assert json.loads(signed.stdout)["reason"].startswith("untrusted: ")
    wrong = CliRunner().invoke(cap, [str(tmp_path), "--channel", "nothing"])
    assert (wrong.exit_code, "nothing" in wrong.output) == (1, True)


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("name", ["weather_cap", "weather_12379", "weather_feed"])
def test_the_shipped_channels_keep_their_contract(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    found = {result.step: (result.outcome, result.reason) for result in try_channel(text, at=AT)}
    outcomes = {outcome for outcome, _ in found.values()}
    assert outcomes <= {"passed", "not_applicable"}, found
    assert (found["sample"][0] == "passed") == (name == "weather_12379")


@pytest.mark.django_db(transaction=True)
def test_messages_that_come_at_the_same_moment_end_as_if_in_turn() -> None:
    make_city()
    texts = [FIRST, SECOND, LAST] * 3
    start, failures = threading.Barrier(len(texts)), []

    def bring(text: str) -> None:
        try:
            start.wait(timeout=30)
            take(text)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=bring, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert stands() == {
        IDENTIFIER: ("updated", hour(9), UPDATE),
        UPDATE: ("cancelled", hour(10), CANCEL),
        CANCEL: ("", None, None),
    }
    report = check_ledger()
    assert report.problems == []
