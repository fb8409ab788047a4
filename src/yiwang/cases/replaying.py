"""Replay 重放: what the journal says a case must be, compared with what the row says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from ..ledger.public import JournalEntry
from .enums import ApplicationKind
from .models import Case, Report

#: Entries that say how a case ended.
_ENDINGS = frozenset({"cases.close", "cases.answer", "cases.handle_on_the_spot", "cases.history_imported"})

#: Entries that begin a closed case anew.
_BEGINNINGS = frozenset({"cases.reopen", "cases.redo", "cases.redo_elsewhere", "cases.reopen_by_repeat"})

#: A suspension begins with the day until which it lasts, and ends with an entry without one.
_RESTS = frozenset({"cases.suspend", "cases.resume"})


def replay_case(case: Case, entries: Sequence[JournalEntry]) -> list[str]:
    """Differences between a case row and its journal, in English; empty when they agree.

    Args:
        entries: every entry of the case's stream, in order.
    """
    state = None
    ending = ""
    for entry in entries:
        body = json.loads(entry.body)
        state = body.get("state", state)
        if entry.kind in _ENDINGS:
            ending = body["ending"]
        elif entry.kind in _BEGINNINGS:
            ending = ""
    problems = []
    if state != case.state:
        problems.append(f"state is {case.state}, the journal says {state}")
    if ending != case.ending:
        problems.append(f"ending is {case.ending!r}, the journal says {ending!r}")
    problems += _replay_applications(case, entries)
    first = json.loads(entries[0].body) if entries else {}
    if first.get("number") != case.number:
        problems.append(f"number is {case.number}, the journal says {first.get('number')}")
    return problems


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
