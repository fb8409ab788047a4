"""Reactions 反应 of `whistles`: its timers, who may read its files, what `check ledger` replays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ..clocks.public import timer_handler
from ..files.public import register_reader
from ..kernel.actor import Actor, system_actor
from ..ledger.public import JournalEntry, register_replay
from .models import TASK_FILES, WHISTLE_FILES, Whistle, WhistleTask
from .permissions import may_see
from .services.scheduling import SCHEDULE_TIMER, open_scheduled
from .services.ticking import DUE_TIMER, mark_late

CLOCK = system_actor("clock", "whistles.view")


@timer_handler(DUE_TIMER)
def limit_has_passed(*, subject: UUID, generation: int, due_at: datetime, at: datetime) -> None:
    """A limit of a unit has passed: mark it late and pass it to the unit above."""
    mark_late(actor=CLOCK, at=at, clock_id=subject, generation=generation)


@timer_handler(SCHEDULE_TIMER)
def schedule_is_due(*, subject: UUID, generation: int, due_at: datetime, at: datetime) -> None:
    """A schedule is due: open its whistle and plan the next."""
    open_scheduled(actor=CLOCK, at=at, schedule_id=subject, generation=generation)


def may_read_whistle_files(actor: Actor, owner_id: UUID) -> bool:
    """Whether the actor may read the evidence of a whistle: whoever may see the whistle."""
    whistle = Whistle.objects.filter(pk=owner_id).first()
    return whistle is not None and may_see(actor, whistle, WhistleTask.objects.filter(whistle=whistle))


def may_read_task_files(actor: Actor, owner_id: UUID) -> bool:
    """Whether the actor may read a unit's photos: whoever may see the whistle."""
    task = WhistleTask.objects.filter(pk=owner_id).first()
    return task is not None and may_read_whistle_files(actor, task.whistle_id)


def replay_whistle(whistle: Whistle, entries: Sequence[JournalEntry]) -> list[str]:
    """Differences between a whistle and its journal: its number, its state, that of each of its tasks."""
    state, told = None, {}
    for entry in entries:
        body = json.loads(entry.body)
        state = body.get("state", state)
        told.update(body.get("tasks", {}))
    first = json.loads(entries[0].body) if entries else {}
    problems = []
    if first.get("number") != whistle.number:
        problems.append(f"number is {whistle.number}, the journal says {first.get('number')}")
    if state != whistle.state:
        problems.append(f"state is {whistle.state}, the journal says {state}")
    stored = {
        str(key): now for key, now in WhistleTask.objects.filter(whistle=whistle).values_list("id", "state")
    }
    for key in sorted(stored.keys() | told.keys()):
        if stored.get(key) != told.get(key):
            problems.append(f"task {key} is {stored.get(key)}, the journal says {told.get(key)}")
    return problems


register_reader(WHISTLE_FILES, may_read_whistle_files)
register_reader(TASK_FILES, may_read_task_files)
register_replay(Whistle, replay_whistle)
