"""A real MQTT broker for tests: Debian's mosquitto on a free port, with or without TLS and passwords."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

PROGRAM = "/usr/sbin/mosquitto"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MosquittoBroker:
    """A broker that can be killed and started again with what it had kept.

    Args:
        lines: further lines of its configuration.
    """

    def __init__(self, folder: Path, *lines: str, port: int = 0) -> None:
        self.port = port or free_port()
        self.folder = folder
        self._config = folder / "mosquitto.conf"
        users = [] if any(line.startswith("password_file") for line in lines) else ["allow_anonymous true"]
        self._config.write_text(
            "\n".join(
                [
                    "user root", f"listener {self.port} 127.0.0.1", *users, "max_queued_messages 0",
                    "persistence true", f"persistence_location {folder}/", "autosave_on_changes true",
                    "autosave_interval 1", *lines,
                ]
            )
        )  # fmt: skip
        self._program: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._program = subprocess.Popen(
            [PROGRAM, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(200):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=0.1):
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("mosquitto does not listen")

    def stop(self) -> None:
        """Stop it as its service does; it writes down what it keeps."""
        if self._program is not None:
            self._program.send_signal(signal.SIGTERM)
            self._program.wait(10)
            self._program = None


class Gauge:
    """A device that publishes at QoS 1 and says again what the broker has not acknowledged."""

    def __init__(self, broker: MosquittoBroker, name: str = "gauge") -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = lambda client, data, mid, reason, properties: self._done.add(mid)
        self._said: set[int] = set()
        self._done: set[int] = set()
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish one message; while the broker is away it is kept and said later."""
        self._said.add(self._client.publish(topic, payload, qos=1, retain=retain).mid)

    def wait(self, seconds: float = 20) -> None:
        """Wait until the broker has acknowledged everything."""
        end = time.monotonic() + seconds
        while not self._said <= self._done:
            assert time.monotonic() < end, "the broker acknowledges nothing"
            time.sleep(0.02)

    def close(self) -> None:
        """Go away."""
        self._client.disconnect()
        self._client.loop_stop()
