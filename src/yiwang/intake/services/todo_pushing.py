"""To-do push 待办推送: work platforms are told when a case begins or ends to wait somewhere.

A webhook channel whose words list `todo_added` or `todo_done` is told, in order and at least once, like any
change. What is told is a queue (the state in which the case waits, its area and its unit), never a person:
who works through a queue changes with posts and leave, and the platform asks for a person's list
(`GET /api/v1/todos`) when it shows one. What holds now is told, so late and repeated events add nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from ...cases.public import CASE_STATES, OPEN_STATES, Case
from ..models import WriteBack
from ..queries.channels import LiveChannel, channel_index
from .writing_back import Change, note_change, tells

ADDED, DONE = "todo_added", "todo_done"
#: Between the end of one wait and the beginning of the next, so that they leave in this order.
_NEXT = timedelta(microseconds=1)


def note_todo(*, case_id: UUID, at: datetime) -> None:
    """Write down what work platforms must be told of where a case waits now; joins the open transaction.

    Args:
        at: when the case moved.
    """
    followers = [live for live in channel_index().by_code.values() if _is_follower(live)]
    if not followers:
        return
    _alone_with(case_id)
    state = Case.objects.values_list("state", flat=True).filter(pk=case_id).first()
    waits = state if state in OPEN_STATES else ""
    before = _last_told(case_id, followers)
    if before == waits:
        return
    if before:
        note_change(Change(DONE, case_id, at, _facts(before)))
    if waits:
        note_change(Change(ADDED, case_id, at + _NEXT, _facts(waits)))


def _is_follower(live: LiveChannel) -> bool:
    return live.door == "webhook" and (tells(live, ADDED) or tells(live, DONE))


def _facts(state: str) -> dict[str, str]:
    return {"todo": state, "todo_name": CASE_STATES[state]}


def _alone_with(case_id: UUID) -> None:
    """Until the transaction ends nobody else tells of this case."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('intake_todo'), hashtext(%s))", [str(case_id)])


def _last_told(case_id: UUID, followers: list[LiveChannel]) -> str:
    """Where platforms were last told that the case waits; empty when nowhere."""
    last = (
        WriteBack.objects.filter(
            channel_id__in=[live.id for live in followers], report=case_id, change__in=(ADDED, DONE)
        )
        .order_by("-happened_at")
        .first()
    )
    return str(last.facts["todo"]) if last is not None and last.change == ADDED else ""
