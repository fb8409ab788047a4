"""Debounce 去抖: many readings of one measuring point become one alarm, its continuation and its clearing.

Pure and exact: the outcome depends on the set of readings, not on the order in which they came, as long as
none is later than the rule's `lateness` behind the newest one. To that end

- a reading is *settled* once the newest one is `lateness` ahead of it; settled readings are taken in order
  of time and decide when an alarm is raised, continues and clears;
- an alarm is *announced* at once, before its readings have settled: further readings can only bring it
  forward, never undo it, because only readings over the limit count;
- what a late reading could still undo (clearing, continuing, whether the quiet period is over) waits.

Times are whole milliseconds since 1970 (UTC). Example, "three readings over 0.4 m within 10 minutes"::

    rule = AlarmRule(code="flood", metric="level", limit=0.4, count=3, within=600_000, clear=0.3)
    state = AlarmState()
    for time, value in ((0, 0.5), (60_000, 0.45), (90_000, 0.6)):
        outcomes = observe(rule, state, time=time, value=value, arrived=time)
    outcomes == [Outcome("raised", number=1, message=1, time=90_000)]
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

CALM, BETWEEN, HOT = 0, 1, 2
RAISED, RENEWED, CONTINUED, CLEARED = "raised", "renewed", "continued", "cleared"
DIRECTIONS = ("above", "below", "equals", "differs")


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """Alarm rule 告警规则: when readings of one metric are an alarm; all periods in milliseconds.

    Attributes:
        limit, direction: a reading is over the limit when it is `above`, `below`, equal to or different
            from it.
        count, within: so many of them, the first and the last at most `within` apart.
        clear: with hysteresis, the bound a reading must be on the other side of to count as calm.
        clear_count, clear_for: so many calm readings in a row, the first and the last at least so far apart.
        lateness: how far out of order readings may come; see the module.
        quiet: an alarm raised so soon after a clearing is a follow-up of the one before.
        remind: while it lasts, a follow-up at most this often; 0 for none.
        kinds: kinds of device it holds for; empty for all.
    """

    code: str
    metric: str
    limit: float
    direction: str = "above"
    count: int = 1
    within: int = 0
    clear: float | None = None
    clear_count: int = 1
    clear_for: int = 0
    lateness: int = 0
    quiet: int = 0
    remind: int = 0
    kinds: frozenset[str] = frozenset()

    def grade(self, value: float) -> int:
        """`HOT` over the limit, `CALM` past the clear bound, `BETWEEN` in the band of hysteresis."""
        bound = self.limit if self.clear is None else self.clear
        if self.direction == "above":
            return HOT if value > self.limit else CALM if value <= bound else BETWEEN
        if self.direction == "below":
            return HOT if value < self.limit else CALM if value >= bound else BETWEEN
        return HOT if (value == self.limit) == (self.direction == "equals") else CALM


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule says 规则结论.

    Attributes:
        kind: `raised`, `renewed` (again, soon after it cleared), `continued` or `cleared`.
        number: which alarm of this rule and measuring point, from 1; one report each.
        message: which message about that alarm, from 1.
        time: of the reading that decided.
    """

    kind: str
    number: int
    message: int
    time: int


@dataclass(slots=True)
class AlarmState:
    """What a rule must remember of one measuring point 规则状态; small, and kept in the database.

    Attributes:
        settled: everything up to here has been taken; a reading at or before it comes too late.
        newest: time of the newest reading; `arrived` is when the last one came in.
        pending: readings not settled, as `time * 4 + grade`, ascending.
        hot: settled times over the limit that may still count for the next alarm.
        announced: the alarm `number` has been told but its readings have not settled.
        late: readings that came too late or a second time, and were left out.
    """

    settled: int | None = None
    newest: int | None = None
    arrived: int = 0
    pending: list[int] = field(default_factory=list)
    hot: list[int] = field(default_factory=list)
    raised: bool = False
    announced: bool = False
    number: int = 0
    message: int = 0
    raised_at: int = 0
    told_at: int = 0
    cleared_at: int | None = None
    calm_since: int = 0
    calm_count: int = 0
    peak: float | None = None
    late: int = 0

    def packed(self) -> list[Any]:
        """The state as a short list for JSON."""
        base = self.newest or 0
        return [
            self.settled, self.newest, self.arrived, [base * 4 - code for code in self.pending],
            [base - time for time in self.hot], int(self.raised), int(self.announced), self.number,
            self.message, self.raised_at, self.told_at, self.cleared_at, self.calm_since, self.calm_count,
            self.peak, self.late,
        ]  # fmt: skip

    @classmethod
    def unpacked(cls, values: list[Any]) -> AlarmState:
        """The state that `packed` wrote."""
        state = cls()
        for name, value in zip(cls.__dataclass_fields__, values, strict=True):
            setattr(state, name, value)
        base = state.newest or 0
        state.pending = [base * 4 - code for code in state.pending]
        state.hot = [base - time for time in state.hot]
        state.raised, state.announced = bool(state.raised), bool(state.announced)
        return state


def observe(rule: AlarmRule, state: AlarmState, *, time: int, value: float, arrived: int) -> list[Outcome]:
    """Take one reading and say what follows; changes `state`.

    Args:
        time: when it was measured.
        arrived: when it came in, for `settle`.
    """
    if state.settled is not None and time <= state.settled:
        state.late += 1
        return []
    grade = rule.grade(value)
    state.arrived = arrived
    if state.newest is None or time > state.newest:
        state.newest = time
    if grade == HOT:
        _note_peak(rule, state, time, value)
    _remember(state, time, grade)
    found = _settle(rule, state, state.newest - rule.lateness)
    if grade == HOT or found:
        found += _announce(rule, state)
    return found


