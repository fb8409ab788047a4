"""MQTT 物联对接: one subscriber a channel; a message is acknowledged only after its batch is committed.

Paho runs under a loop of our own: what the socket holds is read in one go, taken in one transaction
(`services.devices.readings`), then acknowledged in one go. While the database is away, or alarms are over
the quota, nothing is acknowledged: the broker keeps it as long as its session lasts. What was read before
the broker went away is taken all the same; when it comes again nothing changes.
"""

from __future__ import annotations

import logging
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import paho.mqtt.client as mqtt
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ..errors import TooMany
from ..queries.channels import LiveChannel
from ..rules.door_settings import register_settings, settings_tree
from ..rules.mqtt_settings import MqttSettings, check_mqtt, mqtt_settings
from ..running import door_runner, tell
from ..services.devices.readings import Arrival, ReadingTaker
from ..services.devices.watching import watch
from .following import follow_channels, note_channel

KEEPALIVE = 60
#: Seconds between two looks of the clock at silent points and devices.
WATCH_EVERY = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
_MOST_OPEN = 65_535
_LOG = logging.getLogger(__name__)

register_settings("mqtt", check_mqtt)


class BrokerRefused(Exception):
    """The broker refuses the connection or a subscription; the text says why."""


class Subscriber:
    """The subscriber of one channel 订阅者.

    Args:
        on_taken: told after every batch; benches and tests listen.
    """

    def __init__(
        self,
        channel: LiveChannel,
        settings: MqttSettings,
        *,
        on_taken: Callable[[list[Arrival]], None] = lambda arrivals: None,
    ) -> None:
        self.channel = channel
        self.settings = settings
        self.taker = ReadingTaker(channel, settings)
        self.on_taken = on_taken
        self.is_ready = False
        self._waiting: list[tuple[Arrival, int, int, int]] = []
        self._connections = 0
        self._refusal = ""
        self._lost = False
        self._first = 0.0
        self._watched = time.monotonic()
        self._client = self._made()

    def run(self, stop: threading.Event) -> None:
        """Receive until `stop` is set; reconnects with a growing pause.

        Raises:
            BrokerRefused: the broker wants no such client, or none of its topics may be read.
        """
        pause = FIRST_PAUSE
        while not stop.is_set():
            try:
                self._connect()
                pause = FIRST_PAUSE
                self._pump(stop)
            except OSError as error:
                _LOG.warning("broker of channel %s is away: %s", self.channel.code, str(error))
                note_channel("mqtt", self.channel, 1, f"消息代理无法连接：{error}")
            finally:
                self.is_ready = False
            self._flush_all(stop)
            if stop.wait(0 if stop.is_set() else pause):
                break
            pause = min(pause * 2, LONGEST_PAUSE)
        self._end()

    def _end(self) -> None:
        self._client.disconnect()
        self._client.loop_write()
        try:
            self.taker.keep(timezone.now())
        except DatabaseError:
            connection.close()

    @property
    def _speaks_5(self) -> bool:
        return self.settings.broker.version == "5"

    # -- the connection -----------------------------------------------------------------------
    def _made(self) -> mqtt.Client:
        broker = self.settings.broker
        name = broker.client_id or f"yiwang-{self.channel.code}"
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{name}-{socket.gethostname()}" if broker.share else name,
            protocol=mqtt.MQTTv5 if self._speaks_5 else mqtt.MQTTv311,
            clean_session=None if self._speaks_5 else False,
            manual_ack=True,
        )
        if broker.username:
            client.username_pw_set(broker.username, self._password())
        if broker.tls:
            client.tls_set(ca_certs=broker.ca_file or None)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_register_write = lambda *_: None
        return client

    def _password(self) -> str:
        now = timezone.now()
        valid = [key for key in self.channel.keys if key.holds(now)]
        return valid[-1].secret if valid else ""

    def _connect(self) -> None:
        self._lost, self._refusal = False, ""
        self._connections += 1
        broker = self.settings.broker
        if not self._speaks_5:
            self._client.connect(broker.host, broker.port, keepalive=KEEPALIVE)
            return
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.ReceiveMaximum = min(self.settings.batch * 4, _MOST_OPEN)
        properties.SessionExpiryInterval = broker.session
        self._client.connect(
            broker.host, broker.port, keepalive=KEEPALIVE, clean_start=False, properties=properties
        )

    def _on_connect(self, client: mqtt.Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self._refusal = f"连接被拒：{reason}"
            return
        share = self.settings.broker.share
        head = f"$share/{share}/" if share else ""
        wanted = [(head + topic.topic, topic.qos) for topic in self.settings.topics]
        if self._speaks_5:
            client.subscribe([(topic, SubscribeOptions(qos=qos)) for topic, qos in wanted])
        else:
            client.subscribe(wanted)

    def _on_subscribe(self, client: Any, data: Any, mid: int, reasons: list[Any], properties: Any) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self._refusal = f"订阅被拒：{'、'.join(refused)}" if refused else ""
        self.is_ready = not refused

    def _on_disconnect(self, *_: Any) -> None:
        self._lost = True

    def _on_message(self, client: mqtt.Client, data: Any, message: mqtt.MQTTMessage) -> None:
        if not self._waiting:
            self._first = time.monotonic()
        arrival = Arrival(message.topic, bytes(message.payload), time.time_ns() // 1_000_000, message.retain)
        self._waiting.append((arrival, message.mid, message.qos, self._connections))

    # -- the loop -----------------------------------------------------------------------------
    def _pump(self, stop: threading.Event) -> None:
        """Read, take, acknowledge, until the connection is lost."""
        client = self._client
        while not stop.is_set() and not self._lost:
            wire = client.socket()
            if wire is None:
                return
            self._read(wire)
            if self._refusal:
                client.disconnect()
                raise BrokerRefused(self._refusal)
            if self._is_due():
                self._flush(stop)
            if client.loop_misc() != mqtt.MQTT_ERR_SUCCESS:
                return
            self._watch()

    def _read(self, wire: Any) -> None:
        """Everything the socket holds, up to a batch."""
        client = self._client
        pending = getattr(wire, "pending", None)
        buffered = bool(pending and pending())
        wait = 0.0 if buffered else self._patience()
        readable, writable, _ = select.select([wire], [wire] if client.want_write() else [], [], wait)
        if writable:
            client.loop_write()
        if not readable and not buffered:
            return
        before = -1
        while len(self._waiting) != before and len(self._waiting) < self.settings.batch and not self._lost:
            before = len(self._waiting)
            client.loop_read()

    def _patience(self) -> float:
        """How long to wait for the socket, in seconds."""
        if not self._waiting:
            return 0.2
        return max(0.0, self.settings.wait - (time.monotonic() - self._first))

    def _is_due(self) -> bool:
        if not self._waiting:
            return False
        return (
            len(self._waiting) >= self.settings.batch or time.monotonic() - self._first >= self.settings.wait
        )

    def _flush(self, stop: threading.Event) -> bool:
        """Take what waits and acknowledge it; False when it could not be taken yet."""
        arrivals = [entry[0] for entry in self._waiting]
        try:
            self.taker.take(arrivals, timezone.now())
        except TooMany as error:
            _LOG.warning("alarms of channel %s are over its quota", self.channel.code)
            stop.wait(min(error.retry_after, KEEPALIVE / 2))
            return False
        except DatabaseError as error:
            tell(error, f"storing readings of channel {self.channel.code}")
            connection.close()
            stop.wait(1.0)
            return False
        mids = [mid for _, mid, qos, made_in in self._waiting if qos and made_in == self._connections]
        self._waiting = []
        self.on_taken(arrivals)
        self._acknowledge(mids)
        return True

    def _acknowledge(self, mids: list[int]) -> None:
        """PUBACK of a whole batch in one go; paho's own `ack` would send thousands one by one."""
        wire = self._client.socket()
        packets = b"".join(b"\x40\x02" + mid.to_bytes(2, "big") for mid in mids)
        try:
            while packets and wire is not None:
                select.select([], [wire], [], 1.0)
                if self._client.want_write():
                    self._client.loop_write()
                    continue
                try:
                    packets = packets[wire.send(packets) :]
                except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                    continue
        except OSError as error:
            _LOG.warning("broker of channel %s went away: %s", self.channel.code, str(error))
            self._lost = True

    def _flush_all(self, stop: threading.Event) -> None:
        """Take what was read before the connection was lost; at the end it is left to the broker."""
        while self._waiting and not stop.is_set():
            self._connections += 1
            self._flush(stop)

    def _watch(self) -> None:
        now = time.monotonic()
        if now - self._watched < WATCH_EVERY:
            return
        self._watched = now
        try:
            at = timezone.now()
            note_channel("mqtt", self.channel, 0, "")
            self.taker.settle(at)
            watch(
                self.channel,
                at,
                after=timedelta(milliseconds=self.settings.offline_after),
                report=self.settings.report_offline,
                keep=timedelta(days=self.settings.keep_days),
            )
        except TooMany:
            pass
        except DatabaseError:
            connection.close()


@door_runner("mqtt")
def run(stop: threading.Event) -> None:
    """Run a subscriber for every open MQTT channel, and follow the registry."""
    follow_channels("mqtt", stop, _serve)


def _serve(channel: LiveChannel, stop: threading.Event) -> None:
    Subscriber(channel, mqtt_settings(settings_tree(channel.definition))).run(stop)
