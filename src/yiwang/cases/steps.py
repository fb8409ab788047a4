"""Steps 阶梯步骤: when each step of a ladder is due, for one clock and for a million at once.

A step at a share of the limit is taken when that share is used up, which is when the rest is left until the
due instant: counted back from it in working time for working units (a `work_day` counts as a usual day's
working seconds), on the wall clock for urgent ones. So an extension moves it with the due instant. Where less
than the limit was given, as under the limit of a source, it is a share of what was given.

Example: four `work_hour` from Monday 09:30 are due at 15:30; half is left, and the reminder comes, at 11:30.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernel.errors import FieldProblem
from ..kernel.limits import limit_problem
from ..kernel.working_time import WorkCalendar
from .enums import LADDER_ACTS, StepAct, StepAnchor, StepTarget

#: Steps of one kind on a ladder, at most; a slot is the kind's place times this, plus the step's place.
MOST_OF_A_KIND = 4
#: Slots of a ladder, at most.
SLOTS = len(StepAct) * MOST_OF_A_KIND
_ORDER = {act: place for place, act in enumerate(StepAct.values)}
#: The two that only tell the time; once their moment has passed there is nothing left to tell.
REMINDERS = frozenset({StepAct.REMIND.value, StepAct.SOON.value})
_WALL = {"urgent_hour": 3600, "urgent_day": 86_400}
#: An event is counted so far, at most.
MOST_TIMES = 99
#: Amounts of limits have four places.
TEN_THOUSAND = 10_000
#: Microseconds.
SECOND = 1_000_000
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Step:
    """One step 步骤 of a ladder.

    Attributes:
        act, anchor: of `StepAct` and `StepAnchor`.
        share: hundredths of the limit, 1 to 99, for the anchor `share`.
        amount, unit: how long after the due instant, whole units, for the anchor `after`.
        count: from which time on an event takes it, for the anchor `count`.
        to: whom it is addressed to, of `StepTarget`; the nearest that exists for an escalation.
        reply_amount, reply_unit: within what a unit must answer; None demands no answer.
        slot: its number on the ladder, stable while steps of its kind keep their order.
    """

    act: str
    anchor: str
    share: int = 0
    amount: int = 0
    unit: str = ""
    to: tuple[str, ...] = ()
    reply_amount: int | None = None
    reply_unit: str = ""
    slot: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock that runs 计时: its stage, start, limit and due instant."""

    stage: str
    started_at: datetime
    amount: Decimal | None
    unit: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Planned:
    """The next step of a clock, and when it is due."""

    step: Step
    at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken: at which instant, under which due instant of the clock."""

    slot: int
    at: datetime
    clock_due_at: datetime | None


OVERDUE = Step(StepAct.OVERDUE.value, StepAnchor.DUE.value, to=(StepTarget.HOST.value,), slot=8)


def read_steps(stored: Iterable[Mapping[str, Any]], *, of_event: bool = False) -> tuple[Step, ...]:
    """The steps of a stored ladder, numbered; on one of a stage the fact that it is overdue always stands."""
    counts: dict[str, int] = {}
    steps = []
    for row in stored:
        place = counts.get(row["act"], 0)
        counts[row["act"]] = place + 1
        steps.append(
            Step(
                row["act"], row["anchor"], row.get("share") or 0, row.get("amount") or 0,
                row.get("unit") or "", tuple(row.get("to", ())), row.get("reply_amount"),
                row.get("reply_unit") or "", _ORDER[row["act"]] * MOST_OF_A_KIND + place,
                row.get("count") or 0,
            )
        )  # fmt: skip
    if StepAct.OVERDUE.value not in counts and not of_event:
        steps.append(OVERDUE)
    return tuple(steps)


def steps_at(steps: Iterable[Step], times: int) -> tuple[Step, ...]:
    """The steps that an event takes when it happens for the `times`-th time: those of the last count begun.

    Example: of steps from the 1st and from the 3rd time on, the second time takes those from the 1st on.
    """
    begun = [step for step in steps if step.anchor == StepAnchor.COUNT and step.count <= times]
    last = max((step.count for step in begun), default=0)
    return tuple(step for step in begun if step.count == last)


def step_problems(stored: Sequence[Mapping[str, Any]], *, of_event: bool = False) -> Iterator[FieldProblem]:
    """What is wrong with the steps of a ladder as entered; each problem names the step by its place."""
    counts: dict[str, int] = {}
    for place, row in enumerate(stored, start=1):
        act, anchor = str(row.get("act")), str(row.get("anchor"))
        counts[act] = counts.get(act, 0) + 1
        for value, remedy in _step_problems(row, act, anchor, of_event):
            yield FieldProblem("steps", value, f"第 {place} 步：{remedy}")
        if counts[act] > MOST_OF_A_KIND:
            yield FieldProblem("steps", act, f"第 {place} 步：同一动作最多 {MOST_OF_A_KIND} 步。")


def _step_problems(
    row: Mapping[str, Any], act: str, anchor: str, of_event: bool
) -> Iterator[tuple[str, str]]:
    if act not in StepAct.values:
        yield act, f"动作只能是 {'、'.join(StepAct.values)} 之一。"
    yield from _event_problems(row, act, anchor) if of_event else _moment_problems(row, act, anchor)
    if row.get("reply_amount") is not None:
        problem = _whole(row.get("reply_amount"), str(row.get("reply_unit") or ""))
        if problem:
            yield f"{row.get('reply_amount')} {row.get('reply_unit')}", f"答复时限：{problem}"
    unknown = [target for target in row.get("to", ()) if target not in StepTarget.values]
    if unknown or not row.get("to"):
        yield "、".join(unknown), f"对象只能是 {'、'.join(StepTarget.values)}，至少一个。"


def _event_problems(row: Mapping[str, Any], act: str, anchor: str) -> Iterator[tuple[str, str]]:
    if act in StepAct.values and act not in LADDER_ACTS:
        yield act, "事件的阶梯只能催办、督办、挂牌督办或超时升级。"
    if anchor != StepAnchor.COUNT:
        yield anchor, "事件的阶梯没有时限，时点请选“第几次起”。"
    count = row.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_TIMES:
        yield str(count), f"从第几次起请填写 1 到 {MOST_TIMES} 的整数。"
    if StepTarget.STAGE in row.get("to", ()):
        yield StepTarget.STAGE.value, "事件没有经办环节，对象请选承办单位或其他。"


def _moment_problems(row: Mapping[str, Any], act: str, anchor: str) -> Iterator[tuple[str, str]]:
    if anchor == StepAnchor.COUNT:
        yield anchor, "“第几次起”只用于事件的阶梯。"
    if anchor not in StepAnchor.values:
        yield anchor, f"时点只能是 {'、'.join(StepAnchor.values)} 之一。"
    if act == StepAct.OVERDUE and anchor != StepAnchor.DUE:
        yield anchor, "“超时”是事实，只能在到期时。"
    if act in REMINDERS and anchor != StepAnchor.SHARE:
        yield anchor, "“提醒”“将超时”须在到期之前，请填时限用去的百分比。"
    if anchor == StepAnchor.SHARE and not 1 <= int(row.get("share") or 0) <= 99:
        yield str(row.get("share")), "请填写 1 到 99 的百分比。"
    if anchor == StepAnchor.AFTER:
        problem = _whole(row.get("amount"), str(row.get("unit") or ""))
        if problem:
            yield f"{row.get('amount')} {row.get('unit')}", problem


def _whole(amount: Any, unit: str) -> str | None:
    if not isinstance(amount, int) or isinstance(amount, bool):
        return "请填写整数。"
    return limit_problem(Decimal(amount), unit)


def seconds_left(step: Step, clock: RunningClock, calendar: WorkCalendar) -> int:
    """Seconds of a clock's limit that are left when a step at a share of it is due; at least one.

    Example: of four `work_hour` of which a source leaves one, half is left after 30 minutes.
    """
    assert clock.amount is not None
    assert clock.due_at is not None
    start = clock.started_at.replace(microsecond=0)
    span = clock.due_at - start if clock.unit in _WALL else calendar.between(start, clock.due_at)
    given = Fraction(span // timedelta(seconds=1))
    whole = min(Fraction(clock.amount) * _size_of(clock.unit, calendar), given)
    return max(int(whole * (100 - step.share) / 100), 1)


def _size_of(unit: str, calendar: WorkCalendar) -> int:
    """Seconds of one unit of a limit."""
    return _WALL.get(unit) or (3600 if unit == "work_hour" else calendar.day_seconds)


def moment_of(step: Step, clock: RunningClock, calendar: WorkCalendar) -> datetime | None:
    """When a step of a clock is due; None when it never is.

    A clock without a due instant has no steps, one without a limit none at a share. A share whose moment does
    not lie after the start (no working time was given) is left out.
    """
    due = clock.due_at
    if due is None:
        return None
    if step.anchor == StepAnchor.DUE:
        return due
    if step.anchor == StepAnchor.AFTER:
        return calendar.add(due, step.amount, step.unit).due_at
    if clock.amount is None:
        return None
    left = Fraction(seconds_left(step, clock, calendar), 3600)
    unit = "urgent_hour" if clock.unit in _WALL else "work_hour"
    moment = calendar.subtract(due, left, unit)
    return moment if moment > clock.started_at else None


def is_taken(slot: int, moment: datetime, due_at: datetime | None, taken: Iterable[Taken]) -> bool:
    """Whether a step was taken: under the same due instant, or not before its moment under another.

    So an edit repeats nothing, and a due instant that moved later makes a passed step true again.
    """
    return any(t.slot == slot and (t.clock_due_at == due_at or t.at >= moment) for t in taken)


def has_nothing_to_tell(step: Step, taken: Iterable[Taken]) -> bool:
    """Whether a step whose moment has passed is left out, unless a timer was planned for it.

    A reminder always is. Any other act at a share of the limit is when it was taken before the due instant
    moved: a case that rested (挂账) goes on behind that share, and has been told once.
    """
    if step.act in REMINDERS:
        return True
    return step.anchor == StepAnchor.SHARE and any(t.slot == step.slot for t in taken)


def next_step(
    steps: Sequence[Step],
    clock: RunningClock,
    taken: Sequence[Taken],
    calendar: WorkCalendar,
    *,
    at: datetime,
    planned: int | None = None,
) -> Planned | None:
    """The next step of a clock, None when there is none.

    A passed step that has nothing to tell is left out, unless it is the one that was `planned` (its slot);
    all else that was not taken and has passed is due at once, in the order of the moments.
    """
    best: Planned | None = None
    for step in steps:
        moment = moment_of(step, clock, calendar)
        if moment is None or is_taken(step.slot, moment, clock.due_at, taken):
            continue
        if moment <= at and step.slot != planned and has_nothing_to_tell(step, taken):
            continue
        if best is None or (moment, step.slot) < (best.at, best.step.slot):
            best = Planned(step, moment)
    return best


@dataclass(frozen=True, slots=True)
class ManyClocks:
    """Clocks on one ladder whose limits have one unit.

    Attributes:
        unit: of the limits; empty when they have none.
        starts, dues: instants in microseconds since 1970 UTC, shape (n,).
        amounts: amounts of the limits in ten-thousandths, negative where there is none, shape (n,).
        taken: a bit a slot that was taken under the clock's present due instant, shape (n,).
        taken_before: a bit a slot that was taken under another one, shape (n,).
        planned: the slot whose timer is due and was not fired yet, -1 for none, shape (n,).
    """

    unit: str
    starts: NDArray[np.int64]
    amounts: NDArray[np.int64]
    dues: NDArray[np.int64]
    taken: NDArray[np.int64]
    taken_before: NDArray[np.int64]
    planned: NDArray[np.int64]


def next_steps(
    steps: Sequence[Step], clocks: ManyClocks, calendar: WorkCalendar, *, at: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`next_step` for many clocks at once, for a ladder that changed: no due instant has moved.

    Args:
        at: the present, in microseconds since 1970 UTC.

    Returns:
        Slot and instant (microseconds) of the next step; slot -1 where there is none. Shape (n,) each.
    """
    ordered = sorted(steps, key=lambda step: step.slot)
    grid = np.full((len(ordered), len(clocks.dues)), _NEVER, dtype=np.int64)
    for row, step in zip(grid, ordered, strict=True):
        moments = _moments(step, clocks, calendar)
        out = (clocks.taken >> step.slot) & 1 == 1
        out |= (moments <= at) & (clocks.planned != step.slot) & _has_nothing_to_tell(step, clocks)
        row[:] = np.where(out, _NEVER, moments)
    best = np.argmin(grid, axis=0)
    moments = grid[best, np.arange(len(clocks.dues))]
    slots = np.array([step.slot for step in ordered], dtype=np.int64)[best]
    return np.where(moments == _NEVER, -1, slots), moments