def settle(rule: AlarmRule, state: AlarmState, *, now: int) -> list[Outcome]:
    """Settle what waits when nothing has come in for `lateness`; for a clock that looks now and then."""
    if not state.pending or now - state.arrived < rule.lateness:
        return []
    return _settle(rule, state, state.pending[-1] >> 2)


def waits(state: AlarmState) -> bool:
    """Whether `settle` may have something to say later."""
    return bool(state.pending) and (state.raised or any(code & 3 == HOT for code in state.pending))


def _remember(state: AlarmState, time: int, grade: int) -> None:
    """Put a reading in its place; of two at one instant the worse one holds, whichever came first."""
    pending, code = state.pending, time * 4 + grade
    if not pending or code > pending[-1] | 3:
        pending.append(code)
        return
    position = bisect_left(pending, time * 4)
    if position < len(pending) and pending[position] >> 2 == time:
        state.late += 1
        pending[position] = max(pending[position], code)
    else:
        insort(pending, code)


def _note_peak(rule: AlarmRule, state: AlarmState, time: int, value: float) -> None:
    """Keep the worst value of the alarm, from the first reading that counts for it."""
    running = state.raised or state.announced or bool(_near(rule, state.hot, time))
    if state.peak is None or not (running or any(code & 3 == HOT for code in state.pending)):
        state.peak = value
    else:
        state.peak = (min if rule.direction == "below" else max)(state.peak, value)


def _settle(rule: AlarmRule, state: AlarmState, horizon: int) -> list[Outcome]:
    """Take the readings up to the horizon in order of time."""
    if state.settled is not None and horizon <= state.settled:
        return []
    pending = state.pending
    end = bisect_left(pending, (horizon + 1) * 4)
    found = [outcome for code in pending[:end] if (outcome := _step(rule, state, code >> 2, code & 3))]
    del pending[:end]
    state.settled = horizon
    return found


def _step(rule: AlarmRule, state: AlarmState, time: int, grade: int) -> Outcome | None:
    if not state.raised:
        if grade != HOT:
            return None
        state.hot = [*_near(rule, state.hot, time), time]
        return _raise(rule, state, time) if len(state.hot) >= rule.count else None
    if grade == CALM:
        state.calm_since = state.calm_since if state.calm_count else time
        state.calm_count += 1
        calm_enough = state.calm_count >= rule.clear_count and time - state.calm_since >= rule.clear_for
        return _clear(state, time) if calm_enough else None
    state.calm_count = 0
    if grade == HOT and rule.remind and time - state.told_at >= rule.remind:
        state.told_at = time
        return _tell(state, CONTINUED, time)
    return None


def _near(rule: AlarmRule, hot: list[int], time: int) -> list[int]:
    """Those times over the limit that count together with a reading at `time`."""
    kept = hot[-(rule.count - 1) :] if rule.count > 1 else []
    return [before for before in kept if time - before <= rule.within]


def _raise(rule: AlarmRule, state: AlarmState, time: int) -> Outcome | None:
    told, kind = state.announced, RENEWED if _is_soon(rule, state, time) else RAISED
    state.raised, state.announced = True, False
    state.raised_at = state.told_at = time
    state.hot, state.calm_count = [], 0
    return None if told else _open(state, kind, time)


def _clear(state: AlarmState, time: int) -> Outcome:
    state.raised, state.cleared_at, state.calm_count = False, time, 0
    return _tell(state, CLEARED, time)


def _announce(rule: AlarmRule, state: AlarmState) -> list[Outcome]:
    """Tell an alarm whose readings have not settled yet, once that can not change any more."""
    if state.raised or state.announced:
        return []
    hot = state.hot
    for code in state.pending:
        if code & 3 == HOT:
            time = code >> 2
            hot = [*_near(rule, hot, time), time]
            if len(hot) >= rule.count:
                break
    else:
        return []
    soon = _is_soon(rule, state, time)
    if not soon and state.cleared_at is not None and (state.settled or 0) < state.cleared_at + rule.quiet:
        return []
    state.announced = True
    return [_open(state, RENEWED if soon else RAISED, time)]


def _is_soon(rule: AlarmRule, state: AlarmState, time: int) -> bool:
    return state.cleared_at is not None and rule.quiet > 0 and time - state.cleared_at <= rule.quiet


def _open(state: AlarmState, kind: str, time: int) -> Outcome:
    if kind == RAISED:
        state.number, state.message = state.number + 1, 0
    return _tell(state, kind, time)


def _tell(state: AlarmState, kind: str, time: int) -> Outcome:
    state.message += 1
    return Outcome(kind, state.number, state.message, time)


def replayed(
    rule: AlarmRule, readings: Iterable[tuple[int, float]], *, state: AlarmState | None = None
) -> list[Outcome]:
    """What a rule says of readings in the order given, all settled at the end; for tests and previews."""
    state = state or AlarmState()
    found: list[Outcome] = []
    for time, value in readings:
        found += observe(rule, state, time=time, value=value, arrived=time)
    return found + settle(rule, state, now=state.arrived + rule.lateness)
