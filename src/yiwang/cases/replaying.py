"""Replay 重放: what the journal says a case must be, compared with what the row says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ..kernel.canonical import due_name
from ..ledger.public import JournalEntry, execute
from .enums import ApplicationKind
from .models import Case, Report

#: Entries that say how a case ended.
_ENDINGS = frozenset({"cases.close", "cases.answer", "cases.handle_on_the_spot", "cases.history_imported"})

#: Entries that begin a closed case anew.
_BEGINNINGS = frozenset({"cases.reopen", "cases.redo", "cases.redo_elsewhere", "cases.reopen_by_repeat"})

#: A suspension begins with the day until which it lasts, and ends with an entry without one.
_RESTS = frozenset({"cases.suspend", "cases.resume"})


_DUES = """
SELECT case_id, right(id::text, 12), 'task', dispatched_at, due_at FROM cases_task WHERE case_id = ANY(%s)
UNION ALL
SELECT case_id, right(id::text, 12), stage, started_at, due_at FROM cases_stageclock WHERE case_id = ANY(%s)
"""


class StoredDue(NamedTuple):
    """A due instant as it stands in a row: of the promise, of a task or of a stage clock.

    Attributes:
        name: as entries name the row (`kernel.canonical.due_name`).
        what: `promise`, `task` or the stage.
        since: when its clock started; None before there was one.
    """

    name: str
    what: str
    since: datetime | None
    due_at: datetime | None


def stored_dues(cases: Sequence[Case]) -> Mapping[UUID, list[StoredDue]]:
    """The due instants of the tasks and stage clocks of many cases, in one query."""
    keys = [case.pk for case in cases]
    found: dict[UUID, list[StoredDue]] = {key: [] for key in keys}
    for case_id, *columns in execute(_DUES, [keys, keys], binary=True):
        found[case_id].append(StoredDue(*columns))
    return found


def replay_case(
    case: Case, entries: Sequence[JournalEntry], dues: Sequence[StoredDue] | None = None
) -> list[str]:
    """Differences between a case row and its journal, in English; empty when they agree.

    Args:
        entries: every entry of the case's stream, in order.
        dues: of its tasks and stage clocks, when they are known already.
    """
    state, ending, since = None, "", None
    told: dict[str, str | None] = {}
    for entry in entries:
        body = json.loads(entry.body)
        state = body.get("state", state)
        if entry.kind in _ENDINGS:
            ending = body["ending"]
        elif entry.kind in _BEGINNINGS:
            ending = ""
        if "due" in body:
            told.update(body["due"])
            since = since or entry.at
    problems = []
    if state != case.state:
        problems.append(f"state is {case.state}, the journal says {state}")
    if ending != case.ending:
        problems.append(f"ending is {case.ending!r}, the journal says {ending!r}")
    problems += _replay_applications(case, entries)
    if since is not None:
        dues = stored_dues([case]).get(case.pk, []) if dues is None else dues
        promise = StoredDue(due_name(case.pk), "promise", case.dispatched_at, case.due_at)
        problems += _replay_dues([promise, *dues], told, since)
    first = json.loads(entries[0].body) if entries else {}
    if first.get("number") != case.number:
        problems.append(f"number is {case.number}, the journal says {first.get('number')}")
    return problems


def _replay_dues(
    stored: Sequence[StoredDue], told: Mapping[str, str | None], since: datetime
) -> Iterator[str]:
    """Where a due instant is another than the journal tells, or there is none of which it tells.

    Args:
        told: what the entries say last of each row.
        since: when the first of them was; an older version told nothing of clocks that started earlier.
    """
    for row in stored:
        text = told.get(row.name)
        said = datetime.fromisoformat(text) if text is not None else None
        if said == row.due_at:
            continue
        if row.name in told or (row.since is not None and row.since >= since):
            yield f"{row.what} {row.name} is due {row.due_at}, the journal says {said}"
    for name in sorted(told.keys() - {row.name for row in stored}):
        yield f"the journal tells a due instant of {name}, which is gone"


def _replay_applications(case: Case, entries: Sequence[JournalEntry]) -> Iterator[str]:
    """What approved applications say: whether the case is out of the figures, and until when it rests."""
    ground, until = "", None
    for entry in entries:
        if entry.kind not in _RESTS and entry.kind != "cases.application_approved":
            continue
        body = json.loads(entry.body)
        if entry.kind in _RESTS:
            until = body.get("until")
        elif body.get("kind") == ApplicationKind.EXCLUSION:
            ground = body["ground"] if body["excluded"] else ""
    if (case.excluded_at is not None, case.exclusion_ground) != (bool(ground), ground):
        yield f"exclusion is {case.exclusion_ground!r}, the journal says {ground!r}"
    rests = datetime.fromisoformat(until) if until else None
    if case.suspended_until != rests:
        yield f"it rests until {case.suspended_until}, the journal says {rests}"


def replay_report(report: Report, entries: Sequence[JournalEntry]) -> list[str]:
    """Differences between a report and its journal: its number, and its text against the commitment."""
    from ..kernel.canonical import commitment

    if not entries:
        return ["the report has no journal"]
    body = json.loads(entries[0].body)
    problems = []
    if body.get("number") != report.number:
        problems.append(f"number is {report.number}, the journal says {body.get('number')}")
    if report.erased_at is None and commitment(report.text, bytes(report.salt)) != body.get("text"):
        problems.append("the text does not match its commitment")
    return problems
