"""Ending dated rows 有效期: links and ties that end on a day, or are cancelled when they never began."""

from __future__ import annotations

from datetime import date

from ...ledger.public import Act
from ..models import AreaLink, AreaTie


def end_dated(act: Act, row: AreaLink | AreaTie, valid_to: date) -> None:
    """End a row on a day; delete it when it would begin then or later, leave it when it ended before."""
    if row.valid_to is not None and row.valid_to <= valid_to:
        return
    if row.valid_from >= valid_to:
        act.also(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.id])
        return
    row.valid_to = valid_to
    act.update(row, "valid_to")
