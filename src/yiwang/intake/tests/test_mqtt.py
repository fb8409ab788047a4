"""The MQTT door against Debian's mosquitto: acknowledged after commit, restarts, passwords, TLS."""

from __future__ import annotations

import gc
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from yiwang.cases.public import Report
from yiwang.cases.tests.factories import make_city
from yiwang.intake.doors import following
from yiwang.intake.doors import mqtt as door
from yiwang.intake.doors.mqtt import BrokerRefused, Subscriber
from yiwang.intake.models import Device, MeasuringPoint, RawMessage, ReadingBatch, RunnerState
from yiwang.intake.queries.channels import LiveChannel, channel_index
from yiwang.intake.rules.door_settings import settings_tree
from yiwang.intake.rules.mqtt_settings import mqtt_settings
from yiwang.intake.services.devices.readings import Arrival
from yiwang.intake.services.devices.registry import DeviceForm, register_device
from yiwang.intake.services.handling import handle_waiting
from yiwang.intake.services.registry import add_key
from yiwang.kernel.actor import system_actor
from yiwang.ledger.public import forget

from .broker import Gauge, MosquittoBroker
from .channels import OPERATOR, opened
from .test_readings import WATER

pytestmark = pytest.mark.django_db(transaction=True)
KEEPER = system_actor("tests", "intake.devices")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[MosquittoBroker]:
    made = MosquittoBroker(tmp_path)
    made.start()
    yield made
    made.stop()


def channel_at(broker: MosquittoBroker, more: str = "") -> LiveChannel:
    """The water channel with this broker, and two registered gauges."""
    make_city()
    at = f"broker: {{host: 127.0.0.1, port: {broker.port}, tls: false, share: yiwang{more}}}"
    text = WATER.replace(
        "broker: {host: mqtt.example.gov, port: 8883, tls: true, username: yiwang, share: yiwang}", at
    )
    assert text != WATER
    channel = opened(text, timezone.now())
    for code in ("W1", "W2"):
        form = DeviceForm(code, "water_level", f"大桥{code}", community="320111001001")
        register_device(actor=KEEPER, at=timezone.now(), channel=channel.code, form=form)
    return channel


@contextmanager
def subscribed(
    channel: LiveChannel, *, on_taken: Callable[[list[Arrival]], None] = lambda arrivals: None
) -> Iterator[Subscriber]:
    """A subscriber in a thread of its own."""
    subscriber = Subscriber(channel, mqtt_settings(settings_tree(channel.definition)), on_taken=on_taken)
    stop = threading.Event()

    def run() -> None:
        try:
            subscriber.run(stop)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        until(lambda: subscriber.is_ready)
        yield subscriber
    finally:
        stop.set()
        thread.join(20)


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not come true"
        time.sleep(0.02)


def said(level: float, ms: int) -> bytes:
    return json.dumps({"level": level, "ts": ms, "q": 0}).encode()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def taken() -> int:
    return sum(ReadingBatch.objects.values_list("readings", flat=True))


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_readings_become_a_report_and_are_acknowledged_after_commit(
    broker: MosquittoBroker, version: str
) -> None:
    channel = channel_at(broker, f", version: {version}")
    gauge, start = Gauge(broker), now_ms()
    with subscribed(channel):
        for n in range(5):
            gauge.say("water/W1/level", said(0.5, start + n))
        until(lambda: taken() == 5)
    gauge.close()
    with subscribed(channel):
        time.sleep(0.5)
    assert taken() == 5
    handle_waiting()
    assert Report.objects.get().source_number == "W1/water_level/flood/1"


def test_what_is_not_committed_is_not_acknowledged_and_comes_again(
    broker: MosquittoBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = channel_at(broker)
    gauge, start = Gauge(broker), now_ms()

    class Killed(Exception):
        """The process dies between receiving and committing."""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threading, "excepthook", lambda args: None)
        with subscribed(channel) as subscriber:
            patch.setattr(subscriber.taker, "_store", lambda *_: (_ for _ in ()).throw(Killed))
            for n in range(3):
                gauge.say("water/W1/level", said(0.5, start + n))
            gauge.wait()
            time.sleep(0.6)
    assert (taken(), RawMessage.objects.count()) == (0, 0)
    with subscribed(channel):
        until(lambda: taken() == 3)
    gauge.close()
    assert RawMessage.objects.count() == 1


def test_a_broker_that_restarts_in_the_middle_loses_and_doubles_nothing(broker: MosquittoBroker) -> None:
    channel = channel_at(broker)
    gauges = {code: Gauge(broker, code) for code in ("W1", "W2")}
    start, each = now_ms(), 300
    with subscribed(channel):
        for n in range(each):
            for code, gauge in gauges.items():
                gauge.say(f"water/{code}/level", said(0.5 if n in (100, 101, 250) else 0.1, start + n))
            if n == each // 2:
                broker.stop()
                broker.start()
            time.sleep(0.002)
        for gauge in gauges.values():
            gauge.wait()
        until(lambda: taken() >= 2 * each)
        last = start + each - 1
        until(lambda: all(round(p.last_at.timestamp() * 1000) == last for p in MeasuringPoint.objects.all()))
    for gauge in gauges.values():
        gauge.close()
    handle_waiting()
    numbers = sorted(Report.objects.values_list("source_number", flat=True))
    assert numbers == ["W1/water_level/flood/1", "W2/water_level/flood/1"]
    assert RawMessage.objects.count() == 2


