"""Closing many areas ends each with its journal entry, or none when one is still in use."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from yiwang.kernel.actor import system_actor
from yiwang.kernel.errors import Refused
from yiwang.ledger.public import JournalEntry
from yiwang.orgs.models import Area, AreaTie, Post, PostKind, Unit
from yiwang.orgs.public import AreaRow, close_areas, load_divisions

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
BEGIN, END = date(2024, 1, 1), date(2026, 3, 2)
ACTOR = system_actor("test", "orgs.edit")


@pytest.fixture
def grids() -> list[Area]:
    rows = [AreaRow("320100", "宁州市", "city"), AreaRow("320199", "示例区", "district", "320100")]
    rows += [AreaRow(f"G{number:03d}", f"网格{number}", "grid", "320199") for number in range(310)]
    load_divisions(actor=ACTOR, at=AT, rows=rows, source="tests", valid_from=BEGIN)
    return list(Area.objects.filter(kind="grid").order_by("code"))


def close(areas: list[Area]) -> dict[str, str]:
    in_use = close_areas(actor=ACTOR, at=AT, area_ids=[area.id for area in areas], valid_to=END)
    names = {area.id: area.code for area in areas}
    return {names[key]: reason for key, reason in in_use.items()}


def unit() -> Unit:
    return Unit.objects.create(code="U", name="单位", kind="department", valid_from=BEGIN)


def test_all_are_ended_and_journaled(grids: list[Area]) -> None:
    assert close(grids) == {}
    assert set(Area.objects.filter(kind="grid").values_list("valid_to", "version")) == {(END, 1)}
    assert JournalEntry.objects.filter(kind="orgs.area_closed").count() == 310
    assert close(grids[:3]) == {}
    assert JournalEntry.objects.filter(kind="orgs.area_closed").count() == 310


def test_a_parent_goes_with_its_children_but_not_without(grids: list[Area]) -> None:
    district = Area.objects.get(code="320199")
    assert close([district, *grids[1:]]) == {"320199": "该区域下还有下级区域，请先撤销下级。"}
    assert not Area.objects.exclude(valid_to=None).exists()
    assert close([district, *grids]) == {}


def test_a_post_or_a_home_unit_keeps_all_in_force(grids: list[Area]) -> None:
    home = unit()
    Unit.objects.filter(id=home.id).update(home_area=grids[0])
    kind = PostKind.objects.create(code="k", name="岗", grants=[])
    Post.objects.create(kind=kind, unit=home, area=grids[1])
    assert close(grids) == {
        "G000": "该区域还有所在机构，请先撤销机构。",
        "G001": "该区域还有岗位，请先撤销岗位。",
    }
    assert not Area.objects.exclude(valid_to=None).exists()


def test_ties_end_with_their_areas(grids: list[Area]) -> None:
    kind = PostKind.objects.create(code="k", name="岗", grants=[])
    post = Post.objects.create(kind=kind, unit=unit())
    tie = AreaTie.objects.create(area=grids[0], kind="street_leader", post=post, valid_from=BEGIN)
    assert close(grids[:1]) == {}
    tie.refresh_from_db()
    assert tie.valid_to == END


def test_it_takes_the_right_everywhere(grids: list[Area]) -> None:
    with pytest.raises(Refused):
        close_areas(actor=system_actor("test"), at=AT, area_ids=[grids[0].id], valid_to=END)
