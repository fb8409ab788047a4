"""The keyring file is private, made once, and rotated under a live product."""

from __future__ import annotations

import json
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from yiwang.kernel.ids import uuid7
from yiwang.ledger import keyring
from yiwang.ledger.models import Checkpoint
from yiwang.ledger.public import (
    SealBroken,
    blind_index,
    erase,
    indexer,
    register_sealed,
    seal,
    sealer,
    unseal,
    unsealer,
)

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.YIWANG_HOME = tmp_path
    monkeypatch.setattr(keyring, "_SEALED", {})
    return tmp_path


def test_in_development_the_file_is_made_on_first_use_for_its_owner_only(home: Path) -> None:
    blob = seal("王", context=b"a")
    path = home / "keyring.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert unseal(blob, context=b"a") == "王"
    assert [entry.name for entry in home.iterdir()] == ["keyring.json"]


def test_in_production_a_missing_file_stops_the_product(settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match="no keyring"):
        seal("王", context=b"a")


def test_a_file_that_others_may_read_is_refused(home: Path) -> None:
    keyring.create_keyring()
    (home / "keyring.json").chmod(0o640)
    with pytest.raises(ImproperlyConfigured, match="chmod 600"):
        blind_index("x", purpose="y")


@pytest.mark.parametrize("change", [{"current": 9}, {"format": 2}, {"keys": {"1": "AA=="}}, {"keys": None}])
def test_a_damaged_file_is_refused(home: Path, change: dict[str, object]) -> None:
    path = keyring.create_keyring()
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(ImproperlyConfigured, match="damaged"):
        keyring.current_keyring()


def test_processes_that_start_together_agree_on_one_keyring(home: Path) -> None:
    threads = [threading.Thread(target=keyring.create_keyring) for _ in range(8)]
    for thread in threads:
        thread.start()
    first = (home / "keyring.json").read_bytes() if (home / "keyring.json").exists() else None
    for thread in threads:
        thread.join()
    assert first in (None, (home / "keyring.json").read_bytes())
    assert [entry.name for entry in home.iterdir()] == ["keyring.json"]


@pytest.mark.django_db
def test_rotation_wraps_every_registered_row_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "_BATCH", 3)
    register_sealed(Checkpoint, "root")
    for number in range(7):
        Checkpoint.objects.create(
            id=uuid7(), at=AT, streams=0, root=seal(str(number), context=b"r"), note=str(number)
        )
    gone = Checkpoint.objects.create(
        id=uuid7(), at=AT, streams=0, root=erase(seal("x", context=b"r")), note="x"
    )
    index = blind_index("x", purpose="y")
    assert keyring.rotate_keyring() == 7
    assert keyring.keys_in_use() == {2: 7}
    assert blind_index("x", purpose="y") == index
    for row in Checkpoint.objects.exclude(pk=gone.pk):
        assert unseal(row.root, context=b"r") == row.note
    gone.refresh_from_db()
    with pytest.raises(SealBroken):
        unseal(gone.root, context=b"r")


def test_what_is_asked_for_once_a_batch_does_what_is_asked_for_each_time(home: Path) -> None:
    sealed, index = sealer()("路灯", b"r"), indexer("y")
    assert unseal(sealed, context=b"r") == "路灯"
    assert unsealer()(seal("井盖", context=b"s"), b"s") == "井盖"
    assert index("x") == blind_index("x", purpose="y") != blind_index("x", purpose="z")
    with pytest.raises(SealBroken):
        unsealer()(sealed, b"s")
