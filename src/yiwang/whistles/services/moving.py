"""Moving 推进: what every act on a whistle shares — lock, permission, table, journal, event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from ...cases.public import local_day
from ...kernel.actor import Actor
from ...kernel.canonical import commitment, new_salt
from ...kernel.errors import NotFound, invalid
from ...kernel.ids import format_number
from ...kernel.states import Lifecycle, Transition, transition
from ...ledger.public import Act, acting
from ..events import WhistleMoved
from ..models import Whistle, WhistleRemark, WhistleTask
from ..permissions import act_of, may_at_home, require
from ..queries.facts import facts_of, is_open, kind_of
from ..rules.guards import WhistleFacts
from ..states import FED_BACK, RUNNING_STATES, WHISTLE


@contextmanager
def acting_on(
    whistle_id: UUID, *, actor: Actor, at: datetime, expected: int | None = None
) -> Iterator[tuple[Act, Whistle]]:
    """Open an act and lock the whistle; writes when the block ends well.

    Raises:
        NotFound: no such whistle.
        StaleVersion: the whistle has moved on since version `expected`.
    """
    with acting(actor=actor, at=at) as act:
        yield act, act.lock(Whistle, whistle_id, expected=expected)


def new_number(at: datetime) -> str:
    """A new number with the Shanghai date of `at`, such as `W20260302-00000001-7`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('whistles_number')")
        return format_number(local_day(at), int(cursor.fetchone()[0]), "W")


def permitted(whistle: Whistle, action: str, *, actor: Actor, facts: WhistleFacts) -> Transition:
    """The table's row for an act of the whistler's side, after permission and guards agreed.

    Raises:
        NotPermitted: the actor may not do it here.
        Conflict: the state or a guard does not allow it.
    """
    known = WHISTLE.find(whistle.state, action)
    if known is None:
        known = next(row for row in WHISTLE.transitions if row.action == action)
    act = act_of(known.permission, kind_of(whistle))
    require(may_at_home(actor, act, whistle), act)
    return transition(WHISTLE, whistle.state, action, facts)


def move(
    act: Act,
    whistle: Whistle,
    row: Transition,
    *,
    body: dict[str, Any] | None = None,
    reason: str = "",
    tasks: Iterable[WhistleTask] = (),
) -> int:
    """Carry a permitted transition out: new state, journal entry, remark, event; returns the `seq`.

    Args:
        tasks: those that the act has made or moved; the journal says their state.

    Raises:
        Invalid: the table demands a reason and none was given.
    """
    reason = demanded_reason(row, reason)
    if row.target is not None:
        whistle.state = row.target
        act.update(whistle, "state")
    return note(act, whistle, row.action, body or {}, reason, tasks=tasks)


def demanded_reason(row: Transition, reason: str) -> str:
    """The reason without spaces around it.

    Raises:
        Invalid: the table demands one and there is none.
    """
    reason = reason.strip()
    if row.reason and not reason:
        raise invalid("reason", reason, "请填写理由。")
    return reason


def note(
    act: Act,
    whistle: Whistle,
    action: str,
    body: dict[str, Any],
    text: str = "",
    *,
    tasks: Iterable[WhistleTask] = (),
) -> int:
    """Append a journal entry `whistles.<action>` and tell who follows the whistle; a text goes beside it.

    Args:
        tasks: those that the act has made or moved; the journal says their state.
    """
    text = text.strip()
    body = {"state": whistle.state, **body}
    moved = {str(task.id): task.state for task in tasks}
    if moved:
        body["tasks"] = moved
    if text:
        salt = new_salt()
        seq = act.record(whistle, f"whistles.{action}", {**body, "remark": commitment(text, salt)})
        act.insert(WhistleRemark(whistle_id=whistle.id, seq=seq, text=text, salt=salt))
    else:
        seq = act.record(whistle, f"whistles.{action}", body)
    act.announce(WhistleMoved(whistle_id=whistle.id, at=act.at, action=action, state=whistle.state))
    return seq


def set_fields(act: Act, row: Any, **values: Any) -> None:
    """Set columns of a row and have them written."""
    for name, value in values.items():
        setattr(row, name, value)
    act.update(row, *values)


def tasks_of(act: Act, whistle: Whistle) -> list[WhistleTask]:
    """Every task of the whistle, locked, in order of sending."""
    return sorted(act.fetch(WhistleTask, whistle=whistle.id), key=lambda t: (t.sent_at, t.id))


def task_named(tasks: Sequence[WhistleTask], task_id: UUID) -> WhistleTask:
    """One task of the whistle.

    Raises:
        NotFound: there is none.
    """
    for task in tasks:
        if task.id == task_id:
            return task
    raise NotFound("找不到这个报到任务。", code="whistles.task_not_found")


def step(lifecycle: Lifecycle, row: Any, action: str, facts: WhistleFacts | None = None) -> Transition:
    """Move a task or schedule by its own table; the caller has checked the permission."""
    found = transition(lifecycle, row.state, action, facts or WhistleFacts())
    if found.target is not None:
        row.state = found.target
    return found


def finish_when_done(act: Act, whistle: Whistle, tasks: Sequence[WhistleTask]) -> None:
    """When nobody has anything left to do and somebody has fed back, the whistle waits for its rating."""
    still = sum(map(is_open, tasks))
    if not still and any(task.state == FED_BACK for task in tasks) and whistle.state in RUNNING_STATES:
        facts = facts_of(whistle, actor=act.actor, open_tasks=still)
        move(act, whistle, transition(WHISTLE, whistle.state, "finish", facts))
