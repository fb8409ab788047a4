"""Production refuses to start with what only development may have."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GOOD = "k7" * 30
PRINT = """
from django.conf import settings as s
print(s.DEBUG, s.SESSION_COOKIE_SECURE, s.STORAGES['staticfiles'])
"""


def started(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python (or `yiwang`) with exactly these YIWANG variables."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("YIWANG_")} | variables
    env |= {"YIWANG_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "yiwang.project.settings"}
    return subprocess.run(
        [sys.executable, *(arguments or ("-c", PRINT))], env=env, capture_output=True, text=True, check=False
    )


def test_development_starts_with_no_variable_at_all_and_without_debug(tmp_path: Path) -> None:
    found = started(tmp_path)
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("False False")


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({}, "YIWANG_SECRET_KEY is missing"),
        ({"YIWANG_SECRET_KEY": "development-only-secret-not-for-production"}, "the default"),
        ({"YIWANG_SECRET_KEY": "short"}, "shorter than 40"),
        ({"YIWANG_SECRET_KEY": GOOD, "YIWANG_DEBUG": "1"}, "YIWANG_DEBUG=1 is refused"),
    ],
)
def test_production_refuses(variables: dict[str, str], reason: str, tmp_path: Path) -> None:
    found = started(tmp_path, YIWANG_ENV="production", **variables)
    assert found.returncode != 0
    assert reason in found.stderr


def test_production_with_a_secret_serves_hashed_files_over_https(tmp_path: Path) -> None:
    found = started(tmp_path, YIWANG_ENV="production", YIWANG_SECRET_KEY=GOOD)
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("False True")
    assert "CompressedManifestStaticFilesStorage" in found.stdout


def test_a_refused_server_says_why_in_one_line(tmp_path: Path) -> None:
    found = started(
        tmp_path, "-m", "yiwang", "serve",
        YIWANG_ENV="production", YIWANG_DATABASE_URL="postgresql:///nowhere",
    )  # fmt: skip
    assert found.returncode == 1
    assert found.stderr.startswith("yiwang: YIWANG_SECRET_KEY is missing")
    assert "Traceback" not in found.stderr


def test_a_production_server_without_static_files_says_how_to_collect_them(tmp_path: Path) -> None:
    found = started(
        tmp_path, "-m", "yiwang", "serve",
        YIWANG_ENV="production", YIWANG_SECRET_KEY=GOOD, YIWANG_DATABASE_URL="postgresql:///nowhere",
    )  # fmt: skip
    assert found.returncode == 1
    assert "run `yiwang static` first" in found.stderr


def test_a_database_that_is_not_postgresql_is_refused(tmp_path: Path) -> None:
    found = started(tmp_path, YIWANG_DATABASE_URL="mysql://u@h/db")
    assert found.returncode != 0
    assert "give a postgresql:// URL" in found.stderr
