"""Parts and addresses lie in a community, and move only within somebody's scope."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yiwang.kernel.actor import Scope
from yiwang.kernel.coordinates import from_wgs84
from yiwang.kernel.errors import Conflict, Invalid, NotFound, Refused, StaleVersion
from yiwang.ledger.public import JournalEntry
from yiwang.places.public import (
    Part,
    PositionPrecision,
    addresses_like,
    create_part,
    move_part,
    part_by_code,
    parts_in,
    record_address,
)

from .factories import ACTOR, AT, COMMUNITIES, STREET, area, at_point, load_city

pytestmark = pytest.mark.django_db
CODE = "3201990102000034"


def make(code: str = CODE, x: float = 1, y: float = 1, **more: object) -> Part:
    lon, lat = at_point(x, y)
    return create_part(actor=ACTOR, at=AT, code=code, lon=lon, lat=lat, **more)  # type: ignore[arg-type]


def test_a_part_lies_in_the_community_of_its_point() -> None:
    load_city()
    part = make(precision=PositionPrecision.A)
    assert (part.class_code, part.community_id, part.status) == ("0102", area(COMMUNITIES[0]), "intact")
    assert part_by_code(CODE).id == part.id
    entry = JournalEntry.objects.get(stream=part.id)
    assert (entry.kind, '"lat":32010000,"lon":118710000' in entry.body) == ("places.part_added", True)


def test_moving_a_part_moves_its_community() -> None:
    load_city()
    part = make()
    lon, lat = at_point(3, 1)
    x, y = (float(v) for v in from_wgs84(lon, lat, "gcj02"))
    moved = move_part(actor=ACTOR, at=AT, part_id=part.id, lon=x, lat=y, crs="gcj02", expected=1)
    assert moved.community_id == area(COMMUNITIES[1])
    stored = Part.objects.get(pk=part.pk)
    assert (stored.lon, stored.lat) == pytest.approx((lon, lat), abs=1e-9)
    with pytest.raises(StaleVersion):
        move_part(actor=ACTOR, at=AT, part_id=part.id, lon=lon, lat=lat, expected=1)


def test_parts_are_listed_by_area_class_and_code() -> None:
    load_city()
    codes = ["3201990102000001", "3201990103000001", "3201990201000001"]
    for number, code in enumerate(codes):
        make(code, x=1 + number)
    assert [p.code for p in parts_in(area(STREET))] == codes
    assert [p.code for p in parts_in(area(COMMUNITIES[0]))] == codes[:2]
    assert [p.code for p in parts_in(area(STREET), class_code="01")] == codes[:2]
    assert [p.code for p in parts_in(area(STREET), after=codes[0], size=1)] == codes[1:2]


def test_wrong_parts_are_refused() -> None:
    load_city()
    make()
    with pytest.raises(Conflict):
        make()
    with pytest.raises(Invalid):
        make("320199010200003")
    with pytest.raises(Invalid):
        make("3201990102000035", x=9)
    with pytest.raises(Invalid):
        make("3201990102000035", crs="utm")
    with pytest.raises(NotFound):
        part_by_code("3201990102999999")


def test_a_part_cannot_leave_or_enter_what_is_outside_the_scope() -> None:
    load_city()
    part = make()
    own = replace(ACTOR, grants={"places.maintain": Scope(communities=frozenset([area(COMMUNITIES[0])]))})
    lon, lat = at_point(3, 1)
    with pytest.raises(Refused):
        move_part(actor=own, at=AT, part_id=part.id, lon=lon, lat=lat)
    with pytest.raises(Refused):
        create_part(actor=own, at=AT, code="3201990102000099", lon=lon, lat=lat)
    assert Part.objects.get(pk=part.pk).community_id == area(COMMUNITIES[0])


def test_an_address_is_found_by_any_part_of_its_text() -> None:
    load_city()
    lon, lat = at_point(3, 3)
    address = record_address(actor=ACTOR, at=AT, text=" 示例街道东社区和平路 12 号 ", lon=lon, lat=lat)
    assert address.community_id == area(COMMUNITIES[1])
    assert [a.text for a in addresses_like("和平路")] == ["示例街道东社区和平路 12 号"]
    assert addresses_like("战争路") == []
    with pytest.raises(Conflict):
        record_address(actor=ACTOR, at=AT, text="示例街道东社区和平路 12 号", lon=lon, lat=lat)
    with pytest.raises(Invalid):
        record_address(actor=ACTOR, at=AT, text="  ", lon=lon, lat=lat)
