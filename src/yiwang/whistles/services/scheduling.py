"""Schedules 定期哨: whistles for shared areas that open by themselves, approved by a second person first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...cases.public import local_day
from ...clocks.public import cancel_timers, plan_timer
from ...kernel.actor import Actor
from ...kernel.errors import Conflict, YiwangError, invalid
from ...ledger.public import Act, acting
from ..enums import OpensAs
from ..models import Whistle, WhistleSchedule
from ..permissions import act_of, may_judge_schedule, require
from ..queries.rulebook import rulebook
from ..rules.guards import WhistleFacts
from ..rules.recurring import days_problem, next_instant
from ..states import BLOW, DRAFT, JUDGE, JUDGING, REPORTING, RUNNING, SCHEDULE
from .drafting import (
    WhistleDraft,
    check_matter,
    check_party,
    draft_values,
    kind_in_use,
    street_of,
    text_commitment,
)
from .judging import check_direction, send_tasks
from .moving import demanded_reason, new_number, note, set_fields, step

SCHEDULE_TIMER = "whistles.schedule"


@dataclass(frozen=True, slots=True)
class ScheduleTerms:
    """What a schedule says 定期哨内容.

    Attributes:
        draft: what each whistle says; `draft.units` are called, the first is the host.
        cadence, days: `weekly` with 1 (Monday) to 7, or `monthly` with 1 to 31.
        minute: minute of the day in Shanghai, 0 to 1439.
        opens_as: one of `OpensAs`; what is sent needs at least one unit, which the centre then judges.
    """

    draft: WhistleDraft
    cadence: str
    days: Sequence[int]
    minute: int
    opens_as: str = OpensAs.DRAFT.value


def propose_schedule(*, actor: Actor, at: datetime, terms: ScheduleTerms) -> WhistleSchedule:
    """Propose a schedule 设定定期哨; it runs when a second person has approved it.

    Raises:
        NotPermitted; KindSwitchedOff; Conflict: the kind may not recur. Invalid: names the field.
    """
    kind = kind_in_use(terms.draft.kind, at)
    if not kind.may_recur:
        raise Conflict(f"“{kind.name}”不能设为定期哨。", code="whistles.never_recurs")
    _check_terms(terms)
    unit = terms.draft.whistler_unit or actor.unit_id
    if unit is None:
        raise invalid("whistler_unit", unit, "请选择吹哨单位。")
    require(actor.may(kind.blow_act, units=[unit]), kind.blow_act, unit=unit)
    values = draft_values(terms.draft, kind, unit, (), at)
    outside = [key for key in values["proposed_units"] if rulebook().outside_unit(key)]
    taken = (
        "matter_id",
        "title",
        "reasons",
        "tried",
        "wanted",
        "area",
        "communities",
        "home_communities",
        "address",
        "lon",
        "lat",
    )
    with acting(actor=actor, at=at) as act:
        row = act.insert(
            WhistleSchedule(
                state="proposed", kind_code=kind.code, whistler_unit=unit, whistler_post=actor.post_id,
                created_by=actor.account_id, created_at=at, units=values["proposed_units"],
                outside_units=outside, cadence=terms.cadence, days=sorted(set(terms.days)),
                minute=terms.minute, opens_as=terms.opens_as, **{name: values[name] for name in taken},
            )
        )  # fmt: skip
        body = {"state": row.state, "kind": kind.code, "cadence": row.cadence, "days": row.days}
        act.record(row, "whistles.schedule_proposed", {**body, "minute": row.minute})
    return row


def _check_terms(terms: ScheduleTerms) -> None:
    problem = days_problem(terms.cadence, terms.days)
    if problem is not None:
        raise invalid("days", "、".join(map(str, terms.days)), problem)
    if not 0 <= terms.minute < 24 * 60:
        raise invalid("minute", terms.minute, "请填写一天之内的时刻。")
    if terms.opens_as not in OpensAs.values:
        raise invalid("opens_as", terms.opens_as, f"只能是 {'、'.join(OpensAs.values)}。")
    if terms.opens_as == OpensAs.SENT and not terms.draft.units:
        raise invalid("units", "", "直接派发的定期哨须写明报到单位。")
    if terms.draft.matter is None:
        raise invalid("matter", "", "请选择吹哨事项。")


def approve_schedule(
    *, actor: Actor, at: datetime, schedule_id: UUID, expected: int | None = None
) -> WhistleSchedule:
    """Approve a schedule 批准定期哨: by another person; the next whistle is planned.

    Raises:
        NotPermitted, NotFound, KindSwitchedOff; Conflict: its state, or the same person.
    """
    with acting(actor=actor, at=at) as act:
        row = act.lock(WhistleSchedule, schedule_id, expected=expected)
        kind = kind_in_use(row.kind_code, at)
        require(actor.may(kind.approve_act, units=[row.whistler_unit]), kind.approve_act)
        step(SCHEDULE, row, "approve_schedule", WhistleFacts(actor.account_id, row.created_by))
        set_fields(act, row, state=row.state, approved_by=actor.account_id)
        _plan_next(act, row)
        act.record(row, "whistles.schedule_approved", {"state": row.state, "next_at": row.next_at})
    return row


def judge_schedule(
    *,
    actor: Actor,
    at: datetime,
    schedule_id: UUID,
    host: UUID,
    co_units: Sequence[UUID] = (),
    expected: int | None = None,
) -> WhistleSchedule:
    """Judge who reports for a schedule 研判定期哨: its whistles go to these units from now on by themselves.

    The centre may judge anew at any time; whistles that were opened before stay as they are.

    Args:
        host, co_units: keys of units or of outside units; they take the place of those proposed.

    Raises:
        NotPermitted, NotFound; Invalid: an unknown unit. Conflict: it does not run, it opens drafts, which
            are judged one by one, or the units do not fit the kind.
    """
    named = [host, *co_units]
    for key in named:
        check_party(key)
    with acting(actor=actor, at=at) as act:
        row = act.lock(WhistleSchedule, schedule_id, expected=expected)
        require(may_judge_schedule(actor, row), JUDGE)
        if row.opens_as != OpensAs.SENT:
            raise Conflict("开出草稿的定期哨逐次吹哨、逐次研判。", code="whistles.judged_each_time")
        kind = rulebook().kind_named(row.kind_code, local_day(at))
        facts = WhistleFacts(hosts=1, units=named, most_units=kind.most_units)
        step(SCHEDULE, row, "judge_schedule", facts)
        check_direction(kind, street_of(row.whistler_unit), host)
        set_fields(
            act, row, units=named, outside_units=[key for key in named if rulebook().outside_unit(key)],
            judged_by=actor.account_id, judged_at=at,
        )  # fmt: skip
        act.record(row, "whistles.schedule_judged", {"state": row.state, "host": host, "units": named})
    return row


def stop_schedule(
    *, actor: Actor, at: datetime, schedule_id: UUID, reason: str, expected: int | None = None
) -> WhistleSchedule:
    """Stop a schedule 停用定期哨; whistles it has opened stay.

    Raises:
        NotPermitted, NotFound; Conflict: it is stopped. Invalid: no reason.
    """
    with acting(actor=actor, at=at) as act:
        row = act.lock(WhistleSchedule, schedule_id, expected=expected)
        kind = next(kind for kind in rulebook().kinds if kind.code == row.kind_code)
        wanted = act_of(BLOW, kind)
        require(actor.may(wanted, units=[row.whistler_unit]), wanted)
        reason = demanded_reason(step(SCHEDULE, row, "stop_schedule"), reason)[:200]
        set_fields(act, row, state=row.state, next_at=None, generation=row.generation + 1, stop_reason=reason)
        cancel_timers(act, subject=row.id, kind=SCHEDULE_TIMER)
        act.record(row, "whistles.schedule_stopped", {"state": row.state, "characters": len(reason)})
    return row


def open_scheduled(*, actor: Actor, at: datetime, schedule_id: UUID, generation: int) -> Whistle | None:
    """Open the whistle of a schedule when its timer fires, and plan the next; None when it does not run.

    It goes to its units by itself only when the centre has judged them; otherwise it waits for the centre.
    When the kind or the matter does not allow it any more, the schedule says why and goes on.
    """
    with acting(actor=actor, at=at) as act:
        row = act.lock(WhistleSchedule, schedule_id)
        if row.state != RUNNING or row.generation != generation:
            return None
        made, failure = None, ""
        try:
            with acting(actor=actor, at=at) as opening:
                made = _open(opening, row, at)
        except YiwangError as problem:
            made, failure = None, problem.message[:200]
        set_fields(act, row, last_failure=failure)
        _plan_next(act, row)
        body = {"state": row.state, "next_at": row.next_at, "whistle": made.id if made else None}
        act.record(row, "whistles.schedule_opened", {**body, "failed": bool(failure)})
    return made


def _open(act: Act, row: WhistleSchedule, at: datetime) -> Whistle:
    kind = kind_in_use(row.kind_code, at)
    blown = row.opens_as == OpensAs.SENT
    sent = blown and row.judged_at is not None
    draft = WhistleDraft(
        kind=row.kind_code, title=row.title, reasons=row.reasons, tried=row.tried, wanted=row.wanted,
        matter=row.matter_id, address=row.address, lon=row.lon, lat=row.lat, area=row.area, units=row.units,
    )  # fmt: skip
    values = draft_values(draft, kind, row.whistler_unit, (), at)
    whistle = Whistle(
        number=new_number(at), state=_state_of(blown, sent), whistler_unit=row.whistler_unit,
        whistler_post=row.whistler_post, created_by=row.created_by, created_at=at, schedule_id=row.id,
        **values,
    )  # fmt: skip
    check_matter(act, whistle, kind)
    if blown:
        whistle.blown_by, whistle.approved_by = row.created_by, row.approved_by
        whistle.blown_at = whistle.approved_at = at
    whistle.judged_at = at if sent else None
    act.insert(whistle)
    made = []
    if sent:
        check_direction(kind, whistle.street, values["proposed_units"][0])
        made = send_tasks(act, whistle, values["proposed_units"], host=values["proposed_units"][0])
    body = {"number": whistle.number, "kind": kind.code, "unit": row.whistler_unit, "schedule": row.id}
    note(act, whistle, "drafted", {**body, "text": text_commitment(whistle)}, tasks=made)
    return whistle


def _state_of(blown: bool, sent: bool) -> str:
    """Blown and approved with the schedule it waits for the centre, unless the centre has judged already."""
    if sent:
        return REPORTING
    return JUDGING if blown else DRAFT


def _plan_next(act: Act, row: WhistleSchedule) -> None:
    due = next_instant(row.cadence, row.days, row.minute, after=act.at)
    set_fields(act, row, next_at=due, generation=row.generation + 1)
    plan_timer(act, subject=row.id, kind=SCHEDULE_TIMER, due_at=due, generation=row.generation)
