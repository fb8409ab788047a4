"""`yiwang import areas` takes a file or says what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from yiwang.kernel.coordinates import CoordinateSystem, from_wgs84
from yiwang.places.commands import SYSTEMS, register
from yiwang.places.public import Boundary

from .factories import COMMUNITIES, box, collection, feature, load_city, quarters

pytestmark = pytest.mark.django_db


@pytest.fixture
def cli() -> click.Group:
    root = click.Group("yiwang", commands={"import": click.Group("import")})
    register(root)
    return root


def run(cli: click.Group, folder: Path, document: Any, *options: str) -> Result:
    file = folder / "areas.geojson"
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(cli, ["import", "areas", str(file), "--layer", "grid", *options])


def test_a_sound_file_is_imported_and_counted(cli: click.Group, tmp_path: Path) -> None:
    load_city()
    result = run(cli, tmp_path, collection(quarters()), "--crs", "wgs84", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    last = json.loads(result.stdout.splitlines()[-1])
    assert last == {"read": 4, "accepted": 4, "unchanged": 0, "quarantined": 0}
    again = run(cli, tmp_path, collection(quarters()), "--crs", "wgs84", "--json")
    assert json.loads(again.stdout) == {"read": 4, "accepted": 0, "unchanged": 4, "quarantined": 0}


def test_counts_are_told_in_words_too(cli: click.Group, tmp_path: Path) -> None:
    load_city()
    result = run(cli, tmp_path, collection(quarters()), "--crs", "wgs84", "--dry-run")
    assert result.stdout == "检查通过（未写入）：读入 4 个要素，接受 4，未变 0，停用旧边界 0。\n"
    assert not Boundary.objects.filter(layer__code="grid").exists()


def test_each_problem_is_named_and_nothing_is_imported(cli: click.Group, tmp_path: Path) -> None:
    load_city()
    wide = feature(f"{COMMUNITIES[0]}001", box(0, 2, 1.2, 4), "宽")
    result = run(cli, tmp_path, collection([wide, *quarters()[1:]]), "--crs", "wgs84", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    first, last = result.stderr.splitlines()
    assert first.startswith(f"第 1 个要素（{COMMUNITIES[0]}001 宽）（118.7")
    assert last == "Error: 边界文件有 1 处问题，未导入任何要素。"
    assert not Boundary.objects.filter(layer__code="grid").exists()


def test_positions_in_messages_are_those_of_the_file(cli: click.Group, tmp_path: Path) -> None:
    load_city()
    wide = feature(f"{COMMUNITIES[0]}001", box(0, 2, 1.2, 4), "宽")
    told = run(cli, tmp_path, collection([wide, *quarters()[1:]]), "--crs", "wgs84").stderr
    document = collection([wide, *quarters()[1:]])
    for item in document["features"]:
        ring = item["geometry"]["coordinates"][0]
        x, y = from_wgs84([p[0] for p in ring], [p[1] for p in ring], "gcj02")
        item["geometry"]["coordinates"] = [[[a, b] for a, b in zip(x.tolist(), y.tolist(), strict=True)]]
    shifted = run(cli, tmp_path, document, "--crs", "gcj02").stderr

    def position(message: str) -> tuple[float, float]:
        lon, lat = message.split("（")[2].split("）", maxsplit=1)[0].split(",")
        return float(lon), float(lat)

    wanted = from_wgs84(*position(told), "gcj02")
    assert position(shifted) == pytest.approx(tuple(float(v) for v in wanted), abs=2e-4)


@pytest.mark.parametrize(
    ("text", "said"), [("{", "不是完整的 JSON：第 1 行"), ("", "不是完整的 JSON：第 1 行")]
)
def test_a_broken_file_is_named(cli: click.Group, tmp_path: Path, text: str, said: str) -> None:
    result = run(cli, tmp_path, text, "--crs", "wgs84")
    assert result.exit_code == 1
    assert said in result.stderr


def test_every_coordinate_system_may_be_stated() -> None:
    assert list(SYSTEMS) == [system.value for system in CoordinateSystem]


def test_the_coordinate_system_must_be_stated(cli: click.Group, tmp_path: Path) -> None:
    assert run(cli, tmp_path, collection(quarters())).exit_code == 2
    assert run(cli, tmp_path, collection(quarters()), "--crs", "utm").exit_code == 2
