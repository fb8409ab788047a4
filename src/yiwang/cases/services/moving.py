"""Moving 状态推进: what every act on a case shares — lock, permission, table, journal, event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from ...catalog.public import catalog_index
from ...kernel.actor import Actor
from ...kernel.canonical import commitment, new_salt
from ...kernel.errors import invalid
from ...kernel.states import Transition, transition
from ...ledger.public import Act, acting
from ...orgs.public import unit_index
from ..enums import Urgency
from ..events import CaseMoved
from ..models import Case, Remark, Task
from ..permissions import require
from ..policy import Policy, policy_for
from ..rules import CaseFacts
from ..states import CASE, DISPATCHING, OPEN_TASK_STATES
from .same_day_ending import awaits_confirmation, end_with_case
from .stages import follow_state


@contextmanager
def acting_on(
    case_id: UUID, *, actor: Actor, at: datetime, expected: int | None = None
) -> Iterator[tuple[Act, Case]]:
    """Open an act and lock the case; writes when the block ends well.

    Raises:
        NotFound: no such case.
        StaleVersion: the case has moved on since version `expected`.
    """
    with acting(actor=actor, at=at) as act:
        yield act, act.lock(Case, case_id, expected=expected)


def facts_of(case: Case, *, actor: Actor, at: datetime, **given: Any) -> CaseFacts:
    """The facts the guards look at, from the locked row and the catalog; `given` overrides."""
    node = catalog_index().class_by_id.get(case.matter_class) if case.matter_class else None
    review = case_policy(case, at).review
    facts = {
        "at": at,
        "actor_id": actor.account_id,
        "handlers": frozenset(case.handlers),
        "class_id": node.id if node else None,
        "located": case.community is not None,
        "demands_registering": bool(node and node.demands_registering),
        "review_required": bool(node and node.review_required) if review is None else review,
        "complained_of": case.complained_unit,
        "just_returned": case.returned_at is not None and case.state == DISPATCHING,
        "return_waits": case.return_waiting,
        "being_arbitrated": case.arbitration is not None,
        "ruled_host": case.final_owner if case.final_owner in unit_index().by_id else None,
        "awaits_confirmation": awaits_confirmation(case),
        "same_day": case.same_day_due_at is not None,
        "urgent": case.urgency == Urgency.URGENT,
    }
    return CaseFacts(**{**facts, **given})


def case_policy(case: Case, at: datetime) -> Policy:
    """The policy in force for the case's kind of class."""
    node = catalog_index().class_by_id.get(case.matter_class) if case.matter_class else None
    return policy_for(node.kind if node else None, at, case.matter_class)


def permitted(
    case: Case, action: str, *, actor: Actor, facts: CaseFacts, units: Iterable[UUID] = ()
) -> Transition:
    """The table's row for an act, after permission and guards agreed.

    Raises:
        Refused: the actor may not do it here.
        Conflict: the state or a guard does not allow it.
    """
    known = next(row for row in CASE.transitions if row.action == action)
    require(actor, known.permission, case, units)
    return transition(CASE, case.state, action, facts)


def move(
    act: Act, case: Case, row: Transition, *, body: dict[str, Any] | None = None, reason: str = ""
) -> int:
    """Carry a permitted transition out: state, stage clock, journal entry, remark, event; returns the `seq`.

    Raises:
        Invalid: the table demands a reason and none was given.
    """
    reason = reason.strip()
    if row.reason and not reason:
        raise invalid("reason", reason, "请填写理由。")
    was = case.state
    if row.target is not None:
        case.state = row.target
        act.update(case, "state")
        follow_state(act, case, was)
    end_with_case(act, case, row)
    seq = note(act, case, f"cases.{row.action}", {"state": case.state, **(body or {})}, reason)
    act.announce(CaseMoved(case_id=case.id, at=act.at, action=row.action, state=case.state))
    return seq


def note(act: Act, case: Case, kind: str, body: dict[str, Any], text: str = "") -> int:
    """Append a journal entry; a free text goes beside it, its commitment into it."""
    text = text.strip()
    if not text:
        return act.record(case, kind, body)
    salt = new_salt()
    seq = act.record(case, kind, {**body, "remark": commitment(text, salt)})
    act.insert(Remark(case_id=case.id, seq=seq, text=text, salt=salt))
    return seq


def open_tasks(act: Act, case: Case) -> list[Task]:
    """The case's tasks that still wait for their unit, locked."""
    return [t for t in act.fetch(Task, case=case.id) if t.state in OPEN_TASK_STATES]


def set_fields(act: Act, case: Case, **values: Any) -> None:
    """Set columns of the case and have them written."""
    for name, value in values.items():
        setattr(case, name, value)
    act.update(case, *values)