def _has_nothing_to_tell(step: Step, clocks: ManyClocks) -> NDArray[np.bool_]:
    if step.act in REMINDERS:
        return np.ones(len(clocks.dues), dtype=bool)
    return (clocks.taken_before >> step.slot) & int(step.anchor == StepAnchor.SHARE) == 1


def _moments(step: Step, clocks: ManyClocks, calendar: WorkCalendar) -> NDArray[np.int64]:
    if step.anchor == StepAnchor.DUE:
        return clocks.dues
    instants = clocks.dues.astype("datetime64[us]")
    if step.anchor == StepAnchor.AFTER:
        return _microseconds(calendar.add_many(instants, step.amount, step.unit)[0])
    working = clocks.unit not in _WALL
    span = clocks.dues // SECOND - clocks.starts // SECOND
    if working:
        span = calendar.between_many(clocks.starts.astype("datetime64[us]"), instants)
    whole = np.minimum(clocks.amounts * _size_of(clocks.unit, calendar), span * TEN_THOUSAND)
    left = np.maximum(whole * (100 - step.share) // (100 * TEN_THOUSAND), 1)
    moments = _microseconds(calendar.subtract_many(instants, left, working=working))
    return np.where((clocks.amounts >= 0) & (moments > clocks.starts), moments, _NEVER)


def _microseconds(instants: NDArray[np.datetime64]) -> NDArray[np.int64]:
    return instants.astype("datetime64[us]").astype(np.int64)
