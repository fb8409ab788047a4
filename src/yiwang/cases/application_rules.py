"""Rules 规则 of applications: who may ask what when, and how an approval moves a due instant; pure.

An extension (延期) gives one original limit more, counted from the old due instant. A suspension (挂账) keeps
what is left of each limit to the second and counts on with it when the case is taken up again: working time
of limits in working hours and days, time of the clock on the wall of urgent ones. Nothing else moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from ..kernel.working_steps import length_text
from ..kernel.working_time import SHANGHAI, UNIT_NAMES, Due, WorkCalendar
from .enums import ApplicationKind
from .states import CASE_STATES

#: Units that no calendar touches.
WALL = frozenset({"urgent_hour", "urgent_day"})
#: A suspension resumes on the instant that was planned unless the clock was out for longer than this.
PUNCTUAL = timedelta(minutes=1)
#: Longest suspension that any rule may allow, in days.
LONGEST_DAYS = 366
#: Acts that a step of an approval may need, in the order of a list to choose from.
APPROVING_ACTS = ("cases.endorse_application", "cases.review", "cases.confirm_application")
MOST_STEPS = 3


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """What the rule of a day says of a kind of application.

    Attributes:
        states: of the case in which it may be asked.
        max_times: how often it may be approved for one task (延期, 申诉) or one round of a case (挂账).
        counts_refused: whether a refusal uses a time up too.
        when_overdue: whether it may be asked after the due instant.
        longest_days: of a suspension; None without a bound of its own.
        evidence_files: how many attachments it needs at least.
        approvals: the act that each step needs, in order.
        answer: within which limit it is to be answered, None for no limit.
    """

    id: UUID | None
    kind: str
    states: frozenset[str]
    max_times: int
    counts_refused: bool
    when_overdue: bool
    longest_days: int | None
    evidence_files: int
    approvals: tuple[str, ...]
    answer: tuple[Decimal, str] | None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class AskFacts:
    """What an application stands on when it is asked, and again when the last step approves it.

    Attributes:
        times: how many were approved (or refused, where that counts) before.
        is_overdue: at the instant of asking, not of deciding.
        was_late: the task was fed back late or is late.
        is_excused, is_excluded: of the task, and of the case.
    """

    kind: str
    state: str
    asked_at: datetime
    times: int = 0
    is_overdue: bool = False
    was_late: bool = False
    is_excused: bool = False
    is_excluded: bool = False
    undoes: bool = False
    until: date | None = None
    files: int = 0


def why_not(facts: AskFacts, rule: RuleInForce) -> tuple[str, str] | None:
    """Why an application may not be asked: the field at fault (empty for none) and the reason, or None.

    Example: an extension asked a minute after the due instant: 「已超过办理时限，不能再申请延期」.
    """
    return next(_reasons(facts, rule), None)


def _reasons(facts: AskFacts, rule: RuleInForce) -> Iterator[tuple[str, str]]:
    name = ApplicationKind(facts.kind).label
    if facts.state not in rule.states:
        allowed = "、".join(label for code, label in CASE_STATES.items() if code in rule.states)
        now = CASE_STATES.get(facts.state, facts.state)
        yield "", f"当前状态“{now}”不能申请{name}；只在{allowed or '任何状态都不'}时可以。"
    if facts.kind != ApplicationKind.EXCLUSION and facts.times >= rule.max_times:
        yield "", f"{name}最多 {rule.max_times} 次，已用 {facts.times} 次，不能再申请。"
    if facts.is_overdue and not rule.when_overdue and facts.kind != ApplicationKind.APPEAL:
        yield "", f"已超过办理时限，不能再申请{name}。请尽快办结；对超时有异议的，结案后可申诉。"
    yield from _own_reasons(facts, rule)
    if facts.files < rule.evidence_files:
        yield "evidence", f"申请{name}须附至少 {rule.evidence_files} 份证据，现有 {facts.files} 份。"


def _own_reasons(facts: AskFacts, rule: RuleInForce) -> Iterator[tuple[str, str]]:
    """Reasons of one kind alone."""
    if facts.kind == ApplicationKind.APPEAL and not facts.was_late:
        yield "", "该任务没有超时，不需要申诉。"
    if facts.kind == ApplicationKind.APPEAL and facts.is_excused:
        yield "", "该任务已经不计超时。"
    if facts.kind == ApplicationKind.EXCLUSION and facts.is_excluded is not facts.undoes:
        yield "undoes", "案件已从考核中剔除。" if facts.is_excluded else "案件没有剔除，无需恢复计入。"
    if facts.kind == ApplicationKind.SUSPENSION:
        first = facts.asked_at.astimezone(SHANGHAI).date() + timedelta(days=1)
        last = first - timedelta(days=1) + timedelta(days=rule.longest_days or LONGEST_DAYS)
        if facts.until is None or not first <= facts.until <= last:
            yield "until", f"请填写恢复日期，最早 {first}，最晚 {last}。"


def extended_due(calendar: WorkCalendar, old: datetime, amount: Decimal, unit: str) -> Due:
    """The due instant of an extension 延期: one original limit more, counted from the old due instant.

    Example: four `work_hour` due Monday 12:00 are due at 18:00 after an extension, at 12:00 on Tuesday after
    a second one.
    """
    return calendar.add(old, amount, unit)


@dataclass(frozen=True, slots=True)
class Left:
    """What was left of a limit when it was suspended 余时.

    Attributes:
        seconds: of working time, or on the wall clock; None when the due instant had passed.
        on_wall: whether it is counted on the wall clock.
    """

    seconds: int | None
    on_wall: bool = False


def left_of(calendar: WorkCalendar, due: datetime, unit: str, at: datetime) -> Left:
    """What is left at `at` of a limit that is due at `due`, to the second.

    A due instant in the night of which no working time is left (a source's own, the end of the day) counts on
    the wall clock.

    Example: due Wednesday 11:00 in `work_hour`, suspended Monday 16:00: two hours of Monday, eight of Tuesday
    and three of Wednesday, 46,800 s.
    """
    now = at.replace(microsecond=0)
    if due <= now:
        return Left(None)
    on_wall = int((due - now) / timedelta(seconds=1))
    if unit in WALL:
        return Left(on_wall, on_wall=True)
    worked = int(calendar.between(now, due) / timedelta(seconds=1))
    return Left(worked) if worked > 0 else Left(on_wall, on_wall=True)


def resumed_due(calendar: WorkCalendar, since: datetime, left: Left) -> Due:
    """The due instant after a suspension: what was left, counted from the resuming.

    Example: 10,800 s (3 h) of working time left, resumed on the last day of a holiday week: due at 11:00 on
    the first working day.
    """
    assert left.seconds is not None
    return calendar.add(since, Fraction(left.seconds, 3600), "urgent_hour" if left.on_wall else "work_hour")


def resumed_from(planned: datetime, at: datetime) -> datetime:
    """The instant from which a suspension that ends by itself counts on.

    The planned one when the clock was on time; when it was out for longer than `PUNCTUAL`, the instant at
    which the units could really go on.
    """
    return planned if at - planned <= PUNCTUAL else at


def resume_instant(until: date) -> datetime:
    """The instant at which a suspension until a day ends: the day's first, in Shanghai."""
    return datetime.combine(until, time(), SHANGHAI)


def extension_words(old: datetime, amount: Decimal, unit: str, due: Due, *, times: int, at: datetime) -> str:
    """The explanation of an extension; it names the old and the new due instant."""
    moved = _moved_words(times, minute(old), limit_words(amount, unit), minute(due.due_at))
    if due.due_at < at:
        return f"{moved}；批准时新时限也已过，仍按超时计。{due.explanation}"
    return f"{moved}。{due.explanation}"


def _moved_words(times: int, old: str, limit: str, due: str) -> str:
    return f"第 {times} 次延期：自原时限 {old} 起，再计一个原时限 {limit}，延至 {due}"


def suspension_words(old: datetime, left: Left, at: datetime, until: datetime) -> str:
    """The explanation of a suspended limit while it rests."""
    if left.seconds is None:
        return f"挂账：原时限 {minute(old)} 在挂账前已过，仍按超时计，不因挂账变动。"
    return (
        f"挂账：自 {minute(at)} 起暂停计时，距原时限 {minute(old)} 还余{left_words(left)}，"
        f"至 {minute(until)} 自动恢复后继续计。"
    )


def resumed_words(old: datetime, left: Left, since: datetime, due: Due) -> str:
    """The explanation of a limit that goes on after a suspension; it names both due instants."""
    return (
        f"挂账后恢复：原时限 {minute(old)}，挂账时还余{left_words(left)}；"
        f"自 {minute(since)} 恢复办理起继续计，至 {minute(due.due_at)}。{due.explanation}"
    )


def left_words(left: Left) -> str:
    """What is left, in words, such as `工作时间 3 小时`."""
    told_length = length_text(timedelta(seconds=left.seconds or 0))
    return f"自然时间 {told_length}" if left.on_wall else f"工作时间 {told_length}"


def limit_words(amount: Decimal, unit: str) -> str:
    """A limit in words, such as `4 工作时`."""
    return f"{amount.normalize():f} {UNIT_NAMES.get(unit, unit)}"


def minute(at: datetime) -> str:
    """An instant in Shanghai to the minute, with seconds where there are any."""
    local = at.astimezone(SHANGHAI)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"
