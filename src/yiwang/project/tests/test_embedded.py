"""The embedded cluster outlives who started it, is adopted, and keeps what was committed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from yiwang.project.embedded import APP_ROLE, OWNER_ROLE, Cluster, EmbeddedError, programs_in

pytestmark = pytest.mark.slow

STARTER = """
import os, signal, sys
from pathlib import Path
from yiwang.project.embedded import Cluster
Cluster(Path(sys.argv[1])).ensure()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "database"
    yield folder
    Cluster(folder).destroy()


def test_an_orphan_is_adopted_by_the_next_command(home: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", STARTER, str(home)], check=False)
    assert killed.returncode == -signal.SIGKILL
    orphan = Cluster(home).pid()
    adopted = Cluster(home).ensure()
    assert adopted.pid() == orphan
    with psycopg.connect(adopted.url(APP_ROLE)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (APP_ROLE,)


def test_a_killed_postmaster_comes_back_with_what_was_committed(home: Path) -> None:
    cluster = Cluster(home).ensure()
    with psycopg.connect(cluster.url(OWNER_ROLE)) as connection:
        connection.execute("CREATE TABLE promise (n int)")
        connection.execute("INSERT INTO promise SELECT generate_series(1, 1000)")
        connection.commit()
    first = cluster.pid()
    assert first is not None
    open_act = psycopg.connect(cluster.url(OWNER_ROLE))
    open_act.execute("INSERT INTO promise VALUES (-1)")
    os.kill(first, signal.SIGKILL)
    open_act.close()
    assert cluster.ensure().pid() != first
    with psycopg.connect(cluster.url(OWNER_ROLE)) as connection:
        row = connection.execute("SELECT count(*), min(n) FROM promise").fetchone()
    assert row == (1000, 1)


def test_a_pid_file_that_names_another_program_does_not_keep_it_down(home: Path) -> None:
    cluster = Cluster(home).ensure()
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n")
    assert not cluster.is_running()
    assert cluster.ensure().is_running()


def test_passwords_are_private_and_no_port_is_open(home: Path) -> None:
    cluster = Cluster(home).ensure()
    assert (cluster.folder / "passwords").stat().st_mode & 0o777 == 0o600
    with psycopg.connect(cluster.url(APP_ROLE)) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    wrong = cluster.url(APP_ROLE).replace(cluster.password(APP_ROLE), "guess")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(wrong)


def test_a_folder_without_programs_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="No initdb in"):
        programs_in(tmp_path)
