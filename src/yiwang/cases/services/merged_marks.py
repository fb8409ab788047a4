"""Marks that pass with a merge 并案承接: what was settled about whose job a case is is not merged away.

A ruling (裁定) is never lost: a merge that would lose it is refused, and done the other way round. Who was
asked first (首问) and handed over passes where the same unit, or none yet, has the survivor. Returns add up
by themselves, as those of absorbed cases are counted (`queries.absorbed_keys`). Undoing a merge takes back
what it gave, unless something else stands there now.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ...kernel.errors import Conflict
from ...ledger.public import Act
from ...orgs.public import unit_index
from ..models import Case, Merge
from ..states import DISPATCHING, HANDLING, RECEIVED, REGISTERING, REVIEWING, VERIFYING
from .moving import set_fields

#: States in which a case may still be ended without anybody's work.
_EARLY = (RECEIVED, VERIFYING, REGISTERING)


def refuse_losing_marks(into: Case, gone: Case) -> None:
    """Refuse a merge that would lose a ruling, or let a case that was just given back end without work.

    Raises:
        Conflict: names the unit and says which case to merge into.
    """
    if gone.returned_at is not None and gone.state == DISPATCHING and into.state in _EARLY:
        raise Conflict(
            "被并入的案件刚被承办单位退回，而主案尚未受理。请以退回的案件为主案合并。",
            code="cases.merge_loses_return",
        )
    ruled, held = _ruled(gone), _ruled(into)
    if ruled is None or ruled == held:
        return
    name = unit_index().name(ruled)
    if held is not None:
        own = unit_index().name(held)
        raise Conflict(
            f"两案都已裁定，主办单位不同（{own}、{name}），不能合并，请分别办理。",
            code="cases.merge_of_rulings",
        )
    if _at_work(into, into.state) not in {None, ruled} or into.complained_unit == ruled:
        raise Conflict(
            f"被并入的案件已裁定由{name}主办，而主案不由其主办。请以已裁定的案件为主案合并。",
            code="cases.merge_loses_ruling",
        )
    if into.arbitration is not None or into.return_waiting:
        raise Conflict(
            f"被并入的案件已裁定由{name}主办，而主案有退单或争议待决。请先作出决定，再合并。",
            code="cases.merge_loses_ruling",
        )


def pass_marks(act: Act, into: Case, gone: Case, merge: Merge) -> dict[str, Any]:
    """Give the survivor the marks of the absorbed case that hold for it too, and remember them on the merge.

    Returns what passed, for the entry.
    """
    given = _passing(into, gone, merge.state_before)
    merge.marks = {
        name: {"before": _plain(getattr(into, name)), "after": _plain(value)} for name, value in given.items()
    }
    if given:
        set_fields(act, into, **given)
    return given


def take_marks_back(act: Act, into: Case, merge: Merge) -> None:
    """Undo what a merge gave, where nothing else stands now; what another merge gives too passes from it."""
    if not merge.marks:
        return
    for name, mark in merge.marks.items():
        column: Any = Case._meta.get_field(name)
        if getattr(into, name) == column.to_python(mark["after"]):
            set_fields(act, into, **{name: column.to_python(mark["before"])})
    others = [
        row for row in act.fetch(Merge, survivor=into.id) if row.undone_at is None and row.id != merge.id
    ]
    for other in sorted(others, key=lambda row: (row.at, str(row.id))):
        (absorbed,) = act.fetch(Case, lock=False, id=other.absorbed_id)
        kept = other.marks
        pass_marks(act, into, absorbed, other)
        other.marks = {**other.marks, **kept}
        act.update(other, "marks")


def _passing(into: Case, gone: Case, gone_state: str) -> dict[str, Any]:
    """The columns of the survivor that change, by name.

    Args:
        gone_state: of the absorbed case before it was merged.
    """
    given: dict[str, Any] = {}
    if _ruled(gone) is not None and _ruled(into) is None:
        given["final_owner"] = gone.final_owner
    host = _at_work(into, into.state)
    if host is None or host == _at_work(gone, gone_state):
        if gone.first_unit is not None and into.first_unit is None:
            given |= {"first_unit": gone.first_unit, "first_post": gone.first_post, "first_at": gone.first_at}
        if gone.transfers > into.transfers:
            given["transfers"] = gone.transfers
    is_just_returned = gone.returned_at is not None and gone_state == DISPATCHING
    if is_just_returned and into.state == DISPATCHING and into.returned_at is None:
        given["returned_at"] = gone.returned_at
    return given


def _ruled(case: Case) -> UUID | None:
    """The unit that a ruling named, while there is such a unit."""
    if case.final_owner is None or case.final_owner not in unit_index().by_id:
        return None
    return case.final_owner


def _at_work(case: Case, state: str) -> UUID | None:
    """The host that has the work now; a case that waits for a dispatch has none."""
    return case.host if state in (HANDLING, REVIEWING) else None


def _plain(value: UUID | datetime | int | None) -> str | int | None:
    """A column's value as JSON holds it."""
    return value if value is None or isinstance(value, int) else str(value)
