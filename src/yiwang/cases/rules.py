"""Rules 规则 of the loop: pure decisions on values, and the guards the state tables use.

A guard takes `CaseFacts` and returns the Chinese reason to refuse, or None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ..kernel.working_time import SHANGHAI


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the guards look at.

    Attributes:
        actor_id: account of the person who acts; None for residents and the system.
        handlers: accounts that handled the case in this round.
        class_id: matter class, None while unclassified.
        located: whether the case has a community (社区).
        demands_registering: whether the class's scheme demands 立案.
        condition_fits: whether the chosen registering condition belongs to the class.
        review_required: whether the dispatcher reviews feedback before the recheck.
        evidence: stages of evidence the host gave (`before`, `after`).
        evidence_required: stages the policy demands on the long path.
        reply_given: whether the feedback or answer holds a text.
        reopen_until: end of the window in which the reporter may reopen.
        at: the instant of the act.
        complained_of: the unit that is complained of.
        units: units the act names (dispatch).
        automatic: whether the platform accepted the case by itself and nobody has worked on it since.
        just_returned: whether a unit gave the case back and nobody has been given it since.
        return_waits: whether a unit has asked to give it back and nobody has decided.
        being_arbitrated: whether somebody is ruling whose job it is.
        ruled_host: the unit that a ruling made the host for good; None without one, or when it is no more.
        awaits_confirmation: whether it must first be confirmed on the spot, and has not been.
        same_day: whether it is to be closed on the day of its discovery.
        urgent: whether it is marked urgent.
        listed_as: the row or the exemption that admits the matter for the unit, in words; empty without one.
    """

    at: datetime
    actor_id: UUID | None = None
    handlers: frozenset[UUID] = frozenset()
    class_id: UUID | None = None
    located: bool = False
    demands_registering: bool = False
    condition_fits: bool = False
    review_required: bool = False
    evidence: frozenset[str] = frozenset()
    evidence_required: frozenset[str] = frozenset()
    reply_given: bool = True
    reopen_until: datetime | None = None
    complained_of: UUID | None = None
    units: tuple[UUID, ...] = ()
    automatic: bool = False
    just_returned: bool = False
    return_waits: bool = False
    being_arbitrated: bool = False
    ruled_host: UUID | None = None
    awaits_confirmation: bool = False
    same_day: bool = False
    urgent: bool = False
    listed_as: str = ""


_STAGES = {"before": "处置前", "after": "处置后", "scene": "现场"}


def is_classified(facts: CaseFacts) -> str | None:
    """The case has a matter class."""
    return None if facts.class_id else "尚未选择事项类别，不能继续。请先选择类别。"


def is_located(facts: CaseFacts) -> str | None:
    """The case has a place."""
    return None if facts.located else "尚未确定地点所属社区，不能继续。请先在地图上选点或选择社区。"


def is_automatic(facts: CaseFacts) -> str | None:
    """The platform accepted the case by itself, and no unit has taken the task up."""
    return None if facts.automatic else "只能撤销系统自动办理、且承办单位尚未签收的案件。"


def demands_registering(facts: CaseFacts) -> str | None:
    """The class's scheme demands registering (立案)."""
    return None if facts.demands_registering else "该类事项不需立案，请直接受理。"


def needs_no_registering(facts: CaseFacts) -> str | None:
    """The class's scheme does not demand registering."""
    return "该类事项须先立案，不能直接派遣。" if facts.demands_registering else None


def condition_fits(facts: CaseFacts) -> str | None:
    """立案 must hit one of the class's registering conditions (GB/T 30428.8)."""
    return None if facts.condition_fits else "未命中该小类的立案条件，不能立案。请选择一条立案条件。"


def review_is_required(facts: CaseFacts) -> str | None:
    """The scheme has the dispatcher review feedback."""
    return None if facts.review_required else "该类事项的反馈不需审核。"


def review_is_not_required(facts: CaseFacts) -> str | None:
    """The scheme sends feedback straight to the recheck."""
    return "该类事项的反馈须先审核。" if facts.review_required else None


def evidence_is_complete(facts: CaseFacts) -> str | None:
    """The evidence the policy demands is there; refused on the long path when it is not."""
    missing = sorted(facts.evidence_required - facts.evidence)
    if not missing:
        return None
    names = "、".join(_STAGES.get(stage, stage) for stage in missing)
    return f"缺少{names}照片，不能提交。请补齐后再试。"


