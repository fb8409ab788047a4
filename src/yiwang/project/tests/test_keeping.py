"""The drill: back up, lose everything, restore; the rows, the proof and the refusals are the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from yiwang.project.embedded import APP_ROLE, OWNER_ROLE, Cluster
from yiwang.project.keeping import KeepingError, verify

pytestmark = pytest.mark.slow

SCRIPT = """
import django; django.setup()
from yiwang.cases.tests.factories import make_city, receive, dispatched
city = make_city(); receive(city); dispatched(city)
"""


def run(home: Path, *arguments: str, script: str = "") -> subprocess.CompletedProcess[str]:
    """Run `yiwang` (or a script under its environment) for an instance of its own."""
    hidden = ("YIWANG_DATABASE_URL", "YIWANG_OWNER_DATABASE_URL", "YIWANG_EMBEDDED")
    env = {k: v for k, v in os.environ.items() if k not in hidden} | {"YIWANG_HOME": str(home)}
    if script:
        cluster = Cluster(home / "database")
        env["YIWANG_DATABASE_URL"] = cluster.url(APP_ROLE)
        env["DJANGO_SETTINGS_MODULE"] = "yiwang.project.settings"
        command = [sys.executable, "-c", script]
    else:
        command = [sys.executable, "-m", "yiwang", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=180)


def counts(home: Path) -> list[int]:
    """Rows of the tables that a backup must bring back."""
    tables = ("cases_report", "cases_case", "cases_task", "ledger_journalentry", "accounts_account")
    with psycopg.connect(Cluster(home / "database").url(OWNER_ROLE)) as connection:
        return [connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables]  # type: ignore[index]


def may_delete_the_journal(home: Path) -> bool:
    """Whether the running role could take rows out of the journal."""
    question = "SELECT has_table_privilege('ledger_journalentry', 'DELETE')"
    with psycopg.connect(Cluster(home / "database").url(APP_ROLE)) as connection:
        return bool(connection.execute(question).fetchone()[0])  # type: ignore[index]


def test_a_lost_instance_comes_back_whole(tmp_path: Path) -> None:
    first, second, kept = tmp_path / "first", tmp_path / "second", tmp_path / "backup"
    try:
        assert run(first, "migrate").returncode == 0
        planted = run(first, script=SCRIPT)
        assert planted.returncode == 0, planted.stderr
        (first / "files").mkdir(exist_ok=True)
        (first / "files" / "evidence").write_bytes(b"picture")
        (first / "trust").mkdir()
        (first / "trust" / "12379.pem").write_bytes(b"certificate")
        before = counts(first)
        made = run(first, "backup", str(kept))
        assert made.returncode == 0, made.stderr
        Cluster(first / "database").destroy()
        restored = run(second, "restore", str(kept))
        assert restored.returncode == 0, restored.stderr
        assert counts(second) == before
        assert before[1] == 2
        assert (second / "files" / "evidence").read_bytes() == b"picture"
        assert (second / "trust" / "12379.pem").read_bytes() == b"certificate"
        assert (second / "keyring.json").read_bytes() == (kept / "keyring.json").read_bytes()
        checked = run(second, "check", "ledger")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert not may_delete_the_journal(second)
        again = run(second, "restore", str(kept))
        assert again.returncode != 0
        assert "不是空的" in again.stderr
    finally:
        for home in (first, second):
            Cluster(home / "database").destroy()


def test_an_altered_backup_is_refused_by_name(tmp_path: Path) -> None:
    import hashlib
    import json

    (tmp_path / "database.dump").write_bytes(b"rows")
    parts = {"database.dump": hashlib.sha256(b"rows").hexdigest()}
    (tmp_path / "manifest.json").write_text(json.dumps({"parts": parts}))
    assert verify(tmp_path)["parts"] == parts
    (tmp_path / "extra").write_bytes(b"x")
    with pytest.raises(KeepingError, match="extra"):
        verify(tmp_path)
    (tmp_path / "extra").unlink()
    (tmp_path / "database.dump").write_bytes(b"other rows")
    with pytest.raises(KeepingError, match=r"database\.dump"):
        verify(tmp_path)
    (tmp_path / "database.dump").unlink()
    with pytest.raises(KeepingError, match="缺少"):
        verify(tmp_path)
