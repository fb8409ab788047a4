"""The supervisor starts a dead child again, ends all of them, and the database last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from yiwang.project.supervisor import Child, Supervisor, _only_one, run_all

#: A child that writes its pid, and says in a file that it was asked to end.
OBEDIENT = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
def end(*_):
    (folder / "asked").write_text("yes"); sys.exit(0)
signal.signal(signal.SIGTERM, end)
(folder / f"{time.time_ns()}.pid").write_text(str(os.getpid()))
while True:
    time.sleep(0.05)
"""
#: A supervisor in a process of its own, over one child that dies with it as every command does.
PARENT = """
import sys, pathlib
from yiwang.project.supervisor import Child, Supervisor
child = "from yiwang.project.parentage import die_with_parent; die_with_parent()\\n" + sys.argv[2]
Supervisor([Child("part", (sys.executable, "-c", child, sys.argv[1]))], None).run()
"""


class _RecordedCluster:
    """Stands where the embedded database stands and notes whether the children had ended by then."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children
        self.stopped_after: list[bool] = []

    def is_running(self) -> bool:
        return True

    def stop(self) -> None:
        ended = [c.process is not None and c.process.poll() is not None for c in self.children]
        self.stopped_after.append(all(ended))


def wait_until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def pids(folder: Path) -> list[int]:
    return [int(text) for path in sorted(folder.glob("*.pid")) if (text := path.read_text())]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Supervisor, _RecordedCluster, Path]]:
    children = [Child("part", (sys.executable, "-c", OBEDIENT, str(tmp_path)))]
    cluster = _RecordedCluster(children)
    supervisor = Supervisor(children, cluster)  # type: ignore[arg-type]
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    wait_until(lambda: len(pids(tmp_path)) == 1)
    yield supervisor, cluster, tmp_path
    supervisor.stopping.set()
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_a_killed_child_is_started_again(running: tuple[Supervisor, _RecordedCluster, Path]) -> None:
    _, _, folder = running
    (first,) = pids(folder)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(pids(folder)) == 2)
    assert lives(pids(folder)[1])
    assert not lives(first)


def test_all_children_end_before_the_database(running: tuple[Supervisor, _RecordedCluster, Path]) -> None:
    supervisor, cluster, folder = running
    supervisor.stopping.set()
    wait_until(lambda: bool(cluster.stopped_after))
    assert cluster.stopped_after == [True]
    assert (folder / "asked").read_text() == "yes"


def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path), OBEDIENT])
    wait_until(lambda: len(pids(tmp_path)) == 1)
    (child,) = pids(tmp_path)
    parent.kill()
    parent.wait()
    wait_until(lambda: not lives(child))


def test_a_child_that_keeps_dying_is_started_ever_more_seldom() -> None:
    child = Child("part", (sys.executable, "-c", "raise SystemExit(3)"))
    pauses = []
    for _ in range(3):
        child.start()
        assert child.process is not None
        child.process.wait()
        child.look_after()
        pauses.append(child.pause)
    assert pauses == [1.0, 2.0, 4.0]


def test_a_second_supervisor_on_the_same_home_is_sent_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("YIWANG_HOME", str(tmp_path))
    monkeypatch.setenv("PORT", "8000")
    with _only_one(tmp_path):
        assert run_all(host="127.0.0.1", port=8000) == 1
    assert "已有一个监护进程" in capsys.readouterr().err
