"""Steps of a deadline 计时步骤: what was counted from the start to the due instant, in Chinese.

Whole days of one kind are told together, so a limit of forty working days stays readable:
`2月15日—2月23日休息（春节），不计`.

Every phrase is given back whole by a function of its own, and the times in it are named `told_…`: so
`interface.error_words` finds phrase and times again in a stored explanation and says it in another language.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from .working_time import SHANGHAI, UNIT_NAMES, Due, Step, WorkCalendar

_WEEKDAYS = "一二三四五六日"
_ZERO = timedelta(0)


def steps_of(due: Due) -> tuple[Step, ...]:
    """The steps of a deadline, oldest first; their spans touch and cover start to due.

    `counted` adds up to the limit: wall time, working time, or one day for each working day.
    """
    start = due.start.astimezone(SHANGHAI).replace(microsecond=0)
    if due.unit == "work_hour":
        return tuple(_hour_steps(due, start))
    if due.unit == "work_day":
        return tuple(_day_steps(due, start))
    return (Step(start, due.due_at, due.due_at - start, _wall_text(due, start)),)


def _wall_text(due: Due, start: datetime) -> str:
    unit, told_length = UNIT_NAMES[due.unit], length_text(due.due_at - start)
    told_start, told_moment = _moment(start, start), _moment(due.due_at, start, year=True)
    return f"{unit}按自然时间连续计算：{told_start}起 {told_length}，截止 {told_moment}"


def length_text(length: timedelta) -> str:
    """A length of time, such as `2 小时 40 分`; at least one part is always named."""
    seconds = int(length.total_seconds())
    parts = [
        f"{value} {name}"
        for value, name in (
            (seconds // 3600, "小时"),
            (seconds % 3600 // 60, "分"),
            (seconds % 60, "秒"),
        )
        if value
    ]
    return " ".join(parts) or "0 分"


def _hour_steps(due: Due, start: datetime) -> Iterator[Step]:
    calendar, end = due.calendar, due.due_at
    begin = start
    if not calendar.is_working(start):
        begin = _next_midnight(start) if not _later_spans(calendar, start, end) else start
        if begin > start:
            yield Step(start, begin, _ZERO, _outside_text(start))
    for first, last in _runs(calendar, begin.date(), end.date(), begin, end):
        since = max(begin, _midnight(first))
        until = min(end, _midnight(last) + timedelta(days=1))
        if since >= until:
            continue
        counted = calendar.between(since, until)
        if not counted:
            yield Step(since, until, _ZERO, _rest_text(calendar, first, last, start))
            continue
        if first == last:
            text = _worked_text(_day(calendar, first, start), _spans(calendar, first, since, until), counted)
        else:
            text = _worked_days_text(_span(first, last, start), (last - first).days + 1, counted)
        if until == end:
            text = _used_up_text(text, calendar.between(start, end), end, start)
        yield Step(since, until, counted, text)


def _outside_text(start: datetime) -> str:
    told_moment = _moment(start, start)
    return f"起点 {told_moment}在工作时段之外，不计"


def _worked_text(told_day: str, spans: list[tuple[datetime, datetime]], counted: timedelta) -> str:
    told_spans, told_length = "、".join(f"{_clock(a)}—{_clock(b)}" for a, b in spans), length_text(counted)
    return f"{told_day}{told_spans}，计 {told_length}"


def _worked_days_text(told_days: str, count: int, counted: timedelta) -> str:
    told_length = length_text(counted)
    return f"{told_days}共 {count} 个工作日，计 {told_length}"


def _used_up_text(step: str, total: timedelta, end: datetime, start: datetime) -> str:
    told_length, told_moment = length_text(total), _moment(end, start, year=True)
    return f"{step}，用满 {told_length}，截止 {told_moment}"


def _day_steps(due: Due, start: datetime) -> Iterator[Step]:
    calendar, end = due.calendar, due.due_at
    begin = _next_midnight(start)
    yield Step(start, begin, _ZERO, _first_day_text(_day(calendar, start.date(), start)))
    number = 0
    for first, last in _runs(calendar, begin.date(), end.date(), begin, begin):
        since, until = _midnight(first), min(end, _midnight(last) + timedelta(days=1))
        if not calendar.plan(first):
            yield Step(since, until, _ZERO, _rest_text(calendar, first, last, start))
            continue
        days = (last - first).days + 1
        if days == 1:
            text = _one_day_text(number + 1, _day(calendar, first, start))
        else:
            text = _days_text(number + 1, number + days, _span(first, last, start))
        number += days
        if until == end:
            text = _closing_text(text, end, start)
        yield Step(since, until, timedelta(days=days), text)


def _first_day_text(told_day: str) -> str:
    return f"{told_day}为起始日，不计"


def _one_day_text(number: int, told_day: str) -> str:
    return f"第 {number} 个工作日：{told_day}"


def _days_text(first: int, last: int, told_days: str) -> str:
    return f"第 {first}—{last} 个工作日：{told_days}"


def _closing_text(step: str, end: datetime, start: datetime) -> str:
    told_moment = _moment(end, start, year=True)
    return f"{step}，截止当日下班 {told_moment}"


def _runs(
    calendar: WorkCalendar, first: date, last: date, begin: datetime, end: datetime
) -> Iterator[tuple[date, date]]:
    """Consecutive days of one kind; days cut by `begin` or `end`, make-up and override days stand alone."""
    day, opened, kind = first, first, None
    while day <= last:
        plan = calendar.plan(day)
        midnight = _midnight(day)
        alone = bool(plan) and (
            (begin > midnight and begin.date() == day)
            or midnight <= end < midnight + timedelta(days=1)
            or day in calendar.make_up_days
            or day in calendar.overrides
        )
        this = (plan, day) if alone else (plan, None)
        if kind is not None and this != kind:
            yield opened, day - timedelta(days=1)
            opened = day
        kind = this
        day += timedelta(days=1)
    if kind is not None:
        yield opened, last


def _spans(
    calendar: WorkCalendar, day: date, since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    midnight = _midnight(day)
    spans = []
    for begin, end in calendar.plan(day):
        low = max(since, midnight + timedelta(seconds=begin))
        high = min(until, midnight + timedelta(seconds=end))
        if low < high:
            spans.append((low, high))
    return spans


def _later_spans(calendar: WorkCalendar, start: datetime, end: datetime) -> bool:
    """Whether some working time of the start's own day lies after the start."""
    return bool(_spans(calendar, start.date(), start, min(end, _next_midnight(start))))


