"""The shipped channels of sensors and cameras keep the contract, and their settings are what doors accept."""

from __future__ import annotations

import pytest
from django.utils import timezone

from yiwang.cases.tests.factories import make_city
from yiwang.intake.doors.contract import try_channel
from yiwang.intake.queries.shipped import shipped_definitions
from yiwang.intake.rules.door_settings import check_door_settings
from yiwang.kernel.errors import Invalid

pytestmark = pytest.mark.django_db
SHIPPED = [found for found in shipped_definitions() if found.door in ("mqtt", "camera")]


@pytest.mark.parametrize("definition", SHIPPED, ids=[found.code for found in SHIPPED])
def test_the_contract_of_a_shipped_channel_holds(definition: object) -> None:
    make_city()
    text = definition.text  # type: ignore[attr-defined]
    results = {
        result.step: (result.outcome, result.reason) for result in try_channel(text, at=timezone.now())
    }
    assert [step for step, (outcome, _) in results.items() if outcome == "failed"] == [], results
    for step in ("sample", "idempotent", "out_of_order", "missing_field", "over_quota"):
        assert results[step][0] == "passed", results


def test_smoke_manholes_water_air_cameras_and_drones_are_shipped() -> None:
    codes = {found.code for found in SHIPPED}
    assert codes >= {f"sensor_{kind}" for kind in ("smoke", "manhole", "water", "air")}
    assert codes >= {"camera_city", "camera_drone"}


@pytest.mark.parametrize(("code", "old", "new"), [
    ("sensor_water", "count: 3\n", "count: many\n"), ("camera_city", "confirm: true", "confirm: maybe"),
])  # fmt: skip
def test_a_definition_with_wrong_settings_is_refused_when_it_is_published(
    code: str, old: str, new: str
) -> None:
    from yiwang.intake.rules.definition import read_definition

    text = next(found.text for found in SHIPPED if found.code == code)
    assert old in text
    with pytest.raises(Invalid):
        check_door_settings(read_definition(text.replace(old, new, 1)))
