"""MQTT: readings a second through a real broker, acknowledged after commit, with the right alarms."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from .figures import percentile, write
from .mqtt_load import FLOODED

#: A device says something every two seconds; so there are twice as many devices as readings a second.
PERIOD, SECONDS = 2, 30
FULL, HALF = 10_000, 5_000
#: What a broker needs for thousands of messages that wait for one commit.
_ROOM = ("max_queued_messages 0", "max_inflight_messages 0")
CHANNEL = """\
code: {code}
name: 测速物联
kind: sensor
door: mqtt
owner: 测速
quota: {{per_minute: 1000000, burst: 100000, waiting: 1000000}}
mapping:
  format: json
  fields:
    source_number: number
    text: text
    title: title
    urgency: urgency
    community: community
    occurred_at: time
    updated_at: time
  required: [source_number, text]
settings:
  broker: {{host: 127.0.0.1, port: {port}, tls: false, share: bench, version: {version}}}
  batch: {{messages: 2000, wait: 200 ms}}
  topics:
    - topic: bench/+/level
      device: {{level: 2}}
      metric: {{value: water_level}}
      value: level
      time: ts
      time_format: epoch_ms
      quality: q
      good: ["0"]
  rules:
    - {{code: flood, name: 积水, metric: water_level, above: 0.4, count: 3, within: 10 min, hysteresis: 0.1,
       lateness: 10 s, quiet: 60 min}}
"""


def run() -> None:
    """Measure `mqtt.*`: what 10,000 and 5,000 readings a second do, and how many fit at most."""
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    if not Path(program).is_file():
        print("mosquitto is missing: apt-get install mosquitto", file=sys.stderr)
        return
    for name, rate, version in (
        ("mqtt.full", FULL, "3.1.1"), ("mqtt.half", HALF, "3.1.1"), ("mqtt.most", 0, "3.1.1"),
        ("mqtt.most5", 0, "5"),
    ):  # fmt: skip
        with _broker(program) as port:
            _measure(name, rate, port, version)


@contextmanager
def _broker(program: str) -> Iterator[int]:
    """A fresh mosquitto; its port."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "mosquitto.conf"
        lines = (f"listener {port} 127.0.0.1", "allow_anonymous true", *_ROOM)
        config.write_text("\n".join(lines))
        running = subprocess.Popen(
            [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(0.5)
        try:
            yield port
        finally:
            running.terminate()
            running.wait(10)


def _measure(name: str, rate: int, port: int, version: str) -> None:
    from django.utils import timezone

    devices = (rate or FULL) * PERIOD
    text = CHANNEL.replace("{version}", version)
    channel = _channel(text, name.replace(".", "_"), port, devices, timezone.now())
    lags: list[float] = []
    count, last = 0, 0.0

    def taken(arrivals: list[Any]) -> None:
        nonlocal count, last
        last = time.time()
        count += len(arrivals)
        lags.extend(last - int(a.payload[a.payload.index(b"ts") + 4 :][:13]) / 1000 for a in arrivals[::20])

    with _subscriber(channel, devices, taken):
        busy = time.process_time()
        load = subprocess.run(
            [sys.executable, "-m", "tools.bench.mqtt_load", str(port), str(rate), str(SECONDS), str(devices)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        start, sent = float(load.stdout.split()[0]), int(load.stdout.split()[1])
        end = time.time() + 120
        while count < sent and time.time() < end:
            time.sleep(0.05)
        busy = time.process_time() - busy
    alarms = _alarms(channel.code)
    expected = len(range(0, devices, FLOODED))
    if count != sent or alarms != expected:
        raise SystemExit(f"{name}: {count} of {sent} readings, {alarms} of {expected} alarms")
    write(f"{name}.readings", size=sent, value=sent / (last - start), unit="readings/s")
    write(f"{name}.alarms", size=expected, value=alarms, unit="alarms", baseline=expected)
    write(f"{name}.processor", size=sent, value=busy / sent * 1e6, unit="µs/reading")
    if rate:
        write(f"{name}.lag_p50", size=rate, value=percentile(lags, 0.5) * 1000, unit="ms")
        write(f"{name}.lag_p95", size=rate, value=percentile(lags, 0.95) * 1000, unit="ms")


@contextmanager
def _subscriber(channel: Any, devices: int, taken: Any) -> Iterator[None]:
    from django.db import connection

    from yiwang.intake.doors.mqtt import Subscriber
    from yiwang.intake.rules.door_settings import settings_tree
    from yiwang.intake.rules.mqtt_settings import mqtt_settings

    subscriber = Subscriber(channel, mqtt_settings(settings_tree(channel.definition)), on_taken=taken)
    _first_round(subscriber.taker, devices)
    stop = threading.Event()

    def go() -> None:
        try:
            subscriber.run(stop)
        finally:
            connection.close()

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    while not subscriber.is_ready:
        time.sleep(0.05)
    try:
        yield
    finally:
        stop.set()
        thread.join(30)


def _first_round(taker: Any, devices: int) -> None:
    """One calm reading of every device a minute ago, so that what is measured is not the first second."""
    from django.utils import timezone

    from yiwang.intake.services.devices.readings import Arrival

    now = timezone.now()
    ms = round(now.timestamp() * 1000) - 60_000
    said = f'{{"level":0.1,"ts":{ms},"q":0}}'.encode()
    for start in range(0, devices, 2_000):
        topics = [f"bench/D{n:06d}/level" for n in range(start, start + 2_000)]
        taker.take([Arrival(topic, said, ms) for topic in topics], now)


def _channel(text: str, code: str, port: int, devices: int, at: datetime) -> Any:
    """A channel of its own with registered devices, and nothing left of an earlier run."""
    from yiwang.intake.models import Device, KeptReading, MeasuringPoint, RawMessage
    from yiwang.intake.queries.channels import channel_index
    from yiwang.intake.services.registry import publish_channel, switch_channel
    from yiwang.kernel.actor import system_actor
    from yiwang.ledger.public import bump_now, forget
    from yiwang.orgs.public import area_index

    actor = system_actor("bench", "intake.channels")
    code = f"{code}_{int(time.time())}"
    channel = publish_channel(actor=actor, at=at, text=text.format(code=code, port=port))
    switch_channel(actor=actor, at=at, channel_id=channel.id, on=True)
    KeptReading.objects.all().delete()
    MeasuringPoint.objects.all().delete()
    Device.objects.filter(channel__startswith="mqtt_").delete()
    community = next(node.id for node in area_index().by_id.values() if node.kind == "community")
    Device.objects.bulk_create(
        [
            Device(
                channel=code, code=f"D{n:06d}", kind="water_level", name=f"水位计{n}", state="waiting",
                community=community, found_at=at, changed_at=at,
            )
            for n in range(devices)
        ],
        batch_size=2_000,
    )  # fmt: skip
    bump_now("devices")
    forget(everything=True)
    assert not RawMessage.objects.filter(channel=code).exists()
    return channel_index().by_code[code]


def _alarms(code: str) -> int:
    """Reports the alarms became, after the drain."""
    from yiwang.cases.public import Report
    from yiwang.intake.services.handling import handle_waiting

    handle_waiting(only=code)
    return Report.objects.filter(channel=code).count()
