"""Files of boundaries are taken as a whole or refused, naming each feature, place and remedy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import shapely

from yiwang.kernel.actor import system_actor
from yiwang.kernel.coordinates import from_wgs84
from yiwang.kernel.errors import FieldProblem, Invalid, Refused
from yiwang.ledger.public import JournalEntry
from yiwang.orgs.public import Area, area_index
from yiwang.places.public import (
    AreaCounts,
    AreasRefused,
    Boundary,
    BoundaryVersion,
    LaterVersion,
    NoSuchLayer,
    boundary_of,
    import_areas,
)

from .factories import (
    ACTOR,
    AT,
    COMMUNITIES,
    DAY,
    LATER,
    STREET,
    area,
    box,
    bring,
    collection,
    feature,
    load_city,
    quarters,
)

pytestmark = pytest.mark.django_db
FIRST = COMMUNITIES[0]


def refused(layer: str, features: list[dict[str, Any]], **options: Any) -> list[FieldProblem]:
    """Import, expect a refusal that leaves nothing behind, and return its problems."""
    before = (Area.objects.count(), Boundary.objects.count(), JournalEntry.objects.count())
    with pytest.raises(AreasRefused) as caught:
        bring(layer, features, **options)
    assert (Area.objects.count(), Boundary.objects.count(), JournalEntry.objects.count()) == before
    return caught.value.problems


def test_grids_become_areas_with_boundaries_and_one_journal_entry() -> None:
    load_city()
    assert bring("grid", quarters()) == AreaCounts(read=4, accepted=4, unchanged=0, closed=0)
    node = area_index(DAY).by_code[f"{FIRST}001"]
    assert (node.kind, node.name, node.parent_id) == ("grid", "第1网格", area(FIRST))
    version = BoundaryVersion.objects.get(layer__code="grid")
    assert (version.opened, version.closed, version.valid_from, version.crs) == (4, 0, DAY, "wgs84")
    entry = JournalEntry.objects.get(stream=version.id)
    assert (entry.kind, bytes(entry.hash)) == ("places.boundaries_loaded", bytes(version.journal_head))


def test_the_same_file_again_changes_nothing() -> None:
    load_city()
    bring("grid", quarters())
    assert bring("grid", quarters(), at=LATER) == AreaCounts(read=4, accepted=0, unchanged=4, closed=0)
    assert BoundaryVersion.objects.filter(layer__code="grid").count() == 1


def test_a_new_name_alone_keeps_the_boundary() -> None:
    load_city()
    bring("grid", quarters())
    renamed = [feature(f["properties"]["code"], f["geometry"], "改名") for f in quarters()[:1]]
    assert bring("grid", renamed, at=LATER).accepted == 1
    assert area_index().by_code[f"{FIRST}001"].name == "改名"
    assert Boundary.objects.filter(area_id=area(f"{FIRST}001")).count() == 1


def test_a_changed_boundary_ends_the_day_the_new_one_begins() -> None:
    load_city()
    bring("grid", quarters())
    counts = bring(
        "grid",
        [feature(f"{FIRST}001", box(0, 2, 1.5, 4)), feature(f"{FIRST}002", box(1.5, 2, 2, 4))],
        at=LATER,
    )
    assert counts == AreaCounts(read=2, accepted=2, unchanged=0, closed=2)
    day = LATER.date()
    old = Boundary.objects.get(area_id=area(f"{FIRST}001"), valid_to=day)
    assert (old.valid_from, bool(old.valid_to)) == (DAY, True)
    now = boundary_of(area(f"{FIRST}001"), at=LATER)
    assert now is not None
    assert shapely.equals(now.shape, box(0, 2, 1.5, 4))


def test_a_correction_on_the_same_day_was_never_in_force() -> None:
    load_city()
    bring("grid", quarters())
    bring("grid", [feature(f"{FIRST}001", box(0, 2, 1.5, 4)), feature(f"{FIRST}002", box(1.5, 2, 2, 4))])
    history = Boundary.objects.filter(area_id=area(f"{FIRST}001")).order_by("id")
    assert [row.valid_to for row in history] == [DAY, None]
    found = boundary_of(area(f"{FIRST}001"), at=AT)
    assert found is not None
    assert shapely.equals(found.shape, box(0, 2, 1.5, 4))


def test_replace_ends_the_areas_that_the_file_leaves_out() -> None:
    load_city()
    bring("grid", quarters())
    halves = [feature(f"{FIRST}001", box(0, 0, 1, 4)), feature(f"{FIRST}002", box(1, 0, 2, 4))]
    assert bring("grid", halves, at=LATER, replace=True).closed == 4
    codes = {node.code for node in area_index(LATER.date()).children(area(FIRST))}
    assert codes == {f"{FIRST}001", f"{FIRST}002"}
    assert f"{FIRST}003" in area_index(DAY).by_code


def test_real_boundaries_end_the_illustrative_ones_of_the_same_parent() -> None:
    load_city()
    bring("grid", [*quarters(0), *quarters(1)], illustrative=True)
    halves = [feature(f"{FIRST}011", box(0, 0, 1, 4)), feature(f"{FIRST}012", box(1, 0, 2, 4))]
    assert bring("grid", halves, at=LATER).closed == 4
    index = area_index(LATER.date())
    assert [n.code for n in index.children(area(FIRST))] == [f"{FIRST}011", f"{FIRST}012"]
    assert len(index.children(area(COMMUNITIES[1]))) == 4


def test_areas_that_begin_on_the_same_day_stay_without_a_shape() -> None:
    load_city()
    bring("grid", quarters(), illustrative=True)
    whole = [feature(f"{FIRST}009", box(0, 0, 2, 4))]
    assert bring("grid", whole).closed == 4
    assert boundary_of(area(f"{FIRST}001"), at=AT) is None
    assert f"{FIRST}001" in area_index(DAY).by_code


def test_an_area_still_in_use_is_named_and_nothing_is_imported() -> None:
    load_city()
    bring("grid", quarters())
    bring("micro_grid", [feature("M1", box(0, 2, 0.5, 4), "一号楼", parent_code=f"{FIRST}001")])
    whole = [feature(f"{FIRST}009", box(0, 0, 2, 4))]
    problems = refused("grid", whole, at=LATER, replace=True)
    assert [p.field for p in problems] == [f"现有的{FIRST}001 第1网格"]


def test_a_dry_run_checks_everything_and_writes_nothing() -> None:
    load_city()
    assert bring("grid", quarters(), dry_run=True) == AreaCounts(4, 4, 0, 0)
    assert not Boundary.objects.filter(layer__code="grid").exists()
    assert len(refused("grid", quarters()[:3], dry_run=True)) == 1


@pytest.mark.parametrize("crs", ["gcj02", "bd09", "cgcs2000"])
def test_boundaries_are_stored_in_wgs84_whatever_the_file_is_in(crs: str) -> None:
    load_city()
    moved = []
    for item in quarters():
        ring = item["geometry"]["coordinates"][0]
        lons, lats = from_wgs84([p[0] for p in ring], [p[1] for p in ring], crs)
        geometry = {
            "type": "Polygon",
            "coordinates": [[list(p) for p in zip(lons.tolist(), lats.tolist(), strict=True)]],
        }
        moved.append(feature(item["properties"]["code"], geometry))
    assert bring("grid", moved, crs=crs).accepted == 4
    stored = boundary_of(area(f"{FIRST}001"), at=AT)
    assert stored is not None
    assert shapely.hausdorff_distance(stored.shape, box(0, 2, 1, 4)) < 1e-6


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_a_corner_in_the_middle_of_a_long_edge_leaves_no_gap_after_conversion(crs: str) -> None:
    load_city(drawn=False)
    bring("district", [feature("320199", shapely.box(118.7, 32.0, 118.9, 32.2), "示例区")], crs=crs)
    bring("street", [feature(STREET, shapely.box(118.7, 32.0, 118.9, 32.2), "示例街道")], crs=crs)
    halves = [shapely.box(118.7, 32.0, 118.8, 32.2), shapely.box(118.8, 32.0, 118.9, 32.2)]
    drawn = [feature(code, half) for code, half in zip(COMMUNITIES, halves, strict=True)]
    assert bring("community", drawn, crs=crs).accepted == 2
    thirds = [shapely.box(118.7, 32.0, 118.8, 32.07), shapely.box(118.7, 32.07, 118.8, 32.2)]
    grids = [feature(f"{FIRST}{n:03d}", third) for n, third in enumerate(thirds, 1)]
    whole = feature(f"{COMMUNITIES[1]}001", halves[1])
    narrow = feature(f"{COMMUNITIES[1]}001", shapely.box(118.803, 32.0, 118.9, 32.2))
    assert [p.field for p in refused("grid", [*grids, narrow], crs=crs)] == [f"上级（{COMMUNITIES[1]} 甲）"]
    assert bring("grid", [*grids, whole], crs=crs).accepted == 3


# -- refusals ----------------------------------------------------------------------------------------


def test_an_overlap_within_the_file_is_refused() -> None:
    load_city()
    wide = [feature(f"{FIRST}001", box(0, 2, 1.2, 4), "宽"), *quarters()[1:]]
    problems = refused("grid", wide)
    assert len(problems) == 1
    assert problems[0].field == f"第 1 个要素（{FIRST}001 宽）"
    assert problems[0].remedy.startswith(f"与第 2 个要素（{FIRST}002 第2网格）重叠 4")
    lon, lat = (float(v) for v in problems[0].value.split(","))
    assert box(1, 2, 1.2, 4).contains(shapely.Point(lon, lat))


def test_an_overlap_with_a_boundary_that_stays_is_refused() -> None:
    load_city()
    bring("grid", quarters())
    problems = refused("grid", [feature(f"{FIRST}001", box(0, 2, 1.2, 4), "宽")], at=LATER)
    assert [p.field for p in problems] == [f"第 1 个要素（{FIRST}001 宽）"]
    assert f"与现有的{FIRST}002 第2网格重叠" in problems[0].remedy


def test_a_gap_beyond_the_tolerance_is_refused_and_one_within_is_drawing_noise() -> None:
    load_city()
    narrow = [feature(f"{FIRST}001", box(0, 2, 0.9999, 4)), *quarters()[1:]]
    problems = refused("grid", narrow)
    assert [p.field for p in problems] == [f"上级（{FIRST} 西社区）"]
    assert "空隙" in problems[0].remedy
    assert bring("grid", narrow, tolerance=5000).accepted == 4


def test_a_gap_without_the_parents_boundary_is_seen_where_it_is_enclosed() -> None:
    load_city(drawn=False)
    ring = box(0, 0, 2, 4).difference(box(0.5, 1, 1, 2))
    problems = refused("grid", [feature(f"{FIRST}001", ring)])
    assert [p.field for p in problems] == [f"上级（{FIRST} 西社区）"]


def test_reaching_outside_the_parent_is_refused() -> None:
    load_city()
    problems = refused("grid", [feature(f"{FIRST}001", box(0, 0, 2.5, 4))])
    assert [p.remedy[:4] for p in problems] == ["超出上级"]


def test_an_unknown_parent_is_refused() -> None:
    load_city()
    problems = refused("grid", [feature("320199001009001", box(0, 0, 1, 1))])
    assert problems == [
        FieldProblem(
            "第 1 个要素（320199001009001 甲）",
            "320199001009",
            "上级“320199001009”不存在，请先导入社区或更正上级代码。",
        )
    ]


def test_a_parent_of_the_wrong_kind_or_none_is_refused() -> None:
    load_city()
    problems = refused(
        "grid", [feature("X1", box(0, 0, 1, 1), parent_code="320199"), feature("X2", box(1, 0, 2, 1))]
    )
    assert [p.remedy for p in problems] == [
        "上级“320199”是区，综合网格的上级应为社区。",
        "没有上级代码（parent_code），综合网格的上级应为社区。",
    ]


def test_a_code_that_stands_for_something_else_is_refused() -> None:
    load_city()
    problems = refused("grid", [feature(FIRST, box(0, 0, 2, 4), parent_code=FIRST)])
    assert "该代码已是社区“西社区”" in problems[0].remedy


def test_duplicate_codes_are_refused() -> None:
    load_city()
    problems = refused("grid", [*quarters(), feature(f"{FIRST}001", box(0, 0, 0.1, 0.1), "又一个")])
    assert [(p.field, p.value) for p in problems] == [(f"第 5 个要素（{FIRST}001 又一个）", f"{FIRST}001")]


@pytest.mark.parametrize(
    ("rings", "remedy"),
    [
        (
            [[[118.7, 32.0], [118.71, 32.01], [118.71, 32.0], [118.7, 32.01], [118.7, 32.0]]],
            "环无效（自相交）",
        ),
        ([[[118.7, 32.0], [118.71, 32.0], [118.7, 32.0]]], "环至少要有 4 个点"),
        ([[[118.7, 32.0], [118.71, 32.0], [118.71, 32.01], [118.7, 32.01]]], "环没有闭合"),
        ([[[118.7, 32.0], [118.71, "x"], [118.71, 32.01], [118.7, 32.0]]], "环的坐标应为"),
        ([[[118.7, 92.0], [118.71, 92.0], [118.71, 92.1], [118.7, 92.0]]], "环的坐标应为"),
        ([[[118.7, None], [118.71, 32.0], [118.71, 32.1], [118.7, 32.0]]], "环的坐标应为"),
        ([], "多边形没有环"),
    ],
)
def test_an_invalid_ring_is_refused(rings: list[Any], remedy: str) -> None:
    load_city()
    problems = refused("grid", [feature(f"{FIRST}001", {"type": "Polygon", "coordinates": rings})])
    assert [p.field for p in problems] == [f"第 1 个要素（{FIRST}001 甲）"]
    assert problems[0].remedy.startswith(remedy)


def test_a_feature_without_code_name_or_polygon_is_named_by_its_number() -> None:
    load_city()
    point = {"type": "Point", "coordinates": [118.7, 32.0]}
    problems = refused("grid", [feature("", box(0, 0, 1, 1), ""), feature("A", point), {"type": "Feature"}])
    assert [p.field for p in problems] == [
        "第 1 个要素（无代码）", "第 1 个要素（无代码）", "第 2 个要素（A 甲）", "第 3 个要素（无代码）",
    ]  # fmt: skip


@pytest.mark.parametrize("document", [[], {}, {"type": "FeatureCollection"}, collection([]), "x", None])
def test_what_is_no_feature_collection_is_refused(document: object) -> None:
    with pytest.raises(AreasRefused):
        import_areas(actor=ACTOR, at=AT, document=document, layer="grid", crs="wgs84", source="tests")


def test_every_problem_of_a_file_is_named_at_once() -> None:
    load_city()
    problems = refused("grid", [feature("", box(0, 0, 1, 1)), feature("X9", box(0, 0, 1, 1))])
    assert len(problems) == 2


def test_going_back_before_a_later_version_is_refused() -> None:
    load_city()
    bring("grid", quarters(), at=LATER)
    with pytest.raises(LaterVersion):
        bring("grid", quarters()[:1])


def test_who_may_not_import_is_refused() -> None:
    with pytest.raises(Refused):
        bring("grid", quarters(), actor=system_actor("test", "orgs.edit"))


def test_an_unknown_layer_system_or_tolerance_is_refused() -> None:
    with pytest.raises(NoSuchLayer):
        bring("roads", quarters())
    with pytest.raises(Invalid):
        bring("grid", quarters(), crs="utm")
    with pytest.raises(Invalid):
        bring("grid", quarters(), tolerance=-1.0)


def test_overlays_need_no_parent_and_leave_the_rest_uncovered() -> None:
    load_city()
    assert bring("police_grid", [feature("P1", box(1, 1, 3, 3), "警格一")]).accepted == 1
    assert area_index(DAY).by_code["P1"].tree == "operational"
    later = bring("police_grid", [feature("P2", box(3, 1, 4, 3), "警格二")], at=AT + timedelta(days=1))
    assert later.accepted == 1
    assert refused("police_grid", [feature("P3", box(2, 1, 2.5, 3), "警格三")], at=LATER)
