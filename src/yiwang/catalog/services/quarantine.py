"""Acts on quarantined rows of a standard 时限隔离: correct, replay, drop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from ...kernel.actor import Actor
from ...kernel.errors import FieldProblem, Invalid, NotFound, invalid
from ...kernel.states import transition
from ...ledger.public import Act, acting, bump
from ..models import LimitQuarantine, Scheme
from ..permissions import demand_edit
from ..queries.index import CATALOG, shanghai_day
from ..rules.standard_file import CORRECTABLE, RawRow, Reading, RowUnreadable, read_row
from ..states import LIMIT_QUARANTINE
from .standard_rows import SchemeWriter

_LONGEST = 2000


def correct_row(
    *, actor: Actor, at: datetime, row_id: UUID, correction: Mapping[str, str], expected: int | None = None
) -> LimitQuarantine:
    """Note what should stand in a row (更正隔离行), without taking it in yet.

    Args:
        correction: column to text; replaces an earlier correction whole.

    Raises:
        Refused, NotFound, StaleVersion: as everywhere.
        Invalid: when it names a column that no standard has.
        Conflict: when the row has been settled.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        row = _locked(act, row_id, "correct", expected)
        _correct(act, row, correction)
    return row


def replay_row(
    *,
    actor: Actor,
    at: datetime,
    row_id: UUID,
    correction: Mapping[str, str] | None = None,
    expected: int | None = None,
) -> LimitQuarantine:
    """Take a row in again (重放隔离行), with its correction; the condition holds from the day of the act.

    Args:
        correction: noted first, in the same transaction; None keeps the one that is there.

    Raises:
        as `correct_row`; Invalid also when the row still cannot be read, saying why; nothing is changed.
    """
    demand_edit(actor)
    with acting(actor=actor, at=at) as act:
        row = _locked(act, row_id, "replay", expected)
        if correction is not None:
            _correct(act, row, correction)
        scheme = act.lock(Scheme, row.scheme_id)
        raw = RawRow(row.row_number, row.row_key, {**row.raw, **row.correction})
        writer = SchemeWriter(scheme, shanghai_day(at))
        try:
            read = read_row(raw, Reading(**row.reading))
            writer.put(read)
        except RowUnreadable as problem:
            message = _still_words(problem)
            found = [FieldProblem(problem.column, raw.raw.get(problem.column, ""), message)]
            raise Invalid(
                message, found if problem.column else [], code="catalog.still_unreadable"
            ) from problem
        writer.write(end_missing=False)
        row.condition = writer.condition_of(row.row_key)
        _settle(act, row, "replay")
        act.record(row, "catalog.row_corrected", {"condition": row.condition.id})
        bump(act, CATALOG)
    return row


def _still_words(problem: RowUnreadable) -> str:
    return f"还不能重放：{problem}"


def drop_row(
    *, actor: Actor, at: datetime, row_id: UUID, decision: str, expected: int | None = None
) -> LimitQuarantine:
    """Give a row up for good (放弃隔离行), with a reason.

    Raises:
        as `correct_row`; Invalid also when the reason is empty.
    """
    demand_edit(actor)
    if not decision.strip():
        raise invalid("decision", decision, "请写明放弃的原因。")
    with acting(actor=actor, at=at) as act:
        row = _locked(act, row_id, "drop", expected)
        row.decision = decision.strip()[:_LONGEST]
        act.update(row, "decision")
        _settle(act, row, "drop")
        act.record(row, "catalog.row_dropped", {})
    return row


def _locked(act: Act, row_id: UUID, action: str, expected: int | None) -> LimitQuarantine:
    """The locked row, the scheme first so that an import and a replay never wait for each other."""
    scheme_id = LimitQuarantine.objects.filter(id=row_id).values_list("scheme_id", flat=True).first()
    if scheme_id is None:
        raise NotFound("找不到这条隔离行。")
    act.lock(Scheme, scheme_id)
    row = act.lock(LimitQuarantine, row_id, expected=expected)
    transition(LIMIT_QUARANTINE, row.state, action)
    return row


def _correct(act: Act, row: LimitQuarantine, correction: Mapping[str, str]) -> None:
    unknown = [name for name in correction if name not in CORRECTABLE]
    if unknown:
        raise invalid("correction", unknown[0], f"只能更正这些列：{'、'.join(CORRECTABLE)}。")
    row.correction = {
        name: value.strip()[:_LONGEST]
        for name, value in correction.items()
        if value.strip() != str(row.raw.get(name, "")).strip()
    }
    act.update(row, "correction")
    act.record(row, "catalog.row_correction_noted", {"columns": sorted(row.correction)})


def _settle(act: Act, row: LimitQuarantine, action: str) -> None:
    target = transition(LIMIT_QUARANTINE, row.state, action).target
    assert target is not None
    row.state, row.closed_at = target, act.at
    act.update(row, "state", "closed_at", "condition")