def reply_is_given(facts: CaseFacts | SupervisionFacts) -> str | None:
    """The feedback says what was done."""
    return None if facts.reply_given else "请写明办理情况或答复内容。"


def is_somebody_else(facts: CaseFacts) -> str | None:
    """Recheck and closing are by a person who did not handle the case."""
    if facts.actor_id is not None and facts.actor_id in facts.handlers:
        return "处置人员本人不能核查或结案，请由他人办理。"
    return None


def is_not_complained_of(facts: CaseFacts) -> str | None:
    """A report is never dispatched to the unit it complains of (信访工作条例 §30)."""
    if facts.complained_of is not None and facts.complained_of in facts.units:
        return "不能把投诉举报件派给被投诉举报的单位。请改派其上级或其他单位。"
    return None


def is_not_just_returned(facts: CaseFacts) -> str | None:
    """A case that a unit has just given back goes to another unit, never straight to its end."""
    if facts.just_returned:
        return "案件刚被承办单位退回，不能直接作废或结束。请另行派遣、兜底派遣或提请裁定。"
    return None


def is_not_being_arbitrated(facts: CaseFacts) -> str | None:
    """While it is being ruled whose job a case is, the dispatcher leaves it where it is."""
    return "该案件正在争议裁定，裁定前不能撤回派遣。" if facts.being_arbitrated else None


def has_no_return_waiting(facts: CaseFacts) -> str | None:
    """A return is decided and not got round: taking the tasks back would leave it uncounted."""
    return "有退单申请待审核，请先作出决定，再撤回派遣。" if facts.return_waits else None


def has_nothing_undecided(facts: CaseFacts) -> str | None:
    """A merge does not get round a return that waits, or a ruling that is being made."""
    if facts.return_waits or facts.being_arbitrated:
        return "该案件有退单待审核或正在争议裁定，决定之前不能并入他案。请先作出决定，或以它为主案合并。"
    return None


def is_as_ruled(facts: CaseFacts) -> str | None:
    """After a ruling the host is the one it names: a dispatcher does not overturn it (潍坊市条例 §22)."""
    if facts.ruled_host is not None and facts.units and facts.units[0] != facts.ruled_host:
        return "该案件的主办单位已由争议裁定确定，只能派给裁定的主办单位；其他单位可列为协办。"
    return None


def is_unlisted(facts: CaseFacts) -> str | None:
    """A community refuses what is on neither of its lists and under no exemption (非准不入)."""
    if facts.listed_as:
        return f"{facts.listed_as}，不能拒收。如认为不属本单位职责，请申请退单。"
    return None


def is_confirmed_on_site(facts: CaseFacts) -> str | None:
    """A hazard is confirmed on the spot before it is dispatched, unless urgent danger goes first."""
    if facts.awaits_confirmation:
        return "安全隐患须先经现场感知确认属实才能派遣。请先完成确认；情况紧急的，可先作“先派后核”。"
    return None


def is_no_hazard(facts: CaseFacts) -> str | None:
    """A matter of the same-day list is looked at on the spot; words from a desk do not clear it."""
    if facts.same_day:
        return "当日清零事项须到现场处置，不能直接答复；分类有误的，请先更正事项类别。"
    return None


def rates_as_somebody_else(facts: CaseFacts) -> str | None:
    """Nobody takes the rating of what he handled himself."""
    if facts.actor_id is not None and facts.actor_id in facts.handlers:
        return "处置人员本人不能回访或代录评价，请由他人办理。"
    return None


def is_same_day(facts: CaseFacts) -> str | None:
    """The case is to be closed on the day of its discovery."""
    return None if facts.same_day else "该案件不属于当日清零事项。"


def awaits_confirmation(facts: CaseFacts) -> str | None:
    """It still waits for the look on the spot."""
    return None if facts.awaits_confirmation else "该案件不需要现场感知确认，或已经确认，可以直接派遣。"


def is_urgent(facts: CaseFacts) -> str | None:
    """Only urgent danger is dispatched before it is confirmed."""
    return None if facts.urgent else "只有紧急案件可以先派后核，请先现场感知确认。"


