"""The packaged schemes load once and completely."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from yiwang.catalog.models import MatterClass, RegisteringCondition, Scheme
from yiwang.catalog.public import catalog_index, load_catalog
from yiwang.catalog.services import loading
from yiwang.catalog.services.loading import LoadCounts
from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Invalid, Refused

AT = datetime(2026, 2, 13, 7, 20, tzinfo=UTC)
ACTOR = system_actor("test", "catalog.edit")


@pytest.mark.django_db
def test_the_package_loads_once() -> None:
    first = load_catalog(actor=ACTOR, at=AT)
    assert (first.schemes, first.crosswalks) == (4, 59)
    assert load_catalog(actor=ACTOR, at=AT) == LoadCounts()
    assert MatterClass.objects.count() == first.classes
    assert RegisteringCondition.objects.count() == first.conditions


@pytest.mark.django_db
def test_every_level_has_as_many_classes_as_its_source() -> None:
    load_catalog(actor=ACTOR, at=AT)
    index = catalog_index(AT)
    sizes = {
        code: tuple(sum(c.level == level for c in index.classes(code)) for level in ("big", "small", "third"))
        for code in index.schemes
    }
    assert sizes == {
        "city_management": (11, 191, 0),
        "cjt214_2007": (5, 54, 0),
        "hotline_12345": (15, 118, 517),
        "grid_items": (4, 15, 0),
    }
    assert len({c.name for c in index.classes("hotline_12345") if c.level == "small"}) == 103


@pytest.mark.django_db
def test_each_small_class_has_its_conditions_with_their_limits() -> None:
    load_catalog(actor=ACTOR, at=AT)
    index = catalog_index(AT)
    cover = index.class_by_code("city_management", "P0101")
    assert cover is not None
    assert [c.limit for c in index.conditions(cover.id)] == [
        (2, "urgent_hour"),
        (4, "work_hour"),
        (2, "work_day"),
        (5, "work_day"),
    ]
    small = [c for c in index.classes("city_management") if c.level == "small"]
    assert [c.code for c in small if not index.conditions(c.id)] == []
    for node in small:
        texts = [c.text for c in index.conditions(node.id)]
        assert len(texts) == len(set(texts))
    illegal = index.class_by_code("city_management", "E0101")
    assert illegal is not None
    assert [c.limit for c in index.conditions(illegal.id)] == [(2, "urgent_day"), (15, "work_day")]


@pytest.mark.django_db
def test_the_older_events_swap_four_and_five() -> None:
    load_catalog(actor=ACTOR, at=AT)
    index = catalog_index(AT)

    def reached(code: str) -> list[str | None]:
        old = index.class_by_code("cjt214_2007", code)
        assert old is not None
        walks = index.crosswalk(old.id, "city_management")
        return [index.class_by_id[w.to_id].code if w.to_id else None for w in walks]

    assert (reached("E04"), reached("E05")) == (["E05"], ["E04"])
    assert (reached("E0401"), reached("E0501"), reached("E0107")) == (["E0505"], ["E0401"], [None])
    old_events = index.classes("cjt214_2007")
    assert all(len(index.crosswalk(node.id, "city_management")) == 1 for node in old_events)


@pytest.mark.django_db
def test_a_classs_own_changes_survive_another_load() -> None:
    load_catalog(actor=ACTOR, at=AT)
    MatterClass.objects.filter(code="H01").update(name="城建")
    load_catalog(actor=ACTOR, at=AT)
    assert MatterClass.objects.get(code="H01").name == "城建"


@pytest.mark.django_db
def test_whoever_may_not_edit_loads_nothing() -> None:
    with pytest.raises(Refused):
        load_catalog(actor=system_actor("test"), at=AT)
    assert Scheme.objects.count() == 0


@pytest.mark.django_db
def test_the_index_costs_no_query_while_nothing_changes(django_assert_num_queries: object) -> None:
    load_catalog(actor=ACTOR, at=AT)
    catalog_index(AT)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert catalog_index(AT).search("井盖", scheme_code="city_management")[0].code == "P0101"


@pytest.mark.django_db
def test_a_limit_of_a_part_of_a_second_is_refused_and_names_its_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {
        "code": "Z1", "name": "快", "level": "small", "kind": "event",
        "default_limit": ["0.0011", "urgent_hour"],
    }  # fmt: skip
    scheme = {"code": "fast", "name": "快速", "source": "", "classes": [entry]}
    (tmp_path / "fast.json").write_text(json.dumps(scheme), encoding="utf-8")
    monkeypatch.setattr(loading, "STANDARDS", tmp_path)
    monkeypatch.setattr(loading, "PACKAGED", ("fast",))
    with pytest.raises(Invalid, match="分类 Z1 的时限不能使用"):
        load_catalog(actor=ACTOR, at=AT)
    assert not MatterClass.objects.exists()
