"""Opening an arbitration 提起争议裁定: who is in dispute, who has dispatched, and until when it is ruled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from ...clocks.public import due_at
from ...ledger.public import Act, JournalEntry
from ..models import Arbitration, Case, TaskReturn
from ..queries import absorbed_keys
from ..return_policy import return_limits
from ..states import LAPSED, TAKEN_BACK
from .moving import note, set_fields

#: Entries whose actor has said whose job the case is, and cannot be its judge.
_SAYING = (
    "cases.dispatch", "cases.take_fallback", "cases.hand_over", "cases.give_back", "cases.return_granted",
    "cases.return_refused", "cases.return_referred",
)  # fmt: skip


def open_arbitration(
    act: Act,
    case: Case,
    *,
    cause: str,
    asking: UUID,
    proposed: UUID | None,
    words: str,
    returns: Sequence[TaskReturn] = (),
    task_return: TaskReturn | None = None,
    more_parties: Sequence[UUID] = (),
) -> Arbitration:
    """Open an arbitration inside an act; the units keep working and no clock stops.

    In dispute are the units that returned the case, or one that was merged into it, or are proposed for it,
    and whoever asks.
    """
    absorbed = absorbed_keys(case.id)
    if absorbed:
        returns = [*TaskReturn.objects.filter(case__in=absorbed).order_by("asked_at", "id"), *returns]
    due = due_at(act.at, *return_limits(case, act.at).ruling, at=act.at)
    standing = [row for row in returns if row.state not in (TAKEN_BACK, LAPSED)]
    named: list[UUID | None] = [asking, proposed, *more_parties]
    named += [key for row in standing for key in (row.unit, row.proposed_unit)]
    row = act.insert(
        Arbitration(
            case_id=case.id, cause=cause, task_return_id=task_return.id if task_return else None,
            asking_unit=asking, proposed_unit=proposed, parties=_once(named),
            dispatchers=_dispatchers(act, [case.id, *absorbed]),
            due_at=due.due_at, due_explanation=due.explanation, calendar_version=due.calendar_version,
            asked_by=act.actor.account_id, asked_post=act.actor.post_id, asked_at=act.at,
        )
    )  # fmt: skip
    body: dict[str, Any] = {
        "state": case.state, "arbitration": row.id, "cause": str(cause), "unit": asking,
        "parties": list(row.parties), "return": row.task_return_id, "due_at": row.due_at,
    }  # fmt: skip
    row.asked_seq = note(act, case, "cases.arbitration_asked", body, words)
    set_fields(act, case, arbitration=row.id)
    return row


def _dispatchers(act: Act, streams: Sequence[UUID]) -> list[UUID]:
    entries = JournalEntry.objects.filter(stream__in=streams, kind__in=_SAYING)
    found: list[UUID | None] = list(entries.values_list("actor", flat=True).order_by("at", "seq"))
    return _once([*found, act.actor.account_id])


def _once(keys: Sequence[UUID | None]) -> list[UUID]:
    return list(dict.fromkeys(key for key in keys if key is not None))
