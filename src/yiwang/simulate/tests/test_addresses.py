"""The demo's addresses: invented, inside their communities, and found by what residents say of them."""

from __future__ import annotations

import re

import pytest

from yiwang.kernel.actor import system_actor
from yiwang.kernel.ids import uuid7
from yiwang.orgs.public import area_index, nanjing_divisions
from yiwang.places.models import Address
from yiwang.places.public import place_of
from yiwang.places.tests.factories import AT, COMMUNITIES, load_city
from yiwang.simulate.addresses import layout, load_addresses, rows_of
from yiwang.triage.rules.proposals import PlaceOutcome, PlaceProposal
from yiwang.triage.rules.said import Said
from yiwang.triage.services.placing import place

ACTOR = system_actor("test", "places.maintain", "triage.configure")


@pytest.fixture
def city(db: None) -> None:
    """The small city with the demo's addresses in its two communities."""
    load_city()
    nodes = [area_index().by_code[code] for code in COMMUNITIES]
    load_addresses(actor=ACTOR, at=AT, communities=nodes)


def one(text: str, address: str = "") -> PlaceProposal:
    return place([Said(uuid7(), text, AT, address=address)], at=AT)[0]


def test_names_are_told_apart_and_bear_the_name_of_no_division() -> None:
    names = [*layout()["roads"], *layout()["estates"]]
    assert len(names) == len(set(names))
    divisions = {re.sub("(社区|居委会|村委会|村)+$", "", row.name) for row in nanjing_divisions()}
    assert divisions & {name[:-1] for name in names} == set()
    former = {alias["name"] for alias in layout()["aliases"]}
    assert former.isdisjoint(names)
    assert {alias["stands_for"] for alias in layout()["aliases"]} <= set(names)


@pytest.mark.usefixtures("city")
def test_every_address_lies_in_the_community_that_it_names_and_loads_once() -> None:
    rows = list(Address.objects.values_list("text", "lon", "lat", "community__name"))
    assert len(rows) == 2 * (24 + 24 + 9)
    for text, lon, lat, community in rows:
        assert text.startswith(f"宁州市示例区示例街道{community}")
        found = place_of(lon, lat, at=AT)
        assert found is not None
        assert found.community_id is not None
        assert area_index().by_id[found.community_id].name == community
    nodes = [area_index().by_code[code] for code in COMMUNITIES]
    assert list(rows_of(nodes, AT)) == list(rows_of(nodes, AT))
    assert load_addresses(actor=ACTOR, at=AT, communities=nodes) == 0


@pytest.mark.parametrize(
    ("report", "outcome", "precision"),
    [(0, "found", "house"), (1, "found", "house"), (4, "found", "crossing"), (3, "unknown", "")],
)
@pytest.mark.usefixtures("city")
def test_what_residents_say_is_found_with_reasons(report: int, outcome: str, precision: str) -> None:
    said = layout()["reports"][report]
    found = one(said["text"], said["address"])
    assert (found.outcome, found.precision) == (PlaceOutcome(outcome), precision)
    assert found.reasons


@pytest.mark.usefixtures("city")
def test_a_former_name_and_a_typing_error_lead_to_the_name_in_use() -> None:
    nodes = [area_index().by_code[code] for code in COMMUNITIES]
    load_addresses(actor=ACTOR, at=AT, communities=[*nodes, *nodes])
    former, mistyped = (one(said["address"]) for said in (layout()["reports"][2], layout()["reports"][5]))
    assert former.outcome is PlaceOutcome.FOUND
    assert any("“老粮站路”即“怀瑜街”" in reason.words for reason in former.reasons)
    assert mistyped.outcome is PlaceOutcome.AMBIGUOUS
    assert mistyped.candidates
