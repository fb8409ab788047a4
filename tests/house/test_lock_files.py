"""What is installed is pinned by hash and says nothing about where it came from."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pinned(name: str) -> dict[str, list[str]]:
    """Each requirement of a lock file with its hashes."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([a-z0-9._-]+)==(\S+)", line):
            current = f"{match[1]}=={match[2]}"
            found[current] = []
        elif digest := re.search(r"--hash=sha256:([0-9a-f]{64})", line):
            found[current].append(digest[1])
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_python_package_carries_hashes(name: str) -> None:
    packages = pinned(name)
    assert len(packages) > 30
    assert [package for package, hashes in packages.items() if not hashes] == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_address_stands_in_a_lock_file(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"https?:|file:/|--index-url|--extra-index-url|--find-links|--trusted-host", text) == []


def test_both_lock_files_agree() -> None:
    product, developers = pinned(LOCKS[0]), pinned(LOCKS[1])
    assert set(product) - set(developers) == set()


def test_every_declared_package_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, declared in (
        (LOCKS[0], project["dependencies"]),
        (LOCKS[1], project["optional-dependencies"]["dev"]),
    ):
        locked = {package.partition("==")[0] for package in pinned(name)}
        names = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower().replace("_", "-") for line in declared}  # type: ignore[index]
        assert names - locked == set()


def test_the_front_end_lock_file_names_integrity_and_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    rest = {name: entry for name, entry in packages.items() if name}
    assert len(rest) > 5
    for name, entry in rest.items():
        assert entry.get("integrity", "").startswith("sha512-"), name
        assert "resolved" not in entry, name
