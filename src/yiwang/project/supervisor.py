"""Supervisor 监护进程: one parent that starts every process of an instance and ends them all.

Order: the embedded database first, then web server, worker, relay, clock, intake, triage and live feed. A
child that dies is started again, with a growing pause while it keeps dying. SIGTERM, SIGINT or the
terminal's hang-up ends the children, then the database. When the supervisor itself is killed, the kernel
ends its children (`parentage.die_with_parent`); the database stays up and is adopted at the next start."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from . import instance, logs
from .embedded import Cluster, EmbeddedError
from .parentage import SUPERVISOR_PID

_LOG = structlog.get_logger("yiwang.supervisor")
#: Seconds between two looks at the children.
GLANCE = 0.3
#: Seconds the children have to finish what they do before they are killed.
GRACE = 20
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
#: A child that lived this long starts over with the first pause.
HEALTHY_AFTER = 60


@dataclass
class Child:
    """One process of the instance: how to start it and how it has fared.

    Args:
        name: what logs and people call it.
        command: the program and its arguments.
    """

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    pause: float = FIRST_PAUSE
    due: float = field(default=0)

    def start(self) -> None:
        """Start it in a session of its own, so that the terminal's Ctrl-C reaches only the supervisor."""
        surroundings = {k: v for k, v in os.environ.items() if k != instance.OWNER_URL}
        surroundings[SUPERVISOR_PID] = str(os.getpid())
        self.process = subprocess.Popen(
            list(self.command), start_new_session=True, env=surroundings, stdin=subprocess.DEVNULL
        )
        self.started = time.monotonic()
        _LOG.info("started", part=self.name, pid=self.process.pid)

    def look_after(self) -> None:
        """Start it again when it has died and its pause is over."""
        now = time.monotonic()
        if self.process is not None:
            status = self.process.poll()
            if status is None:
                return
            lived = now - self.started
            self.pause = FIRST_PAUSE if lived > HEALTHY_AFTER else min(self.pause * 2, LONGEST_PAUSE)
            _LOG.error("died", part=self.name, status=status, lived=round(lived, 1), again_in=self.pause)
            self._end_group(signal.SIGKILL)
            self.process = None
            self.due = now + self.pause
        elif now >= self.due:
            self.start()

    def ask_to_end(self) -> None:
        """SIGTERM, if it lives."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self, deadline: float) -> None:
        """Wait for its end until `deadline` (monotonic), then kill it and its own children."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _LOG.error("killed", part=self.name)
        self._end_group(signal.SIGKILL)
        self.process.wait()

    def _end_group(self, number: int) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


class Supervisor:
    """Keeps children and database alive until it is told to stop.

    Args:
        children: what to run, in the order to start it.
        cluster: the embedded database, or None when the city has its own server.
    """

    def __init__(self, children: Sequence[Child], cluster: Cluster | None) -> None:
        self.children = list(children)
        self.cluster = cluster
        self.stopping = threading.Event()

    def run(self) -> None:
        """Start everything, look after it until `stopping` is set, end it: children first, database last."""
        try:
            for child in self.children:
                child.start()
            while not self.stopping.wait(GLANCE):
                self._look_after_database()
                for child in self.children:
                    child.look_after()
        finally:
            self._end()

    def _look_after_database(self) -> None:
        if self.cluster is None or self.cluster.is_running():
            return
        _LOG.error("died", part="database")
        try:
            self.cluster.start()
            _LOG.info("started", part="database", pid=self.cluster.pid())
        except EmbeddedError as error:
            _LOG.error("database did not start", reason=str(error)[-500:])

    def _end(self) -> None:
        deadline = time.monotonic() + GRACE
        for child in self.children:
            child.ask_to_end()
        for child in self.children:
            child.end(deadline)
            _LOG.info("ended", part=child.name)
        if self.cluster is not None:
            self.cluster.stop()
            _LOG.info("ended", part="database")


def children_of(host: str, port: int, workers: int) -> list[Child]:
    """The processes of a whole instance."""
    base = (sys.executable, "-m", "yiwang")
    return [
        Child("server", (*base, "serve", "--host", host, "--port", str(port), "--workers", str(workers))),
        Child("worker", (*base, "worker")),
        Child("relay", (*base, "relay")),
        Child("clock", (*base, "clock")),
        Child("intake", (*base, "intake")),
        Child("triage", (*base, "triage")),
        Child("live", (*base, "live", "--host", host)),
    ]


def run_all(*, host: str, port: int, workers: int = 2, notes: Sequence[str] = ()) -> int:
    """Run a whole instance until a signal ends it; returns the exit status.

    Args:
        host, port: where the web listens; the live feed takes the next port.
        workers: processes of the web server.
        notes: further lines to print once the addresses are known (logins of the demo).
    """
    os.environ["PORT"] = str(port)
    logs.configure()
    try:
        with _only_one(instance.home()):
            cluster = instance.use_database()
            supervisor = Supervisor(children_of(host, port, workers), cluster)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, lambda *_: supervisor.stopping.set())
            teller = threading.Thread(target=_tell, args=(supervisor, host, port, notes), daemon=True)
            teller.start()
            supervisor.run()
    except BlockingIOError:
        sys.stderr.write(f"yiwang: {instance.home()} 已有一个监护进程在运行。\n")
        return 1
    sys.stdout.write("已全部停止。\n")
    return 0


@contextlib.contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Hold the home folder; a second supervisor on it gets BlockingIOError."""
    with (home / "supervisor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _tell(supervisor: Supervisor, host: str, port: int, notes: Sequence[str]) -> None:
    """Print the addresses as soon as the web answers that everything is ready."""
    from .probing import is_ready

    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host
    while not is_ready(shown, port):
        if supervisor.stopping.wait(0.5):
            return
    lines = [
        "",
        f"一网已就绪  http://{shown}:{port}/",
        f"健康检查    http://{shown}:{port}/healthz",
        f"实时推送    http://{shown}:{port + 1}/healthz",
        *notes,
        "按 Ctrl-C 停止全部进程。",
        "",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
