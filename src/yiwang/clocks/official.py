"""Official calendar 国务院放假安排: days off and make-up workdays (调休), from the `holidays` package.

The package lists, for each year the State Council has published, which workdays were moved. A year without
that list has only its statutory days and counts as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.metadata import version

import holidays

from ..kernel.working_time import DEFAULT_INTERVALS, Interval, WorkCalendar

#: First year an instance is expected to need.
FIRST_YEAR = 2024
_MOVED = re.compile(r"^休息日")
_IN_LIEU = re.compile(r"（(补假)）$")


@dataclass(frozen=True, slots=True)
class OfficialDay:
    """One listed day of an official year 官方日历日.

    Attributes:
        day: the date.
        works: True for a make-up workday, False for a day off.
        name: Chinese name, such as 春节 or 调休上班.
    """

    day: date
    works: bool
    name: str


@cache
def source_name() -> str:
    """The package and version the official days come from."""
    return f"holidays {version('holidays')}"


def known_years() -> tuple[int, ...]:
    """The years from `FIRST_YEAR` on whose arrangement the package holds, oldest first."""
    moved = holidays.country_holidays("CN").special_public_holidays
    return tuple(sorted(year for year in moved if year >= FIRST_YEAR))


@lru_cache(maxsize=32)
def official_days(year: int) -> tuple[OfficialDay, ...]:
    """Every listed day of one year in order; empty when the arrangement is not known.

    Example: 2026 lists 2026-02-14 (Saturday) as worked and 2026-02-16 to 2026-02-23 as off.
    """
    if year not in known_years():
        return ()
    listed = holidays.country_holidays("CN", years=[year], language="zh_CN")
    off = [OfficialDay(day, False, _short_name(name)) for day, name in listed.items() if day.year == year]
    worked = [OfficialDay(day, True, "调休上班") for day in listed.weekend_workdays if day.year == year]
    return tuple(sorted(off + worked, key=lambda listed_day: listed_day.day))


def official_calendar(
    years: Iterable[int] | None = None, *, intervals: tuple[Interval, ...] = DEFAULT_INTERVALS
) -> WorkCalendar:
    """A calendar of official days alone, without a database.

    Args:
        years: consecutive known years; by default every known one.
    """
    chosen = sorted(known_years() if years is None else years)
    listed = [day for year in chosen for day in official_days(year)]
    return WorkCalendar(
        [day.day for day in listed if not day.works],
        [day.day for day in listed if day.works],
        intervals=intervals,
        known_from=date(chosen[0], 1, 1),
        known_to=date(chosen[-1], 12, 31),
        names={day.day: day.name for day in listed if not day.works},
    )


def _short_name(name: str) -> str:
    return "调休" if _MOVED.match(name) else _IN_LIEU.sub(r"\1", name)