def test_a_database_that_is_away_keeps_messages_at_the_broker(
    broker: MosquittoBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    channel = channel_at(broker)
    gauge, start, away = Gauge(broker), now_ms(), threading.Event()
    away.set()
    with subscribed(channel) as subscriber:
        real = subscriber.taker.take

        def take(*given: object) -> object:
            if away.is_set():
                raise OperationalError("away")
            return real(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(subscriber.taker, "take", take)
        for n in range(4):
            gauge.say("water/W1/level", said(0.5, start + n))
        gauge.wait()
        time.sleep(0.5)
        assert taken() == 0
        away.clear()
        until(lambda: taken() == 4)
    gauge.close()


def test_two_subscribers_of_one_share_take_every_message_once(broker: MosquittoBroker) -> None:
    channel = channel_at(broker, ", client_id: first")
    gauge, start = Gauge(broker), now_ms()
    parts: dict[str, int] = {"first": 0, "second": 0}

    def counted(name: str) -> Callable[[list[Arrival]], None]:
        return lambda arrivals: parts.update({name: parts[name] + len(arrivals)})

    second = opened(channel.definition.text.replace("client_id: first", "client_id: second"), timezone.now())
    with subscribed(channel, on_taken=counted("first")), subscribed(second, on_taken=counted("second")):
        for n in range(200):
            gauge.say("water/W1/level", said(0.5, start + n))
        until(lambda: sum(parts.values()) == 200)
    gauge.close()
    assert min(parts.values()) > 0
    assert RawMessage.objects.count() == 1


def test_a_retained_message_is_taken_once_however_often_one_subscribes(broker: MosquittoBroker) -> None:
    channel = channel_at(broker)
    own = opened(channel.definition.text.replace(", share: yiwang", ""), timezone.now())
    gauge = Gauge(broker)
    gauge.say("water/W1/level", said(0.1, now_ms()), retain=True)
    gauge.wait()
    for _ in range(2):
        with subscribed(own):
            time.sleep(0.5)
    gauge.close()
    assert MeasuringPoint.objects.get().last_value == 0.1
    assert taken() >= 1


def test_a_password_is_asked_for_and_given(tmp_path: Path) -> None:
    users = tmp_path / "users"
    secure = MosquittoBroker(tmp_path, "allow_anonymous false", f"password_file {users}")
    channel = channel_at(secure, ", username: yiwang")
    _, secret = add_key(actor=OPERATOR, at=timezone.now() - timedelta(1), channel_id=channel.id, kind="token")
    users.write_text(f"yiwang:{secret}\n")
    subprocess.run(["/usr/bin/mosquitto_passwd", "-U", str(users)], check=True)
    secure.start()
    forget(everything=True)
    try:
        with subscribed(channel_index().by_code[channel.code]):
            pass
        refused = Subscriber(channel, mqtt_settings(settings_tree(channel.definition)))
        with pytest.raises(BrokerRefused):
            refused.run(threading.Event())
    finally:
        secure.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho's socket, not closed
def test_the_connection_is_encrypted_and_a_foreign_certificate_refused(tmp_path: Path) -> None:
    def certificate(name: str) -> list[str]:
        key, cert = tmp_path / f"{name}.key", tmp_path / f"{name}.pem"
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        files = ["-keyout", str(key), "-out", str(cert)]
        subprocess.run([*command, *files, *subject], check=True, capture_output=True)
        return [f"certfile {cert}", f"keyfile {key}"]

    broker = MosquittoBroker(tmp_path, *certificate("real"))
    broker.start()
    certificate("foreign")
    channel = channel_at(broker)
    try:
        for name, works in (("real", True), ("foreign", False)):
            text = channel.definition.text.replace("tls: false", f"tls: true, ca_file: {tmp_path}/{name}.pem")
            found = opened(text, timezone.now())
            if works:
                with subscribed(found):
                    pass
                continue
            subscriber = Subscriber(found, mqtt_settings(settings_tree(found.definition)))
            stop = threading.Event()
            threading.Timer(1.0, stop.set).start()
            subscriber.run(stop)
            assert not subscriber.is_ready
            del subscriber
            gc.collect()
    finally:
        broker.stop()


def test_the_runner_follows_the_registry(broker: MosquittoBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK_EVERY", 0.1)
    channel_at(broker)
    gauge, stop = Gauge(broker), threading.Event()

    def run() -> None:
        try:
            door.run(stop)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        until(lambda: RunnerState.objects.filter(name="mqtt sensor_water").exists())
        gauge.say("water/W9/level", said(0.1, now_ms()), retain=True)
        until(lambda: Device.objects.filter(code="W9", state="unregistered").exists())
    finally:
        stop.set()
        thread.join(20)
        gauge.close()
    assert not thread.is_alive()


def test_a_broker_that_cannot_be_reached_is_shown(broker: MosquittoBroker) -> None:
    channel = channel_at(broker)
    broker.stop()
    subscriber = Subscriber(channel, mqtt_settings(settings_tree(channel.definition)))
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    subscriber.run(stop)
    state = RunnerState.objects.get(name="mqtt sensor_water")
    assert (state.failures, state.last_error.startswith("消息代理无法连接")) == (1, True)
