"""Working time 工作时间: deadlines and durations over a working calendar, exact to the second.

Four units (GB/T 30428.8, CJ/T 315):

- `urgent_hour` 紧急工作时 and `urgent_day` 紧急工作日 run on the wall clock: N x 60 min, N x 24 h.
- `work_hour` 工作时 counts working intervals only. It starts with the next interval when it starts outside
  one, and is due at the end of an interval when it is used up exactly there (12:00, not 14:00).
- `work_day` 工作日: the day of the start does not count, the last day ends with its work.

Example: four `work_hour` from Friday 2026-02-13 15:20 take 2 h 40 min until 18:00; Saturday 02-14 is a
make-up workday (调休), so the other 1 h 20 min run from 08:00: due 2026-02-14 09:20.

A calendar is one sorted table of working intervals with the working seconds before each, so `add` and
`between` are two look-ups by bisection. Days outside the known years are computed as plain weekdays, and
the `Due` says so (`certain` is False). Shanghai time is UTC+8 without summer time since 1992; earlier
instants are refused.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

UNITS = ("urgent_hour", "work_hour", "work_day", "urgent_day")
UNIT_NAMES = MappingProxyType(
    {
        "urgent_hour": "紧急工作时",
        "work_hour": "工作时",
        "work_day": "工作日",
        "urgent_day": "紧急工作日",
    }
)
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(1992, 1, 1)
LAST_DAY = date(2120, 12, 31)

#: One working interval of a day: seconds since local midnight, half-open, 0 <= start < end <= 86,400.
Interval = tuple[int, int]
Amount = int | Fraction | Decimal

_HOUR = 3600
_DAY = 86_400
_OFFSET = 8 * _HOUR
_UTC_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH = datetime(1970, 1, 1, tzinfo=SHANGHAI)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_FIRST = (FIRST_DAY.toordinal() - _EPOCH_ORDINAL) * _DAY
_LAST = (LAST_DAY.toordinal() + 1 - _EPOCH_ORDINAL) * _DAY
_WALL_SECONDS = {"urgent_hour": _HOUR, "urgent_day": _DAY}


class OutOfRange(ValueError):
    """An instant lies outside the days that can be computed (1992 to 2120)."""


def interval(start: str, end: str) -> Interval:
    """A working interval from `HH:MM` texts; `24:00` is the end of the day.

    Raises:
        ValueError: when a text is no time of day, or the end is not after the start.
    """
    seconds = []
    for text in (start, end):
        hours, separator, minutes = text.partition(":")
        if not (separator and hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60):
            raise ValueError(f"“{text}”不是时刻，请写成 08:00 的形式。")
        seconds.append(int(hours) * _HOUR + int(minutes) * 60)
    if not 0 <= seconds[0] < seconds[1] <= _DAY:
        raise ValueError(f"工作时段 {start}—{end} 的结束须晚于开始，且在一天之内。")
    return seconds[0], seconds[1]


DEFAULT_INTERVALS: tuple[Interval, ...] = (interval("08:00", "12:00"), interval("14:00", "18:00"))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation 计时步骤.

    Attributes:
        since, until: the span (aware, Shanghai).
        counted: how much of the limit the span used up; zero for a rest.
        text: the step in Chinese.
    """

    since: datetime
    until: datetime
    counted: timedelta
    text: str


