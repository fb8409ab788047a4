"""Moving 推进: what every act on a whistle shares — lock, permission, table, journal, event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from ..models import Whistle, WhistleKind, WhistleRemark, WhistleTask
from ..permissions import act_of, may_at_home, require
from ..queries.rulebook import rulebook
from ..rules.guards import WhistleFacts
from ..states import OPEN_TASK_STATES, WHISTLE

#: Owner types of files: evidence of the whistle, photos and results of one unit.
WHISTLE_FILES, TASK_FILES = "whistles.whistle", "whistles.task"


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


def kind_of(whistle: Whistle) -> WhistleKind:
    """The kind row that the whistle was blown under, from the process's memory."""
    return rulebook().kind(whistle.kind_id)


def new_number(at: datetime) -> str:
    """A new number with the Shanghai date of `at`, such as `W20260302-00000001-7`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('whistles_number')")
        return format_number(local_day(at), int(cursor.fetchone()[0]), "W")


def facts_of(whistle: Whistle, *, actor: Actor, **given: Any) -> WhistleFacts:
    """The facts the guards look at; `given` overrides."""
    kind = kind_of(whistle)
    facts = {
        "actor_id": actor.account_id,
        "blown_by": whistle.blown_by,
        "most_units": kind.most_units,
        "rung": whistle.rung,
        "most_rings": kind.most_rings,
    }
    return WhistleFacts(**{**facts, **given})


def permitted(whistle: Whistle, action: str, *, actor: Actor, facts: WhistleFacts) -> Transition:
    """The table's row for an act of the whistler's side, after permission and guards agreed.

    Raises:
        NotPermitted: the actor may not do it here.
        Conflict: the state or a guard does not allow it.
    """
    known = next(row for row in WHISTLE.transitions if row.action == action)
    act = act_of(known.permission, kind_of(whistle))
    require(may_at_home(actor, act, whistle), act)
    return transition(WHISTLE, whistle.state, action, facts)


def move(
    act: Act, whistle: Whistle, row: Transition, *, body: dict[str, Any] | None = None, reason: str = ""
) -> int:
    """Carry a permitted transition out: new state, journal entry, remark, event; returns the `seq`.

    Raises:
        Invalid: the table demands a reason and none was given.
    """
    reason = demanded_reason(row, reason)
    if row.target is not None:
        whistle.state = row.target
        act.update(whistle, "state")
    return note(act, whistle, row.action, body or {}, reason)


def demanded_reason(row: Transition, reason: str) -> str:
    """The reason without spaces around it.

    Raises:
        Invalid: the table demands one and there is none.
    """
    reason = reason.strip()
    if row.reason and not reason:
        raise invalid("reason", reason, "请填写理由。")
    return reason


def note(act: Act, whistle: Whistle, action: str, body: dict[str, Any], text: str = "") -> int:
    """Append a journal entry `whistles.<action>` and tell who follows the whistle; a text goes beside it."""
    text = text.strip()
    body = {"state": whistle.state, **body}
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


def is_open(task: WhistleTask) -> bool:
    """Whether the unit still has something to do."""
    return task.state in OPEN_TASK_STATES
