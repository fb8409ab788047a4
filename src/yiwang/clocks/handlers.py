"""Replays 重放 of `clocks`: what the journal says a correction must be."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..ledger.public import JournalEntry, register_replay
from .models import CalendarCorrection


def replay_correction(row: CalendarCorrection, entries: Sequence[JournalEntry]) -> list[str]:
    """Differences between a calendar correction and its journal: its state, its days, what it moved."""
    bodies = [json.loads(entry.body) for entry in entries]
    if not bodies:
        return ["the correction has no journal"]
    said = {**bodies[0], **bodies[-1]}
    days = (row.first_day.isoformat(), row.last_day.isoformat())
    problems = []
    if said["state"] != row.state:
        problems.append(f"state is {row.state}, the journal says {said['state']}")
    if (said["first_day"], said["last_day"]) != days:
        problems.append(f"days are {days}, the journal says {said['first_day']}, {said['last_day']}")
    if row.state == "done" and said.get("moved") != row.moved:
        problems.append(f"{row.moved} deadlines moved, the journal says {said.get('moved')}")
    return problems


register_replay(CalendarCorrection, replay_correction)