def is_within_reopening(facts: CaseFacts) -> str | None:
    """The window in which the reporter may reopen has not passed."""
    if facts.reopen_until is not None and facts.at > facts.reopen_until:
        return "已超过可以要求重办的期限，请重新提交诉求。"
    return None


@dataclass(frozen=True, slots=True)
class WishFacts:
    """What the guards of a wish look at: who acts now, and who asked; None for residents and the system.

    Attributes:
        approvers: who has approved an earlier step.
    """

    actor_id: UUID | None
    asked_by: UUID | None
    approvers: frozenset[UUID] = frozenset()


def is_second_person(facts: WishFacts) -> str | None:
    """A wish is decided by somebody who did not ask (architecture §4.7)."""
    if facts.actor_id is not None and facts.actor_id == facts.asked_by:
        return "须由申请人以外的人决定，请交他人办理。"
    return None


def is_new_approver(facts: WishFacts) -> str | None:
    """Each step of an approval is by another person: reviewed by two means two persons."""
    if facts.actor_id is not None and facts.actor_id in facts.approvers:
        return "您已审批过上一级，须由另一人审批。"
    return None


def is_who_asked(facts: WishFacts) -> str | None:
    """A wish is taken back by whoever asked."""
    return None if facts.actor_id == facts.asked_by else "只有申请人本人可以收回申请。"


@dataclass(frozen=True, slots=True)
class SupervisionFacts:
    """What the guards of a supervision look at: who acts, who began it, who replied, and the words."""

    actor_id: UUID | None
    by: UUID | None = None
    replied_by: UUID | None = None
    reply_given: bool = True


def is_not_who_replied(facts: SupervisionFacts) -> str | None:
    """A supervision is settled by somebody who did not reply to it."""
    if facts.actor_id is not None and facts.actor_id == facts.replied_by:
        return "答复人本人不能销号，请交他人核对后销号。"
    return None


def is_not_who_listed(facts: SupervisionFacts) -> str | None:
    """A listing is lifted by somebody who did not list."""
    if facts.actor_id is not None and facts.actor_id == facts.by:
        return "须由挂牌人以外的人解除挂牌，请交他人办理。"
    return None


@dataclass(frozen=True, slots=True)
class ArbitrationFacts:
    """What the guard of a ruling looks at.

    Attributes:
        dispatchers: accounts that dispatched the case or decided a return of it.
        own_units: units that the actor works for.
        parties: units in dispute.
    """

    actor_id: UUID | None
    dispatchers: frozenset[UUID] = frozenset()
    own_units: frozenset[UUID] = frozenset()
    parties: frozenset[UUID] = frozenset()


def is_impartial(facts: ArbitrationFacts) -> str | None:
    """A dispute is ruled by somebody who neither dispatched the case nor works for a unit in dispute."""
    if facts.actor_id is not None and facts.actor_id in facts.dispatchers:
        return "您派遣或审核过该案件，不能裁定其争议，请交他人裁定。"
    if facts.own_units & facts.parties:
        return "您所在单位是争议一方，不能裁定，请交上级或其他单位裁定。"
    return None


def reopen_until(closed_at: datetime, days: int) -> datetime:
    """The last instant at which a reporter may reopen.

    Example: closed 2026-02-01 10:00 with 15 days may be reopened until 2026-02-16 10:00.
    """
    return closed_at + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class SameDayLimits:
    """Limits of a same-day matter 清零时限.

    Attributes:
        due_at: cleared by then.
        control_due_at: for a late find: the risk controlled by then; else None.
        words: how they were found, in Chinese.
    """

    due_at: datetime
    control_due_at: datetime | None
    words: str


def same_day_limits(found_at: datetime, *, cut_off_hour: int = 24, late_from: int = 1200) -> SameDayLimits:
    """By when a hazard found at an instant is cleared: the cut-off of that Shanghai day, or the next day's.

    Args:
        cut_off_hour: 1 to 24 hours after the midnight that begins the day.
        late_from: minute of the day from which a find is late: 先控险后清零.

    Example: found 2028-02-29 09:00 it is cleared by 2028-03-01 00:00; found at 20:00 the risk is controlled
    by that instant and it is cleared by 2028-03-02 00:00.
    """
    found = found_at.astimezone(SHANGHAI)
    begin = found.replace(hour=0, minute=0, second=0, microsecond=0)
    cut_off = begin + timedelta(hours=cut_off_hour)
    is_late = found.hour * 60 + found.minute >= late_from or found >= cut_off
    if not is_late:
        return SameDayLimits(cut_off, None, f"{_minute(found)} 发现，当日 {cut_off_hour} 时前清零。")
    control, due = begin + timedelta(days=1), cut_off + timedelta(days=1)
    words = f"{_minute(found)} 发现，属晚间发现：当日 24 时前先控险，次日 {cut_off_hour} 时前清零。"
    return SameDayLimits(due, control, words)


