"""Queries 查询 of intake: runs and the quarantine, for whoever holds the act."""

from __future__ import annotations

import json

from ..interface.public import Order, Page, page_by_key
from ..ledger.public import unseal
from .models import ImportRun, Mapping, QuarantineEntry, RawMessage
from .reading import SourceRow
from .rules.specification import Specification, read_specification

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


def newest_mapping(name: str) -> Mapping | None:
    """The newest edition of a mapping."""
    return Mapping.objects.filter(name=name).order_by("-edition").first()


def corrections_of(entry: QuarantineEntry) -> dict[str, str]:
    """What somebody entered for an entry before."""
    if entry.corrections is None:
        return {}
    found: dict[str, str] = json.loads(unseal(bytes(entry.corrections), context=entry.id.bytes))
    return found


def row_of(message: RawMessage) -> SourceRow:
    """The stored row of a message."""
    values = json.loads(unseal(bytes(message.payload), context=message.id.bytes))
    return SourceRow(message.line or 0, values)


def newest_specification(message: RawMessage) -> Specification:
    """The newest edition of the mapping a message came by."""
    newest = newest_mapping(message.mapping.name) or message.mapping
    return read_specification(newest.text)
