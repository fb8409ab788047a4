"""Suppression 告警抑制: the alarms of one camera about one thing become one report, not a hundred.

Pure. An alarm opens a report; those that follow while it runs (`window` after the last one, `longest` in all)
are counted and told as one follow-up at most every `follow_up`. Times are whole milliseconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass, field

REPORT, FOLLOW_UP, SUPPRESS = "report", "follow_up", "suppress"
#: Numbers of alarms that are remembered to recognise a repetition.
_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class SuppressionRule:
    """Suppression rule 抑制规则 of one type of alarm; periods in milliseconds.

    Attributes:
        least: confidence from 0 to 1 below which an alarm is only counted.
        window: an alarm so soon after the last one belongs to the same report.
        follow_up: the running report is told of further alarms at most this often.
        longest: after so long a report ends even if alarms go on; the next one opens another.
    """

    least: float = 0.6
    window: int = 1_800_000
    follow_up: int = 600_000
    longest: int = 86_400_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an alarm 抑制结论.

    Attributes:
        kind: `report`, `follow_up` or `suppress`.
        number: which report of this camera and type, from 1.
        message: which message about that report, from 1; 0 when nothing is told.
        untold: alarms since the last message, this one included.
    """

    kind: str
    number: int
    message: int
    untold: int


@dataclass(slots=True)
class SuppressionState:
    """What is remembered of one camera and one type 抑制状态.

    Attributes:
        opened, last, told: instants of the running report's first alarm, newest alarm and newest message.
        untold: alarms since that message.
        seen: digests of the newest alarms, oldest first.
    """

    number: int = 0
    message: int = 0
    opened: int = 0
    last: int = 0
    told: int = 0
    untold: int = 0
    seen: list[str] = field(default_factory=list)


def judge(rule: SuppressionRule, state: SuppressionState, *, time: int, identity: str) -> list[Verdict]:
    """What becomes of one alarm, its own verdict last; changes `state`.

    Empty when the alarm came before. A report that ends with alarms untold is told of them first. An alarm
    that comes late, with a time before the newest one, never moves the window back.
    """
    if identity in state.seen:
        return []
    state.seen = [*state.seen, identity][-_REMEMBERED:]
    if not _runs(rule, state, time):
        left = _tell(state, time) if state.untold else []
        state.number, state.message = state.number + 1, 1
        state.opened = state.last = state.told = time
        return [*left, Verdict(REPORT, state.number, 1, 1)]
    state.last = max(state.last, time)
    state.untold += 1
    return tell(rule, state, now=time) or [Verdict(SUPPRESS, state.number, 0, state.untold)]


def tell(rule: SuppressionRule, state: SuppressionState, *, now: int) -> list[Verdict]:
    """The follow-up that is due, if any; for a clock that looks now and then."""
    return _tell(state, now) if state.untold and now - state.told >= rule.follow_up else []


def _tell(state: SuppressionState, time: int) -> list[Verdict]:
    state.message, state.told = state.message + 1, time
    told, state.untold = state.untold, 0
    return [Verdict(FOLLOW_UP, state.number, state.message, told)]


def _runs(rule: SuppressionRule, state: SuppressionState, time: int) -> bool:
    """Whether an alarm belongs to the running report: late ones always do."""
    if not state.number:
        return False
    return time <= state.last or (time - state.last <= rule.window and time - state.opened <= rule.longest)
