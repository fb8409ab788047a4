"""The slow clock 慢钟: works deadlines out by walking the calendar, to check the product's tables against.

It shares nothing with the product: no package of holidays, no table of intervals, no time zone. The days off
and the make-up workdays stand below as the State Council's notices give them, and a limit is used up by
walking minute after minute (second after second near the edges) and counting those that are work. Instants
are local and naive.

    python -m yiwang.clocks.tests.slow_clock FILE.csv

writes the expected instants of a table of golden deadlines anew.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path

#: Spans of days off of the notices, first and last day; below them the Saturdays and Sundays worked for them.
#: Notices: 国办发明电 2023 年 7 号 for 2024, 2024 年 12 号 for 2025, 2025 年 7 号 for 2026.
NOTICES: dict[int, tuple[tuple[str, str, str], ...]] = {
    2024: (
        ("元旦", "01-01", "01-01"),
        ("春节", "02-10", "02-17"),
        ("清明节", "04-04", "04-06"),
        ("劳动节", "05-01", "05-05"),
        ("端午节", "06-10", "06-10"),
        ("中秋节", "09-15", "09-17"),
        ("国庆节", "10-01", "10-07"),
    ),
    2025: (
        ("元旦", "01-01", "01-01"),
        ("春节", "01-28", "02-04"),
        ("清明节", "04-04", "04-06"),
        ("劳动节", "05-01", "05-05"),
        ("端午节", "05-31", "06-02"),
        ("国庆节、中秋节", "10-01", "10-08"),
    ),
    2026: (
        ("元旦", "01-01", "01-03"),
        ("春节", "02-15", "02-23"),
        ("清明节", "04-04", "04-06"),
        ("劳动节", "05-01", "05-05"),
        ("端午节", "06-19", "06-21"),
        ("中秋节", "09-25", "09-27"),
        ("国庆节", "10-01", "10-07"),
    ),
}
WORKED: dict[int, tuple[str, ...]] = {
    2024: ("02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"),
    2025: ("01-26", "02-08", "04-27", "09-28", "10-11"),
    2026: ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10"),
}

#: Working intervals of one day as times of day; "24:00" is the end of the day.
Hours = tuple[tuple[str, str], ...]
USUAL: Hours = (("08:00", "12:00"), ("14:00", "18:00"))


@dataclass(frozen=True)
class Plan:
    """Hours plan 作息方案: the usual hours, seasons with others over [first, last), and single local days."""

    usual: Hours = USUAL
    seasons: tuple[tuple[date, date, Hours], ...] = ()
    local: dict[date, Hours] = field(default_factory=dict)

    def hours(self, day: date) -> Hours:
        """The working intervals of a day; none on a rest."""
        if day in self.local:
            return self.local[day]
        if not is_workday(day):
            return ()
        for first, last, hours in self.seasons:
            if first <= day < last:
                return hours
        return self.usual


#: Plans of the table. Seasons: a long summer noon, short winter days. Local: days closed by snow or by a
#: typhoon, a day of three shifts, a Saturday on duty before dawn, an evening that ends at midnight.
PLANS: dict[str, Plan] = {
    "official": Plan(),
    "one_shift": Plan(usual=(("09:00", "17:00"),)),
    "summer_winter": Plan(
        seasons=(
            (date(2024, 7, 1), date(2024, 10, 1), (("08:00", "12:00"), ("15:00", "18:30"))),
            (date(2024, 11, 1), date(2025, 3, 1), (("08:30", "12:00"), ("13:30", "17:30"))),
            (date(2025, 7, 1), date(2025, 10, 1), (("08:00", "12:00"), ("15:00", "18:30"))),
            (date(2025, 11, 1), date(2026, 3, 1), (("08:30", "12:00"), ("13:30", "17:30"))),
        )
    ),
    "local_days": Plan(
        local={
            date(2024, 2, 22): (),
            date(2024, 7, 26): (),
            date(2025, 10, 11): (),
            date(2026, 3, 18): (("07:30", "11:00"), ("11:30", "12:15"), ("20:00", "24:00")),
            date(2026, 3, 19): (),
            date(2026, 3, 21): (("00:00", "06:00"),),
            date(2026, 10, 3): (("09:00", "12:00"),),
        }
    ),
}


def days_off() -> set[date]:
    """Every day in the spans of the notices."""
    found = set()
    for year, spans in NOTICES.items():
        for _, first, last in spans:
            day = date.fromisoformat(f"{year}-{first}")
            while day <= date.fromisoformat(f"{year}-{last}"):
                found.add(day)
                day += timedelta(days=1)
    return found


def worked_days() -> set[date]:
    """Every Saturday and Sunday that is worked."""
    return {date.fromisoformat(f"{year}-{day}") for year, days in WORKED.items() for day in days}


_OFF, _WORKED = days_off(), worked_days()


def is_workday(day: date) -> bool:
    """Whether people work on a day, by the notices alone."""
    if day.year not in NOTICES:
        raise ValueError(f"{day} is in no notice.")
    if day in _WORKED:
        return True
    return day not in _OFF and day.isoweekday() <= 5


def is_work(plan: Plan, now: datetime) -> bool:
    """Whether the second (or the minute, on a whole one) that begins now is work."""
    clock = f"{now:%H:%M}"
    return any(begin <= clock < end for begin, end in plan.hours(now.date()))


def slow_due(plan: Plan, start: datetime, amount: Fraction, unit: str) -> datetime:
    """When a limit is used up."""
    if unit == "urgent_hour":
        return start + timedelta(seconds=int(amount * 3600))
    if unit == "urgent_day":
        return start + timedelta(seconds=int(amount * 86_400))
    if unit == "work_day":
        return _end_of_day(plan, start.date(), amount)
    assert unit == "work_hour", unit
    return _walk(plan, start, int(amount * 3600))


def slow_resumed_due(
    plan: Plan, due: datetime, suspended: datetime, resumed: datetime, unit: str
) -> datetime:
    """The due instant after a suspension: what was left when the clock stopped runs from where it goes on."""
    if unit in ("urgent_hour", "urgent_day"):
        return resumed + (due - suspended)
    return _walk(plan, resumed, _count(plan, suspended, due))


def _end_of_day(plan: Plan, day: date, amount: Fraction) -> datetime:
    """The end of work of the last of so many working days after the day of the start."""
    left = int(amount)
    while left:
        day += timedelta(days=1)
        if plan.hours(day):
            left -= 1
    last = plan.hours(day)[-1][1]
    if last == "24:00":
        return datetime.combine(day + timedelta(days=1), time())
    return datetime.combine(day, time.fromisoformat(last))


def _walk(plan: Plan, now: datetime, left: int) -> datetime:
    while left > 0:
        step = 60 if now.second == 0 and left >= 60 else 1
        if is_work(plan, now):
            left -= step
        now += timedelta(seconds=step)
    return now


def _count(plan: Plan, now: datetime, end: datetime) -> int:
    counted = 0
    while now < end:
        step = 60 if now.second == 0 and end - now >= timedelta(minutes=1) else 1
        counted += step if is_work(plan, now) else 0
        now += timedelta(seconds=step)
    return counted


def local(text: str) -> datetime:
    """A naive local instant from `YYYY-MM-DD HH:MM[:SS]`."""
    return datetime.fromisoformat(text)


def spelled(at: datetime) -> str:
    """An instant as the tables write it; the seconds only when there are some."""
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"


def answered(row: dict[str, str]) -> dict[str, str]:
    """A row of one of the tables with its expected instants worked out."""
    plan, unit, amount = PLANS[row["plan"]], row["unit"], Fraction(row["amount"])
    found = dict(row, due=spelled(slow_due(plan, local(row["start"]), amount, unit)))
    if "extended" in row:
        found["extended"] = spelled(slow_due(plan, local(found["due"]), amount, unit))
        found["extended_again"] = spelled(slow_due(plan, local(found["extended"]), amount, unit))
    if "suspended" in row:
        spans = [local(row[name]) for name in ("suspended", "resumed")]
        found["due_after"] = spelled(slow_resumed_due(plan, local(found["due"]), *spans, unit))
    return found


def main(path: Path) -> None:
    """Write the expected instants of a table anew."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        names, rows = list(reader.fieldnames or ()), list(reader)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(answered(row) for row in rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
