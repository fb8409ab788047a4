"""Package data of `orgs` 随附资料: Nanjing's divisions and office templates."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from ...kernel.yaml_files import shipped_yaml
from ..rules.divisions import LEGAL, OPERATIONAL, AreaRow, LinkRow, UnitRow, read_area_row

_FOLDER = "data"
#: The day of the statistical codes that the package carries.
NANJING_EDITION = date(2023, 6, 30)


@dataclass(frozen=True, slots=True)
class OfficeMember:
    """One office of a template: the rest of its name after the street's, its kind, whether an example."""

    name: str
    kind: str
    is_example: bool


@dataclass(frozen=True, slots=True)
class OfficeTemplate:
    """Template of a street office 街道机构模板, such as 五部一局两中心."""

    code: str
    name: str
    members: tuple[OfficeMember, ...]


def _text(name: str) -> str:
    return (files("yiwang.orgs") / _FOLDER / name).read_text(encoding="utf-8")


def _table(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(_text(name).splitlines())


@cache
def office_templates() -> dict[str, OfficeTemplate]:
    """Templates of street offices by code."""
    return {
        raw["code"]: OfficeTemplate(
            raw["code"],
            raw["name"],
            tuple(OfficeMember(m["name"], m["kind"], bool(m["example"])) for m in raw["members"]),
        )
        for raw in shipped_yaml("yiwang.orgs", f"{_FOLDER}/office_templates.yaml")
    }


def nanjing_divisions() -> list[AreaRow]:
    """Nanjing's legal division and operational areas, from the statistical codes of 2023."""
    legal = [read_area_row(raw, tree=LEGAL) for raw in _table("nanjing_divisions.csv")]
    operational = [read_area_row(raw, tree=OPERATIONAL) for raw in _table("nanjing_operational.csv")]
    return [*legal, *operational]


def nanjing_zone_units() -> list[UnitRow]:
    """The governing body of each of Nanjing's functional zones, under the name of the zone."""
    return [
        UnitRow(f"Z{raw['code']}", raw["name"], "zone_committee", area_code=raw["code"])
        for raw in _table("nanjing_operational.csv")
        if raw["kind"] == "functional_zone"
    ]


def nanjing_links() -> list[LinkRow]:
    """Which legal areas Nanjing's operational areas run."""
    return [
        LinkRow(raw["code"], legal)
        for raw in _table("nanjing_operational.csv")
        for legal in raw["legal_codes"].split()
    ]
