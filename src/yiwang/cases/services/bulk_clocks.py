"""First clocks 首段计时 of many new cases: the stage 受理 and its first reminder, reckoned on arrays.

For one case after the other, asking rules, ladder and calendar costs more than all its rows. Cases of a batch
that share the three are reckoned together, to the same instants; `tests/test_bulk.py` compares the two paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import repeat
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from ...clocks.public import calendar_at
from ...kernel.working_time import WorkCalendar
from ..enums import Stage
from ..models import Case
from ..stage_limits import Amount, StageRule, stage_rule
from ..steps import TEN_THOUSAND, ManyClocks, Step, next_steps
from .ladders import steps_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: Before any step of a clock: one that starts has passed none.
_LONG_AGO = int(np.iinfo(np.int64).min)


class FirstClock(NamedTuple):
    """What the clock of a new case promises, what the law allows, and its first step if it has one."""

    amount: Decimal | None
    unit: str
    due_at: datetime | None
    calendar_version: int | None
    legal_due_at: datetime | None
    legal_words: str
    basis: str
    slot: int | None
    step_at: datetime | None


@dataclass(slots=True)
class _Group:
    """Cases that share rule and ladder: their places in the batch, and when they start."""

    rule: StageRule
    steps: tuple[Step, ...]
    places: list[int] = field(default_factory=list)
    starts: list[datetime] = field(default_factory=list)

    def by_calendar(self) -> Iterator[tuple[WorkCalendar, _Group]]:
        """The cases by the calendar that was in force when they came; most often there is one for all."""
        first, last = calendar_at(min(self.starts)), calendar_at(max(self.starts))
        if first is last:
            yield first, self
            return
        parts: dict[int, tuple[WorkCalendar, _Group]] = {}
        for place, start in zip(self.places, self.starts, strict=True):
            calendar = calendar_at(start)
            _, part = parts.setdefault(id(calendar), (calendar, _Group(self.rule, self.steps)))
            part.places.append(place)
            part.starts.append(start)
        yield from parts.values()


class FirstClocks:
    """The cases of a batch that start their clock, collected to be reckoned together."""

    def __init__(self) -> None:
        self._terms: dict[tuple[UUID | None, str, date], _Group] = {}
        self._groups: dict[tuple[int, int], _Group] = {}
        self._count = 0

    def add(self, *, matter_class: UUID | None, urgency: str, at: datetime, day: date) -> None:
        """One more case, received at `at`, which is on the Shanghai day `day`."""
        group = self._terms.get((matter_class, urgency, day))
        if group is None:
            group = self._terms[matter_class, urgency, day] = self._group_of(matter_class, urgency, at)
        group.places.append(self._count)
        group.starts.append(at)
        self._count += 1

    def reckoned(self) -> list[FirstClock]:
        """The clock of each case, in the order in which they were added.

        Raises:
            OutOfRange: a case was received outside the years that can be computed.
        """
        found: dict[int, FirstClock] = {}
        for group in self._groups.values():
            for calendar, part in group.by_calendar():
                found.update(zip(part.places, _clocks(part, calendar), strict=True))
        return [found[place] for place in range(self._count)]

    def _group_of(self, matter_class: UUID | None, urgency: str, at: datetime) -> _Group:
        rule = stage_rule(Stage.ACCEPT, matter_class=matter_class, urgency=urgency, at=at)
        steps = steps_of(Case(matter_class=matter_class, urgency=urgency), Stage.ACCEPT, at)
        return self._groups.setdefault((id(rule), id(steps)), _Group(rule, steps))


def _clocks(group: _Group, calendar: WorkCalendar) -> Iterator[FirstClock]:
    rule, starts = group.rule, _microseconds(group.starts)
    amount, unit = rule.promised or (None, "")
    dues, legal = (_dues(group, starts, limit, calendar) for limit in (rule.promised, rule.legal))
    slots, moments = _first_steps(group, starts, dues, calendar)
    version = None if dues is None else calendar.version
    return map(
        FirstClock, repeat(amount, len(starts)), repeat(unit), _instants(dues), repeat(version),
        _instants(legal), repeat(rule.legal_words), repeat(rule.basis), slots, moments,
    )  # fmt: skip


def _dues(
    group: _Group, starts: NDArray[np.int64], limit: Amount | None, calendar: WorkCalendar
) -> NDArray[np.int64] | None:
    """Due instants in microseconds since 1970; None without a limit."""
    if limit is None:
        return None
    amount, unit = limit
    if amount != int(amount):
        return _microseconds(calendar.add(start, amount, unit).due_at for start in group.starts)
    return _numbers(calendar.add_many(starts.astype("datetime64[us]"), int(amount), unit)[0])


def _first_steps(
    group: _Group, starts: NDArray[np.int64], dues: NDArray[np.int64] | None, calendar: WorkCalendar
) -> tuple[Iterable[int | None], Iterable[datetime | None]]:
    """Slot and instant of the first step of each clock, None where there is none."""
    if dues is None or group.rule.promised is None:
        return repeat(None), repeat(None)
    amount, unit = group.rule.promised
    none = np.zeros_like(starts)
    amounts = np.full_like(starts, int(amount * TEN_THOUSAND))
    clocks = ManyClocks(unit, starts, amounts, dues, none, none, none - 1)
    slots, moments = next_steps(group.steps, clocks, calendar, at=_LONG_AGO)
    planned = slots >= 0
    instants = _instants(np.where(planned, moments, 0))
    return (
        [slot if some else None for slot, some in zip(slots.tolist(), planned, strict=True)],
        [instant if some else None for instant, some in zip(instants, planned, strict=True)],
    )


def _microseconds(instants: Iterable[datetime]) -> NDArray[np.int64]:
    return np.array([(at - _EPOCH) // _MICROSECOND for at in instants], dtype=np.int64)


def _numbers(instants: NDArray[np.datetime64]) -> NDArray[np.int64]:
    return instants.astype("datetime64[us]").astype(np.int64)


def _instants(microseconds: NDArray[np.int64] | None) -> Iterable[datetime | None]:
    if microseconds is None:
        return repeat(None)
    return [at.replace(tzinfo=UTC) for at in microseconds.astype("datetime64[us]").tolist()]
