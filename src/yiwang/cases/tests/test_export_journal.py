"""Whoever holds the exported journal can check every chain with SHA-256 alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from yiwang.cases.commands import journal

from .factories import dispatched, make_city


@pytest.mark.django_db
def test_the_exported_journal_is_verified_without_the_product(tmp_path: Path) -> None:
    city = make_city()
    dispatched(city)
    file = tmp_path / "journal.ndjson"
    done = CliRunner().invoke(journal, [str(file)])
    assert done.exit_code == 0, done.output
    heads: dict[str, bytes] = {}
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 3
    for line in lines:
        names = ("stream", "seq", "kind", "at", "actor", "post", "agent", "body")
        text = "\n".join(str(line[name]) for name in names)
        head = hashlib.sha256(heads.get(line["stream"], bytes(32)) + text.encode()).digest()
        assert head.hex() == line["hash"], line["kind"]
        heads[line["stream"]] = head
