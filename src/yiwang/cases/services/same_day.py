"""Same-day closing 当日清零: opened when a ruled matter is accepted, cleared, or missed by its own clock.

The clock stands beside the promise: neither moves the other. It ends with the case; an unmerged case has
its old instants again.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...clocks.public import plan_timer
from ...kernel.actor import Actor
from ...kernel.errors import Conflict
from ...ledger.public import Act
from ..enums import SameDayState
from ..events import SameDayMissed
from ..loop_rules import same_day_rule_for
from ..models import Case, SameDay, SiteConfirmation
from ..rules import same_day_limits
from ..states import CLOSED
from .moving import acting_on, facts_of, move, permitted, set_fields
from .same_day_ending import SAME_DAY_TIMER, drop_same_day
from .site_pictures import scene_pictures


def open_same_day(act: Act, case: Case, *, found_at: datetime, channel: str = "") -> SameDay | None:
    """Open the same-day clock of a ruled case inside an open act; None for any other case.

    What is done again after its closing has been looked at and need not be confirmed.
    A case whose class no rule names, now or when it was found, has been reclassified and is counted no more.

    Args:
        found_at: the instant of discovery; its Shanghai day decides.
        channel: through which it was discovered; the case's own by default.
    """
    source = channel or case.channel
    rule = same_day_rule_for(case.matter_class, source, act.at)
    if rule is None:
        if same_day_rule_for(case.matter_class, source, found_at) is None:
            drop_same_day(act, case)
        return None
    if case.same_day_due_at is not None:
        return None
    limits = same_day_limits(found_at, cut_off_hour=rule.cut_off_hour, late_from=rule.late_from)
    row = act.insert(
        SameDay(
            case_id=case.id, rule=rule.id,
            must_confirm=rule.must_confirm and case.round == 0 and case.state != CLOSED,
            found_at=found_at, due_at=limits.due_at, control_due_at=limits.control_due_at,
            explanation=limits.words,
        )
    )  # fmt: skip
    set_fields(act, case, same_day_due_at=limits.due_at)
    plan_timer(act, subject=row.id, kind=SAME_DAY_TIMER, due_at=limits.due_at, generation=1)
    act.record(
        case,
        "cases.same_day_opened",
        {
            "state": case.state,
            "rule": rule.id,
            "found_at": found_at,
            "same_day_due_at": limits.due_at,
            "control_due_at": limits.control_due_at,
        },
    )
    return row


def open_row(act: Act, case: Case) -> SameDay | None:
    """The open same-day row of a locked case, locked; None without one."""
    if case.same_day_due_at is None:
        return None
    rows = act.fetch(SameDay, case=case.id)
    return next((row for row in rows if row.state == SameDayState.OPEN), None)


def dispatch_first(
    *, actor: Actor, at: datetime, case_id: UUID, reason: str, expected: int | None = None
) -> Case:
    """Dispatch first, confirm afterwards 先派后核: urgent danger does not wait for the look on the spot.

    Raises:
        Conflict: the case is not urgent, or it need not be confirmed.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        facts = facts_of(case, actor=actor, at=at)
        row = permitted(case, "dispatch_first", actor=actor, facts=facts)
        same_day = open_row(act, case)
        assert same_day is not None, "the guard has seen the open row"
        same_day.released_at, same_day.released_by = at, actor.account_id
        act.update(same_day, "released_at", "released_by")
        move(act, case, row, body={"same_day": same_day.id}, reason=reason)
    return case


def control_risk(
    *, actor: Actor, at: datetime, case_id: UUID, measure: str, expected: int | None = None
) -> Case:
    """Control the risk 控险: what was done so that nobody is hurt until it is cleared, with a picture.

    A late find so keeps its day. The picture is evidence of the case of the stage `scene` or `after`, added
    since the discovery.

    Raises:
        Conflict: no picture was added, or it was controlled already.
        Invalid: no measure was given.
    """
    with acting_on(case_id, actor=actor, at=at, expected=expected) as (act, case):
        row = permitted(case, "control_risk", actor=actor, facts=facts_of(case, actor=actor, at=at))
        same_day = open_row(act, case)
        assert same_day is not None, "the guard has seen the open row"
        if same_day.controlled_at is not None:
            raise Conflict("已经登记控险，不能重复登记。", code="cases.controlled_already")
        looked = [
            found.at
            for found in act.fetch(SiteConfirmation, lock=False, case=case.id)
            if found.at is not None
        ]
        since = max([same_day.found_at, *looked])
        if not scene_pictures(case.id, since=since, after=bool(looked)):
            raise Conflict("控险须附现场照片，请先拍照上传。", code="cases.control_picture")
        same_day.controlled_at, same_day.controlled_by = at, actor.account_id
        act.update(same_day, "controlled_at", "controlled_by", "control_seq")
        body = {
            "same_day": same_day.id,
            "on_time": same_day.control_due_at is None or at <= same_day.control_due_at,
        }
        same_day.control_seq = move(act, case, row, body=body, reason=measure)
    return case


def mark_same_day_missed(*, actor: Actor, at: datetime, same_day_id: UUID) -> bool:
    """Mark that the cut-off passed while the case was open 超过清零时限; returns whether it was so."""
    found = SameDay.objects.filter(pk=same_day_id).values_list("case_id", flat=True).first()
    if found is None:
        return False
    with acting_on(found, actor=actor, at=at) as (act, case):
        row = open_row(act, case)
        if row is None or row.id != same_day_id or row.overdue_at is not None or at < row.due_at:
            return False
        row.overdue_at = row.due_at
        act.update(row, "overdue_at")
        act.record(case, "cases.same_day_missed", {"state": case.state, "same_day_due_at": row.due_at})
        act.announce(SameDayMissed(case_id=case.id, at=at, due_at=row.due_at))
    return True
