"""Ending of what hangs on a case 随案结束: its same-day clock and its waiting call-backs end with its state.

Called by `moving.move` after each change of state; it reads nothing of a case that has neither.
"""

from __future__ import annotations

from ...clocks.public import cancel_timers, plan_timer
from ...kernel.states import Transition
from ...ledger.public import Act
from ..enums import ConfirmationResult, SameDayState
from ..models import Case, SameDay, SiteConfirmation
from ..states import CLOSED, MERGED, OPEN_STATES

SAME_DAY_TIMER = "cases.same_day"
_CANCEL_CALLBACKS = (
    "UPDATE cases_callback SET state = 'cancelled', ended_at = %s WHERE case_id = %s AND state = 'waiting'"
)


def awaits_confirmation(case: Case) -> bool:
    """Whether a same-day case must still be confirmed 待现场感知确认; no read for any other case."""
    if case.same_day_due_at is None:
        return False
    rows = SameDay.objects.filter(case=case, state=SameDayState.OPEN, must_confirm=True, released_at=None)
    looks = SiteConfirmation.objects.filter(case=case, result=ConfirmationResult.REAL)
    return rows.exists() and not looks.exists()


def end_with_case(act: Act, case: Case, row: Transition) -> None:
    """Settle what a transition ends 随案结束, inside its act; `case` has its new state already."""
    if CLOSED in row.sources and row.target is not None:
        act.also(_CANCEL_CALLBACKS, [act.at, case.id])
    if row.action == "unmerge":
        _revive(act, case)
    elif case.same_day_due_at is not None and (case.state not in OPEN_STATES or row.action == "take_back"):
        _end(act, case)


def drop_same_day(act: Act, case: Case) -> None:
    """Count an open case no more 不再计入; nothing for one that is not counted."""
    if case.same_day_due_at is not None:
        _end(act, case)


def _end(act: Act, case: Case) -> None:
    for row in act.fetch(SameDay, case=case.id):
        if row.state != SameDayState.OPEN:
            continue
        row.ended_at = act.at
        row.state = SameDayState.DROPPED
        if case.state == CLOSED:
            row.state = SameDayState.CLEARED if act.at <= row.due_at else SameDayState.LATE
        act.update(row, "state", "ended_at")
        cancel_timers(act, subject=row.id, kind=SAME_DAY_TIMER)
        body = {"state": case.state, "same_day": row.id, "outcome": row.state}
        act.record(case, "cases.same_day_ended", body)
    case.same_day_due_at = None
    act.update(case, "same_day_due_at")


def _revive(act: Act, case: Case) -> None:
    """A case that is unmerged has its same-day clock again, at the instants it had."""
    if case.state == MERGED:
        return
    rows = sorted(act.fetch(SameDay, case=case.id), key=lambda row: (row.found_at, str(row.id)))
    if not rows or rows[-1].state != SameDayState.DROPPED:
        return
    row = rows[-1]
    row.state, row.ended_at = SameDayState.OPEN, None
    act.update(row, "state", "ended_at")
    case.same_day_due_at = row.due_at
    act.update(case, "same_day_due_at")
    if row.overdue_at is None:
        plan_timer(act, subject=row.id, kind=SAME_DAY_TIMER, due_at=row.due_at, generation=1)
