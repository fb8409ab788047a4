"""The shipped Open311 channels: their contract holds, and every service is a class of the shipped catalog."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone

from yiwang import catalog
from yiwang.cases.tests.factories import make_city
from yiwang.intake.doors.contract import STEPS, try_channel
from yiwang.intake.queries.shipped import FOLDER
from yiwang.intake.rules.definition import Definition, read_definition
from yiwang.intake.rules.door_settings import settings_tree
from yiwang.intake.rules.open311.settings import Open311Settings, read_settings


def shipped(name: str) -> Definition:
    return read_definition((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def settings_of(definition: Definition) -> Open311Settings:
    tree = settings_tree(definition)
    return read_settings(tree.tree, tree.wrong)


@pytest.mark.django_db
def test_the_contract_of_the_service_for_residents_holds() -> None:
    make_city()
    found = {
        step.step: (step.outcome, step.reason)
        for step in try_channel(shipped("open311_city").text, at=timezone.now())
    }
    assert set(found) == set(STEPS)
    assert {step for step, (outcome, _reason) in found.items() if outcome == "failed"} == set(), found
    assert {step for step, (outcome, _reason) in found.items() if outcome == "passed"} == {
        "sample", "idempotent", "bad_signature", "over_quota",
    }  # fmt: skip


@pytest.mark.django_db
def test_a_channel_that_only_sends_has_nothing_to_receive() -> None:
    make_city()
    results = try_channel(shipped("open311_neighbour").text, at=timezone.now())
    assert {result.outcome for result in results} == {"not_applicable"}


def test_every_offered_service_is_a_class_of_the_shipped_catalog() -> None:
    path = Path(str(catalog.__file__)).parent / "standards" / "city_management.json"
    names = {row["code"]: row["name"] for row in json.loads(path.read_text(encoding="utf-8"))["classes"]}
    settings = settings_of(shipped("open311_city"))
    assert [service.code for service in settings.services if service.code not in names] == []
    assert {names[code] for code in ("P0101", "E0506")} == {"上水井盖", "道路积水"}


def test_the_shipped_services_use_every_kind_of_attribute_but_texts() -> None:
    settings = settings_of(shipped("open311_city"))
    kinds = {attribute.datatype for service in settings.services for attribute in service.attributes}
    assert kinds == {"number", "datetime", "singlevaluelist", "multivaluelist", "string"}


def test_the_neighbour_is_marked_as_an_example() -> None:
    definition = shipped("open311_neighbour")
    remote = settings_of(definition).remote
    assert definition.is_example
    assert remote is not None
    assert (remote.url, remote.service_for("P0101"), remote.service_for("R01")) == (
        "https://311.neighbour.example/open311/v2", "001", "100",
    )  # fmt: skip
