"""Regions 省市: names of provinces and cities, so that a place elsewhere in the country is named so.

Provinces by the first two digits of their codes (GB/T 2260), cities of prefecture level by province. County
names are left out: many are also names of roads.
"""

from __future__ import annotations

import csv
import io
from importlib.resources import files

_TITLES = ("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市")


def _bare(name: str) -> str:
    for title in _TITLES:
        if name.endswith(title):
            return name.removesuffix(title)
    return name


def _regions(level: str) -> dict[str, str]:
    """Names of a level with the digits of their provinces, from the table beside the package."""
    table = files("yiwang.triage").joinpath("data/regions.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(table))
    return {row["name"]: row["province"] for row in rows if row["level"] == level}


#: Provinces in full, and cities without 市, to the two digits of the province.
PROVINCES = _regions("province")
CITIES = _regions("city")
_MUNICIPAL = frozenset({"11", "12", "31", "50"})


def region_names() -> dict[str, str]:
    """Names that a text may use for provinces and cities, each with `prov` or `city`.

    A name alone is used only in full (合肥市, 安徽省); shorter forms are read in front of another division.
    """
    found = dict.fromkeys(PROVINCES, "prov")
    found.update({f"{name}市": "city" for name in CITIES})
    found.update({name: "city" for name, code in PROVINCES.items() if code in _MUNICIPAL})
    return found


def province_of(name: str) -> str | None:
    """The two digits of a province by its name, with or without its title."""
    bare = _bare(name)
    return next((code for full, code in PROVINCES.items() if _bare(full) == bare), None)


def is_elsewhere(tag: str, name: str, *, city_code: str, own: frozenset[str]) -> bool:
    """Whether a tagged part names a province or a city that is not this city's.

    Args:
        own: bare names of the city and of its districts.
        city_code: 6-digit code of the city.

    >>> is_elsewhere("city", "合肥市", city_code="320100", own=frozenset())
    True
    """
    bare = _bare(name)
    if bare in own:
        return False
    if tag == "prov":
        digits = province_of(name)
        return digits is not None and digits != city_code[:2]
    if tag == "city":
        digits = CITIES.get(bare) or province_of(name)
        return digits is not None
    return False
