"""Queries 查询 of intake: runs and the quarantine, for whoever holds the act."""

from __future__ import annotations

from ..interface.public import Order, Page, page_by_key
from .models import ImportRun, Mapping, QuarantineEntry
from .rules.specification import Specification
from .services.quarantine import row_of

_RUNS = Order("recent", "started_at", descending=True)
_ENTRIES = Order("recent", "created_at", descending=True)
_MASK = "****"


def runs_page(*, cursor: str = "") -> Page[ImportRun]:
    """One page of import runs, newest first."""
    return page_by_key(ImportRun.objects.select_related("mapping"), _RUNS, cursor=cursor)


def entries_page(
    *, state: str = "open", reason: str = "", run: str = "", cursor: str = ""
) -> Page[QuarantineEntry]:
    """One page of the quarantine, newest first; an empty filter means all."""
    given = {"state": state, "reason": reason, "run": run}
    rows = QuarantineEntry.objects.select_related("message", "run").filter(
        **{name: value for name, value in given.items() if value}
    )
    return page_by_key(rows, _ENTRIES, cursor=cursor)


def mapping_choices() -> list[Mapping]:
    """The newest edition of every mapping, by name."""
    return list(Mapping.objects.order_by("name", "-edition").distinct("name"))


def masked_row(entry: QuarantineEntry, spec: Specification) -> dict[str, object]:
    """The stored row of an entry's message, the reporter's name and phone masked."""
    hidden = {spec.fields[name].source for name in ("contact_name", "contact_phone") if name in spec.fields}
    values = row_of(entry.message).values
    return {name: _MASK if name in hidden and value else value for name, value in values.items()}
