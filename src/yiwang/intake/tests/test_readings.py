"""Readings: stored raw, judged, one report for an alarm; the same again, late or by another process."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from yiwang.cases.public import FollowUp, Report
from yiwang.cases.tests.factories import City, make_city
from yiwang.intake.enums import DeviceState
from yiwang.intake.models import (
    Device,
    KeptReading,
    MeasuringPoint,
    QuarantineEntry,
    RawMessage,
    ReadingBatch,
)
from yiwang.intake.queries.shipped import FOLDER
from yiwang.intake.rules.door_settings import settings_tree
from yiwang.intake.rules.mqtt_settings import mqtt_settings
from yiwang.intake.services.devices.readings import Arrival, ReadingTaker, Taken
from yiwang.intake.services.devices.registry import DeviceForm, register_device, retire_device
from yiwang.intake.services.devices.watching import find_silent, sweep_readings
from yiwang.intake.services.handling import handle_waiting
from yiwang.kernel.actor import system_actor
from yiwang.ledger.public import forget, unseal

from .channels import opened

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
KEEPER = system_actor("tests", "intake.devices")
WATER = (FOLDER / "sensor_water.yaml").read_text(encoding="utf-8")


@pytest.fixture
def city() -> City:
    return make_city()


def taker() -> ReadingTaker:
    """What one process takes readings with."""
    channel = opened(WATER, AT)
    return ReadingTaker(channel, mqtt_settings(settings_tree(channel.definition)))


def register(city: City, code: str = "W1") -> Device:
    form = DeviceForm(code, "water_level", "大桥下穿通道", community=city.areas["east_1_a"].code)
    return register_device(actor=KEEPER, at=AT, channel="sensor_water", form=form)


def reading(seconds: float, level: float, code: str = "W1", **more: object) -> Arrival:
    time = round((AT.timestamp() + seconds) * 1000)
    body = {"level": level, "ts": time, "q": 0, **more}
    return Arrival(f"water/{code}/level", json.dumps(body).encode(), time)


def take(by: ReadingTaker, readings: Iterable[Arrival], seconds: float = 0) -> Taken:
    return by.take(list(readings), AT + timedelta(seconds=seconds))


def handled() -> None:
    handle_waiting(clock=lambda: AT + timedelta(hours=1))


FLOOD = [reading(0, 0.5), reading(30, 0.45), reading(60, 0.62)]


def test_three_readings_over_the_limit_become_one_report(city: City) -> None:
    by = taker()
    register(city)
    taken = take(by, [*FLOOD, reading(90, 0.7), reading(120, 0.7)])
    assert (taken.readings, taken.alarms, taken.strange, taken.broken) == (5, 1, 0, 0)
    handled()
    report = Report.objects.get()
    assert report.source_number == "W1/water_level/flood/1"
    assert report.urgency == "urgent"
    assert "大桥下穿通道积水深度达" in report.text
    assert "10分钟内3次超过0.4米" in report.text


def test_the_messages_are_kept_word_for_word_and_sealed(city: City) -> None:
    by = taker()
    register(city)
    take(by, FLOOD)
    batch = ReadingBatch.objects.get()
    text = unseal(bytes(batch.payload), context=batch.id.bytes)
    kept = json.loads(zlib.decompress(base64.b64decode(text)))
    assert kept == [[arrival.topic, arrival.payload.decode()] for arrival in FLOOD]
    assert (batch.messages, batch.readings) == (3, 3)


def test_a_lasting_alarm_and_its_clearing_are_follow_ups_of_the_same_report(city: City) -> None:
    by = taker()
    register(city)
    take(by, FLOOD)
    take(by, [reading(60 + 1800, 0.8), reading(2100, 0.8)])
    take(by, [reading(2400 + 180 * n, 0.1) for n in range(4)])
    handled()
    assert Report.objects.count() == 1
    told = [row.text for row in FollowUp.objects.order_by("at", "id")]
    assert ["持续超过0.4米" in told[0], "告警已解除" in told[1]] == [True, True]


def test_readings_that_come_twice_or_in_other_batches_change_nothing(city: City) -> None:
    by = taker()
    register(city)
    take(by, FLOOD[:2])
    take(by, FLOOD)
    assert take(by, FLOOD).late == 3
    handled()
    assert Report.objects.count() == 1
    assert FollowUp.objects.count() == 0


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_out_of_order_they_are_the_same_alarm(city: City, order: tuple[int, ...]) -> None:
    by = taker()
    register(city)
    for position in order:
        take(by, [FLOOD[position]])
    handled()
    assert Report.objects.get().source_number == "W1/water_level/flood/1"


def test_a_restart_between_readings_forgets_nothing_and_tells_nothing_twice(city: City) -> None:
    first = taker()
    register(city)
    take(first, FLOOD[:2])
    second = taker()
    assert take(second, FLOOD[2:]).alarms == 1
    assert take(taker(), [reading(90, 0.7)]).alarms == 0


def test_two_processes_that_share_a_subscription_do_not_overwrite_one_another(city: City) -> None:
    first, second = taker(), taker()
    register(city)
    take(first, FLOOD[:1])
    take(second, FLOOD[1:2])
    assert take(first, FLOOD[2:]).alarms == 1
    assert MeasuringPoint.objects.get().stamp == 3


def test_calm_readings_are_written_now_and_then_and_at_the_end(city: City) -> None:
    by = taker()
    register(city)

    def known() -> float | None:
        return MeasuringPoint.objects.get().last_value

    take(by, [reading(0, 0.01)])
    take(by, [reading(1, 0.02)], seconds=1)
    assert known() == 0.01
    take(by, [reading(40, 0.03)], seconds=40)
    assert known() == 0.03
    take(by, [reading(41, 0.04)], seconds=41)
    by.settle(AT + timedelta(seconds=102))
    assert known() == 0.04
    take(by, [reading(103, 0.05)], seconds=103)
    by.keep(AT + timedelta(seconds=104))
    assert known() == 0.05


def test_a_batch_whose_alarm_is_over_the_quota_is_not_taken_at_all(city: City) -> None:
    from yiwang.intake.errors import TooMany

    register_channel = WATER.replace("rank: 2\n", "rank: 2\nquota: {per_minute: 1, burst: 1, waiting: 10}\n")
    channel = opened(register_channel, AT)
    by = ReadingTaker(channel, mqtt_settings(settings_tree(channel.definition)))
    for code in ("W1", "W2"):
        register(city, code)
    take(by, FLOOD)
    other = [reading(0, 0.5, "W2"), reading(30, 0.5, "W2"), reading(60, 0.5, "W2")]
    with pytest.raises(TooMany):
        take(by, other)
    assert ReadingBatch.objects.count() == 1
    assert take(by, other, seconds=90).alarms == 1


def test_a_device_nobody_registered_is_quarantined_once_and_its_readings_do_not_alarm(city: City) -> None:
    by = taker()
    assert take(by, [*FLOOD, reading(90, 0.7)]).strange == 4
    take(by, [reading(120, 0.7)])
    device = Device.objects.get()
    assert (device.code, device.state) == ("W1", DeviceState.UNREGISTERED)
    entry = QuarantineEntry.objects.get()
    assert (entry.reason, entry.value, entry.state) == ("unknown_device", "W1", "open")
    assert RawMessage.objects.get().state == "quarantined"


def test_registering_it_closes_the_entry_and_its_readings_count_from_then_on(city: City) -> None:
    by = taker()
    take(by, FLOOD)
    register(city)
    forget(everything=True)
    assert (Device.objects.get().state, QuarantineEntry.objects.get().state) == ("online", "corrected")
    assert take(by, [reading(100 + n, 0.9) for n in range(3)]).alarms == 1


def test_a_retired_device_is_left_out(city: City) -> None:
    by = taker()
    retire_device(actor=KEEPER, at=AT, device_id=register(city).id)
    forget(everything=True)
    assert take(by, FLOOD).alarms == 0
    assert Device.objects.get().state == DeviceState.RETIRED


def test_what_nobody_can_read_is_quarantined_and_the_rest_is_taken(city: City) -> None:
    by = taker()
    register(city)
    broken = [
        Arrival("water/W1/level", b"{", 0),
        Arrival("water/W1/level", b'{"level": "high"}', 0),
        Arrival("water/W1/level", b'{"level": NaN, "ts": 5}', 0),
        Arrival("air/W1", b"{}", 0),
    ]
    taken = take(by, [*broken, *FLOOD])
    assert (taken.broken, taken.alarms) == (4, 1)
    assert QuarantineEntry.objects.filter(reason="unreadable").count() == 3


def test_doubtful_readings_are_kept_from_the_rules(city: City) -> None:
    by = taker()
    register(city)
    taken = take(
        by,
        [
            *FLOOD[:2],
            reading(60, 0.9, q=7),
            reading(61, 0.9, ts=round((AT.timestamp() + 86_400) * 1000)),
            Arrival("water/W1/level", b'{"level": 0.9, "q": 0}', FLOOD[2].arrived, retained=True),
        ],
    )
    assert (taken.doubtful, taken.alarms) == (3, 0)
    assert take(by, FLOOD[2:]).alarms == 1


def test_a_retained_message_with_a_time_of_its_own_is_a_reading_like_any_other(city: City) -> None:
    by = taker()
    register(city)
    again = [arrival._replace(retained=True) for arrival in FLOOD]
    assert take(by, again).alarms == 1
    assert take(by, FLOOD).alarms == 0


def test_one_reading_a_minute_is_kept_for_the_curve_and_the_newest_one_is_known(city: City) -> None:
    by = taker()
    register(city)
    take(by, [reading(10 * n, 0.01 * n, bat=88) for n in range(13)])
    by.keep(AT)
    point = MeasuringPoint.objects.get()
    assert (point.last_value, point.last_at) == (0.12, AT + timedelta(seconds=120))
    assert [row.value for row in KeptReading.objects.order_by("at")] == [0, 0.06, 0.12]
    assert Device.objects.get().battery == 88


def test_old_readings_and_batches_are_swept(city: City) -> None:
    by = taker()
    register(city)
    take(by, FLOOD)
    assert sweep_readings(by.channel, before=AT) == 0
    assert sweep_readings(by.channel, before=AT + timedelta(hours=1)) == 3
    assert MeasuringPoint.objects.count() == 1


def test_a_silent_device_is_one_report_and_its_return_is_told_on_it(city: City) -> None:
    by = taker()
    register(city)
    take(by, FLOOD[:1])
    hour = timedelta(minutes=60)
    assert find_silent(by.channel, AT + timedelta(minutes=59), after=hour, report=True) == 0
    for minutes in (61, 62):
        find_silent(by.channel, AT + timedelta(minutes=minutes), after=hour, report=True)
    forget(everything=True)
    assert Device.objects.get().state == DeviceState.OFFLINE
    take(by, [reading(4000, 0.1)], seconds=4000)
    handled()
    report = Report.objects.get()
    assert report.source_number == "W1/offline/1"
    assert "离线" in report.text
    assert "已恢复在线" in FollowUp.objects.get().text
    assert Device.objects.get().state == DeviceState.ONLINE


def test_what_waits_is_settled_when_a_device_falls_silent(city: City) -> None:
    by = taker()
    register(city)
    take(by, FLOOD)
    take(by, [reading(120 + 200 * n, 0.1) for n in range(3)])
    assert by.settle(AT + timedelta(seconds=60)) == 0
    assert by.settle(AT + timedelta(minutes=5)) == 1
    handled()
    assert "告警已解除" in FollowUp.objects.get().text


def test_a_rule_the_channel_has_no_more_is_forgotten(city: City) -> None:
    by = taker()
    register(city)
    take(by, FLOOD)
    channel = opened(WATER.replace("code: flood", "code: deluge"), AT)
    other = ReadingTaker(channel, mqtt_settings(settings_tree(channel.definition)))
    assert MeasuringPoint.objects.get().waiting_since is not None
    assert other.settle(AT + timedelta(minutes=30)) == 0
    point = MeasuringPoint.objects.get()
    assert (point.memory, point.waiting_since) == ("{}", None)
