"""The end of an instance: by Ctrl-C, by SIGTERM, by the supervisor's own sudden death; no process is left."""

from __future__ import annotations

import os
import signal

import pytest

from yiwang.project.probing import health

from .audit import audit, check_ledger
from .instance import PARTS, Instance
from .load import Load, load_on
from .processes import Process, family
from .waiting import wait_for

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_one_signal_ends_every_process_and_the_database_last(
    number: signal.Signals, instance: Instance
) -> None:
    everyone = instance.everyone()
    assert len(everyone) > len(PARTS) + 2
    load = Load(instance)
    load.start()
    load.wait_for_more()
    assert instance.end(number) == 0
    assert _living(everyone) == []
    assert [entry["part"] for entry in instance.told("ended")] == [*PARTS, "database"]
    assert instance.told("killed") == []
    assert "database system is shut down" in (instance.cluster.data / "server.log").read_text()[-2000:]
    assert health("127.0.0.1", instance.port) == (0, {})

    instance.start()  # the clients still repeat what the end left without an answer
    load.wait_for_more()
    load.stop()
    assert load.failures == []
    assert load.repeated > 0
    audit(instance, load)


def test_a_supervisor_killed_takes_its_children_along_and_the_next_adopts_the_database(
    instance: Instance,
) -> None:
    assert instance.supervisor is not None
    database = instance.pid("database")
    children = [one for one in family(instance.supervisor.pid) if one.pid != instance.supervisor.pid]
    with load_on(instance) as load:
        os.kill(instance.supervisor.pid, signal.SIGKILL)
        instance.supervisor.wait()
        wait_for("the children's end", lambda: not _living(children), seconds=40)
        instance.start()
        assert instance.pid("database") == database
        load.wait_for_more()
    audit(instance, load)
    check_ledger(instance)


def test_a_second_supervisor_on_the_same_home_is_refused(instance: Instance) -> None:
    before = instance.pid("server")
    second = instance.try_command("yiwang", "serve", "--all", "--port", str(instance.port))
    assert second.returncode == 1
    assert "已有一个监护进程" in second.stderr
    assert instance.is_ready()
    assert instance.pid("server") == before


def _living(processes: list[Process]) -> list[str]:
    return [f"{one.pid} {one.command()}" for one in processes if one.lives()]
