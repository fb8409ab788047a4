"""Reactions 反应 of triage: new cases wait to be seen, acts judge proposals, erasures blank words."""

from __future__ import annotations

from datetime import datetime

from ..cases.public import (
    CaseArbitrated,
    CaseDispatched,
    CaseMoved,
    CaseReceived,
    ReportErased,
    ReportsImported,
)
from ..ledger.public import handles
from .services.issues import forget_names
from .services.judging import forget_words, judge_by_act
from .services.owning_precedents import note_dispatch, note_ruling
from .services.proposing import enqueue, enqueue_received


@handles(CaseReceived)
def let_wait(event: CaseReceived, at: datetime) -> None:
    """A new case waits for its proposal."""
    enqueue(event.case_id, since=event.at)


@handles(ReportsImported)
def let_all_wait(event: ReportsImported, at: datetime) -> None:
    """After an import all received cases without a proposal wait for one."""
    enqueue_received(at=at)


@handles(CaseMoved)
def judge(event: CaseMoved, at: datetime) -> None:
    """An act on a case says whether the proposal was right."""
    judge_by_act(case_id=event.case_id, action=event.action, at=event.at)


@handles(ReportErased)
def blank_words(event: ReportErased, at: datetime) -> None:
    """The reporter's words go from the proposals and from the names of hot issues too."""
    forget_words(case_id=event.case_id, at=event.at)
    forget_names(report_id=event.report_id, at=event.at)


@handles(CaseArbitrated)
def learn_from_ruling(event: CaseArbitrated, at: datetime) -> None:
    """A ruling says whose job such cases are; it may propose a row of the responsibility list."""
    note_ruling(case_id=event.case_id, host_id=event.host_id, from_units=event.from_units, at=event.at)


@handles(CaseDispatched)
def learn_from_redispatch(event: CaseDispatched, at: datetime) -> None:
    """A case that came back and was given to another unit may propose a row of the responsibility list."""
    note_dispatch(case_id=event.case_id, host_id=event.host_id, at=event.at)
