"""An instance of the tests' own: home, durable embedded database, small city, all processes supervised."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

from yiwang.project.embedded import Cluster
from yiwang.project.probing import health

from .processes import Process, family, process
from .waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("server", "worker", "relay", "clock", "intake", "triage", "live")
WEB_PROCESSES = 2


class Instance:
    """One installation, driven only from outside: commands, signals, HTTP; SQL to look.

    Args:
        home: an empty folder; becomes `YIWANG_HOME`.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home / "faults.log"
        self.port = free_port_pair()
        self.cluster = Cluster(home / "database")
        self.supervisor: subprocess.Popen[bytes] | None = None
        self._starts_before: dict[str, int] = {}
        self.city: dict[str, Any] = json.loads(self.command("tests.faults.planting").stdout.splitlines()[-1])

    # -- running ------------------------------------------------------------------------------
    @property
    def surroundings(self) -> dict[str, str]:
        """The environment of its commands: nothing of the test session's own database."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("YIWANG_", "DJANGO_"))}
        return kept | {"YIWANG_HOME": str(self.home), "PYTHONPATH": str(ROOT / "src")}

    def command(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m module` to its end on this instance; fails when that fails."""
        done = self.try_command(module, *arguments)
        assert done.returncode == 0, f"{arguments}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done

    def try_command(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same, whatever it ends with."""
        return subprocess.run(
            [sys.executable, "-m", module, *arguments], cwd=ROOT, env=self.surroundings, check=False,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def start(self) -> None:
        """`yiwang serve --all`, until every part is ready."""
        with self.log.open("wb") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "yiwang", "serve", "--all", "--port", str(self.port),
                 "--workers", str(WEB_PROCESSES)],
                cwd=ROOT, env=self.surroundings, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        wait_for("all parts ready", self.is_ready, seconds=60)

    @property
    def is_running(self) -> bool:
        """Whether its supervisor lives."""
        return self.supervisor is not None and self.supervisor.poll() is None

    def is_ready(self) -> bool:
        """Whether web, worker and live feed all say so; fails at once when the supervisor has ended."""
        assert self.is_running, self.log.read_text()[-3000:]
        web, _ = health("127.0.0.1", self.port)
        live, _ = health("127.0.0.1", self.port + 1)
        return web == live == 200 and len(self.web_processes()) == WEB_PROCESSES

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the supervisor's process group, as a terminal does; returns its exit status."""
        assert self.supervisor is not None
        os.killpg(self.supervisor.pid, number)
        return self.supervisor.wait(timeout=45)

    def destroy(self) -> None:
        """End it, whatever state it is in, and delete the database."""
        if self.is_running:
            os.killpg(self.supervisor.pid, signal.SIGCONT)  # type: ignore[union-attr]
            self.end()
        self.cluster.destroy()

    # -- looking ------------------------------------------------------------------------------
    def lines(self, logger: str) -> list[dict[str, Any]]:
        """What one logger has logged since the start, oldest first."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if entry.get("logger") == logger:
                    found.append(entry)
        return found

    def told(self, event: str) -> list[dict[str, Any]]:
        """What the supervisor has logged of one event since its start, oldest first."""
        return [entry for entry in self.lines("yiwang.supervisor") if entry.get("event") == event]

    def pid(self, part: str) -> int:
        """The process id of a part: `server`, `worker`, `relay`, `clock`, `live` or `database`."""
        if part == "database":
            return wait_for("a database", self.cluster.pid)
        return next(entry["pid"] for entry in reversed(self.told("started")) if entry["part"] == part)

    def web_processes(self) -> list[Process]:
        """The processes of the web server that answer requests."""
        main = self.pid("server")
        return [
            p
            for p in family(main)
            if p.parent == main and p.lives() and "resource_tracker" not in p.command()
        ]

    def everyone(self) -> list[Process]:
        """Supervisor, parts, database, and all that descends from them."""
        assert self.supervisor is not None
        return family(self.supervisor.pid, self.pid("database"))

    def sql(self, statement: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement, run as the superuser, each in a connection and transaction of its own."""
        with self.superuser() as connection:
            cursor = connection.execute(statement.encode(), params)
            return cursor.fetchall() if cursor.description else []

    def superuser(self) -> psycopg.Connection:
        """A connection of the superuser, committing each statement."""
        return psycopg.connect(self.cluster.url("superuser"), autocommit=True, connect_timeout=10)

    # -- killing ------------------------------------------------------------------------------
    def kill(self, part: str) -> None:
        """SIGKILL to a part; `web process` is one of the web server's own."""
        pid = self.web_processes()[0].pid if part == "web process" else self.pid(part)
        victim = process(pid)
        assert victim is not None, f"{part} does not live"
        self._starts_before[part] = self.starts(part)
        os.kill(pid, signal.SIGKILL)
        wait_for(f"end of {part}", lambda: not victim.lives(), seconds=10)

    @contextlib.contextmanager
    def without(self, part: str) -> Iterator[None]:
        """Kill a part and keep it down for as long as the block lasts; then wait until all is ready."""
        assert self.supervisor is not None
        self.supervisor.send_signal(signal.SIGSTOP)
        try:
            self.kill(part)
            yield
        finally:
            self.supervisor.send_signal(signal.SIGCONT)
        self.wait_until_replaced(part)

    def wait_until_replaced(self, part: str) -> None:
        """Wait until a killed part has been started anew, and everything is ready again."""
        if part != "web process":  # that one the web server itself replaces
            before = self._starts_before[part]
            wait_for(f"{part} started anew", lambda: self.starts(part) > before, seconds=60)
        wait_for("all parts ready again", self.is_ready, seconds=60)

    def starts(self, part: str) -> int:
        """How often the supervisor has started a part."""
        return sum(entry["part"] == part for entry in self.told("started"))


def free_port_pair() -> int:
    """A port that is free together with the next one, which the live feed takes."""
    for _ in range(50):
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                other.bind(("127.0.0.1", port + 1))
                return port
    raise AssertionError("no two neighbouring ports are free")