def _rest_text(calendar: WorkCalendar, first: date, last: date, start: datetime) -> str:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    names = list(dict.fromkeys(_rest_name(calendar, day) for day in days))
    festivals = [name for name in names if name != "周末"] or names
    told_days = _span(first, last, start)
    return f"{told_days}休息（{'、'.join(festivals)}），不计"


def _rest_name(calendar: WorkCalendar, day: date) -> str:
    named = calendar.names.get(day)
    if named:
        return named
    if day in calendar.overrides:
        return "本地停班"
    return "周末" if day.weekday() >= 5 else "放假"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _next_midnight(at: datetime) -> datetime:
    return _midnight(at.date()) + timedelta(days=1)


def _short(day: date, start: datetime) -> str:
    year = f"{day.year}年" if day.year != start.year else ""
    return f"{year}{day.month}月{day.day}日"


def _span(first: date, last: date, start: datetime) -> str:
    return _short(first, start) if first == last else f"{_short(first, start)}—{_short(last, start)}"


def _day(calendar: WorkCalendar, day: date, start: datetime) -> str:
    extra = ""
    if calendar.overrides.get(day):
        extra = f"，{calendar.names.get(day, '本地时段')}"
    elif day in calendar.make_up_days:
        extra = "，调休上班"
    return f"{_short(day, start)}（周{_WEEKDAYS[day.weekday()]}{extra}）"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def _moment(at: datetime, start: datetime, *, year: bool = False) -> str:
    local = at.astimezone(SHANGHAI)
    day = f"{local.year}年{local.month}月{local.day}日" if year else _short(local.date(), start)
    return f"{day}（周{_WEEKDAYS[local.weekday()]}）{_clock(local)}"
