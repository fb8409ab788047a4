"""Deciding 审核: approve, send back, refuse, withdraw; raise to the district's leader and come back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ..models import Whistle
from ..queries.facts import came_of, facts_of, is_open
from ..states import REPORT_TASK
from .moving import acting_on, move, permitted, set_fields, step, tasks_of
from .ticking import running_clocks, stop


def approve_whistle(
    *, actor: Actor, at: datetime, whistle_id: UUID, note: str = "", expected: int | None = None
) -> Whistle:
    """Approve 批准: by another person than who blew it, holding the act that the kind names.

    Raises:
        NotPermitted; Conflict: the state, or the same person.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        row = permitted(whistle, "approve", actor=actor, facts=facts_of(whistle, actor=actor))
        set_fields(act, whistle, approved_by=actor.account_id, approved_at=at)
        move(act, whistle, row, reason=note)
    return whistle


def send_back_whistle(
    *, actor: Actor, at: datetime, whistle_id: UUID, reason: str, expected: int | None = None
) -> Whistle:
    """Send back 退回修改, in words, by who approves or by the centre: it is a draft again, not yet blown.

    Raises:
        NotPermitted, Conflict; Invalid: no reason.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        row = permitted(whistle, "send_back", actor=actor, facts=facts_of(whistle, actor=actor))
        set_fields(act, whistle, approved_by=None, approved_at=None, blown_by=None, blown_at=None)
        move(act, whistle, row, reason=reason)
    return whistle


def refuse_whistle(
    *, actor: Actor, at: datetime, whistle_id: UUID, reason: str, expected: int | None = None
) -> Whistle:
    """Refuse 不予批准, in words: it ends here and is counted.

    Raises:
        NotPermitted, Conflict; Invalid: no reason.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        row = permitted(whistle, "refuse", actor=actor, facts=facts_of(whistle, actor=actor))
        set_fields(act, whistle, ended_at=at)
        move(act, whistle, row, reason=reason)
    return whistle


def withdraw_whistle(
    *, actor: Actor, at: datetime, whistle_id: UUID, reason: str, expected: int | None = None
) -> Whistle:
    """Withdraw 撤回 before anybody works on it: open tasks are recalled, their clocks stop.

    Raises:
        NotPermitted; Conflict: the state, or a unit stands on the spot. Invalid: no reason.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        tasks = tasks_of(act, whistle)
        facts = facts_of(whistle, actor=actor, came=came_of(tasks))
        row = permitted(whistle, "withdraw", actor=actor, facts=facts)
        gone = [task for task in tasks if is_open(task)]
        for task in gone:
            step(REPORT_TASK, task, "recall")
            act.update(task, "state")
            stop(act, running_clocks(act, task))
        set_fields(act, whistle, ended_at=at)
        move(act, whistle, row, reason=reason, tasks=gone)
    return whistle


def raise_whistle(
    *, actor: Actor, at: datetime, whistle_id: UUID, reason: str, expected: int | None = None
) -> Whistle:
    """Raise 提级协调: to the district's leader; the units' clocks run on.

    Raises:
        NotPermitted, Conflict; Invalid: no reason.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        row = permitted(whistle, "raise", actor=actor, facts=facts_of(whistle, actor=actor))
        set_fields(act, whistle, raised_at=at)
        move(act, whistle, row, reason=reason)
    return whistle


def coordinate_whistle(
    *, actor: Actor, at: datetime, whistle_id: UUID, decision: str, expected: int | None = None
) -> Whistle:
    """Coordinate 区领导交办: the district leader's decision; the centre then sends it out anew.

    Raises:
        NotPermitted, Conflict; Invalid: no decision.
    """
    with acting_on(whistle_id, actor=actor, at=at, expected=expected) as (act, whistle):
        row = permitted(whistle, "coordinate", actor=actor, facts=facts_of(whistle, actor=actor))
        move(act, whistle, row, reason=decision)
    return whistle