@dataclass(frozen=True)
class Due:
    """A deadline 截止时间 with its explanation, which is written only when somebody asks.

    Attributes:
        due_at: the due instant (aware, Shanghai).
        certain: False when a day in between lies outside the known years.
        start, amount, unit: what was asked.
        calendar: the calendar it was computed with.
    """

    due_at: datetime
    certain: bool
    start: datetime
    amount: Amount
    unit: str
    calendar: WorkCalendar = field(repr=False, compare=False)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps, oldest first."""
        from .working_steps import steps_of

        return steps_of(self)

    @property
    def calendar_version(self) -> int:
        """Version of the calendar it was computed with."""
        return self.calendar.version

    @property
    def warning(self) -> str:
        """Chinese warning when the deadline rests on days that are not known; else empty."""
        return "" if self.certain else self.calendar.warning(self.start, self.due_at)

    @property
    def explanation(self) -> str:
        """The steps and the warning as one line of Chinese."""
        lines = [step.text for step in self.steps]
        if self.warning:
            lines.append(self.warning.rstrip("。"))
        return "；".join(lines) + "。"


class WorkCalendar:
    """A working calendar 工作日历: which seconds are working time.

    Args:
        days_off: weekdays off (weekends are off without being named).
        make_up_days: Saturdays and Sundays that are worked (调休).
        intervals: the working intervals of a working day.
        known_from, known_to: first and last day whose official arrangement is known; None for none.
        overrides: local days with intervals of their own; an empty tuple closes the day.
        seasons: (from, to, intervals) with other intervals on the working days of [from, to) (夏令, 冬令).
        names: names of days for explanations, such as 春节.
        version: carried into every `Due`.

    Raises:
        ValueError: when intervals overlap or are out of order, or a day is both off and worked.
    """

    def __init__(
        self,
        days_off: Iterable[date] = (),
        make_up_days: Iterable[date] = (),
        *,
        intervals: Sequence[Interval] = DEFAULT_INTERVALS,
        known_from: date | None = None,
        known_to: date | None = None,
        overrides: Mapping[date, Sequence[Interval]] = MappingProxyType({}),
        seasons: Sequence[tuple[date, date, Sequence[Interval]]] = (),
        names: Mapping[date, str] = MappingProxyType({}),
        version: int = 0,
    ) -> None:
        self.days_off = frozenset(days_off)
        self.make_up_days = frozenset(make_up_days)
        both = self.days_off & self.make_up_days
        if both:
            raise ValueError(f"{min(both)} 不能既放假又上班。")
        self.intervals = _checked(intervals)
        if not self.intervals:
            raise ValueError("工作日至少要有一个工作时段。")
        self.overrides = MappingProxyType({day: _checked(plan) for day, plan in overrides.items()})
        self.seasons = tuple((since, until, _checked(plan)) for since, until, plan in seasons)
        self.known_from, self.known_to = known_from, known_to
        self.names = MappingProxyType(dict(names))
        self.version = version
        self._build()
        self._known = (
            (_midnight(known_from), _midnight(known_to) + _DAY) if known_from and known_to else (0, 0)
        )

    # -- deadlines ----------------------------------------------------------------------------
    def add(self, start: datetime, amount: Amount, unit: str) -> Due:
        """When `amount` of `unit` counted from `start` is used up; two bisections.

        A fraction of a second in `start` is dropped first.

        Raises:
            ValueError: for an unknown unit, an amount that is not positive, a fraction of a `work_day`,
                or a fraction of a second.
            OutOfRange: when the deadline lies outside 1992 to 2120.
        """
        since = _seconds_of(start)
        if unit == "work_hour":
            until = self._after(since, _whole_seconds(amount, _HOUR))
        elif unit == "work_day":
            until = self._end_of_day(since, _whole_days(amount))
        elif unit in _WALL_SECONDS:
            until = since + _whole_seconds(amount, _WALL_SECONDS[unit])
            if until > _LAST:
                raise OutOfRange("截止时间超出可计算的范围（1992—2120 年）。")
            return Due(_instant(until), True, start, amount, unit, self)
        else:
            raise ValueError(f"没有“{unit}”这种时限单位。")
        low, high = self._known
        return Due(_instant(until), low <= since and until <= high, start, amount, unit, self)

    def subtract(self, end: datetime, amount: Amount, unit: str) -> datetime:
        """The instant from which `amount` of `unit` is left until `end`.

        A `work_day` leads to the same time of the day, or the end of its work, so many working days before.

        Raises:
            ValueError, OutOfRange: as `add`.
        """
        until = _seconds_of(end)
        if unit == "work_hour":
            return _instant(self._after(until, -_whole_seconds(amount, _HOUR)))
        if unit == "work_day":
            index = bisect_left(self._days, until // _DAY) - _whole_days(amount)
            if index < 0:
                raise OutOfRange("时间超出可计算的范围（1992—2120 年）。")
            day = self._days[index] * _DAY
            return _instant(min(day + until % _DAY, self._ends[index]))
        if unit in _WALL_SECONDS:
            return _instant(until - _whole_seconds(amount, _WALL_SECONDS[unit]))
        raise ValueError(f"没有“{unit}”这种时限单位。")

    def add_many(
        self, starts: NDArray[np.datetime64], amounts: NDArray[np.int64] | int, unit: str
    ) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
        """The deadlines of many starts at once; same rules as `add`.

        Args:
            starts: UTC instants, shape (n,).
            amounts: whole positive amounts of the unit, shape (n,) or one for all.

        Returns:
            The due instants (UTC, to the second) and whether each is certain, both of shape (n,).
        """
        since = starts.astype("datetime64[s]").astype(np.int64) + _OFFSET
        counts = np.broadcast_to(np.asarray(amounts, dtype=np.int64), since.shape)
        if counts.size and counts.min() <= 0:
            raise ValueError("时限须大于零。")
        if since.size and not (since.min() >= _FIRST and since.max() < _LAST):
            raise OutOfRange("时间超出可计算的范围（1992—2120 年）。")
        certain = np.ones(since.shape, dtype=bool)
        if unit in _WALL_SECONDS:
            until = since + counts * _WALL_SECONDS[unit]
        elif unit in ("work_hour", "work_day"):
            until = self._many_hours(since, counts) if unit == "work_hour" else self._many_days(since, counts)
            certain = (self._known[0] <= since) & (until <= self._known[1])
        else:
            raise ValueError(f"没有“{unit}”这种时限单位。")
        return (until - _OFFSET).astype("datetime64[s]"), certain

    def subtract_many(
        self, ends: NDArray[np.datetime64], seconds: NDArray[np.int64], *, working: bool
    ) -> NDArray[np.datetime64]:
        """The instants from which so many seconds are left until many ends; as `subtract` for one.

        Args:
            ends: UTC instants, shape (n,).
            seconds: whole positive seconds, shape (n,).
            working: whether the seconds are of working time; else of the wall clock.
        """
        until = ends.astype("datetime64[s]").astype(np.int64) + _OFFSET
        if until.size and not (until.min() >= _FIRST and until.max() < _LAST):
            raise OutOfRange("时间超出可计算的范围（1992—2120 年）。")
        since = self._many_seconds(until, -seconds) if working else until - seconds
        return (since - _OFFSET).astype("datetime64[s]")

    @property
    def day_seconds(self) -> int:
        """Working seconds of a usual working day."""
        return sum(end - begin for begin, end in self.intervals)

    # -- durations ----------------------------------------------------------------------------
    def between(self, since: datetime, until: datetime) -> timedelta:
        """Working time between two instants; negative when `until` is the earlier one."""
        return timedelta(seconds=self._worked(_seconds_of(until)) - self._worked(_seconds_of(since)))

    def between_many(self, since: NDArray[np.datetime64], until: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """Working seconds between many pairs of UTC instants, shape (n,); as `between` for one."""
        first, last = (at.astype("datetime64[s]").astype(np.int64) + _OFFSET for at in (since, until))
        return self._many_worked(last) - self._many_worked(first)

    def work_days_between(self, since: datetime, until: datetime) -> int:
        """Working days after the day of `since`, up to and with the day of `until`."""
        days = self._days
        return bisect_right(days, _seconds_of(until) // _DAY) - bisect_right(days, _seconds_of(since) // _DAY)

    # -- days ---------------------------------------------------------------------------------
    def plan(self, day: date) -> tuple[Interval, ...]:
        """The working intervals of a day, empty when it is a rest."""
        if day in self.overrides:
            return self.overrides[day]
        if day in self.days_off or (day.weekday() >= 5 and day not in self.make_up_days):
            return ()
        for since, until, plan in reversed(self.seasons):
            if since <= day < until:
                return plan
        return self.intervals

    def is_known(self, day: date) -> bool:
        """Whether the official arrangement of the day is known."""
        return bool(self.known_from and self.known_to and self.known_from <= day <= self.known_to)

    def is_working(self, at: datetime) -> bool:
        """Whether an instant lies in a working interval."""
        seconds = _seconds_of(at)
        index = bisect_right(self._starts, seconds) - 1
        return index >= 0 and seconds < self._starts[index] + self._before[index + 1] - self._before[index]

    def warning(self, since: datetime, until: datetime) -> str:
        """Chinese warning that names the years between two instants that are not known; else empty."""
        first, last = since.astimezone(SHANGHAI).year, until.astimezone(SHANGHAI).year
        years = [
            str(year)
            for year in range(first, last + 1)
            if not (self.is_known(date(year, 1, 1)) and self.is_known(date(year, 12, 31)))
        ]
        if not years:
            return ""
        return f"{'、'.join(years)} 年的放假调休安排尚未载入，暂按普通周末推算，载入后可能变动。"

    # -- tables -------------------------------------------------------------------------------
    def _build(self) -> None:
        """One table of all working intervals: starts, working seconds before, and the ends of days."""
        days = np.arange(_FIRST // _DAY, _LAST // _DAY, dtype=np.int64)
        weekend = (days + 3) % 7 >= 5
        for listed, off in ((self.days_off, True), (self.make_up_days, False)):
            if listed:
                weekend[_indices(listed)] = off
        plan_of = np.where(weekend, -1, 0)
        plans: list[tuple[Interval, ...]] = [self.intervals]
        for since, until, plan in self.seasons:
            inside = (days >= _midnight(since) // _DAY) & (days < _midnight(until) // _DAY) & ~weekend
            plans.append(plan)
            plan_of[inside] = len(plans) - 1
        for day, plan in self.overrides.items():
            plans.append(plan)
            plan_of[_indices([day])] = len(plans) - 1
        starts, lengths = [], []
        ends = np.zeros(len(days), dtype=np.int64)
        for number, plan in enumerate(plans):
            midnights = days[plan_of == number] * _DAY
            for begin, end in plan:
                starts.append(midnights + begin)
                lengths.append(np.full(len(midnights), end - begin, dtype=np.int64))
            if plan:
                ends[plan_of == number] = midnights + plan[-1][1]
        flat = np.concatenate(starts)
        order = np.argsort(flat, kind="stable")
        self._starts_array = flat[order]
        self._before_array = np.concatenate(([0], np.cumsum(np.concatenate(lengths)[order])))
        self._days_array = days[ends > 0]
        self._ends_array = ends[ends > 0]
        self._starts: list[int] = self._starts_array.tolist()
        self._before: list[int] = self._before_array.tolist()
        self._days: list[int] = self._days_array.tolist()
        self._ends: list[int] = self._ends_array.tolist()

    def _worked(self, seconds: int) -> int:
        """Working seconds before a local second, counted from 1992."""
        index = bisect_right(self._starts, seconds) - 1
        if index < 0:
            return 0
        return min(self._before[index] + seconds - self._starts[index], self._before[index + 1])

    def _after(self, since: int, seconds: int) -> int:
        """The first local second by which `seconds` of working time have passed since `since`."""
        target = self._worked(since) + seconds
        index = bisect_left(self._before, target) - 1
        if not 0 <= index < len(self._starts):
            raise OutOfRange("截止时间超出可计算的范围（1992—2120 年）。")
        return self._starts[index] + target - self._before[index]

    def _end_of_day(self, since: int, count: int) -> int:
        """The local second at which the work of the `count`-th working day after `since` ends."""
        index = bisect_right(self._days, since // _DAY) + count - 1
        if index >= len(self._ends):
            raise OutOfRange("截止时间超出可计算的范围（1992—2120 年）。")
        return self._ends[index]

    def _many_hours(self, since: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
        return self._many_seconds(since, counts * _HOUR)

    def _many_worked(self, seconds: NDArray[np.int64]) -> NDArray[np.int64]:
        starts, before = self._starts_array, self._before_array
        index = np.searchsorted(starts, seconds, side="right") - 1
        inside = np.minimum(before[index] + seconds - starts[index], before[index + 1])
        return np.where(index < 0, 0, inside)

    def _many_seconds(self, since: NDArray[np.int64], seconds: NDArray[np.int64]) -> NDArray[np.int64]:
        starts, before = self._starts_array, self._before_array
        target = self._many_worked(since) + seconds
        found = np.searchsorted(before, target, side="left") - 1
        if found.size and found.max() >= len(starts):
            raise OutOfRange("截止时间超出可计算的范围（1992—2120 年）。")
        return np.asarray(starts[found] + target - before[found], dtype=np.int64)

    def _many_days(self, since: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
        index = np.searchsorted(self._days_array, since // _DAY, side="right") + counts - 1
        if index.size and index.max() >= len(self._ends_array):
            raise OutOfRange("截止时间超出可计算的范围（1992—2120 年）。")
        return np.asarray(self._ends_array[index], dtype=np.int64)


def _checked(plan: Sequence[Interval]) -> tuple[Interval, ...]:
    last = 0
    for begin, end in plan:
        if not last <= begin < end <= _DAY:
            raise ValueError("工作时段须按先后排列，互不重叠，且在一天之内。")
        last = end
    return tuple((begin, end) for begin, end in plan)


def _midnight(day: date) -> int:
    return (day.toordinal() - _EPOCH_ORDINAL) * _DAY


def _indices(days: Iterable[date]) -> NDArray[np.int64]:
    found = np.fromiter((d.toordinal() - FIRST_DAY.toordinal() for d in days), dtype=np.int64)
    if found.size and not (found.min() >= 0 and found.max() < (_LAST - _FIRST) // _DAY):
        raise OutOfRange("日期超出可计算的范围（1992—2120 年）。")
    return found


def _seconds_of(at: datetime) -> int:
    """Local seconds since 1970-01-01 00:00 Shanghai; refuses naive instants and unknown times."""
    passed = at - _UTC_EPOCH
    seconds = passed.days * _DAY + passed.seconds + _OFFSET
    if not _FIRST <= seconds < _LAST:
        raise OutOfRange("时间超出可计算的范围（1992—2120 年）。")
    return seconds


def _instant(seconds: int) -> datetime:
    return _LOCAL_EPOCH + timedelta(seconds=seconds)


def _whole_seconds(amount: Amount, size: int) -> int:
    if type(amount) is int:
        seconds = amount * size
    else:
        if isinstance(amount, (bool, float)) or not isinstance(amount, (int, Fraction, Decimal)):
            raise ValueError(f"时限须为整数或精确小数，不能是 {type(amount).__name__}。")
        exact = Fraction(amount) * size
        if exact.denominator != 1:
            raise ValueError(f"时限 {amount} 不是整秒。")
        seconds = exact.numerator
    if seconds <= 0:
        raise ValueError("时限须大于零。")
    return seconds


def _whole_days(amount: Amount) -> int:
    if isinstance(amount, (bool, float)) or not isinstance(amount, (int, Fraction, Decimal)):
        raise ValueError(f"时限须为整数或精确小数，不能是 {type(amount).__name__}。")
    if amount != int(amount):
        raise ValueError(f"工作日须为整数，不能是 {amount}。")
    if amount <= 0:
        raise ValueError("时限须大于零。")
    return int(amount)


__all__ = [
    "DEFAULT_INTERVALS",
    "SHANGHAI",
    "UNITS",
    "UNIT_NAMES",
    "Amount",
    "Due",
    "Interval",
    "OutOfRange",
    "Step",
    "WorkCalendar",
    "interval",
]
