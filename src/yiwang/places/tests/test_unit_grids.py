"""Unit grids: cells of a community, checked, dated, and found by district within a bound of memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from yiwang.orgs.public import area_index
from yiwang.places.models import BoundaryVersion, UnitGrid
from yiwang.places.public import (
    AreasRefused,
    area_tile,
    drawn_layers,
    import_areas,
    place_of,
    tile_of,
    unit_grid_of,
    unit_grids_of,
)
from yiwang.places.queries import unit_grids

from .factories import (
    ACTOR,
    AT,
    COMMUNITIES,
    DAY,
    LATER,
    at_point,
    box,
    bring,
    collection,
    feature,
    load_city,
    quarters,
)

pytestmark = pytest.mark.django_db


def cells(community: int = 0, side: int = 4) -> list[dict[str, Any]]:
    """`side` x `side` cells that tile a community, without names, from north to south."""
    left, wide, high = 2 * community, 2 / side, 4 / side
    found = []
    for number in range(side * side):
        row, column = divmod(number, side)
        west, north = left + column * wide, 4 - row * high
        shape = box(west, north - high, west + wide, north)
        found.append(feature(f"{COMMUNITIES[community]}{number + 1:03d}", shape, name=""))
    return found


def test_cells_are_taken_without_an_area_of_their_own() -> None:
    load_city()
    bring("grid", quarters())
    counts = bring("unit_grid", cells())
    assert (counts.read, counts.accepted, counts.unchanged) == (16, 16, 0)
    assert UnitGrid.objects.count() == 16
    standing = area_index(DAY).by_code[f"{COMMUNITIES[0]}001"]
    assert standing.kind == "grid"
    version = BoundaryVersion.objects.get(layer__code="unit_grid")
    assert (version.version, version.opened) == (1, 16)
    again = bring("unit_grid", cells())
    assert (again.accepted, again.unchanged) == (0, 16)
    assert BoundaryVersion.objects.filter(layer__code="unit_grid").count() == 1


def test_a_point_is_found_in_its_cell_and_on_a_border_in_the_lowest() -> None:
    load_city()
    bring("unit_grid", [*cells(), *cells(1)])
    assert unit_grid_of(*at_point(0.25, 3.5), at=AT) == f"{COMMUNITIES[0]}001"
    assert unit_grid_of(*at_point(0.5, 3.5), at=AT) == f"{COMMUNITIES[0]}001"
    assert unit_grid_of(*at_point(2, 0.5), at=AT) == f"{COMMUNITIES[0]}016"
    assert unit_grid_of(*at_point(3.75, 0.5), at=AT) == f"{COMMUNITIES[1]}016"
    assert unit_grid_of(*at_point(9, 9), at=AT) is None
    assert unit_grid_of(*at_point(1, 1), at=AT - timedelta(days=1)) is None
    assert unit_grids_of([], [], at=AT) == []


def test_an_old_case_keeps_the_cell_of_its_day() -> None:
    load_city()
    bring("unit_grid", cells())
    merged = feature(f"{COMMUNITIES[0]}001", box(0, 3, 1, 4), name="")
    kept = [item for item in cells() if item["properties"]["code"][-3:] not in {"001", "002"}]
    with pytest.raises(AreasRefused):
        bring("unit_grid", [merged, *kept], at=LATER)
    bring("unit_grid", [merged, *kept], at=LATER, replace=True)
    spot = at_point(0.75, 3.5)
    assert unit_grid_of(*spot, at=AT) == f"{COMMUNITIES[0]}002"
    assert unit_grid_of(*spot, at=LATER) == f"{COMMUNITIES[0]}001"
    assert UnitGrid.objects.get(code=f"{COMMUNITIES[0]}002").valid_to is not None


def test_the_grid_of_a_place_is_not_touched_by_unit_grids() -> None:
    load_city()
    bring("grid", quarters())
    before = place_of(*at_point(0.5, 3), at=AT)
    bring("unit_grid", cells())
    assert before is not None
    assert place_of(*at_point(0.5, 3), at=AT) == before


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"code": "320199001001"}, "网格编码应为 12 位社区代码加 3 位顺序码（001 至 999）。"),
        ({"code": f"{COMMUNITIES[0]}000"}, "网格编码应为 12 位社区代码加 3 位顺序码（001 至 999）。"),
        ({"code": f"{COMMUNITIES[0]}Z01"}, "网格编码应为 12 位社区代码加 3 位顺序码（001 至 999）。"),
        (
            {"code": f"{COMMUNITIES[0]}Z001"},
            "单元网格编码应为 15 位数字，专属网格请导入图层 exclusive_grid。",
        ),
        (
            {"parent_code": COMMUNITIES[1]},
            f"上级代码“{COMMUNITIES[1]}”与编码的前 12 位不符，请更正其中一个。",
        ),
        ({"code": "320199001009001"}, "上级“320199001009”不存在，请先导入社区或更正上级代码。"),
    ],
)
def test_a_wrong_code_is_named_with_its_remedy(changed: dict[str, str], said: str) -> None:
    load_city()
    wrong = cells()
    wrong[0]["properties"] |= changed
    with pytest.raises(AreasRefused) as caught:
        bring("unit_grid", wrong)
    assert said in [problem.remedy for problem in caught.value.problems]
    assert not UnitGrid.objects.exists()


def test_overlaps_gaps_and_overshoots_are_refused_as_in_other_layers() -> None:
    load_city()
    whole = cells()
    with pytest.raises(AreasRefused, match="1 处问题") as caught:
        bring("unit_grid", whole[1:])
    assert "空隙未被下级覆盖" in caught.value.problems[0].remedy
    code = whole[0]["properties"]["code"]
    with pytest.raises(AreasRefused) as caught:
        bring("unit_grid", [feature(code, box(0, 3, 0.6, 4), name=""), *whole[1:]])
    assert "重叠" in caught.value.problems[0].remedy
    with pytest.raises(AreasRefused) as caught:
        bring("unit_grid", [feature(code, box(-0.2, 3, 0.5, 4), name=""), *whole[1:]])
    assert "超出上级" in caught.value.problems[0].remedy


def test_a_community_without_a_boundary_takes_no_cells() -> None:
    load_city(drawn=False)
    with pytest.raises(AreasRefused) as caught:
        bring("unit_grid", cells())
    assert caught.value.problems[0].remedy == "该社区还没有边界，请先导入图层 community。"


def test_tiles_of_cells_hold_those_around_and_say_what_is_illustrative() -> None:
    load_city()
    bring("unit_grid", cells(), illustrative=True)
    middle = at_point(0.75, 2.5)
    content = mapbox_vector_tile.decode(area_tile("unit_grid", 16, *tile_of(*middle, 16), at=AT))
    drawn = {item["properties"]["code"]: item["properties"] for item in content["unit_grid"]["features"]}
    assert drawn[f"{COMMUNITIES[0]}006"]["illustrative"] is True
    assert len(drawn) < 16
    assert area_tile("unit_grid", 14, *tile_of(*middle, 14), at=AT) == b""
    assert area_tile("unit_grid", 16, 0, 0, at=AT) == b""
    assert [layer.illustrative for layer in drawn_layers(AT) if layer.code == "unit_grid"] == [True]


def test_many_cells_of_a_district_stay_small_and_are_found_exactly() -> None:
    load_city()
    unit_grids._kept.clear()
    bring("unit_grid", cells(side=30))
    rng = np.random.default_rng(7)
    x, y = 118.70 + rng.random(2_000) * 0.02, 32.00 + rng.random(2_000) * 0.04
    found = unit_grids_of(x, y, at=AT)
    shapes = {row.code: shapely.from_wkb(bytes(row.geometry)) for row in UnitGrid.objects.all()}
    assert all(
        code is not None and shapely.intersects_xy(shapes[code], lon, lat)
        for code, lon, lat in zip(found, x, y, strict=True)
    )
    kept = next(iter(unit_grids._kept.values()))
    assert kept.nbytes < 900 * 4_000


def test_districts_make_room_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    load_city()
    bring("unit_grid", cells())
    unit_grids._kept.clear()
    assert unit_grid_of(*at_point(1, 1), at=AT)
    monkeypatch.setattr(unit_grids, "MOST_BYTES", 1)
    bring("unit_grid", cells(1), at=LATER)
    assert unit_grid_of(*at_point(1, 1), at=LATER)
    assert len(unit_grids._kept) == 1


def test_a_dry_run_writes_nothing() -> None:
    load_city()
    counts = import_areas(
        actor=ACTOR, at=AT, document=collection(cells()), layer="unit_grid", crs="wgs84", source="t",
        dry_run=True,
    )  # fmt: skip
    assert (counts.accepted, UnitGrid.objects.count()) == (16, 0)
