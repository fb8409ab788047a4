"""Loading divisions: whole lists, twice, wrong ones, and Nanjing itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Invalid
from yiwang.ledger.public import JournalEntry
from yiwang.orgs.errors import OutsideScope
from yiwang.orgs.models import Area, BulkLoad
from yiwang.orgs.public import (
    NANJING_EDITION,
    AreaRow,
    AreaStyle,
    LinkRow,
    area_index,
    load_divisions,
    load_units,
    nanjing_divisions,
    nanjing_links,
    nanjing_zone_units,
    unit_index,
)

from .factories import AT, DAY, LINKS, ROWS, SYSTEM, area, communities, load_city

pytestmark = pytest.mark.django_db


def test_nanjing_has_its_districts_streets_communities_and_zones() -> None:
    rows = nanjing_divisions()
    load_divisions(actor=SYSTEM, at=AT, rows=rows, links=nanjing_links(), valid_from=NANJING_EDITION)
    counts = Counter((a.tree, a.kind) for a in Area.objects.all())
    legal = {kind: count for (tree, kind), count in counts.items() if tree == "legal"}
    assert legal == {"city": 1, "district": 11, "street": 101, "community": 1255}
    assert counts["operational", "functional_zone"] == 40
    assert Counter(Area.objects.filter(tree="legal", kind="street").values_list("style", flat=True)) == {
        AreaStyle.URBAN: 95,
        AreaStyle.TOWN: 6,
    }


def test_the_new_area_runs_seven_streets_of_two_districts_and_is_no_legal_district() -> None:
    load_divisions(actor=SYSTEM, at=AT, rows=nanjing_divisions(), links=nanjing_links())
    index = area_index(DAY)
    zone = index.by_code["320100F01"]
    streets = {index.by_id[key] for key in index.linked(zone.id)}
    assert zone.tree == "operational"
    assert {s.name for s in streets} == {
        "泰山街道", "顶山街道", "沿江街道", "盘城街道", "大厂街道", "葛塘街道", "长芦街道",
    }  # fmt: skip
    assert {index.by_id[s.parent_id].name for s in streets if s.parent_id} == {"浦口区", "六合区"}
    assert index.chain(zone.id).city_id == index.by_code["320100"].id
    assert index.chain(zone.id).district_id is None


def test_each_zone_has_its_governing_body() -> None:
    load_divisions(actor=SYSTEM, at=AT, rows=nanjing_divisions(), links=nanjing_links())
    counts = load_units(actor=SYSTEM, at=AT, rows=nanjing_zone_units())
    zone = area_index(DAY).by_code["320115402"]
    assert counts.inserted == 40
    assert [unit.name for unit in unit_index(DAY).in_area(zone.id)] == ["江宁开发区"]


def test_a_second_load_writes_nothing() -> None:
    load_city()
    before = JournalEntry.objects.count(), BulkLoad.objects.count()
    counts = load_divisions(actor=SYSTEM, at=AT, rows=ROWS, links=LINKS)
    assert (counts.inserted, counts.updated, counts.unchanged, counts.links) == (0, 0, len(ROWS), 0)
    assert (JournalEntry.objects.count(), BulkLoad.objects.count()) == before


def test_a_load_is_journaled_once_with_its_digest() -> None:
    load_city()
    entry = JournalEntry.objects.get(kind="orgs.divisions_loaded")
    load = BulkLoad.objects.get()
    assert entry.stream == load.id
    assert f'"digest":"{load.digest}","inserted":{len(ROWS)},"links":2' in entry.body


def test_a_changed_row_keeps_its_key_and_moves_everything_below_it() -> None:
    load_city()
    street, grid = area("3201011"), area("3201011aG")
    moved = replace(next(r for r in ROWS if r.code == "3201011"), name="新街道", parent_code="320102")
    counts = load_divisions(actor=SYSTEM, at=AT, rows=[moved])
    assert (counts.inserted, counts.updated) == (0, 1)
    assert area("3201011") == street
    assert Area.objects.get(id=grid).path == "3201/320102/3201011/3201011a/3201011aG/"
    assert area_index(DAY).chain(grid).district_id == area("320102")
    assert area_index(DAY).by_id[street].name == "新街道"


def test_parents_may_come_after_their_children() -> None:
    load_divisions(actor=SYSTEM, at=AT, rows=list(reversed(ROWS)), links=LINKS)
    assert Area.objects.get(code="3201011aG").path == "3201/320101/3201011/3201011a/3201011aG/"


@pytest.mark.parametrize(
    ("row", "remedy"),
    [
        (AreaRow("", "无码", "street", "320101"), "代码和名称均须填写。"),
        (AreaRow("3201", "再来一次", "city"), "代码重复，请保留一行。"),
        (AreaRow("X", "某", "moon", "320101"), "类别“moon”不存在。"),
        (AreaRow("X", "某", "street", "999"), "上级代码“999”不存在。"),
        (AreaRow("X", "某", "street", "NEW"), "上级须与本区域同属一棵树，跨树请用对应关系。"),
        (AreaRow("X/Y", "某", "street", "320101"), "代码不得含有“/”。"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_loaded(row: AreaRow, remedy: str) -> None:
    with pytest.raises(Invalid) as caught:
        load_divisions(actor=SYSTEM, at=AT, rows=[*ROWS, row])
    assert [problem.remedy for problem in caught.value.problems] == [remedy]
    assert not Area.objects.exists()


def test_parents_in_a_circle_are_refused() -> None:
    rows = [AreaRow("A", "甲", "street", "B"), AreaRow("B", "乙", "street", "A")]
    with pytest.raises(Invalid, match="成环"):
        load_divisions(actor=SYSTEM, at=AT, rows=rows)


def test_a_link_must_lead_from_an_operational_to_a_legal_area() -> None:
    with pytest.raises(Invalid) as caught:
        load_divisions(actor=SYSTEM, at=AT, rows=ROWS, links=[LinkRow("3201011", "NEW")])
    assert [p.field for p in caught.value.problems] == ["3201011→NEW"]


def test_loading_takes_the_permission_everywhere() -> None:
    with pytest.raises(OutsideScope):
        load_divisions(actor=system_actor("test", "orgs.assign"), at=AT, rows=ROWS)


def test_an_area_covers_the_communities_below_it_in_either_tree() -> None:
    load_city()
    index = area_index(DAY)
    assert index.communities_under(area("3201")) == communities("3201")
    assert index.communities_under(area("320101")) == communities("320101")
    assert index.communities_under(area("3201011aG")) == communities("3201011a")
    assert index.communities_under(area("NEW")) == communities("3201011", "3201022")
    assert index.communities_under(area("NEW1")) == communities("3201022")


def test_an_index_of_a_day_before_the_city_is_empty_but_keeps_names() -> None:
    load_city(valid_from=date(2023, 6, 30))
    index = area_index(date(2023, 6, 29))
    assert (index.by_code, index.children(None)) == ({}, ())
    assert len(index.by_id) == len(ROWS)