def is_overdue(due_at: datetime | None, done_at: datetime | None, at: datetime) -> bool:
    """Whether a limit is missed: on time means `done_at <= due_at`."""
    if due_at is None:
        return False
    return (done_at or at) > due_at


@dataclass(frozen=True, slots=True)
class SourceLimit:
    """Source limit 来源时限: what a source that owns the limit demands of one report.

    Attributes:
        due_at: the source's own instant.
        inner_at: that instant less the channel's margin.
        margin: the margin in words, such as `4 工作时`; empty without one.
    """

    due_at: datetime
    inner_at: datetime
    margin: str = ""


def bounded_due(
    own: datetime, limits: Sequence[SourceLimit], *, at: datetime, is_extended: bool = False
) -> tuple[datetime, str]:
    """The inner limit 内部时限 under sources' limits, and why, in Chinese.

    The earlier of our own limit and the source's less its margin. A margin that is used up already leaves the
    source's limit itself; a source's limit that has passed leaves our own, and the text says that it is late.

    Args:
        own: our own limit.
        is_extended: the source has granted an extension since; our own limit no longer binds.

    Example: source 2026-03-09 18:00 less 4 工作时 is 14:00; our own 2026-03-10 18:00 gives 2026-03-09 14:00.
    """
    open_ones = [limit for limit in limits if limit.due_at > at]
    if not open_ones:
        if not limits:
            return own, ""
        passed = _minute(min(limit.due_at for limit in limits))
        return own, (f"来源时限 {passed} 已过，无法按其倒排，按本级时限 {_minute(own)} 办理，对来源已超时。")
    limit = min(open_ones, key=lambda each: each.inner_at if each.inner_at > at else each.due_at)
    found = limit.inner_at if limit.inner_at > at else limit.due_at
    text = _source_words(limit, at)
    if is_extended:
        return found, f"{text}；来源已同意延期，以 {_minute(found)} 为准。"
    if found < own:
        return found, f"{text}；早于本级时限 {_minute(own)}，以 {_minute(found)} 为准。"
    return own, f"{text}；不早于本级时限 {_minute(own)}，以本级时限为准。"


def _source_words(limit: SourceLimit, at: datetime) -> str:
    """What a source demands, the margin taken off."""
    told_minute, margin = _minute(limit.due_at), limit.margin
    if not margin:
        return f"来源时限 {told_minute}"
    if limit.inner_at <= at:
        return f"来源时限 {told_minute} 减 {margin} 已过，不再留余量"
    return f"来源时限 {told_minute} 减 {margin}，为 {_minute(limit.inner_at)}"


def _minute(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


#: What a reporter may be told of: how it goes, what was done, and the final call with its rating.
TOLD_EVENTS = ("progress", "answer", "callback")


def who_tells(event: str, *, voice: str, rated_by_source: bool, is_reachable: bool = True) -> str:
    """Who tells the reporter 由谁告知: `us`, `source` or `nobody`; one voice for one event.

    Args:
        event: one of `TOLD_EVENTS`.
        voice: who contacts the reporter, as the channel says.
        rated_by_source: whether the source makes the final call.
        is_reachable: whether we know how to reach the reporter at all.

    Example: a hotline that keeps voice and final call tells everything itself; one that keeps the final call
    alone leaves progress and answer to us.
    """
    if event not in TOLD_EVENTS:
        raise ValueError(f"no such event: {event}")
    by_source = rated_by_source if event == "callback" else voice == "source"
    if by_source:
        return "source"
    return "us" if is_reachable else "nobody"


def is_sampled(key: UUID, share_percent: int) -> bool:
    """Whether a draw falls within the share.

    Deterministic in the key, so that it can be verified later; the key itself must be one that nobody can
    foretell (`services.sampling`). Example: with 10 percent, keys that leave less than 10 modulo 100.
    """
    return key.int % 100 < share_percent
