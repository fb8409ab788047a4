"""Replay 重放: what the journal says a case must be, compared with what the row says."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..ledger.public import JournalEntry
from .models import Case, Report

#: Entries that say how a case ended.
_ENDINGS = frozenset({"cases.close", "cases.answer", "cases.handle_on_the_spot", "cases.history_imported"})

#: Entries that begin a closed case anew.
_BEGINNINGS = frozenset({"cases.reopen", "cases.redo", "cases.redo_elsewhere", "cases.reopen_by_repeat"})


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
    first = json.loads(entries[0].body) if entries else {}
    if first.get("number") != case.number:
        problems.append(f"number is {case.number}, the journal says {first.get('number')}")
    return problems


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
