"""Reactions 反应 of the repeat stage: keys of look-up follow the cases, an undone merge is remembered."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from ..cases.public import (
    Case,
    CaseCorrected,
    CaseMoved,
    CaseReceived,
    EvidenceAdded,
    ReportErased,
    ReportsImported,
)
from ..files.public import Stage
from ..ledger.public import handles
from .services.repeat_keys import refresh_keys, take_in_new
from .services.repeats_merging import remember_undo

#: The longest that an import may take from its first case to its event.
_LONGEST_IMPORT = timedelta(hours=1)


@handles(CaseReceived)
def key_new_case(event: CaseReceived, at: datetime) -> None:
    """A new case can be found by the next report."""
    refresh_keys([event.case_id], at=at)


@handles(ReportsImported)
def key_imported_cases(event: ReportsImported, at: datetime) -> None:
    """The open cases of an import can be found."""
    take_in_new(since=event.at - _LONGEST_IMPORT, at=at)


@handles(CaseMoved)
def follow_move(event: CaseMoved, at: datetime) -> None:
    """A case that ended is no longer found; a merge or its undo changes both cases."""
    refresh_keys([event.case_id, *_other_case(event, at)], at=at)


@handles(CaseCorrected)
def follow_correction(event: CaseCorrected, at: datetime) -> None:
    """Class, place or point may have changed."""
    refresh_keys([event.case_id], at=at)


@handles(EvidenceAdded)
def follow_pictures(event: EvidenceAdded, at: datetime) -> None:
    """A picture of the scene may come after its report."""
    if Stage.SCENE in event.stages:
        refresh_keys([event.case_id], at=at)


@handles(ReportErased)
def forget_erased(event: ReportErased, at: datetime) -> None:
    """What was derived from the erased words goes."""
    refresh_keys([event.case_id], at=at)


def _other_case(event: CaseMoved, at: datetime) -> list[UUID]:
    if event.action == "unmerge":
        return [remember_undo(absorbed=event.case_id, at=at)]
    if event.action == "merge":
        into = Case.objects.values_list("merged_into", flat=True).filter(pk=event.case_id).first()
        return [into] if into is not None else []
    return []
