"""Every file that a package ships reads the same with libyaml and without it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from yiwang.kernel.yaml_files import parse_yaml, shipped_yaml

PACKAGE = Path(__file__).resolve().parents[2]
SHIPPED = sorted(PACKAGE.rglob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_both_readers_find_the_same_in_a_shipped_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("{street}", "320115002")  # a gap that the demo fills in
    assert parse_yaml(text) == yaml.load(text, Loader=yaml.SafeLoader)


def test_what_is_read_belongs_to_the_reader() -> None:
    shipped_yaml("yiwang.cases", "defaults/loop.yaml").clear()
    assert shipped_yaml("yiwang.cases", "defaults/loop.yaml")


def test_a_file_that_is_not_shipped_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        shipped_yaml("yiwang.cases", "defaults/nothing.yaml")
