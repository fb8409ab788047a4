"""Reactions 反应 of `intake` to what happens to cases: what sources and work platforms must be told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ..cases.public import (
    Case,
    CaseClosed,
    CaseDispatched,
    CaseMoved,
    CaseOverdue,
    CaseRated,
    CaseReceived,
    Ending,
    RatingQuestion,
    ReportErased,
    rating_options,
)
from ..ledger.public import handles
from .queries.facts import unit_name
from .rules.words import instant_words
from .services.task_exchange import note_recall, note_tasks
from .services.todo_pushing import note_todo
from .services.updating import apply_waiting_ratings
from .services.writing_back import Change, blank_words, note_change

#: Act of the case's table → change that sources know.
_CHANGE_OF_ACT = {
    "accept": "accepted", "accept_directly": "accepted", "register": "registered", "feed_back": "handled",
    "feed_back_straight": "handled", "answer": "answered", "reject": "rejected", "void": "voided",
    "refute": "voided", "withdraw": "withdrawn", "reopen": "reopened",
}  # fmt: skip

#: Acts after which tasks that were out are no longer wanted.
_TAKES_TASKS_BACK = frozenset({"recall", "merge", "void", "withdraw"})


def _note(
    name: str,
    case_id: UUID,
    at: datetime,
    facts: Mapping[str, str] | None = None,
    *,
    report: UUID | None = None,
) -> None:
    note_change(Change(name, case_id, at, facts or {}), report_id=report)


def _due(case_id: UUID) -> str:
    due = Case.objects.values_list("due_at", flat=True).filter(pk=case_id).first()
    return instant_words(due)


@handles(CaseMoved)
def tell_of_a_move(event: CaseMoved, at: datetime) -> None:
    """An act moved the case."""
    if event.action in _TAKES_TASKS_BACK:
        note_recall(event.case_id, event.at)
    name = _CHANGE_OF_ACT.get(event.action)
    if name is not None:
        _note(name, event.case_id, event.at)


@handles(CaseDispatched)
def tell_of_dispatch(event: CaseDispatched, at: datetime) -> None:
    """Tasks went out."""
    facts = {"unit": unit_name(event.host_id), "due": _due(event.case_id)}
    _note("dispatched", event.case_id, event.at, facts)
    note_tasks(event.case_id, event.at)


@handles(CaseClosed)
def tell_of_closing(event: CaseClosed, at: datetime) -> None:
    """The case is closed."""
    apply_waiting_ratings(event.case_id, event.at)
    ending = str(Ending(event.ending).label) if event.ending else ""
    _note("closed", event.case_id, event.at, {"ending": ending})


@handles(CaseRated)
def tell_of_rating(event: CaseRated, at: datetime) -> None:
    """A reporter rated; the source of that report alone is told."""
    facts = {
        "outcome": _rating(RatingQuestion.OUTCOME, event.outcome, event.at),
        "satisfaction": _rating(RatingQuestion.SATISFACTION, event.satisfaction, event.at),
    }
    _note("rated", event.case_id, event.at, facts, report=event.report_id)


def _rating(question: str, code: str, at: datetime) -> str:
    labels = {option.code: option.label for option in rating_options(question, at)}
    return labels.get(code, code)


@handles(ReportErased)
def blank_what_was_said(event: ReportErased, at: datetime) -> None:
    """A report's content was erased by law; write-backs keep no copy of what was said about it."""
    blank_words(case_id=event.case_id, report_id=event.report_id)


@handles(CaseOverdue)
def tell_of_overdue(event: CaseOverdue, at: datetime) -> None:
    """The handling limit has passed."""
    _note("overdue", event.case_id, event.at, {"due": _due(event.case_id)})


@handles(CaseReceived)
def tell_of_a_new_todo(event: CaseReceived, at: datetime) -> None:
    """A case came in and waits."""
    note_todo(case_id=event.case_id, at=event.at)


@handles(CaseMoved)
def tell_of_a_moved_todo(event: CaseMoved, at: datetime) -> None:
    """A case waits elsewhere, or no more."""
    note_todo(case_id=event.case_id, at=event.at)
